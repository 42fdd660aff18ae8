package io.httpipe.internal.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Parses {@code text/event-stream} by the rules of the HTML standard, section 9.2.6, from bytes in pieces of any size.
 * An event is complete as soon as the first byte of its blank line has arrived. Not thread-safe.
 *
 * <p>The current line and the values of the current event together have a limit.
 */
public final class EventParser {
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

    private final int limit;
    private byte[] line = new byte[256];
    private int lineLength;
    private byte[] data = new byte[256];
    private int dataLength;

    /** How many bytes the values of the current event have together, with a line end for each line of the data. */
    private int valuesLength;

    private boolean first = true;

    /** Whether the last byte was a CR, which a LF may follow as a part of the same line end. */
    private boolean afterCarriageReturn;

    private String type = "";
    private String id = "";

    /** Whether the server has sent {@link #id}. */
    private boolean hasId;

    private @Nullable Event event;
    private String lastId = "";
    private boolean hasLastId;
    private long retryMillis = -1;

    /** One event. */
    public record Event(String type, String data, String id) {}

    /**
     * Creates a parser.
     *
     * @param limit the most bytes of an event
     */
    public EventParser(int limit) {
        this.limit = limit;
    }

    /**
     * Parses bytes until an event is complete, which {@link #event} then returns.
     *
     * @return the index after the last byte that was parsed
     */
    public int parse(byte[] bytes, int from, int to) throws MalformedException {
        event = null;
        int at = from;
        while (at < to && event == null) {
            byte next = bytes[at];
            if (next == '\n' && afterCarriageReturn) {
                afterCarriageReturn = false;
                at++;
                continue;
            }
            int end = at;
            while (end < to && bytes[end] != '\n' && bytes[end] != '\r') {
                end++;
            }
            appendToLine(bytes, at, end);
            at = end;
            afterCarriageReturn = false;
            if (end < to) {
                afterCarriageReturn = bytes[end] == '\r';
                at++;
                endLine();
            }
        }
        return at;
    }

    /** The event that {@link #parse} has completed; null if there is none. */
    public @Nullable Event event() {
        return event;
    }

    /** The ID of the last event, even of one without data; empty if there is none. */
    public String lastId() {
        return lastId;
    }

    /** Whether the server has sent {@link #lastId}, even as an empty one. */
    public boolean hasLastId() {
        return hasLastId;
    }

    /** How long the server asks to wait before the next connection, in milliseconds; -1 if it does not ask. */
    public long retryMillis() {
        return retryMillis;
    }

    /** Forgets an incomplete event, because another stream begins. Keeps {@link #lastId} and {@link #retryMillis}. */
    public void restart() {
        lineLength = 0;
        dataLength = 0;
        valuesLength = 0;
        type = "";
        id = lastId;
        hasId = hasLastId;
        first = true;
        afterCarriageReturn = false;
        event = null;
    }

    private void appendToLine(byte[] bytes, int from, int to) throws MalformedException {
        requireLimit(to - from);
        line = grown(line, lineLength + to - from);
        System.arraycopy(bytes, from, line, lineLength, to - from);
        lineLength += to - from;
    }

    private void requireLimit(int more) throws MalformedException {
        if (more > limit - lineLength - valuesLength) {
            throw new MalformedException("an event has more than the %d bytes of Limits.eventBytes".formatted(limit));
        }
    }

    private static byte[] grown(byte[] array, int length) {
        return length <= array.length ? array : Arrays.copyOf(array, Math.max(length, array.length * 2));
    }

    private void endLine() throws MalformedException {
        int start = 0;
        if (first && lineLength >= 3 && Arrays.equals(line, 0, 3, BYTE_ORDER_MARK, 0, 3)) {
            start = BYTE_ORDER_MARK.length;
        }
        first = false;
        int length = lineLength;
        lineLength = 0;
        if (start == length) {
            dispatch();
            return;
        }
        int colon = start;
        while (colon < length && line[colon] != ':') {
            colon++;
        }
        int value = Math.min(colon + 1, length);
        if (value < length && line[value] == ' ') {
            value++;
        }
        field(new String(line, start, colon - start, StandardCharsets.ISO_8859_1), value, length);
    }

    private void field(String name, int from, int to) throws MalformedException {
        switch (name) {
            case "event" -> {
                addValue(to - from);
                type = text(from, to);
            }
            case "data" -> {
                addValue(to - from + 1);
                data = grown(data, dataLength + to - from + 1);
                System.arraycopy(line, from, data, dataLength, to - from);
                dataLength += to - from;
                data[dataLength++] = '\n';
            }
            case "id" -> {
                addValue(to - from);
                String text = text(from, to);
                if (text.indexOf('\0') < 0) {
                    id = text;
                    hasId = true;
                }
            }
            case "retry" -> retry(from, to);
            default -> {}
        }
    }

    private void addValue(int length) throws MalformedException {
        requireLimit(length);
        valuesLength += length;
    }

    private String text(int from, int to) {
        return new String(line, from, to - from, StandardCharsets.UTF_8);
    }

    /** A value that is too large becomes {@link Integer#MAX_VALUE}, which is 24 days. */
    private void retry(int from, int to) {
        long millis = 0;
        for (int i = from; i < to; i++) {
            if (!Ascii.isDigit(line[i])) {
                return;
            }
            millis = Math.min(millis * 10 + line[i] - '0', Integer.MAX_VALUE);
        }
        retryMillis = from == to ? retryMillis : millis;
    }

    private void dispatch() {
        lastId = id;
        hasLastId = hasId;
        if (dataLength > 0) {
            String text = new String(data, 0, dataLength - 1, StandardCharsets.UTF_8);
            event = new Event(type.isEmpty() ? "message" : type, text, lastId);
        }
        dataLength = 0;
        valuesLength = 0;
        type = "";
        if (data.length > 1 << 16) {
            data = new byte[256];
        }
        if (line.length > 1 << 16) {
            line = new byte[256];
        }
    }
}
