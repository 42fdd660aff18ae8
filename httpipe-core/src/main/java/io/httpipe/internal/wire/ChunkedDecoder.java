package io.httpipe.internal.wire;

import org.jspecify.annotations.Nullable;

/**
 * Decodes the framing of a chunked body (RFC 9112, section 7.1). It consumes size lines, line ends and trailers, and
 * reports how many bytes of data follow. The caller takes the data directly from its buffer.
 *
 * <pre>
 *  SIZE --size &gt; 0--&gt; DATA --taken--&gt; DATA_END --CR LF--&gt; SIZE
 *    `----size = 0--&gt; TRAILERS --empty line--&gt; DONE
 * </pre>
 *
 * <p>A size line may contain more than the digits it needs: extensions, leading zeros, spaces and tabs. All size lines
 * of a body together may have as many such bytes as the body has data bytes so far, plus four times {@link
 * WireLimits#chunkLine} (by default, four times 4 KiB). A peer therefore cannot keep a reader busy with framing alone.
 *
 * <p>Every line must end in CR LF, also in the trailer section. A lone LF is refused, because message smuggling relies
 * on it.
 *
 * <p>A decoder reads one body, on one thread at a time.
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

    /** How many more bytes of extensions and padding the size lines may have. */
    private long paddingAllowed;

    private FieldLines trailers = FieldLines.EMPTY;

    public ChunkedDecoder(WireLimits limits) {
        this.limits = limits;
        this.trailerParser = new HeadParser(limits);
        this.paddingAllowed = 4L * limits.chunkLine();
    }

    /** The number of data bytes of the current chunk not yet taken. 0 while the decoder needs more framing. */
    public long remaining() {
        return state == State.DATA ? remaining : 0;
    }

    public boolean done() {
        return state == State.DONE;
    }

    /** The trailer fields. Empty until {@link #done}. */
    public FieldLines trailers() {
        return trailers;
    }

    /** Records that the caller took this many data bytes of the current chunk. */
    public void dataTaken(long bytes) {
        remaining -= bytes;
        // Avoids an overflow. After 2^63 - 1 bytes of data the allowance stops growing.
        paddingAllowed = Math.max(paddingAllowed, paddingAllowed + bytes);
        if (remaining == 0) {
            state = State.DATA_END;
        }
    }

    /**
     * Consumes framing from the front of the bytes that have arrived. Stops when data follows, when the body is done,
     * or when more bytes are needed.
     *
     * @return the index of the first byte not consumed; the next call must start with that byte
     */
    public int advance(byte[] buffer, int from, int to) throws MalformedException {
        int at = from;
        while (state != State.DATA && state != State.DONE) {
            int next = parseNext(buffer, at, to);
            if (next < 0) {
                break;
            }
            at = next;
        }
        return at;
    }

    /** Parses the element that the state expects. Returns the index after it, or -1 if it is not complete. */
    private int parseNext(byte[] buffer, int at, int to) throws MalformedException {
        return switch (state) {
            case SIZE -> parseSizeLine(buffer, at, to);
            case DATA_END -> parseDataEnd(buffer, at, to);
            case TRAILERS -> acceptTrailers(trailerParser.trailers(buffer, at, to), at);
            case DATA, DONE -> -1;
        };
    }

    private int parseDataEnd(byte[] buffer, int at, int to) throws MalformedException {
        if (at < to && buffer[at] != '\r' || at + 1 < to && buffer[at + 1] != '\n') {
            throw new MalformedException("chunk data not followed by CR LF", buffer, at, to);
        }
        if (at + 1 >= to) {
            return -1;
        }
        state = State.SIZE;
        return at + 2;
    }

    private int acceptTrailers(@Nullable FieldLines section, int at) {
        if (section == null) {
            return -1;
        }
        trailers = section;
        state = State.DONE;
        return at + trailerParser.consumed();
    }

    /** Parses {@code chunk-size [chunk-ext] CRLF}. */
    private int parseSizeLine(byte[] buffer, int from, int to) throws MalformedException {
        int lineFeed = from;
        int stop = from + Math.min(to - from, limits.chunkLine());
        while (lineFeed < stop && buffer[lineFeed] != '\n') {
            lineFeed++;
        }
        if (lineFeed == stop) {
            if (to - from >= limits.chunkLine()) {
                throw new MalformedException("chunk size line longer than %d bytes".formatted(limits.chunkLine()));
            }
            checkSize(buffer, from, to);
            return -1;
        }
        int end = lineFeed - 1;
        if (end < from || buffer[end] != '\r') {
            throw new MalformedException("chunk size line that does not end in CR LF", buffer, from, lineFeed);
        }
        // The checked range includes the CR. An empty line would otherwise pass the check.
        int sizeEnd = checkSize(buffer, from, lineFeed);
        if (!ChunkExtensions.isWellFormed(buffer, sizeEnd, end)) {
            throw new MalformedException("bad chunk extension", buffer, from, end);
        }
        long size = 0;
        for (int i = from; i < sizeEnd; i++) {
            size = size << 4 | Ascii.hexDigit(buffer[i]);
        }
        paddingAllowed -= end - from - hexLength(size);
        if (paddingAllowed < 0) {
            throw new MalformedException("chunk extensions and padding exceed the data by more than %d bytes"
                    .formatted(4L * limits.chunkLine()));
        }
        remaining = size;
        state = size == 0 ? State.TRAILERS : State.DATA;
        return lineFeed + 1;
    }

    /** The number of hexadecimal digits that this size needs. */
    private static int hexLength(long size) {
        return size == 0 ? 1 : (Long.SIZE + 3 - Long.numberOfLeadingZeros(size)) / 4;
    }

    /**
     * Refuses a size with a sign, a 0x prefix or a leading space, and a size above 2^63-1, even before its line end has
     * arrived. Returns the index after the digits.
     */
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
        boolean plausible = at == to || buffer[at] == ';' || buffer[at] == '\r' || Ascii.isSpaceOrTab(buffer[at]);
        if (to > from && (at == from || !plausible)) {
            throw new MalformedException("bad chunk size", buffer, from, to);
        }
        return at;
    }
}
