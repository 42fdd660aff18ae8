package io.httpipe.internal.pool;

import io.httpipe.internal.connect.ProxyIdentity;
import io.httpipe.internal.connect.TlsIdentity;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The key of a connection: two requests share connections only if their routes are equal. Immutable. */
public final class Route {
    private final SocketAddress address;
    private final @Nullable TlsIdentity tls;
    private final @Nullable String pool;
    private final @Nullable ProxyIdentity proxy;
    private final int hash;

    /**
     * Creates a route.
     *
     * @param address an unresolved internet address, or the address of a Unix socket
     * @param tls     null for plain text
     * @param pool    a name that the user chose to keep connections apart, or null
     */
    public Route(SocketAddress address, @Nullable TlsIdentity tls, @Nullable String pool) {
        this(address, tls, pool, null);
    }

    /**
     * Creates a route.
     *
     * @param address an unresolved internet address, or the address of a Unix socket; for a proxy of the
     *                kind {@link ProxyIdentity.Kind#FORWARD}, the address of the proxy itself
     * @param tls     null for plain text
     * @param pool    a name that the user chose to keep connections apart, or null
     * @param proxy   null for a direct connection
     */
    public Route(
            SocketAddress address, @Nullable TlsIdentity tls, @Nullable String pool, @Nullable ProxyIdentity proxy) {
        this.address = address;
        this.tls = tls;
        this.pool = pool;
        this.proxy = proxy;
        this.hash = Objects.hash(address, tls, pool) + (proxy == null ? 0 : 31 * proxy.hashCode());
    }

    public SocketAddress address() {
        return address;
    }

    public @Nullable TlsIdentity tls() {
        return tls;
    }

    public @Nullable String pool() {
        return pool;
    }

    public @Nullable ProxyIdentity proxy() {
        return proxy;
    }

    /** Returns an address as text, without a lookup. */
    public static String text(SocketAddress address) {
        if (!(address instanceof InetSocketAddress inet)) {
            return "unix:" + address;
        }
        String host = inet.getHostString();
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + inet.getPort();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || other instanceof Route route
                        && hash == route.hash
                        && address.equals(route.address)
                        && Objects.equals(tls, route.tls)
                        && Objects.equals(pool, route.pool)
                        && Objects.equals(proxy, route.proxy);
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
