package io.httpipe.internal.pool;

import io.httpipe.internal.connect.TlsIdentity;
import java.net.SocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The key of a connection: two requests share connections only if their routes are equal. Immutable. */
public final class Route {
    private final SocketAddress address;
    private final @Nullable TlsIdentity tls;
    private final @Nullable String pool;
    private final int hash;

    /**
     * Creates a route.
     *
     * @param address an unresolved internet address, or the address of a Unix socket
     * @param tls     null for plain text
     * @param pool    a name that the user chose to keep connections apart, or null
     */
    public Route(SocketAddress address, @Nullable TlsIdentity tls, @Nullable String pool) {
        this.address = address;
        this.tls = tls;
        this.pool = pool;
        this.hash = Objects.hash(address, tls, pool);
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

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || other instanceof Route route
                        && hash == route.hash
                        && address.equals(route.address)
                        && Objects.equals(tls, route.tls)
                        && Objects.equals(pool, route.pool);
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
