package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Exchange;
import io.httpipe.Headers;
import io.httpipe.Httpipe;
import io.httpipe.HttpipeException;
import io.httpipe.Limits;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.StreamedResponse;
import io.httpipe.fuzz.InMemoryServer.Answer;
import io.httpipe.fuzz.MessageArbitraries.Framing;
import io.httpipe.fuzz.MessageArbitraries.GeneratedResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.NotEmpty;

/** Reads generated responses through the whole client, over connections in memory that count the bytes read. */
class ResponsePropertiesTest {
    private static final byte[] NEXT = Bytes.of("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext");

    private final InMemoryServer server = new InMemoryServer();
    private final Httpipe client = server.client(Limits.DEFAULT);

    /** The ways to read a response with the client. */
    enum Api {
        REQUEST,
        STREAM,
        EXCHANGE
    }

    /** The parts of a response that a caller can read. */
    record ReceivedResponse(int status, List<String> fields, String body, List<String> trailers) {
        static ReceivedResponse of(GeneratedResponse message) {
            return new ReceivedResponse(
                    message.head().status(), lines(message.head().fields()), message.body(), lines(message.trailers()));
        }

        private static List<String> lines(List<FieldLine> lines) {
            return lines.stream().map(f -> f.name() + ": " + f.value()).toList();
        }
    }

    @Property(seed = "5", tries = 600)
    void theClientReturnsTheGeneratedResponseAndReusesTheConnection(
            @ForAll("delimited") GeneratedResponse message, @ForAll Api api, @ForAll Random random) throws IOException {
        byte[] bytes = Bytes.of(message.encoded());
        play(InputSplitter.pieces(bytes, InputSplitter.random(random, bytes.length)), false);
        assertEquals(ReceivedResponse.of(message), call(api));
        Response next = client.get("http://h/");
        assertEquals("next", next.text());
        assertEquals(1, next.reusedTimes());
        assertEquals(bytes.length + NEXT.length, server.connections().getFirst().bytesRead());
    }

    @Property(seed = "6", tries = 600)
    void surplusBytesAreIgnoredAndTheConnectionIsClosed(
            @ForAll("delimited") GeneratedResponse message,
            @ForAll Api api,
            @ForAll boolean separate,
            @ForAll @NotEmpty byte[] surplus,
            @ForAll Random random)
            throws IOException {
        byte[] bytes = Bytes.of(message.encoded());
        List<byte[]> pieces = new ArrayList<>();
        if (separate) {
            pieces.addAll(InputSplitter.pieces(bytes, InputSplitter.random(random, bytes.length)));
            pieces.add(surplus);
        } else {
            byte[] all = Bytes.join(bytes, surplus);
            pieces.addAll(InputSplitter.pieces(all, InputSplitter.random(random, all.length)));
        }
        play(pieces, false);
        assertEquals(ReceivedResponse.of(message), call(api));
        int arrived = 0;
        for (int i = 0; arrived < bytes.length; i++) {
            arrived += pieces.get(i).length;
        }
        InMemoryTransport first = server.connections().getFirst();
        assertTrue(bytes.length <= first.bytesRead());
        assertTrue(first.bytesRead() <= arrived || !first.isOpen(), "surplus bytes were read, but it is still open");
        Response next = client.get("http://h/");
        assertEquals("next", next.text());
        assertEquals(0, next.reusedTimes());
        assertFalse(first.isOpen());
    }

    @Property(seed = "7", tries = 600)
    void theOutcomeDoesNotDependOnHowAResponseIsCut(
            @ForAll("anyFraming") GeneratedResponse message,
            @ForAll Api api,
            @ForAll boolean corrupted,
            @ForAll Random random)
            throws IOException {
        byte[] bytes = Bytes.of(message.encoded());
        if (corrupted) {
            int at = random.nextInt(bytes.length);
            bytes[at] = (byte) "\r\n :;,0\u0000\u00ff".charAt(random.nextInt(9));
        }
        if (random.nextInt(4) == 0) {
            bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
        }
        boolean closes = random.nextBoolean();
        String expected = outcome(bytes, InputSplitter.whole(bytes.length), closes, api);
        assertEquals(expected, outcome(bytes, InputSplitter.random(random, bytes.length), closes, api));
        assertEquals(expected, outcome(bytes, InputSplitter.everyByte(bytes.length), closes, api));
    }

    @Property(seed = "8", tries = 200)
    void theClientReturnsABodyThatEndsWithTheConnection(
            @ForAll("untilClose") GeneratedResponse message, @ForAll Api api, @ForAll Random random)
            throws IOException {
        byte[] bytes = Bytes.of(message.encoded());
        play(InputSplitter.pieces(bytes, InputSplitter.random(random, bytes.length)), true);
        assertEquals(ReceivedResponse.of(message), call(api));
        assertFalse(server.connections().getFirst().isOpen());
    }

    /** Describes the result or error of a call, and whether the next call reuses the connection. */
    private String outcome(byte[] bytes, int[] cuts, boolean closes, Api api) throws IOException {
        play(InputSplitter.pieces(bytes, cuts), closes);
        String result;
        try {
            result = call(api).toString();
        } catch (HttpipeException e) {
            result = "%s: %s".formatted(e.getClass().getSimpleName(), e.phase());
        }
        return result + ", reused " + client.get("http://h/").reusedTimes();
    }

    private void play(List<byte[]> pieces, boolean closes) {
        server.play((connection, exchange, request) -> {
            if (connection > 0 || exchange > 0) {
                return Answer.silentAfter(List.of(NEXT));
            }
            return closes ? Answer.closingAfter(pieces) : Answer.silentAfter(pieces);
        });
    }

    private ReceivedResponse call(Api api) throws IOException {
        switch (api) {
            case REQUEST -> {
                return toReceived(client.get("http://h/"));
            }
            case EXCHANGE -> {
                try (Exchange exchange = client.connect("h", 80)) {
                    exchange.sendRequest(Request.get("/"));
                    ReceivedResponse received = toReceived(exchange.readResponse());
                    exchange.keepAlive();
                    return received;
                }
            }
            case STREAM -> {
                try (StreamedResponse response = client.stream(Request.get("http://h/"))) {
                    String body = Bytes.latin1(response.body().readAllBytes());
                    return new ReceivedResponse(
                            response.status(),
                            lines(response.headers()),
                            body,
                            lines(response.body().trailers()));
                }
            }
        }
        throw new AssertionError(api);
    }

    private static ReceivedResponse toReceived(Response response) {
        return new ReceivedResponse(
                response.status(),
                lines(response.headers()),
                Bytes.latin1(response.body()),
                lines(response.trailers()));
    }

    private static List<String> lines(Headers headers) {
        List<String> lines = new ArrayList<>();
        for (Map.Entry<String, String> line : headers) {
            lines.add(line.getKey() + ": " + line.getValue());
        }
        return lines;
    }

    @Provide
    Arbitrary<GeneratedResponse> delimited() {
        return MessageArbitraries.responses(Framing.LENGTH, Framing.CHUNKS, Framing.NO_BODY);
    }

    @Provide
    Arbitrary<GeneratedResponse> anyFraming() {
        return MessageArbitraries.responses(Framing.values());
    }

    @Provide
    Arbitrary<GeneratedResponse> untilClose() {
        return MessageArbitraries.responses(Framing.CLOSE);
    }
}
