package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checks that the faults of the Lua library in framing and pooling are fixed. The library has 32 known faults. Tests of
 * the others are in the test classes of the features. A test name begins with the number of its fault.
 */
@Timeout(30)
class OriginalFaultsTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nOK\n";
    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

    /** Reads this response, then another one over the same connection. */
    private static Response readThenReuse(String response) throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(response, OK);
                Httpipe hp = Httpipe.create()) {
            Response read = hp.get(server.uri("/1"));
            assertEquals(1, hp.get(server.uri("/2")).reusedTimes(), "nothing is left over");
            return read;
        }
    }

    /** Asserts that this response is refused and that its connection is not reused. */
    private static void refused(String response) throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(response, OK);
                Httpipe hp = Httpipe.create()) {
            assertThrows(MalformedResponseException.class, () -> hp.get(server.uri("/1")), response);
            assertEquals(0, hp.get(server.uri("/2")).reusedTimes());
        }
    }

    @Test
    void b4_allTrailersAreReadAndReturned() throws Exception {
        Response response = readThenReuse(CHUNKED + "2\r\nhi\r\n0\r\nX-One: 1\r\nX-Two: 2\r\n\r\n");
        assertEquals("hi", response.text());
        assertEquals(
                List.of("1", "2"),
                List.of(response.trailers().first("X-One"), response.trailers().first("X-Two")));
    }

    @Test
    void b4_theClientWaitsForLateTrailers() throws Exception {
        CountDownLatch bodyRead = new CountDownLatch(1);
        Script late = peer -> {
            peer.head();
            peer.send(CHUNKED + "2\r\nhi\r\n0\r\nX-One: ");
            bodyRead.await();
            peer.send("1\r\n\r\n");
            peer.head();
            peer.send(OK);
        };
        try (ScriptedServer server = ScriptedServer.of(late);
                Httpipe hp = Httpipe.create();
                StreamedResponse response = hp.stream(Request.get(server.uri("/")))) {
            assertEquals("hi", new String(response.body().readNBytes(2), StandardCharsets.US_ASCII));
            bodyRead.countDown();
            assertEquals(-1, response.body().read());
            assertEquals("1", response.trailers().first("X-One"));
            assertEquals(1, hp.get(server.uri("/")).reusedTimes());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {";name=val", ";a;b=\"x;y\"", " ; a = b"})
    void b5_chunkExtensionsDoNotBreakTheFraming(String extension) throws Exception {
        String body = "5" + extension + "\r\nhello\r\n0" + extension + "\r\n\r\n";
        assertEquals("hello", readThenReuse(CHUNKED + body).text());
    }

    @ParameterizedTest
    @ValueSource(strings = {"+5", "-5", "0x5", "5 5", "", "fffffffffffffffff"})
    void b5_aChunkSizeMustBeHexadecimalDigitsOnly(String size) throws Exception {
        refused(CHUNKED + size + "\r\nhello\r\n0\r\n\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "00", "000"})
    void b6_anySpellingOfZeroIsTheLastChunk(String zero) throws Exception {
        assertEquals(
                "hello",
                readThenReuse(CHUNKED + "5\r\nhello\r\n" + zero + "\r\n\r\n").text());
    }

    @Test
    void b7_chunkDataMustEndWithALineEnd() throws Exception {
        refused(CHUNKED + "5\r\nhello3\r\nabc\r\n0\r\n\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"+2", "0x2", "1e1", "2.5", "abc", "-1", "2, 3", "9223372036854775808"})
    void b8_aBadContentLengthIsRefused(String length) throws Exception {
        refused("HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n\r\nhi");
    }

    @Test
    void b8_twoEqualLengthsAreAcceptedAndDifferentLengthsRefused() throws Exception {
        String two = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: %d\r\n\r\nhi";
        assertEquals("hi", readThenReuse(two.formatted(2)).text());
        refused(two.formatted(3));
    }

    @Test
    void b9_aContentLengthTogetherWithChunkedIsRefused() throws Exception {
        refused("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "Identity", "deflate", "gzip, chunked", "chunked, chunked"})
    void b10_aTransferEncodingOtherThanChunkedIsRefused(String coding) throws Exception {
        refused("HTTP/1.1 200 OK\r\nTransfer-Encoding: " + coding + "\r\n\r\n0\r\n\r\n");
    }

    @Test
    void b10_chunkedIsAcceptedInAnyCaseAndRefusedOnHttp10() throws Exception {
        String response = "HTTP/1.%d 200 OK\r\nTransfer-Encoding: ChunKed\r\n\r\n2\r\nhi\r\n0\r\n\r\n";
        assertEquals("hi", readThenReuse(response.formatted(1)).text());
        refused(response.formatted(0));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"helloHTTP/1.1 200 OK", "HTTP/1.1 2000 OK", "HTTP/1.1 000 X", "HTTP/. 200", "ICY 200 OK", ""})
    void b11_aMalformedFirstLineIsRefused(String line) throws Exception {
        refused(line + "\r\nContent-Length: 0\r\n\r\n");
    }

    @Test
    void b13_anIdempotentRequestOnAStaleConnectionIsSentOnceMore() throws Exception {
        Script answersOnce = peer -> {
            peer.head();
            peer.send(OK);
            peer.head();
        };
        Script answers = peer -> {
            peer.head();
            peer.send(OK);
        };
        try (ScriptedServer server = ScriptedServer.of(answersOnce, answers);
                Httpipe hp = Httpipe.create()) {
            hp.get(server.uri("/1"));
            assertEquals(0, hp.get(server.uri("/2")).reusedTimes());
            assertEquals(3, server.heads().size());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://user:pass@host:81/p",
                "http://127.0.0.1:80@evil.test/",
                "http://h:80abc/",
                "http://h:0/",
                "http://h:99999/",
                "http://h\\evil/",
                "http://h/a\nb",
                "httpss://h/"
            })
    void b29_anAmbiguousUriIsRefused(String uri) {
        assertThrows(IllegalArgumentException.class, () -> Httpipe.parseUri(uri));
    }

    @Test
    void b29_theHostEndsAtAQuestionMarkAndMayBeAnIpv6Literal() {
        assertEquals(new UriParts("http", "example.com", 80, "/", "x=1"), Httpipe.parseUri("HTTP://Example.com?x=1#f"));
        assertEquals(new UriParts("https", "::1", 8443, "/p", null), Httpipe.parseUri("https://[::1]:8443/p"));
    }

    @Test
    void b32_bytesAfterAResponseWithoutABodyNeverBecomeTheNextResponse() throws Exception {
        CountDownLatch late = new CountDownLatch(1);
        Script chatty = peer -> {
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
            peer.send("hello");
            late.countDown();
            peer.awaitClose();
        };
        try (ScriptedServer server = ScriptedServer.of(chatty, peer -> {
                    peer.head();
                    peer.send(OK);
                });
                Httpipe hp = Httpipe.create()) {
            assertEquals(0, hp.request(Request.head(server.uri("/"))).body().length);
            late.await();
            Response next = hp.get(server.uri("/"));
            assertEquals("OK\n", next.text());
            assertEquals(0, next.reusedTimes());
            assertTrue(server.connections() == 2);
        }
    }
}
