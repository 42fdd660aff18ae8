package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Transports;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that sends endless data as fast as it can. A limit ends the call, and the exception names the limit. */
@Timeout(60)
class FloodTest {
    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

    /** Bytes that may be in the read buffer beyond the limit. */
    private static final int BUFFER = 64 << 10;

    static final byte[] LARGE = new byte[32 << 20];

    private static final int MAX_SIZE = 20_000;
    private static final String TOO_LARGE = "the response body has more than the 20000 bytes of Request.maxBodySize (";

    private static Script flood(byte[] first, byte[] repeated, Signal closed) {
        return peer -> {
            peer.head();
            try {
                peer.send(first);
                while (true) {
                    peer.send(repeated);
                }
            } catch (IOException e) {
                closed.set();
            }
        };
    }

    /** The first bytes, and the bytes that then repeat for ever. */
    enum Flood {
        STATUS_LINE("HTTP/1.1 200 O", "K", "response head larger than 65536 bytes", 65_536),
        SPACES_IN_THE_STATUS_LINE("HTTP/1.1 ", " ", "response head larger than 65536 bytes", 65_536),
        HEADER_LINE("HTTP/1.1 200 OK\r\nX: ", "x", "response head larger than 65536 bytes", 65_536),
        HEADER_NAME("HTTP/1.1 200 OK\r\n", "x", "response head larger than 65536 bytes", 65_536),
        HEADERS("HTTP/1.1 200 OK\r\n", "X: y\r\n", "response head larger than 65536 bytes", 65_536),
        FOLDED_LINES("HTTP/1.1 200 OK\r\nX: y\r\n", " z\r\n", "response head larger than 65536 bytes", 65_536),
        MANY_FIELDS("HTTP/1.1 200 OK\r\n" + "X:\r\n".repeat(1001) + "\r\n", "x", "more than 1000 fields", 4004),
        BLANK_LINES("", "\r\n", "not an HTTP/1.x status line", 0),
        NO_HTTP("", "\u0000\u0001\u0002\u00ff", "not an HTTP/1.x status line", 0),
        INFORMATIONAL("", "HTTP/1.1 100 Continue\r\n\r\n", "more than 100 informational responses", 101 * 25),
        HINTS("", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", "more than 100 informational responses", 101 * 40),
        LONG_HINTS(
                "",
                "HTTP/1.1 103 E\r\nLink: </" + "a".repeat(60_000) + ">\r\n\r\n",
                "response heads larger than 65536 bytes together",
                2 * 60_040),
        CHUNK_SIZE(CHUNKED, "0", "chunk size line longer than 4096 bytes", 4096),
        CHUNK_EXTENSION(CHUNKED + "1;a=", "b", "chunk size line longer than 4096 bytes", 4096),
        CHUNK_EXTENSIONS(CHUNKED + "1", ";a=\"b\"", "chunk size line longer than 4096 bytes", 4096),
        LAST_CHUNKS_EXTENSION(CHUNKED + "0", ";a", "chunk size line longer than 4096 bytes", 4096),
        EXTENSIONS_BEYOND_THE_DATA(
                CHUNKED,
                "1;a=" + "b".repeat(4000) + "\r\nx\r\n",
                "chunk extensions and padding exceed the data by more than 16384 bytes",
                5 * 4010),
        SPACES_BEYOND_THE_DATA(CHUNKED, "1" + " ".repeat(63) + "\r\nx\r\n", "padding exceed the data", 270 * 69),
        ZEROS_BEYOND_THE_DATA(CHUNKED, "00000001\r\nx\r\n", "padding exceed the data", 2800 * 13),
        CHUNK_OF_2_TO_THE_63(CHUNKED + "8000000000000000\r\n", "x", "chunk size too large", 0),
        CHUNK_OF_2_TO_THE_64(CHUNKED + "10000000000000000\r\n", "x", "chunk size too large", 0),
        CHUNK_DIGITS(CHUNKED, "f", "chunk size too large", 0),
        NO_END_OF_A_CHUNK(CHUNKED + "1\r\nx", "x", "chunk data not followed by CR LF", 0),
        TRAILER_LINE(CHUNKED + "0\r\nX: ", "x", "trailer section larger than 16384 bytes", 16_384),
        TRAILERS(CHUNKED + "0\r\n", "X: y\r\n", "trailer section larger than 16384 bytes", 16_384),
        MANY_TRAILERS(CHUNKED + "0\r\n" + "X:\r\n".repeat(1001) + "\r\n", "x", "more than 1000 fields", 4010),
        BODY_UNTIL_CLOSE("HTTP/1.1 200 OK\r\n\r\n", "x", TOO_LARGE, MAX_SIZE),
        CHUNKS(CHUNKED, "4\r\nbomb\r\n", TOO_LARGE, MAX_SIZE / 4 * 9),
        CHUNKS_OF_ONE(CHUNKED, "1\r\nx\r\n", TOO_LARGE, MAX_SIZE * 6),
        LARGEST_CHUNK(CHUNKED + "7fffffffffffffff\r\n", "x", TOO_LARGE, MAX_SIZE),
        LENGTH(
                "HTTP/1.1 200 OK\r\nContent-Length: 20001\r\n\r\n",
                "x",
                "has 20001 bytes, more than the 20000 bytes of Request.maxBodySize",
                0);

        final String first;
        final String repeated;
        final String message;

        /** How many bytes the client must read before it can detect the flood. */
        final int minBytes;

        Flood(String first, String repeated, String message, int minBytes) {
            this.first = first;
            this.repeated = repeated;
            this.message = message;
            this.minBytes = minBytes;
        }

        boolean canFailIn(Phase phase, CallStyle style) {
            return switch (phase) {
                case RESPONSE_HEAD -> !first.startsWith(CHUNKED) && !message.contains("Request.maxBodySize");
                case RESPONSE_BODY -> first.startsWith(CHUNKED) || message.contains("Request.maxBodySize");
                case SEND ->
                    !first.startsWith(CHUNKED) && (style == CallStyle.EXPECTING || style == CallStyle.UPLOADING);
                default -> false;
            };
        }

        /** Sends the flood as the response, and signals when the client has closed. */
        Script script(Signal closed) {
            byte[] piece = repeated.repeat(1 + 4000 / repeated.length())
                    .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
            return peer -> {
                peer.head();
                try {
                    peer.send(first);
                    while (true) {
                        peer.send(piece);
                    }
                } catch (IOException e) {
                    closed.set();
                }
            };
        }
    }

