package io.httpipe.internal.pool;

import io.httpipe.internal.connect.TlsPlan;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * All that two requests must have in common to use the same connection.
 *
 * @param address an unresolved internet address or a Unix socket's
 * @param tls     null for plain text
 * @param pool    a name of the user's own choosing that sets connections apart, or null
 */
public record Route(
        SocketAddress address,
        @Nullable TlsPlan tls,
        @Nullable String pool) {}
