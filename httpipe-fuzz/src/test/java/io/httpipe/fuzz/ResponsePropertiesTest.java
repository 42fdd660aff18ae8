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
import io.httpipe.fuzz.MemoryServer.Answer;
import io.httpipe.fuzz.Messages.Framing;
import io.httpipe.fuzz.Messages.Message;
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

/** Whole responses through a whole client, over connections in memory that count what is read of them. */
class ResponsePropertiesTest {
    private static final byte[] NEXT = Octets.of("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext");

    private final MemoryServer server = new MemoryServer();
    private final Httpipe client = server.client(Limits.DEFAULT);

    /** The interfaces of the client. */
    enum By {
        REQUEST,
        STREAM,
        EXCHANGE
    }

    /** All that is told of a response. */
    record Told(int status, List<String> fields, String body, List<String> trailers) {
        static Told of(Message message) {
            return new Told(
                    message.head().status(), lines(message.head().fields()), message.body(), lines(message.trailers()));
        }

        private static List<String> lines(List<Line> lines) {
            return lines.stream().map(f -> f.name() + ": " + f.value()).toList();
        }
    }

    @Property(seed = "5", tries = 600)
    void aResponseIsToldAsItWasAndTheNextOneBeginsBehindItsEnd(
            @ForAll("delimited") Message message, @ForAll By by, @ForAll Random random) throws IOException {
        byte[] octets = Octets.of(message.octets());
        play(Cuts.pieces(octets, Cuts.random(random, octets.length)), false);
        assertEquals(Told.of(message), call(by));
        Response next = client.get("http://h/");
        assertEquals("next", next.text());
        assertEquals(1, next.reusedTimes());
        assertEquals(
                octets.length + NEXT.length, server.connections().getFirst().handedOut());
    }

    @Property(seed = "6", tries = 600)
    void nothingIsReadBehindTheEndOfAResponseNorTakenForTheNext(
            @ForAll("delimited") Message message,
            @ForAll By by,
            @ForAll boolean apart,
            @ForAll @NotEmpty byte[] behind,
            @ForAll Random random)
            throws IOException {
        byte[] octets = Octets.of(message.octets());
        List<byte[]> pieces = new ArrayList<>();
        if (apart) {
            pieces.addAll(Cuts.pieces(octets, Cuts.random(random, octets.length)));
            pieces.add(behind);
        } else {
            byte[] all = Octets.join(octets, behind);
            pieces.addAll(Cuts.pieces(all, Cuts.random(random, all.length)));
        }
        play(pieces, false);
        assertEquals(Told.of(message), call(by));
        int arrived = 0;
        for (int i = 0; arrived < octets.length; i++) {
            arrived += pieces.get(i).length;
        }
        MemoryTransport first = server.connections().getFirst();
        assertTrue(octets.length <= first.handedOut());
        assertTrue(first.handedOut() <= arrived || !first.isOpen(), "read on for more than a look whether it is idle");
        Response next = client.get("http://h/");
        assertEquals("next", next.text());
        assertEquals(0, next.reusedTimes());
        assertFalse(first.isOpen());
    }

    @Property(seed = "7", tries = 600)
    void howAResponseIsCutNeverChangesWhatComesOfIt(
            @ForAll("any") Message message, @ForAll By by, @ForAll boolean spoilt, @ForAll Random random)
            throws IOException {
        byte[] octets = Octets.of(message.octets());
        if (spoilt) {
            int at = random.nextInt(octets.length);
            octets[at] = (byte) "\r\n :;,0\u0000\u00ff".charAt(random.nextInt(9));
        }
        if (random.nextInt(4) == 0) {
            octets = Arrays.copyOf(octets, random.nextInt(octets.length));
        }
        boolean closes = random.nextBoolean();
        String whole = outcome(octets, Cuts.whole(octets.length), closes, by);
        assertEquals(whole, outcome(octets, Cuts.random(random, octets.length), closes, by));
        assertEquals(whole, outcome(octets, Cuts.everyOctet(octets.length), closes, by));
    }

    @Property(seed = "8", tries = 200)
    void aBodyUntilTheCloseIsToldAsItWas(@ForAll("untilClose") Message message, @ForAll By by, @ForAll Random random)
            throws IOException {
        byte[] octets = Octets.of(message.octets());
        play(Cuts.pieces(octets, Cuts.random(random, octets.length)), true);
        assertEquals(Told.of(message), call(by));
        assertFalse(server.connections().getFirst().isOpen());
    }

    /** What a call gives or fails with, and whether its connection is used again. */
    private String outcome(byte[] octets, int[] cuts, boolean closes, By by) throws IOException {
        play(Cuts.pieces(octets, cuts), closes);
        String told;
        try {
            told = call(by).toString();
        } catch (HttpipeException e) {
            told = "%s: %s".formatted(e.getClass().getSimpleName(), e.phase());
        }
        return told + ", reused " + client.get("http://h/").reusedTimes();
    }

    private void play(List<byte[]> pieces, boolean closes) {
        server.play((connection, exchange, request) -> {
            if (connection > 0 || exchange > 0) {
                return Answer.silentAfter(List.of(NEXT));
            }
            return closes ? Answer.closingAfter(pieces) : Answer.silentAfter(pieces);
        });
    }

    private Told call(By by) throws IOException {
        switch (by) {
            case REQUEST -> {
                return told(client.get("http://h/"));
            }
            case EXCHANGE -> {
                try (Exchange exchange = client.connect("h", 80)) {
                    exchange.sendRequest(Request.get("/"));
                    Told told = told(exchange.readResponse());
                    exchange.keepAlive();
                    return told;
                }
            }
            case STREAM -> {
                try (StreamedResponse response = client.stream(Request.get("http://h/"))) {
                    String body = Octets.latin1(response.body().readAllBytes());
                    return new Told(
                            response.status(),
                            lines(response.headers()),
                            body,
                            lines(response.body().trailers()));
                }
            }
        }
        throw new AssertionError(by);
    }

    private static Told told(Response response) {
        return new Told(
                response.status(),
                lines(response.headers()),
                Octets.latin1(response.body()),
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
    Arbitrary<Message> delimited() {
        return Messages.responses(Framing.LENGTH, Framing.CHUNKS, Framing.NOTHING);
    }

    @Provide
    Arbitrary<Message> any() {
        return Messages.responses(Framing.values());
    }

    @Provide
    Arbitrary<Message> untilClose() {
        return Messages.responses(Framing.CLOSE);
    }
}
