package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Servers;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests where a response ends, and what happens if it is too long or framed unusually. */
@Timeout(60)
class FramingFaultTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    /** The same ten-byte body in each framing. */
    enum Framing {
        LENGTH("Content-Length: 10\r\n\r\n", "0123456789"),
        CHUNKED(
                "Transfer-Encoding: chunked\r\n\r\n",
                "4;a=b\r\n0123\r\n6\r\n456789\r\n0\r\nX-Sum: 45\r\nX-End: yes\r\n\r\n"),
        UNTIL_CLOSE("Connection: close\r\n\r\n", "0123456789");

        final String head;
        final String whole;

        Framing(String fields, String body) {
            head = "HTTP/1.1 200 OK\r\nX-A: b\r\n" + fields;
            whole = head + body;
        }
    }

    @ParameterizedTest
    @EnumSource
    void aResponseReceivedByteByByteIsTheSame(Framing framing) throws Exception {
        Script whole = peer -> {
            peer.head();
            peer.send(framing.whole);
        };
        Script dripped = peer -> {
            peer.head();
            peer.drip(framing.whole.getBytes(StandardCharsets.ISO_8859_1), 0);
        };
        try (ScriptedServer server = ScriptedServer.of(whole, dripped);
                Httpipe hp = Httpipe.builder().maxIdlePerRoute(0).build()) {
            Response expected = hp.get(server.uri("/"));
            Response actual = hp.get(server.uri("/"));
            assertEquals("0123456789", expected.text());
            assertEquals("0123456789", actual.text());
            assertEquals(expected.status(), actual.status());
            assertEquals(expected.reason(), actual.reason());
            assertEquals(expected.version(), actual.version());
            assertEquals(expected.headers(), actual.headers());
            assertEquals(expected.trailers(), actual.trailers());
            assertEquals(
                    framing == Framing.CHUNKED ? "yes" : null, actual.trailers().first("x-end"));
        }
    }

    @Test
    void informationalResponsesAreSkipped() throws Exception {
        String response = "HTTP/1.1 100 Continue\r\n\r\n"
                + "HTTP/1.1 102 Processing\r\nX-Step: 1\r\n\r\n"
                + "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
                + OK;
        try (ScriptedServer server = ScriptedServer.answering(response);
                Httpipe hp = Httpipe.create()) {
            Response actual = hp.get(server.uri("/"));
            assertEquals("OK", actual.text());
            assertEquals(1, actual.headers().size());
            assertEquals(1, hp.get(server.uri("/")).reusedTimes());
        }
    }

    @Test
    void informationalResponsesAreAcceptedUpToTheLimit() throws Exception {
        String one = "HTTP/1.1 100 Continue\r\n\r\n";
        try (ScriptedServer server = ScriptedServer.answering(one.repeat(100) + OK, one.repeat(101) + OK);
                Httpipe hp = Httpipe.create()) {
            assertEquals("OK", hp.get(server.uri("/")).text());
            MalformedResponseException e =
                    assertThrows(MalformedResponseException.class, () -> hp.get(server.uri("/")));
            assertEquals(Phase.RESPONSE_HEAD, e.phase());
            assertEquals(1, e.reusedTimes());
        }
    }

    @Test
    void a101IsAFinalResponseAndEndsTheConnection() throws Exception {
        String response = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n";
        try (ScriptedServer server = ScriptedServer.answering(response, OK);
                Httpipe hp = Httpipe.create()) {
            assertEquals(101, hp.get(server.uri("/")).status());
            assertEquals(0, hp.get(server.uri("/")).reusedTimes());
        }
    }

    @ParameterizedTest
    @CsvSource({"204 No Content, 0", "304 Not Modified, 1"})
    void a204Or304HasNoBodyEvenWithAContentLength(String status, int reusedTimes) throws Exception {
        try (ScriptedServer server =
                        ScriptedServer.answering("HTTP/1.1 " + status + "\r\nContent-Length: 5\r\n\r\n", OK);
                Httpipe hp = Httpipe.create()) {
            Response response = hp.get(server.uri("/"));
            assertEquals(0, response.body().length);
            assertEquals("5", response.headers().first("content-length"));
            // A 304 may state the length of the body it omits. A server that sends a length with a 204 may also send
            // the body.
            assertEquals(reusedTimes, hp.get(server.uri("/")).reusedTimes());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 99999999999999", "Transfer-Encoding: chunked", "X-No: framing"})
    void aResponseToHeadHasNoBody(String field) throws Exception {
        try (ScriptedServer server = ScriptedServer.answering("HTTP/1.1 200 OK\r\n" + field + "\r\n\r\n", OK);
                Httpipe hp = Httpipe.create()) {
            assertEquals(0, hp.request(Request.head(server.uri("/"))).body().length);
            assertEquals(1, hp.get(server.uri("/")).reusedTimes());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aBodyMayHaveMaxBodySizeBytesButNotOneMore(Framing framing) throws Exception {
        Script once = peer -> {
            peer.head();
            peer.send(framing.whole);
        };
        try (ScriptedServer server = ScriptedServer.of(once);
                Httpipe hp = Httpipe.create()) {
            Request request = Request.get(server.uri("/"));
            assertEquals("0123456789", hp.request(request.maxBodySize(10)).text());
            for (long max : new long[] {9, 4, 3, 1, 0}) {
                BodyTooLargeException e = assertThrows(
                        BodyTooLargeException.class,
                        () -> hp.request(request.maxBodySize(max).timeout(Duration.ofSeconds(10))));
                assertEquals(max, e.maxBodySize());
            }
        }
    }

    @Test
    void aBodyThatIsTooLargeEndsTheConnection() throws Exception {
        String large = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
        try (ScriptedServer server = ScriptedServer.answering(large, OK);
                Httpipe hp =
                        Httpipe.builder().limits(Limits.DEFAULT.maxBodySize(2)).build()) {
            assertThrows(BodyTooLargeException.class, () -> hp.get(server.uri("/")));
            assertEquals(0, hp.get(server.uri("/")).reusedTimes());
        }
    }

    @ParameterizedTest
    @EnumSource
    void maxBodySizeZeroAcceptsAnEmptyBody(Framing framing) throws Exception {
        String empty = framing.head.replace("Content-Length: 10", "Content-Length: 0")
                + (framing == Framing.CHUNKED ? "0\r\n\r\n" : "");
        Script once = peer -> {
            peer.head();
            peer.send(empty);
        };
        try (ScriptedServer server = ScriptedServer.of(once);
                Httpipe hp = Httpipe.create()) {
            assertEquals(
                    0, hp.request(Request.get(server.uri("/")).maxBodySize(0)).body().length);
        }
    }

    @Test
    void memoryIsAllocatedForReceivedBytesNotForTheAnnouncedLength() throws Exception {
        Script promise = peer -> {
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2000000000\r\n\r\nshort");
        };
        try (ScriptedServer server = ScriptedServer.of(promise);
                Httpipe hp = Httpipe.create()) {
            Request request = Request.get(server.uri("/")).maxBodySize(Long.MAX_VALUE);
            assertThrows(ConnectionLostException.class, () -> hp.request(request));
            long before = allocated();
            ConnectionLostException e = assertThrows(ConnectionLostException.class, () -> hp.request(request));
            assertTrue(allocated() - before < 1 << 20, "allocated " + (allocated() - before));
            assertEquals(Phase.RESPONSE_BODY, e.phase());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"2147483648", "9223372036854775807"})
    void aLengthBeyondAnyArrayIsTooLarge(String length) throws Exception {
        try (ScriptedServer server =
                        ScriptedServer.answering("HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n\r\nab");
                Httpipe hp = Httpipe.create()) {
            Request request = Request.get(server.uri("/")).maxBodySize(Long.MAX_VALUE);
            assertThrows(BodyTooLargeException.class, () -> hp.request(request));
            try (Exchange exchange = hp.connect(Servers.endpoint(server))) {
                assertThrows(BodyTooLargeException.class, () -> exchange.request(request));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            ints = {1, 1023, 1024, 1025, 16384, 17408, 17409, 65535, 65536, 65537, 200_000, 262_144, 262_145, 2_000_000
            })
    void bodiesWithSizesAroundTheBufferSizesArriveWholeAndStayIntact(int size) throws IOException {
        byte[][] bodies = new byte[3][size];
        for (int i = 0; i < size; i++) {
            for (int k = 0; k < 3; k++) {
                bodies[k][i] = (byte) (i * 31 + i / 256 + k);
            }
        }
        Script each = peer -> {
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n");
            peer.send(bodies[0]);
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(size) + "\r\n");
            peer.send(bodies[1]);
            peer.send("\r\n0\r\n\r\n");
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\n\r\n");
            peer.send(bodies[2]);
        };
        try (ScriptedServer server = ScriptedServer.of(each);
                Httpipe hp = Httpipe.create()) {
            List<Response> responses = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                responses.add(hp.get(server.uri("/")));
            }
            for (int i = 0; i < 3; i++) {
                assertArrayEquals(bodies[i], responses.get(i).body());
                assertEquals(i, responses.get(i).reusedTimes());
            }
        }
    }

    private static long allocated() {
        return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }
}
