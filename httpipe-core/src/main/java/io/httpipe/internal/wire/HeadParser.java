package io.httpipe.internal.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Parses response heads and trailer sections from a buffer, even if only a part has arrived. It refuses anything that
 * could change where a message ends.
 *
 * <p>{@link #head} and {@link #trailers} take all bytes of the section that have arrived. They return null if the
 * section is not complete. The caller then calls again with more bytes, from the same first byte. The parser does not
 * search the same bytes twice, so a section costs the same whether it arrives in one piece or byte by byte.
 *
 * <p>A parser can read several sections, one after another, on one thread at a time.
 *
 * <p>A head may deviate in these ways, which the RFCs allow and real servers use:
 *
 * <ul>
 *   <li>A lone LF ends a line, even among lines that end in CR LF (RFC 9112, section 2.2).
 *   <li>The reason phrase and the space before it may be missing (RFC 9112, section 4).
 *   <li>A folded value is joined with spaces (RFC 9112, section 5.2).
 *   <li>A reason phrase, or the value of a field that does not decide the framing, may contain control characters other
 *       than NUL, CR and LF (RFC 9110, section 5.5).
 * </ul>
 *
 * <p>A trailer section may contain folds, but none of the other deviations.
 */
public final class HeadParser {
    private static final byte[] PREFIX = "HTTP/1.".getBytes(StandardCharsets.ISO_8859_1);

    /** The length of a status line up to the end of the status code. */
    private static final int STATUS_END = 12;

    /** The fields that decide where a message ends. RFC 9112, section 6.3, has no others. */
    private static final int FRAMING = FieldLines.CONTENT_LENGTH | FieldLines.TRANSFER_ENCODING;

    private final WireLimits limits;

    /** How many bytes of the current section were searched for its end. */
    private int searched;

    /** How many lines of the current section have ended. */
    private int lines;

    /** The offset of the last line feed found, from the start of the section. */
    private int lastLineFeed;

    private int consumed;

    public HeadParser(WireLimits limits) {
        this.limits = limits;
    }

    /** The number of bytes of the last section that {@link #head} or {@link #trailers} returned. */
    public int consumed() {
        return consumed;
    }

    /** Parses the head that starts at {@code from}. Returns null if its end has not arrived. */
    public @Nullable ResponseHead head(byte[] buffer, int from, int to) throws MalformedException {
        int compared = Math.min(to - from, PREFIX.length);
        if (!Arrays.equals(buffer, from, from + compared, PREFIX, 0, compared)) {
            throw new MalformedException("not an HTTP/1.x status line", buffer, from, lineEnd(buffer, from, to));
        }
        if (!isComplete(buffer, from, to, limits.headBytes(), "response head")) {
            return null;
        }
        int statusLineEnd = lineEnd(buffer, from, to);
        int status = parseStatus(buffer, from, statusLineEnd);
        int fieldsStart = buffer[statusLineEnd] == '\n' ? statusLineEnd + 1 : statusLineEnd + 2;
        return new ResponseHead(
                buffer[from + 7] - '0',
                status,
                reason(buffer, Math.min(from + STATUS_END + 1, statusLineEnd), statusLineEnd),
                parseFields(Arrays.copyOfRange(buffer, fieldsStart, from + consumed), false));
    }

    /** Parses the trailer section that starts at {@code from}. Returns null if its empty line has not arrived. */
    public @Nullable FieldLines trailers(byte[] buffer, int from, int to) throws MalformedException {
        // Without fields, the section is only its empty line. isComplete would look for a line before it.
        if (to > from + 1 && buffer[from] == '\r' && buffer[from + 1] == '\n') {
            consumed = 2;
            return FieldLines.EMPTY;
        }
        if (to > from && buffer[from] == '\n') {
            throw loneLineFeed();
        }
        if (!isComplete(buffer, from, to, limits.trailerBytes(), "trailer section")) {
            return null;
        }
        FieldLines trailers = parseFields(Arrays.copyOfRange(buffer, from, from + consumed), true);
        if (trailers.hasFlag(FRAMING)) {
            throw new MalformedException("%s in a trailer section"
                    .formatted(trailers.hasFlag(FieldLines.CONTENT_LENGTH) ? "Content-Length" : "Transfer-Encoding"));
        }
        return trailers;
    }

    /** Whether the section has arrived, including its empty line. If so, sets {@link #consumed}. */
    private boolean isComplete(byte[] buffer, int from, int to, int limit, String what) throws MalformedException {
        int stop = from + Math.min(to - from, limit);
        int lineFeed;
        while ((lineFeed = ByteSearch.lineFeed(buffer, from + searched, stop)) < stop) {
            int distance = lineFeed - from - lastLineFeed;
            boolean emptyLine = lines > 0 && (distance == 1 || distance == 2 && buffer[lineFeed - 1] == '\r');
            searched = lineFeed + 1 - from;
            if (emptyLine) {
                consumed = searched;
                searched = 0;
                return true;
            }
            lastLineFeed = lineFeed - from;
            lines++;
        }
        if (to - from >= limit) {
            throw new MalformedException("%s larger than %d bytes".formatted(what, limit), buffer, from, to);
        }
        searched = to - from;
        return false;
    }

    private static int parseStatus(byte[] buffer, int from, int lineEnd) throws MalformedException {
        boolean wellFormed = lineEnd - from >= STATUS_END
                && Ascii.isDigit(buffer[from + 7])
                && buffer[from + 8] == ' '
                && buffer[from + 9] != '0'
                && Ascii.isDigit(buffer[from + 9])
                && Ascii.isDigit(buffer[from + 10])
                && Ascii.isDigit(buffer[from + 11])
                && (lineEnd - from == STATUS_END || buffer[from + STATUS_END] == ' ');
        for (int i = from + STATUS_END; i < lineEnd && wellFormed; i++) {
            wellFormed = buffer[i] != 0 && buffer[i] != '\r';
        }
        if (!wellFormed) {
            throw new MalformedException("malformed status line", buffer, from, lineEnd);
        }
        return (buffer[from + 9] - '0') * 100 + (buffer[from + 10] - '0') * 10 + buffer[from + 11] - '0';
    }

    private static String reason(byte[] buffer, int from, int end) {
        boolean ok = end - from == 2 && buffer[from] == 'O' && buffer[from + 1] == 'K';
        return ok ? "OK" : new String(buffer, from, end - from, StandardCharsets.ISO_8859_1);
    }

    /** Parses the field lines of a complete section. Overwrites folds with spaces in place. */
    private FieldLines parseFields(byte[] section, boolean trailers) throws MalformedException {
        // Each field has at least one of the counted lines.
        int[] bounds = new int[lines * 2];
        lines = 0;
        int count = 0;
        int flags = 0;
        int at = 0;
        while (!isLineEnd(section, at)) {
            if (count == limits.fieldCount()) {
                throw new MalformedException("more than %d fields".formatted(count));
            }
            int colon = nameEnd(section, at);
            int flag = FieldLines.flagOf(section, at, colon);
            boolean strict = trailers || (flag & FRAMING) != 0;
            int end = valueEnd(section, at, colon + 1, strict);
            int next = nextLine(section, end, trailers);
            boolean folded = Ascii.isSpaceOrTab(section[next]);
            while (Ascii.isSpaceOrTab(section[next])) {
                end = valueEnd(section, at, unfold(section, end, next), strict);
                next = nextLine(section, end, trailers);
            }
            if (folded) {
                refuseFoldedFraming(flag);
            }
            bounds[count * 2] = at;
            bounds[count * 2 + 1] = end;
            flags |= flag;
            count++;
            at = next;
        }
        nextLine(section, at, trailers);
        return FieldLines.received(section, bounds, count, flags);
    }

    /** Whether a CR LF or a lone LF is at this index. */
    private static boolean isLineEnd(byte[] section, int at) {
        return section[at] == '\n' || section[at] == '\r' && section[at + 1] == '\n';
    }

    /**
     * Overwrites a line end, and the spaces and tabs around it, with spaces.
     *
     * @param lineEnd the end of the line before the fold
     * @param fold    the start of the continuation line
     * @return where the text of the continuation line starts
     */
    private static int unfold(byte[] section, int lineEnd, int fold) throws MalformedException {
        int from = lineEnd;
        while (Ascii.isSpaceOrTab(section[from - 1])) {
            from--;
        }
        int to = fold;
        while (Ascii.isSpaceOrTab(section[to])) {
            to++;
        }
        if (isLineEnd(section, to)) {
            // Recipients that trim lines read this line as the end of the section, so the message is ambiguous.
            throw new MalformedException("line of spaces and tabs among the fields");
        }
        Arrays.fill(section, from, to, (byte) ' ');
        return to;
    }

    /** Refuses a folded framing field. Recipients that do not know folds, or drop them, would see a different body. */
    private static void refuseFoldedFraming(int flag) throws MalformedException {
        if ((flag & FRAMING) != 0) {
            throw new MalformedException(
                    flag == FieldLines.CONTENT_LENGTH ? "folded Content-Length" : "folded Transfer-Encoding");
        }
    }

    /** The index of the colon after the name that starts at {@code from}. */
    private static int nameEnd(byte[] section, int from) throws MalformedException {
        int at = from;
        while (Ascii.isToken(section[at])) {
            at++;
        }
        // A space before the colon is refused too, because recipients treat it differently (RFC 9112, section 5.1).
        if (at == from || section[at] != ':') {
            throw new MalformedException("malformed field name", section, from, lineEnd(section, from, section.length));
        }
        return at;
    }

    /**
     * The index of the next line end at or after {@code from}.
     *
     * @param fieldStart the start of the field, for the error message
     * @param strict     whether to refuse all control characters except tab
     */
    private static int valueEnd(byte[] section, int fieldStart, int from, boolean strict) throws MalformedException {
        int at = ByteSearch.control(section, from, section.length);
        while (!isLineEnd(section, at)) {
            boolean allowed = section[at] == '\t' || !strict && section[at] != 0 && section[at] != '\r';
            if (!allowed) {
                throw new MalformedException(
                        "control character in a field value",
                        section,
                        fieldStart,
                        lineEnd(section, fieldStart, section.length));
            }
            at = ByteSearch.control(section, at + 1, section.length);
        }
        return at;
    }

    /** The index of the CR LF or lone LF that ends the line at {@code from}, or {@code to} if there is none. */
    private static int lineEnd(byte[] buffer, int from, int to) {
        int lineFeed = ByteSearch.lineFeed(buffer, from, to);
        return lineFeed > from && lineFeed < to && buffer[lineFeed - 1] == '\r' ? lineFeed - 1 : lineFeed;
    }

    /**
     * The start of the line after the line end at {@code lineEnd}. A lone LF in a trailer section is refused, because
     * many recipients skip trailers up to CR LF CR LF and would see a different end of the message.
     */
    private static int nextLine(byte[] section, int lineEnd, boolean trailers) throws MalformedException {
        if (section[lineEnd] != '\n') {
            return lineEnd + 2;
        }
        if (trailers) {
            throw loneLineFeed();
        }
        return lineEnd + 1;
    }

    private static MalformedException loneLineFeed() {
        return new MalformedException("lone LF in a trailer section");
    }
}
