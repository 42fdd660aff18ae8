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
import io.httpipe.fuzz.MemoryServer.Answer;
import io.httpipe.fuzz.PlainResponse.End;
import io.httpipe.fuzz.PlainResponse.PlainOutcome;
import io.httpipe.fuzz.PlainResponse.ReusePolicy;
import io.httpipe.fuzz.PlainSection.PlainHead;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/**
 * The input is all that a server sends after a request. It goes through whole clients, by each of their interfaces; a
 * second request then shows whether the connection was used again.
 */
public final class ResponseTarget {
    static final Limits LIMITS = new Limits(300, 12, 2, 32, 120, 1500);

    private static final byte[] AGAIN = Octets.of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nagain");
    private static final byte[] FRESH = Octets.of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfresh");

    private static final MemoryServer SERVER = new MemoryServer();
    private static final Httpipe CLIENT = SERVER.client(LIMITS);

    private ResponseTarget() {}

    public static void fuzzerTestOneInput(byte[] data) throws IOException {
        for (int[] cuts : Cuts.of(data)) {
            check("GET", data, cuts, false);
        }
        Random random = Cuts.random(data);
        check("GET", data, Cuts.random(random, data.length), true);
        check("HEAD", data, Cuts.random(random, data.length), random.nextBoolean());
        checkTokens(data, Cuts.random(random, data.length), random);
        checkStream(data, Cuts.random(random, data.length), random);
    }

    /** Sends a request and another one, and compares what comes of both with what should. */
    static void check(String method, byte[] data, int[] cuts, boolean closes) throws HttpipeException {
        PlainOutcome expected = play(method, data, cuts, closes);
        try {
            Response response = CLIENT.request(Request.of(method, "http://h/"));
            assertEquals(End.RESPONSE, expected.end());
            assertHead(Objects.requireNonNull(expected.head()), response);
            assertEquals(expected.body(), Octets.latin1(response.body()));
            assertFields(expected.trailers(), response.trailers());
        } catch (HttpipeException e) {
            assertFailure(expected, closes, e);
        }
        assertReuse(closes ? ReusePolicy.NO : expected.reuse(data.length));
    }

    private static void checkTokens(byte[] data, int[] cuts, Random random) throws HttpipeException {
        PlainOutcome expected = play("GET", data, cuts, false);
        ReusePolicy reuse = expected.reuse(data.length);
        try (Exchange exchange = CLIENT.connect("h", 80)) {
            // What Limits bound only for bodies in memory, this bounds for all.
            exchange.sendRequest(Request.get("/").maxSize(LIMITS.bodyBytes()));
            Story story = new Story();
            try {
                story.tell(exchange, random);
                assertEquals(End.RESPONSE, expected.end());
                story.assertSame(expected);
                if (random.nextBoolean()) {
                    boolean kept = exchange.keepAlive();
                    assertTrue(reuse == ReusePolicy.EITHER || kept == (reuse == ReusePolicy.YES));
                }
            } catch (HttpipeException e) {
                assertEquals(expected.early(), story.early);
                assertFailure(expected, false, e);
            }
        }
        assertReuse(reuse);
    }

    /** Reads a streamed response, perhaps not to its end. */
    private static void checkStream(byte[] data, int[] cuts, Random random) throws IOException {
        PlainOutcome expected = play("GET", data, cuts, false);
        int most = random.nextInt(4) == 0 ? random.nextInt(64) : Integer.MAX_VALUE;
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        boolean closedEarly = false;
        try (StreamedResponse response = CLIENT.stream(Request.get("http://h/").maxSize(LIMITS.bodyBytes()))) {
            assertHead(Objects.requireNonNull(expected.head()), response);
            byte[] chunk = response.body().readChunk(1 + random.nextInt(100));
            while (chunk != null && body.size() < most) {
                body.writeBytes(chunk);
                chunk = response.body().readChunk(1 + random.nextInt(100));
            }
            closedEarly = chunk != null;
            if (!closedEarly) {
                assertEquals(End.RESPONSE, expected.end());
                assertFields(expected.trailers(), response.body().trailers());
                assertEquals(expected.body(), Octets.latin1(body.toByteArray()));
            }
        } catch (HttpipeException e) {
            assertFailure(expected, false, e);
        }
        assertTrue(expected.body().startsWith(Octets.latin1(body.toByteArray())));
        assertReuse(closedEarly ? expected.drained(data.length) : expected.reuse(data.length));
    }