    /** The interfaces that read a response. */
    enum CallStyle {
        REQUEST {
            @Override
            void take(Httpipe hp, Request request) throws IOException {
                hp.request(request);
            }
        },
        STREAM {
            @Override
            void take(Httpipe hp, Request request) throws IOException {
                hp.stream(request, response -> response.body().transferTo(OutputStream.nullOutputStream()));
            }
        },
        PIPE {
            @Override
            void take(Httpipe hp, Request request) throws IOException {
                try (ScriptedServer next = ScriptedServer.of(Peer::awaitClose);
                        StreamedResponse response = hp.stream(request)) {
                    response.pipe().request(Request.post(next.uri("/")));
                } catch (RequestBodyException e) {
                    throw (IOException) e.getCause();
                }
            }
        },
        TOKENS {
            @Override
            void take(Httpipe hp, Request request) throws IOException {
                try (Exchange exchange = hp.connect(request.endpoint())) {
                    exchange.sendRequest(request);
                    Tokens.rest(exchange);
                }
            }
        },
        READ_RESPONSE {
            @Override
            void take(Httpipe hp, Request request) throws IOException {
                try (Exchange exchange = hp.connect(request.endpoint())) {
                    exchange.request(request);
                }
            }
        },
        EXPECTING {
            @Override
            void take(Httpipe hp, Request request) throws IOException {
                hp.request(request.body("x").expectContinue(Duration.ofSeconds(50)));
            }
        },
        UPLOADING {
            @Override
            void take(Httpipe hp, Request request) throws IOException {
                hp.request(request.body(LARGE));
            }
        };

        abstract void take(Httpipe hp, Request request) throws IOException;
    }

    static Stream<Arguments> eachFloodInEachWay() {
        return Arrays.stream(Flood.values())
                .flatMap(flood -> Arrays.stream(CallStyle.values()).map(style -> Arguments.of(flood, style)));
    }

    @ParameterizedTest
    @MethodSource("eachFloodInEachWay")
    void aFloodEndsAtItsLimitAndTheExceptionNamesTheLimit(Flood flood, CallStyle style) throws Exception {
        assertEndsAtItsLimit(flood, style, Transports.TCP);
    }

    @ParameterizedTest
    @EnumSource
    void aFloodOverTlsOrAUnixSocketEndsAtItsLimit(Flood flood) throws Exception {
        assertEndsAtItsLimit(flood, CallStyle.REQUEST, Transports.TLS);
        assertEndsAtItsLimit(flood, CallStyle.REQUEST, Transports.UNIX);
    }

    /** Endless bodies that no limit ends if they are streamed. */
    enum Endless {
        UNTIL_CLOSE("HTTP/1.1 200 OK\r\n\r\n", "x".repeat(8192)),
        CHUNKS(CHUNKED, "1000\r\n" + "x".repeat(4096) + "\r\n"),
        CHUNKS_OF_ONE(CHUNKED, "1\r\nx\r\n".repeat(1000)),
        CHUNKS_WITH_EXTENSIONS(CHUNKED, "1000;a=" + "b".repeat(4000) + "\r\n" + "x".repeat(4096) + "\r\n");

        final byte[] first;
        final byte[] repeated;

