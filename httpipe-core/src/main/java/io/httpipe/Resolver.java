package io.httpipe;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/**
 * Finds the addresses of a host, in place of the JVM's own resolver.
 *
 * {@snippet :
 * Httpipe hp = Httpipe.builder().resolver(host -> List.of(InetAddress.getLoopbackAddress())).build();
 * }
 *
 * <p>Called on a thread of its own, which is abandoned when the call's time is over; literals are not asked for.
 * Must be thread-safe.
 */
@FunctionalInterface
public interface Resolver {
    /**
     * The addresses of a host, in the order in which they are to be tried.
     *
     * @param host a name in lower case
     * @return the addresses; an empty list or null says, as the exception does, that the host is unknown
     * @throws UnknownHostException if it has none
     */
    List<InetAddress> resolve(String host) throws UnknownHostException;
}
