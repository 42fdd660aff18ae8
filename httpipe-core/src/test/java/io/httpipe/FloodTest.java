package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.ScriptedServer;
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

/** A server that sends something without end, as fast as it can: the limit for it ends the call, and names itself. */
@Timeout(60)
class FloodTest {
    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

    /** What is in the reader's array when the limit strikes, beyond what the limit allows. */
    private static final int BUFFER = 64 << 10;

    static final byte[] LARGE = new byte[32 << 20];

    private static final int MAX_SIZE = 20_000;
    private static final String TOO_LARGE = "the response body has more than the 20000 bytes of Request.maxBodySize (";

    private static ScriptedServer.Script flood(byte[] first, byte[] forEver, Signal closed) {
        return peer -> {
            peer.head();
            try {
                peer.send(first);
                while (true) {
                    peer.send(forEver);
                }
            } catch (IOException e) {
                closed.set();
            }
        };
    }

    /** What comes first, and what then comes for ever. */
    enum Flood {
        STATUS_LINE("HTTP/1.1 200 O", "K", "response head larger than 65536 bytes", 65_536),
        BLANKS_IN_THE_STATUS_LINE("HTTP/1.1 ", " ", "response head larger than 65536 bytes", 65_536),
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
        final String forEver;
        final String words;

        /** How many bytes the client must take in before it can know. */
        final int most;

        Flood(String first, String forEver, String words, int most) {
            this.first = first;
            this.forEver = forEver;
            this.words = words;
            this.most = most;
        }

        boolean mayStrikeIn(Phase phase, Way way) {
            return switch (phase) {
                case RESPONSE_HEAD -> !first.startsWith(CHUNKED) && !words.contains("Request.maxBodySize");
                case RESPONSE_BODY -> first.startsWith(CHUNKED) || words.contains("Request.maxBodySize");
                case SEND -> !first.startsWith(CHUNKED) && (way == Way.EXPECTING || way == Way.UPLOADING);
                default -> false;
            };
        }