        Endless(String first, String repeated) {
            this.first = first.getBytes(StandardCharsets.ISO_8859_1);
            this.repeated = repeated.getBytes(StandardCharsets.ISO_8859_1);
        }
    }

    @ParameterizedTest
    @CsvSource({"STREAM,TCP", "STREAM,TLS", "STREAM,UNIX", "TOKENS,TCP", "PIPE,TCP"})
    void theDeadlineEndsAnEndlessBody(CallStyle style, Transports transport) throws Exception {
        for (Endless stream : Endless.values()) {
            Signal closed = new Signal();
            Script flood = flood(stream.first, stream.repeated, closed);
            Script second = peer -> {
                peer.head();
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                flood.run(peer);
            };
            try (ScriptedServer server = transport.server(second);
                    Httpipe hp = transport.client().build()) {
                Request request = Transports.request("POST", server);
                // The first call does the handshake, which must not use up the deadline.
                hp.request(request);
                Request withDeadline = request.timeout(Duration.ofMillis(100));
                TimedOutException e = assertThrows(TimedOutException.class, () -> style.take(hp, withDeadline));
                assertTrue(e.getMessage().matches("exceeded the deadline of \\d+ ms while .*"), e.getMessage());
                closed.await();
                assertEquals(List.of(), hp.stats(), "nothing is left of it");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void closingAnEndlessBodyReadsOnlyALittleMore(Endless stream) throws Exception {
        Signal closed = new Signal();
        try (ScriptedServer server = ScriptedServer.of(flood(stream.first, stream.repeated, closed));
                Httpipe hp = Httpipe.create()) {
            hp.stream(Request.get(server.uri("/"))).close();
            closed.await();
            assertEquals(List.of(), hp.stats());
        }
    }

    @Test
    void endlessTlsKeyUpdatesEndTheCall() throws Exception {
        AtomicInteger changes = new AtomicInteger();
        Signal closed = new Signal();
        Script script = peer -> {
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\n\r\n");
            try {
                while (true) {
                    // With TLS 1.3 this updates the keys of both sides. The data in between prevents timeouts.
                    ((SSLSocket) peer.socket()).startHandshake();
                    changes.incrementAndGet();
                    peer.send("x");
                }
            } catch (IOException e) {
                closed.set();
            }
        };
        try (ScriptedServer server = Transports.TLS.server(script);
                Httpipe hp = Transports.TLS.client().build()) {
            Request request = Request.get(server.uri("/"));
            TlsFailedException e = assertThrows(TlsFailedException.class, () -> CallStyle.STREAM.take(hp, request));
            assertTrue(e.getMessage().startsWith("more than 100 TLS records without data"), e.getMessage());
            assertEquals(Phase.RESPONSE_BODY, e.phase());
            closed.await();
            assertTrue(changes.get() >= 100, "this many are allowed");
            assertEquals(List.of(), hp.stats());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1000, 65_535, 65_536, 70_000, 1_000_000})
    void theClientReadsAtMostOneByteMoreThanMaxBodySize(int maxBodySize) throws Exception {
        Signal closed = new Signal();
        Endless stream = Endless.UNTIL_CLOSE;
        try (ScriptedServer server = ScriptedServer.of(flood(stream.first, stream.repeated, closed));
                Httpipe hp = Httpipe.create()) {
            Request request = Request.get(server.uri("/")).maxBodySize(maxBodySize);
            BodyTooLargeException e = assertThrows(BodyTooLargeException.class, () -> hp.request(request));
            // Bytes that arrive with the head are in a buffer of 1 KiB.
            long maxBytes = 1024 + maxBodySize + 1;
            assertTrue(e.bytesReceived() <= stream.first.length + maxBytes, "received " + e.bytesReceived());
            closed.await();
        }
    }

    private static void assertEndsAtItsLimit(Flood flood, CallStyle style, Transports transport) throws Exception {
        Signal closed = new Signal();
        try (ScriptedServer server = transport.server(flood.script(closed));
                Httpipe hp = transport.client().build()) {
            Request request = Transports.request("POST", server).maxBodySize(MAX_SIZE);
            HttpipeException e = assertThrows(HttpipeException.class, () -> style.take(hp, request));
            if (flood.message.contains("Request.maxBodySize")) {
                assertEquals(
                        MAX_SIZE,
                        assertInstanceOf(BodyTooLargeException.class, e).maxBodySize());
            } else {
                assertInstanceOf(MalformedResponseException.class, e);
            }
            assertTrue(e.getMessage().contains(flood.message), e.getMessage());
            assertTrue(flood.canFailIn(e.phase(), style), e.getMessage());
            assertTrue(e.getMessage().length() < 500, "only an excerpt is quoted");
            long maxBytes = flood.first.length() + flood.minBytes + BUFFER;
            assertTrue(e.bytesReceived() <= maxBytes, "received " + e.bytesReceived());
            closed.await();
            assertEquals(List.of(), hp.stats(), "nothing is left of it");
        }
    }
}
