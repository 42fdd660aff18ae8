package io.httpipe;

import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.UriParser;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The address to connect to: a host and port, or a Unix domain socket.
 *
 * {@snippet :
 * hp.request(Request.get("/status").at(Endpoint.unix(Path.of("/run/app.sock"))));
 * }
 *
 * <p>Creating an endpoint does not look up its host name. Immutable and thread-safe.
 */
public sealed interface Endpoint {
    /**
     * A host and port.
     *
     * @param host a name, or an IP literal without brackets; converted to lower case
     * @param port 1 to 65535
     */
    record Tcp(String host, int port) implements Endpoint {
        /**
         * Creates an endpoint, with the host in lower case.
         *
         * @throws IllegalArgumentException if the host is not a name or literal, or the port is out of range
         */
        public Tcp {
            host = UriParser.host("host", host).toLowerCase(Locale.ROOT);
            if (port < 1 || port > 65_535) {
                throw new IllegalArgumentException("port: %d is not within 1 to 65535".formatted(port));
            }
        }

        @Override
        public SocketAddress address() {
            return InetSocketAddress.createUnresolved(host, port);
        }

        @Override
        public String toString() {
            return UriParser.authority(host) + ":" + port;
        }
    }

    /**
     * A Unix domain socket.
     *
     * @param path the socket's file
     */
    record Unix(Path path) implements Endpoint {
        /**
         * Creates an endpoint.
         *
         * @throws IllegalArgumentException if the path is null
         */
        public Unix {
            Arguments.notNull("path", path);
        }

        @Override
        public SocketAddress address() {
            return UnixDomainSocketAddress.of(path);
        }

        @Override
        public String toString() {
            return "unix:" + path;
        }
    }

    /**
     * {@return the endpoint with this host and port}
     *
     * @param host a name, or an IP literal without brackets; converted to lower case
     * @param port 1 to 65535
     * @throws IllegalArgumentException if the host is not a name or literal, or the port is out of range
     */
    static Endpoint of(String host, int port) {
        return new Tcp(host, port);
    }

    /**
     * {@return the endpoint of this Unix domain socket}
     *
     * @param path the socket's file
     */
    static Endpoint unix(Path path) {
        return new Unix(path);
    }

    /**
     * {@return the endpoint with this address}
     *
     * @param address an {@link InetSocketAddress}, resolved or not, or a {@link UnixDomainSocketAddress}
     * @throws IllegalArgumentException if the address has another type
     */
    static Endpoint of(SocketAddress address) {
        return switch (Arguments.notNull("address", address)) {
            case InetSocketAddress internet -> new Tcp(withoutZone(internet.getHostString()), internet.getPort());
            case UnixDomainSocketAddress unix -> new Unix(unix.getPath());
            default -> throw new IllegalArgumentException("address: %s is not supported".formatted(address));
        };
    }

    /** Removes the zone of a link-local address, which has a meaning only on this machine (RFC 6874, section 4). */
    private static String withoutZone(String host) {
        int percent = host.indexOf('%');
        return percent < 0 ? host : host.substring(0, percent);
    }

    /** {@return the address as a type of the JDK, with an unresolved host name} */
    SocketAddress address();
}