        /** Answers a request so, and tells when the client has closed. */
        ScriptedServer.Script script(Signal closed) {
            byte[] piece =
                    forEver.repeat(1 + 4000 / forEver.length()).getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
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

    /** The ways to take an answer. */
    enum Way {
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
                try (ScriptedServer next = ScriptedServer.of(ScriptedServer.Peer::awaitClose);
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
                .flatMap(flood -> Arrays.stream(Way.values()).map(way -> Arguments.of(flood, way)));
    }

    @ParameterizedTest
    @MethodSource("eachFloodInEachWay")
    void aLimitEndsItAndNamesItself(Flood flood, Way way) throws Exception {
        drown(flood, way, Transports.TCP);
    }

    @ParameterizedTest
    @EnumSource
    void theSameOverTlsAndUnixSockets(Flood flood) throws Exception {
        drown(flood, Way.REQUEST, Transports.TLS);
        drown(flood, Way.REQUEST, Transports.UNIX);
    }

    /** What no limit ends in a body that is read as it comes. */
    enum Endless {
        UNTIL_CLOSE("HTTP/1.1 200 OK\r\n\r\n", "x".repeat(8192)),
        CHUNKS(CHUNKED, "1000\r\n" + "x".repeat(4096) + "\r\n"),
        CHUNKS_OF_ONE(CHUNKED, "1\r\nx\r\n".repeat(1000)),
        CHUNKS_WITH_EXTENSIONS(CHUNKED, "1000;a=" + "b".repeat(4000) + "\r\n" + "x".repeat(4096) + "\r\n");

        final byte[] first;
        final byte[] forEver;

        Endless(String first, String forEver) {
            this.first = first.getBytes(StandardCharsets.ISO_8859_1);
            this.forEver = forEver.getBytes(StandardCharsets.ISO_8859_1);
        }
    }

    @ParameterizedTest
    @CsvSource({"STREAM,TCP", "STREAM,TLS", "STREAM,UNIX", "TOKENS,TCP", "PIPE,TCP"})
    void theDeadlineEndsWhatNoLimitEnds(Way way, Transports transport) throws Exception {
        for (Endless stream : Endless.values()) {
            Signal closed = new Signal();
            ScriptedServer.Script flood = flood(stream.first, stream.forEver, closed);
            ScriptedServer.Script second = peer -> {
                peer.head();
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                flood.run(peer);
            };
            try (ScriptedServer server = transport.server(second);
                    Httpipe hp = transport.client().build()) {
                Request request = Transports.request("POST", server);
                // The handshake is no part of it.
                hp.request(request);
                Request hasty = request.timeout(Duration.ofMillis(100));
                TimedOutException e = assertThrows(TimedOutException.class, () -> way.take(hp, hasty));
                assertTrue(e.getMessage().matches("exceeded the deadline of \\d+ ms while .*"), e.getMessage());
                closed.await();
                assertEquals(List.of(), hp.stats(), "nothing is left of it");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aCloseDoesNotReadOnForLong(Endless stream) throws Exception {
        Signal closed = new Signal();
        try (ScriptedServer server = ScriptedServer.of(flood(stream.first, stream.forEver, closed));
                Httpipe hp = Httpipe.create()) {
            hp.stream(Request.get(server.uri("/"))).close();
            closed.await();
            assertEquals(List.of(), hp.stats());
        }
    }

    @Test
    void aServerOfTlsThatChangesItsKeysWithoutEndIsLeft() throws Exception {
        AtomicInteger changes = new AtomicInteger();
        Signal closed = new Signal();
        ScriptedServer.Script script = peer -> {
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\n\r\n");
            try {
                while (true) {
                    // Over TLS 1.3 this asks for new keys on both sides; the data in between keeps time limits away.
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
            TlsFailedException e = assertThrows(TlsFailedException.class, () -> Way.STREAM.take(hp, request));
            assertTrue(e.getMessage().startsWith("more than 100 TLS records without data"), e.getMessage());
            assertEquals(Phase.RESPONSE_BODY, e.phase());
            closed.await();
            assertTrue(changes.get() >= 100, "so many are borne");
            assertEquals(List.of(), hp.stats());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1000, 65_535, 65_536, 70_000, 1_000_000})
    void roomIsMadeForOneByteMoreThanMayCome(int maxBodySize) throws Exception {
        Signal closed = new Signal();
        Endless stream = Endless.UNTIL_CLOSE;
        try (ScriptedServer server = ScriptedServer.of(flood(stream.first, stream.forEver, closed));
                Httpipe hp = Httpipe.create()) {
            Request request = Request.get(server.uri("/")).maxBodySize(maxBodySize);
            BodyTooLargeException e = assertThrows(BodyTooLargeException.class, () -> hp.request(request));
            // What comes with the head is in a buffer of 1 KiB.
            long most = 1024 + maxBodySize + 1;
            assertTrue(e.bytesReceived() <= stream.first.length + most, "received " + e.bytesReceived());
            closed.await();
        }
    }

    private static void drown(Flood flood, Way way, Transports transport) throws Exception {
        Signal closed = new Signal();
        try (ScriptedServer server = transport.server(flood.script(closed));
                Httpipe hp = transport.client().build()) {
            Request request = Transports.request("POST", server).maxBodySize(MAX_SIZE);
            HttpipeException e = assertThrows(HttpipeException.class, () -> way.take(hp, request));
            if (flood.words.contains("Request.maxBodySize")) {
                assertEquals(
                        MAX_SIZE,
                        assertInstanceOf(BodyTooLargeException.class, e).maxBodySize());
            } else {
                assertInstanceOf(MalformedResponseException.class, e);
            }
            assertTrue(e.getMessage().contains(flood.words), e.getMessage());
            assertTrue(flood.mayStrikeIn(e.phase(), way), e.getMessage());
            assertTrue(e.getMessage().length() < 500, "no more than an excerpt of it is quoted");
            long most = flood.first.length() + flood.most + BUFFER;
            assertTrue(e.bytesReceived() <= most, "received " + e.bytesReceived());
            closed.await();
            assertEquals(List.of(), hp.stats(), "nothing is left of it");
        }
    }
}
