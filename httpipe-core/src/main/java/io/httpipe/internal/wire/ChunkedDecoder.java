package io.httpipe.internal.wire;

import org.jspecify.annotations.Nullable;

/**
 * Follows the framing of a chunked body (RFC 9112, section 7.1): eats size lines, line ends and trailers and tells how
 * much data comes next; the data itself never passes through here.
 *
 * <pre>
 *  SIZE --size &gt; 0--&gt; DATA --taken--&gt; DATA_END --CR LF--&gt; SIZE
 *    `----size = 0--&gt; TRAILERS --blank line--&gt; DONE
 * </pre>
 *
 * <p>Size lines may be longer than their digits: extensions, leading zeros, spaces and tabs. In a whole body that may
 * come to four times {@link WireLimits#chunkLine} (16 KiB by default) and as many bytes as the data so far, so that a
 * peer cannot keep a reader busy with framing.
 *
 * <p>One body, one thread. Only CR LF ends a line, around the data and in the trailer section: a lone LF there is what
 * smuggling is made of.
 */
public final class ChunkedDecoder {
    private enum State {
        SIZE,
        DATA,
        DATA_END,
        TRAILERS,
        DONE
    }

    private final WireLimits limits;
    private final HeadParser trailerParser;
    private State state = State.SIZE;
    private long remaining;

    /** How many octets more of extensions and padding the size lines may have. */
    private long padding;

    private FieldLines trailers = FieldLines.EMPTY;

    public ChunkedDecoder(WireLimits limits) {
        this.limits = limits;
        this.trailerParser = new HeadParser(limits);
        this.padding = 4L * limits.chunkLine();
    }

    /** Octets of the present chunk's data that are still to be taken; 0 while more framing is needed. */
    public long remaining() {
        return state == State.DATA ? remaining : 0;
    }

    public boolean done() {
        return state == State.DONE;
    }

    /** The trailer fields, once done. */
    public FieldLines trailers() {
        return trailers;
    }

    /** Tells that this many octets of the present chunk's data were taken. */
    public void took(long octets) {
        remaining -= octets;
        // Data beyond 2^63 - 1 octets in all earns no more.
        padding = Math.max(padding, padding + octets);
        if (remaining == 0) {
            state = State.DATA_END;
        }
    }

    /**
     * Eats framing from the front of what has arrived, until data is due, the body is done, or more must arrive.
     *
     * @return where the first octet stands that was not eaten; it must be there again at the next call
     */
    public int advance(byte[] buffer, int from, int to) throws MalformedException {
        int at = from;
        while (state != State.DATA && state != State.DONE) {
            int next = step(buffer, at, to);
            if (next < 0) {
                break;
            }
            at = next;
        }
        return at;
    }

    /** One state's worth of framing; -1 if it has not arrived whole. */
    private int step(byte[] buffer, int at, int to) throws MalformedException {
        return switch (state) {
            case SIZE -> sizeLine(buffer, at, to);
            case DATA_END -> dataEnd(buffer, at, to);
            case TRAILERS -> trailers(trailerParser.trailers(buffer, at, to), at);
            case DATA, DONE -> -1;
        };
    }

    private int dataEnd(byte[] buffer, int at, int to) throws MalformedException {
        if (at < to && buffer[at] != '\r' || at + 1 < to && buffer[at + 1] != '\n') {
            throw new MalformedException("chunk data not followed by CR LF", buffer, at, to);
        }
        if (at + 1 >= to) {
            return -1;
        }
        state = State.SIZE;
        return at + 2;
    }

    private int trailers(@Nullable FieldLines section, int at) {
        if (section == null) {
            return -1;
        }
        trailers = section;
        state = State.DONE;
        return at + trailerParser.consumed();
    }

    /** {@code chunk-size [chunk-ext] CRLF}. */
    private int sizeLine(byte[] buffer, int from, int to) throws MalformedException {
        int lf = from;
        int stop = from + Math.min(to - from, limits.chunkLine());
        while (lf < stop && buffer[lf] != '\n') {
            lf++;
        }
        if (lf == stop) {
            if (to - from >= limits.chunkLine()) {
                throw new MalformedException("chunk size line longer than %d bytes".formatted(limits.chunkLine()));
            }
            checkSize(buffer, from, to);
            return -1;
        }
        int end = lf - 1;
        if (end < from || buffer[end] != '\r') {
            throw new MalformedException("chunk size line that does not end in CR LF", buffer, from, lf);
        }
        // With its CR, for an empty line is no size either.
        int at = checkSize(buffer, from, lf);
        if (!ChunkExtensions.wellFormed(buffer, at, end)) {
            throw new MalformedException("bad chunk extension", buffer, from, end);
        }
        long size = 0;
        for (int i = from; i < at; i++) {
            size = size << 4 | Ascii.hexDigit(buffer[i]);
        }
        padding -= end - from - digits(size);
        if (padding < 0) {
            throw new MalformedException("chunk extensions and padding exceed the data by more than %d bytes"
                    .formatted(4L * limits.chunkLine()));
        }
        remaining = size;
        state = size == 0 ? State.TRAILERS : State.DATA;
        return lf + 1;
    }

    /** How many hexadecimal digits this size needs. */
    private static int digits(long size) {
        return size == 0 ? 1 : (Long.SIZE + 3 - Long.numberOfLeadingZeros(size)) / 4;
    }

    /** Refuses early what can no longer become a size: no sign, no 0x, no blanks in front, at most 2^63-1. */
    private static int checkSize(byte[] buffer, int from, int to) throws MalformedException {
        int at = from;
        long size = 0;
        while (at < to && Ascii.hexDigit(buffer[at]) >= 0) {
            if (size > Long.MAX_VALUE >> 4) {
                throw new MalformedException("chunk size too large", buffer, from, to);
            }
            size = size << 4 | Ascii.hexDigit(buffer[at]);
            at++;
        }
        boolean plausible = at == to || buffer[at] == ';' || buffer[at] == '\r' || isBlank(buffer[at]);
        if (to > from && (at == from || !plausible)) {
            throw new MalformedException("bad chunk size", buffer, from, to);
        }
        return at;
    }

    private static boolean isBlank(byte octet) {
        return octet == ' ' || octet == '\t';
    }
}
