package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.BodyTooLargeException;
import io.httpipe.ConnectionLostException;
import io.httpipe.Exchange;
import io.httpipe.Headers;
import io.httpipe.Httpipe;
import io.httpipe.HttpipeException;
import io.httpipe.Limits;
import io.httpipe.MalformedResponseException;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.StreamedResponse;
import io.httpipe.TimedOutException;
import io.httpipe.Token;
import io.httpipe.Version;
import io.httpipe.fuzz.InMemoryServer.Answer;
import io.httpipe.fuzz.ReferenceHeadParser.ParsedHead;
import io.httpipe.fuzz.ReferenceResponseParser.End;
import io.httpipe.fuzz.ReferenceResponseParser.ExpectedOutcome;
import io.httpipe.fuzz.ReferenceResponseParser.ExpectedReuse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/**
 * Fuzzes the client as a whole. The input is everything that a server sends after a request, and it is read through
 * each API of the client. A second request then shows whether the connection was reused.
 */
public final class ResponseFuzzTarget {
    static final Limits LIMITS = new Limits(300, 12, 2, 32, 120, 1500, 1000, 1000);

    private static final byte[] ON_REUSED_CONNECTION = Bytes.of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nagain");
    private static final byte[] ON_NEW_CONNECTION = Bytes.of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfresh");

    private static final InMemoryServer SERVER = new InMemoryServer();
    private static final Httpipe CLIENT = SERVER.client(LIMITS);

    private ResponseFuzzTarget() {}

    public static void fuzzerTestOneInput(byte[] data) throws IOException {
        for (int[] cuts : InputSplitter.cutsFor(data)) {
            check("GET", data, cuts, false);
        }
        Random random = InputSplitter.seededRandom(data);
        check("GET", data, InputSplitter.random(random, data.length), true);
        check("HEAD", data, InputSplitter.random(random, data.length), random.nextBoolean());
        checkTokens(data, InputSplitter.random(random, data.length), random);
        checkStream(data, InputSplitter.random(random, data.length), random);
    }

    /** Sends two requests and checks both results. */
    static void check(String method, byte[] data, int[] cuts, boolean closes) throws HttpipeException {
        ExpectedOutcome expected = play(method, data, cuts, closes);
        try {
            Response response = CLIENT.request(Request.of(method, "http://h/"));
            assertEquals(End.RESPONSE, expected.end());
            assertHead(Objects.requireNonNull(expected.head()), response);
            assertEquals(expected.body(), Bytes.latin1(response.body()));
            assertFields(expected.trailers(), response.trailers());
        } catch (HttpipeException e) {
            assertFailure(expected, closes, e);
        }
        assertReuse(closes ? ExpectedReuse.NO : expected.reuse(data.length));
    }

    private static void checkTokens(byte[] data, int[] cuts, Random random) throws HttpipeException {
        ExpectedOutcome expected = play("GET", data, cuts, false);
        ExpectedReuse reuse = expected.reuse(data.length);
        try (Exchange exchange = CLIENT.connect("h", 80)) {
            // Limits.maxBodySize applies only to bodies in memory, Request.maxBodySize to all bodies.
            exchange.sendRequest(Request.get("/").maxBodySize(LIMITS.maxBodySize()));
            TokenCollector tokens = new TokenCollector();
            try {
                tokens.readAll(exchange, random);
                assertEquals(End.RESPONSE, expected.end());
                tokens.assertSame(expected);
                if (random.nextBoolean()) {
                    boolean kept = exchange.keepAlive();
                    assertTrue(reuse == ExpectedReuse.EITHER || kept == (reuse == ExpectedReuse.YES));
                }
            } catch (HttpipeException e) {
                assertEquals(expected.informationalCount(), tokens.informationalCount);
                assertFailure(expected, false, e);
            }
        }
        assertReuse(reuse);
    }

    /** Reads a streamed response, in some cases not to its end. */
    private static void checkStream(byte[] data, int[] cuts, Random random) throws IOException {
        ExpectedOutcome expected = play("GET", data, cuts, false);
        int stopAfter = random.nextInt(4) == 0 ? random.nextInt(64) : Integer.MAX_VALUE;
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        boolean closedEarly = false;
        try (StreamedResponse response = CLIENT.stream(Request.get("http://h/").maxBodySize(LIMITS.maxBodySize()))) {
            assertHead(Objects.requireNonNull(expected.head()), response);
            byte[] chunk = response.body().readChunk(1 + random.nextInt(100));
            while (chunk != null && body.size() < stopAfter) {
                body.writeBytes(chunk);
                chunk = response.body().readChunk(1 + random.nextInt(100));
            }
            closedEarly = chunk != null;
            if (!closedEarly) {
                assertEquals(End.RESPONSE, expected.end());
                assertFields(expected.trailers(), response.body().trailers());
                assertEquals(expected.body(), Bytes.latin1(body.toByteArray()));
            }
        } catch (HttpipeException e) {
            assertFailure(expected, false, e);
        }
        assertTrue(expected.body().startsWith(Bytes.latin1(body.toByteArray())));
        assertReuse(closedEarly ? expected.reuseAfterDiscard(data.length) : expected.reuse(data.length));
    }

