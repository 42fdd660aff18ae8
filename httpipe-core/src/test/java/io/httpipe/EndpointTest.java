package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An {@link Endpoint}: a host and port, or the path of a Unix socket. */
class EndpointTest {
    @Test
    void anEndpointIsAHostAndPort() {
        assertEquals(new Endpoint.Tcp("example.com", 81), Endpoint.of("Example.COM", 81));
        assertEquals("example.com:81", Endpoint.of("example.com", 81).toString());
        assertEquals("[::1]:81", Endpoint.of("::1", 81).toString());
    }

    @Test
    void anEndpointIsAUnixSocketPath() {
        Endpoint endpoint = Endpoint.unix(Path.of("/run/app.sock"));
        assertEquals("unix:/run/app.sock", endpoint.toString());
        assertEquals(UnixDomainSocketAddress.of("/run/app.sock"), endpoint.address());
    }

    @Test
    void creatingAnEndpointDoesNotResolveItsHost() {
        InetSocketAddress address =
                (InetSocketAddress) Endpoint.of("localhost", 81).address();
        assertTrue(address.isUnresolved());
        assertEquals("localhost", address.getHostString());
        assertEquals(81, address.getPort());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 80, 65535})
    void allValidPortsAreAccepted(int port) {
        assertEquals("h:" + port, Endpoint.of("h", port).toString());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 65536, 70000, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void aPortOutOfRangeIsRefused(int port) {
        assertEquals("port: " + port + " is not within 1 to 65535", refusal(() -> Endpoint.of("h", port)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "a b",
                "h:80",
                "[::1]",
                "user@h",
                "h/",
                "h\n",
                "h\0",
                "http://h",
                "b\u00fccher",
                "fe80::1%eth0",
                ":",
                "127.1",
                "a..b"
            })
    void anInvalidHostIsRefused(String host) {
        assertTrue(refusal(() -> Endpoint.of(host, 80)).startsWith("host: "), host);
    }

    @Test
    void nullIsRefused() {
        assertEquals("host is null", refusal(() -> Endpoint.of(null, 80)));
        assertEquals("path is null", refusal(() -> Endpoint.unix(null)));
    }

    private static String refusal(Runnable doing) {
        return assertThrows(IllegalArgumentException.class, doing::run).getMessage();
    }
}
