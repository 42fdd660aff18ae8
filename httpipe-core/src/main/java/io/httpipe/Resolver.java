package io.httpipe;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Looks up the addresses of a host, instead of the JVM's own resolver.
 *
 * {@snippet :
 * Httpipe hp = Httpipe.builder().resolver(host -> List.of(InetAddress.getLoopbackAddress())).build();
 * }
 *
 * <p>{@link CachingResolver} keeps the answers of a resolver. Each lookup runs on its own thread, which inherits no
 * thread-local variables, no deadline and no context class loader from the thread of the call. When
 * {@link Timeouts#connect} or the deadline of the call is exceeded, the call stops waiting for the lookup, but does not
 * interrupt it. The resolver is not called for IP literals. It must be thread-safe.
 */
@FunctionalInterface
public interface Resolver {
    /**
     * {@return the addresses of a host, the preferred ones first; empty or null if the host is unknown} The client
     * changes this order as {@link Timeouts} describes.
     *
     * @param host a name in lower case
     * @throws UnknownHostException if the host is unknown; the call then throws {@link ConnectFailedException}
     */
    @Nullable
    List<InetAddress> resolve(String host) throws UnknownHostException;
}