    /** Lets the server answer the first request like this. */
    private static PlainOutcome play(String method, byte[] data, int[] cuts, boolean closes) {
        List<byte[]> pieces = Cuts.pieces(data, cuts);
        SERVER.play((connection, exchange, request) -> {
            if (connection == 0 && exchange == 0) {
                return closes ? Answer.closingAfter(pieces) : Answer.silentAfter(pieces);
            }
            return Answer.silentAfter(List.of(exchange == 0 ? FRESH : AGAIN));
        });
        return PlainResponse.read(method, Octets.latin1(data), closes, LIMITS);
    }

    private static void assertReuse(ReusePolicy expected) throws HttpipeException {
        MemoryTransport first = SERVER.connections().getFirst();
        Response second = CLIENT.get("http://h/");
        boolean again = expected == ReusePolicy.EITHER ? second.reusedTimes() > 0 : expected == ReusePolicy.YES;
        assertEquals(again ? "again" : "fresh", second.text());
        assertEquals(again ? 1 : 0, second.reusedTimes());
        assertEquals(again, first.isOpen());
    }

    private static void assertHead(PlainHead expected, Response actual) {
        assertEquals(expected.status(), actual.status());
        assertEquals(expected.reason(), actual.reason());
        assertEquals(expected.minorVersion() == 0 ? Version.HTTP_1_0 : Version.HTTP_1_1, actual.version());
        assertFields(expected.fields(), actual.headers());
    }

    private static void assertHead(PlainHead expected, StreamedResponse actual) {
        assertEquals(expected.status(), actual.status());
        assertFields(expected.fields(), actual.headers());
    }

    private static void assertFields(List<Line> expected, Headers actual) {
        List<String> lines = new ArrayList<>();
        for (Map.Entry<String, String> line : actual) {
            lines.add(line.getKey() + ": " + line.getValue());
        }
        assertEquals(expected.stream().map(f -> f.name() + ": " + f.value()).toList(), lines);
    }

    private static void assertFailure(PlainOutcome expected, boolean closes, HttpipeException e) {
        Class<?> broken = closes ? ConnectionLostException.class : TimedOutException.class;
        boolean right = switch (expected.end()) {
            case RESPONSE -> false;
            case BREAKS_OFF -> broken.isInstance(e);
            case MALFORMED -> e instanceof MalformedResponseException;
            case BREAKS_OFF_OR_MALFORMED -> broken.isInstance(e) || e instanceof MalformedResponseException;
            case TOO_LARGE -> e instanceof BodyTooLargeException;
        };
        if (!right) {
            throw new AssertionError("expected " + expected, e);
        }
        MemoryTransport connection = SERVER.connections().getFirst();
        assertEquals(connection.handedOut(), e.bytesReceived());
        assertFalse(connection.isOpen());
        assertTrue(e.getMessage().chars().allMatch(c -> c >= ' ' && c < 0x7f), "one line for a log");
    }

    /** What the tokens of a response tell. */
    private static final class Story {
        private final StringBuilder body = new StringBuilder();
        private final List<String> fields = new ArrayList<>();
        private final List<String> trailers = new ArrayList<>();
        private String statusLine = "";
        private int early;

        /** How far it has come: each token has its place. */
        private int place;

        void tell(Exchange exchange, Random random) throws HttpipeException {
            Token token;
            do {
                token = exchange.read(1 + random.nextInt(100));
                int at = tell(token);
                assertTrue(at > place || at == place && (at == 0 || at % 2 == 0), "out of order: " + token);
                place = at;
            } while (!(token instanceof Token.Eof));
        }

        private int tell(Token token) {
            return switch (token) {
                case Token.Informational(int status, String reason, Headers headers) -> {
                    assertTrue(status >= 100 && status < 200 && status != 101);
                    early++;
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
                    body.append(Octets.latin1(data));
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

        void assertSame(PlainOutcome expected) {
            PlainHead head = Objects.requireNonNull(expected.head());
            Version version = head.minorVersion() == 0 ? Version.HTTP_1_0 : Version.HTTP_1_1;
            assertEquals("%s %d %s".formatted(version, head.status(), head.reason()), statusLine);
            assertEquals(lines(head.fields()), fields);
            assertEquals(expected.body(), body.toString());
            assertEquals(lines(expected.trailers()), trailers);
            assertEquals(expected.early(), early);
        }

        private static List<String> lines(List<Line> lines) {
            return lines.stream()
                    .map(f -> f.name() + ": " + f.value() + "|" + f.line())
                    .toList();
        }
    }
}