    /** Makes the server answer the first request with this data. Returns the expected outcome. */
    private static ExpectedOutcome play(String method, byte[] data, int[] cuts, boolean closes) {
        List<byte[]> pieces = InputSplitter.pieces(data, cuts);
        SERVER.play((connection, exchange, request) -> {
            if (connection == 0 && exchange == 0) {
                return closes ? Answer.closingAfter(pieces) : Answer.silentAfter(pieces);
            }
            return Answer.silentAfter(List.of(exchange == 0 ? ON_NEW_CONNECTION : ON_REUSED_CONNECTION));
        });
        return ReferenceResponseParser.parse(method, Bytes.latin1(data), closes, LIMITS);
    }

    private static void assertReuse(ExpectedReuse expected) throws HttpipeException {
        InMemoryTransport first = SERVER.connections().getFirst();
        Response second = CLIENT.get("http://h/");
        boolean reused = expected == ExpectedReuse.EITHER ? second.reusedTimes() > 0 : expected == ExpectedReuse.YES;
        assertEquals(reused ? "again" : "fresh", second.text());
        assertEquals(reused ? 1 : 0, second.reusedTimes());
        assertEquals(reused, first.isOpen());
    }

    private static void assertHead(ParsedHead expected, Response actual) {
        assertEquals(expected.status(), actual.status());
        assertEquals(expected.reason(), actual.reason());
        assertEquals(expected.minorVersion() == 0 ? Version.HTTP_1_0 : Version.HTTP_1_1, actual.version());
        assertFields(expected.fields(), actual.headers());
    }

    private static void assertHead(ParsedHead expected, StreamedResponse actual) {
        assertEquals(expected.status(), actual.status());
        assertFields(expected.fields(), actual.headers());
    }

    private static void assertFields(List<FieldLine> expected, Headers actual) {
        List<String> lines = new ArrayList<>();
        for (Map.Entry<String, String> line : actual) {
            lines.add(line.getKey() + ": " + line.getValue());
        }
        assertEquals(expected.stream().map(f -> f.name() + ": " + f.value()).toList(), lines);
    }

    private static void assertFailure(ExpectedOutcome expected, boolean closes, HttpipeException e) {
        Class<?> incomplete = closes ? ConnectionLostException.class : TimedOutException.class;
        boolean matches = switch (expected.end()) {
            case RESPONSE -> false;
            case INCOMPLETE -> incomplete.isInstance(e);
            case MALFORMED -> e instanceof MalformedResponseException;
            case INCOMPLETE_OR_MALFORMED -> incomplete.isInstance(e) || e instanceof MalformedResponseException;
            case TOO_LARGE -> e instanceof BodyTooLargeException;
        };
        if (!matches) {
            throw new AssertionError("expected " + expected, e);
        }
        InMemoryTransport connection = SERVER.connections().getFirst();
        assertEquals(connection.bytesRead(), e.bytesReceived());
        assertFalse(connection.isOpen());
        assertTrue(e.getMessage().chars().allMatch(c -> c >= ' ' && c < 0x7f), "one line of printable ASCII");
    }

    /** Collects the tokens of a response. */
    private static final class TokenCollector {
        private final StringBuilder body = new StringBuilder();
        private final List<String> fields = new ArrayList<>();
        private final List<String> trailers = new ArrayList<>();
        private String statusLine = "";
        private int informationalCount;

        /** The position of the latest token in the order of tokens. Tokens at even positions may be repeated. */
        private int position;

        void readAll(Exchange exchange, Random random) throws HttpipeException {
            Token token;
            do {
                token = exchange.read(1 + random.nextInt(100));
                int next = add(token);
                assertTrue(
                        next > position || next == position && (next == 0 || next % 2 == 0), "out of order: " + token);
                position = next;
            } while (!(token instanceof Token.Eof));
        }

        private int add(Token token) {
            return switch (token) {
                case Token.Informational(int status, String reason, Headers headers) -> {
                    assertTrue(status >= 100 && status < 200 && status != 101);
                    informationalCount++;
                    yield 0;
                }
                case Token.StatusLine(Version version, int status, String reason) -> {
                    statusLine = "%s %d %s".formatted(version, status, reason);
                    yield 1;
                }
                case Token.Header(String name, String value, String line) -> {
                    fields.add(name + ": " + value + "|" + line);
                    yield 2;
                }
                case Token.HeaderEnd end -> 3;
                case Token.Body(byte[] data) -> {
                    assertTrue(data.length > 0);
                    body.append(Bytes.latin1(data));
                    yield 4;
                }
                case Token.BodyEnd end -> 5;
                case Token.Trailer(String name, String value, String line) -> {
                    trailers.add(name + ": " + value + "|" + line);
                    yield 6;
                }
                case Token.Eof eof -> 7;
            };
        }

        void assertSame(ExpectedOutcome expected) {
            ParsedHead head = Objects.requireNonNull(expected.head());
            Version version = head.minorVersion() == 0 ? Version.HTTP_1_0 : Version.HTTP_1_1;
            assertEquals("%s %d %s".formatted(version, head.status(), head.reason()), statusLine);
            assertEquals(lines(head.fields()), fields);
            assertEquals(expected.body(), body.toString());
            assertEquals(lines(expected.trailers()), trailers);
            assertEquals(expected.informationalCount(), informationalCount);
        }

        private static List<String> lines(List<FieldLine> lines) {
            return lines.stream()
                    .map(f -> f.name() + ": " + f.value() + "|" + f.line())
                    .toList();
        }
    }
}
