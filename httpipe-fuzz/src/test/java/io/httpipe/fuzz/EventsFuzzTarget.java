package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.internal.wire.EventParser;
import io.httpipe.internal.wire.MalformedException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Fuzzes the parser of server-sent events. The input is the whole stream. */
public final class EventsFuzzTarget {
    /** Small, so that inputs exceed it. */
    private static final int LIMIT = 200;

    private EventsFuzzTarget() {}

    public static void fuzzerTestOneInput(byte[] data) {
        List<List<String>> expected = ReferenceEventParser.parse(data);
        List<List<String>> limited = null;
        for (int[] cuts : InputSplitter.cutsFor(data)) {
            assertEquals(expected, events(data, cuts, Integer.MAX_VALUE));
            List<List<String>> current = events(data, cuts, LIMIT);
            assertEquals(limited == null ? current : limited, current);
            limited = current;
        }
    }

    /**
     * Returns the events of a stream that arrives in pieces, and then the last ID and the retry wait. If the stream
     * exceeds the limit, the message of the exception replaces the last ID and the wait.
     */
    static List<List<String>> events(byte[] stream, int[] cuts, int limit) {
        EventParser parser = new EventParser(limit);
        List<List<String>> events = new ArrayList<>();
        try {
            for (byte[] piece : InputSplitter.pieces(stream, cuts)) {
                for (int at = 0; at < piece.length; ) {
                    // Bytes after those that have arrived must not matter.
                    byte[] padded = Arrays.copyOf(piece, piece.length + 1);
                    padded[piece.length] = '\n';
                    at = parser.parse(padded, at, piece.length);
                    EventParser.Event event = parser.event();
                    if (event != null) {
                        events.add(List.of(event.type(), event.data(), event.id()));
                    }
                }
            }
        } catch (MalformedException e) {
            events.add(List.of(String.valueOf(e.getMessage())));
            return events;
        }
        events.add(List.of(parser.lastId(), String.valueOf(parser.retryMillis())));
        return events;
    }
}
