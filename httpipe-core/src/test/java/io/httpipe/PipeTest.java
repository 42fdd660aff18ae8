package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.RequestRecorder;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Transports;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pipes a response into the next request. */
@Timeout(60)
class PipeTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    private static final String COUNTED = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "5\r\nhello\r\n0\r\nX-Sum: 1\r\nx-other: b\r\nX-Sum: 2\r\n\r\n";

    /** Sends a request with the body of an open source. */
    @FunctionalInterface
    private interface PipeAction {
        void of(StreamedResponse source, Request destination) throws Exception;
    }

    /** Returns the bytes that reach the destination of a pipe whose source sends this response. */
    private static String wire(String method, String answer, PipeAction action) throws Exception {
        RequestRecorder recorder = new RequestRecorder();
        Script once = peer -> {
            peer.head();
            peer.send(answer);
        };
        try (ScriptedServer source = ScriptedServer.of(once);
                ScriptedServer destination = ScriptedServer.of(recorder)) {
            try (Httpipe hp = Httpipe.create();
                    StreamedResponse response = hp.stream(Request.of(method, source.uri("/")))) {
                action.of(response, Request.put(destination.uri("/")).header("Host", "h"));
            }
            return recorder.received();
        }
    }

    private static String wire(String method, String answer) throws Exception {
        return wire(
                method,
                answer,
                (source, destination) ->
                        assertEquals(200, source.pipe().request(destination).status()));
    }

    private static String put(String framing) {
        return "PUT / HTTP/1.1\r\nHost: h\r\nUser-Agent: httpipe/0.1\r\nAccept: */*\r\n" + framing + "\r\n\r\n";
    }

    @Test
    void aPipeKeepsTheContentLength() throws Exception {
        assertEquals(put("Content-Length: 5") + "hello", wire("GET", COUNTED));
        assertEquals(put("Content-Length: 5") + "hello", wire("GET", "HTTP/1.0" + COUNTED.substring(8)));
    }

    @Test
    void aPipeSendsTheUnreadRestOfTheSource() throws Exception {
        assertEquals(put("Content-Length: 3") + "llo", wire("GET", COUNTED, (source, destination) -> {
            assertEquals('h', source.body().read());
            assertEquals(1, source.body().readChunk(1).length);
            assertEquals(200, source.pipe().request(destination).status());
        }));
        assertEquals(put("Content-Length: 0"), wire("GET", COUNTED, (source, destination) -> {
            assertEquals(5, source.body().readAllBytes().length);
            assertEquals(200, source.pipe().request(destination).status());
        }));
    }

    @Test
    void aBodyOfUnknownLengthIsSentInChunksWithTheTrailersOfTheSource() throws Exception {
        assertEquals(
                put("Transfer-Encoding: chunked") + "5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-Other: b\r\nX-Sum: 2\r\n\r\n",
                wire("GET", CHUNKED));
        assertEquals(
                put("Transfer-Encoding: chunked") + "5\r\nhello\r\n0\r\n\r\n",
                wire("GET", "HTTP/1.1 200 OK\r\n\r\nhello"));
        assertEquals(
                put("Transfer-Encoding: chunked") + "0\r\n\r\n",
                wire("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"));
    }

    @Test
    void trailersOfTheRequestReplaceThoseOfTheSource() throws Exception {
        assertEquals(
                put("Transfer-Encoding: chunked") + "5\r\nhello\r\n0\r\nX-Mine: 1\r\n\r\n",
                wire(
                        "GET",
                        CHUNKED,
                        (source, destination) ->
                                source.pipe().request(destination.trailers(() -> Headers.of("X-Mine", "1")))));
    }

    @Test
    void forbiddenTrailersOfTheSourceAreDropped() throws Exception {
        assertEquals(
                put("Transfer-Encoding: chunked") + "1\r\nx\r\n0\r\nX-Sum: 1\r\n\r\n",
                wire(
                        "GET",
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                + "1\r\nx\r\n0\r\nHost: evil\r\nX-Sum: 1\r\nAuthorization: x\r\nTrailer: y\r\n\r\n"));
    }

    @Test
    void b26_aSourceWithoutABodyIsPipedAsAnEmptyBody() throws Exception {
        String empty = put("Content-Length: 0");
        assertEquals(empty, wire("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"));
        assertEquals(empty, wire("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
        assertEquals(empty, wire("GET", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"));
        assertEquals(empty, wire("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"));
        assertEquals(empty, wire("GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    }

    @Test
    void b26_aRequestWithABodyIsRefusedAndTheSourceIsClosed() throws Exception {
        Signal closed = new Signal();
        try (ScriptedServer source = ScriptedServer.of(endless(closed));
                Httpipe hp = Httpipe.create()) {
            Pipe pipe = hp.stream(Request.get(source.uri("/"))).pipe();
            Request withBody = Request.put("http://127.0.0.1:1/").body("mine");
            assertThrows(IllegalArgumentException.class, () -> pipe.request(withBody));
            closed.await();
        }
    }

    @Test
    void http10RefusesABodyOfUnknownLength() throws Exception {
        String wire = wire(
                "GET",
                CHUNKED,
                (source, destination) -> assertThrows(
                        IllegalArgumentException.class,
                        () -> source.pipe().request(destination.version(Version.HTTP_1_0))));
        assertEquals("", wire);
        String known = wire(
                "GET", COUNTED, (source, destination) -> source.pipe().request(destination.version(Version.HTTP_1_0)));
        assertTrue(known.endsWith("Content-Length: 5\r\n\r\nhello"), known);
    }

    /** Sends an endless body until the client closes. */
    static Script endless(Signal closed) {
        return peer -> {
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n");
            byte[] piece = new byte[50_000];
            try {
                while (true) {
                    peer.send(piece);
                }
            } catch (IOException e) {
                closed.set();
            }
        };
    }

    /** Echoes the body of each request, in the same framing. */
    private static Script echo(int length) {
        return peer -> {
            for (String head; (head = peer.nextHead()) != null; ) {
                if (head.contains("Content-Length: " + length)) {
                    // Reads the whole body first, because this script cannot read and send at the same time.
                    String body = peer.body(length);
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n\r\n" + body);
                    continue;
                }
                assertTrue(head.contains("Transfer-Encoding: chunked"), head);
                StringBuilder chunks = new StringBuilder();
                while (chunks.indexOf("\r\n0\r\nX-Sum: 1\r\n\r\n", Math.max(0, chunks.length() - 20)) < 0) {
                    chunks.append(peer.body(1));
                }
                peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);
            }
        };
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 65_536, 3_000_001})
    void threePipesInARowPassTheBodyOn(int length) throws Exception {
        byte[] content = new byte[length];
        new Random(5).nextBytes(content);
        Script origin = peer -> {
            while (peer.nextHead() != null) {
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n\r\n");
                peer.send(content);
            }
        };
        try (ScriptedServer a = ScriptedServer.of(origin);
                ScriptedServer b = ScriptedServer.of(echo(length));
                ScriptedServer c = Transports.UNIX.server(echo(length));
                ScriptedServer d = ScriptedServer.of(echo(length));
                Httpipe hp = Httpipe.create()) {
            for (int round = 0; round < 3; round++) {
                try (StreamedResponse first = hp.stream(Request.get(a.uri("/")));
                        StreamedResponse second = first.pipe().stream(Request.post(b.uri("/")));
                        StreamedResponse third = second.pipe().stream(Transports.request("POST", c))) {
                    Response last = third.pipe().request(Request.post(d.uri("/")));
                    assertEquals(
                            new String(content, StandardCharsets.ISO_8859_1),
                            new String(last.body(), StandardCharsets.ISO_8859_1));
                }
            }
        }
    }

    @Test
    void aChainOfPipesPassesAChunkedBodyAndItsTrailersOnOverEachTransport() throws Exception {
        Script origin = peer -> {
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            peer.send(("a\r\n0123456789\r\n").repeat(30) + "0\r\nX-Sum: 1\r\n\r\n");
            peer.awaitClose();
        };
        try (ScriptedServer a = Transports.TLS.server(origin);
                ScriptedServer b = ScriptedServer.of(echo(-2));
                ScriptedServer c = Transports.UNIX.server(echo(-2));
                ScriptedServer d = Transports.TLS.server(echo(-2));
                Httpipe hp = Transports.TLS.client().build();
                StreamedResponse first = hp.stream(Transports.request("GET", a));
                StreamedResponse second = first.pipe().stream(Transports.request("POST", b));
                StreamedResponse third = second.pipe().stream(Transports.request("POST", c))) {
            Response last = third.pipe().request(Transports.request("POST", d));
            assertEquals("0123456789".repeat(30), last.text());
            assertEquals("1", last.trailers().first("X-Sum"));
        }
    }

    @Test
    void theConnectionOfTheSourceIsReusedAfterAPipe() throws Exception {
        RequestRecorder recorder = new RequestRecorder();
        try (ScriptedServer source = ScriptedServer.answering(COUNTED, CHUNKED, COUNTED);
                ScriptedServer destination = ScriptedServer.of(recorder);
                Httpipe hp = Httpipe.create()) {
            for (int i = 0; i < 3; i++) {
                StreamedResponse response = hp.stream(Request.get(source.uri("/")));
                assertEquals(i, response.reusedTimes());
                assertEquals(
                        i,
                        response.pipe()
                                .request(Request.put(destination.uri("/")))
                                .reusedTimes());
            }
        }
    }

    @Test
    void aHandlerReadsTheResponseOfTheDestination() throws Exception {
        RequestRecorder recorder = new RequestRecorder();
        try (ScriptedServer source = ScriptedServer.answering(COUNTED);
                ScriptedServer destination = ScriptedServer.of(recorder);
                Httpipe hp = Httpipe.create();
                StreamedResponse response = hp.stream(Request.get(source.uri("/")))) {
            Request put = Request.put(destination.uri("/"));
            int status = response.pipe().stream(put, StreamedResponse::status);
            assertEquals(200, status);
            Pipe pipe = hp.stream(Request.get(source.uri("/"))).pipe();
            assertEquals(
                    "",
                    pipe.stream(put, answer -> new String(answer.body().readAllBytes(), StandardCharsets.US_ASCII)));
        }
    }

    @Test
    void aPipeSendsBytesAsSoonAsTheyArrive() throws Exception {
        Signal arrived = new Signal();
        try (ScriptedServer source = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
                    arrived.await();
                    peer.send("0\r\n\r\n");
                });
                ScriptedServer destination = ScriptedServer.of(peer -> {
                    peer.head();
                    assertEquals("1\r\na\r\n", peer.body(6));
                    arrived.set();
                    assertEquals("0\r\n\r\n", peer.body(5));
                    peer.send(OK);
                });
                Httpipe hp = Httpipe.create()) {
            Pipe pipe = hp.stream(Request.get(source.uri("/"))).pipe();
            assertEquals(200, pipe.request(Request.put(destination.uri("/"))).status());
        }
    }

    @Test
    void smallChunksThatHaveArrivedAreSentTogether() throws Exception {
        int chunks = 1000;
        AtomicReference<String> received = new AtomicReference<>();
        try (ScriptedServer source = ScriptedServer.answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "1\r\nx\r\n".repeat(chunks) + "0\r\n\r\n");
                ScriptedServer destination = ScriptedServer.of(peer -> {
                    peer.head();
                    StringBuilder body = new StringBuilder();
                    while (!body.toString().endsWith("\r\n0\r\n\r\n")) {
                        String next = peer.body(1);
                        if (next.isEmpty()) {
                            throw new EOFException();
                        }
                        body.append(next);
                    }
                    received.set(body.toString());
                    peer.send(OK);
                });
                Httpipe hp = Httpipe.create()) {
            Pipe pipe = hp.stream(Request.get(source.uri("/"))).pipe();
            assertEquals(200, pipe.request(Request.put(destination.uri("/"))).status());
        }
        String body = received.get();
        assertEquals(chunks, body.chars().filter(c -> c == 'x').count());
        assertTrue(body.length() < 2 * chunks, body.length() + " bytes");
    }

    @ParameterizedTest
    @EnumSource(Transports.class)
    void aPipeWaitsFor100ContinueLikeAnyBody(Transports transport) throws Exception {
        try (ScriptedServer source = transport.server(peer -> {
                    peer.head();
                    peer.send(COUNTED);
                    peer.awaitClose();
                });
                ScriptedServer destination = transport.server(peer -> {
                    peer.head();
                    peer.send("HTTP/1.1 100 Continue\r\n\r\n");
                    assertEquals("hello", peer.body(5));
                    peer.send(OK);
                });
                Httpipe hp = transport.client().build()) {
            Pipe pipe = hp.stream(Transports.request("GET", source)).pipe();
            Request request = Transports.request("PUT", destination).expectContinue(Duration.ofSeconds(50));
            assertEquals(200, pipe.request(request).status());
        }
    }

    @Test
    void aClosedSourceCannotBePiped() throws Exception {
        RequestRecorder recorder = new RequestRecorder();
        try (ScriptedServer source = ScriptedServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
                ScriptedServer destination = ScriptedServer.of(recorder);
                Httpipe hp = Httpipe.create()) {
            StreamedResponse response = hp.stream(Request.get(source.uri("/")));
            response.close();
            Request put = Request.put(destination.uri("/"));
            assertThrows(IllegalStateException.class, () -> response.pipe().request(put));
            assertEquals("", recorder.received());
            assertNull(response.trailers().first("X"));
            assertFalse(response.headers().contains("X"));
        }
    }
}
