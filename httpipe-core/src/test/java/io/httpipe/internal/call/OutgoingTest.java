package io.httpipe.internal.call;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.httpipe.internal.wire.Origin;
import io.httpipe.internal.wire.UriParser;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import org.junit.jupiter.api.Test;

/** {@link Outgoing}: which origin a request belongs to. */
class OutgoingTest {
    @Test
    void theOriginIsThatOfTheUriWhereverTheRequestConnectsTo() {
        Outgoing request = Outgoing.to("GET", UriParser.parse("https://API.example/x?y"));
        Origin expected = new Origin(true, "api.example", 443);
        assertEquals(expected, request.origin());
        assertEquals(
                expected,
                request.at(InetSocketAddress.createUnresolved("proxy", 9090)).origin());
        assertEquals(expected, request.at(UnixDomainSocketAddress.of("/run/s")).origin());
        assertEquals(
                new Origin(false, "::1", 81),
                request.withUri(UriParser.parse("http://[::1]:81/")).origin());
    }

    @Test
    void theOriginOfAPathIsItsAddress() {
        Outgoing request = Outgoing.toPath("GET", "/", null);
        assertEquals(
                new Origin(false, "api.example", 9090),
                request.at(InetSocketAddress.createUnresolved("API.example", 9090))
                        .origin());
        assertEquals(
                new Origin(true, "api.example", 443),
                request.over(InetSocketAddress.createUnresolved("api.example", 443), true)
                        .origin());
        assertEquals(
                new Origin(false, "localhost", 80),
                request.at(UnixDomainSocketAddress.of("/run/s")).origin());
        assertThrows(IllegalArgumentException.class, request::origin);
    }
}
