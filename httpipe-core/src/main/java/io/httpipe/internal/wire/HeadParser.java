package io.httpipe.internal.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Parses response heads and trailer sections out of a buffer that may hold only a part of one yet. What could change
 * where a message ends is refused.
 *
 * <p>{@link #head} and {@link #trailers} are given what has arrived so far, each time from the same first octet, and
 * answer null until the section is whole. Octets already searched are not searched again, so that a section that
 * trickles in costs no more than one that comes at once. One parser reads one section after another; one thread at a
 * time.
 *
 * <p>Leniency, each where the RFC allows it and real servers need it: a lone LF ends a line of a head, also between
 * lines that end in CR LF (RFC 9112, section 2.2); the reason phrase and the space before it may be missing (section
 * 4); a folded value is joined with spaces (section 5.2); a reason phrase, and a value of a field that does not frame,
 * may hold control characters other than NUL, CR and LF (RFC 9110, section 5.5). A trailer section gets none of it but
 * the folds.
 */
public final class HeadParser {
    private static final byte[] PREFIX = "HTTP/1.".getBytes(StandardCharsets.ISO_8859_1);

    /** What a status line has in front of its reason phrase, the blank between not counted. */
    private static final int STATUS_END = 12;

    /** The fields that decide where a message ends: RFC 9112, section 6.3, knows no other. */
    private static final int FRAMING = FieldLines.CONTENT_LENGTH | FieldLines.TRANSFER_ENCODING;

    private final WireLimits limits;

    /** Octets of the present section that are known not to end it. */
    private int searched;

    /** Lines of the present section that have been seen to end. */
    private int lines;

    /** Where, behind the section's start, the line feed of the last of them stands. */
    private int lastFeed;

    /** Length of the section that was parsed last. */
    private int consumed;

    public HeadParser(WireLimits limits) {
        this.limits = limits;
    }

    /** How many octets the section took that {@link #head} or {@link #trailers} returned last. */
    public int consumed() {
        return consumed;
    }

    /** The head that starts at {@code from}, or null if its end has not arrived yet. */
    public @Nullable ResponseHead head(byte[] buffer, int from, int to) throws MalformedException {
        int known = Math.min(to - from, PREFIX.length);
        if (!Arrays.equals(buffer, from, from + known, PREFIX, 0, known)) {
            throw new MalformedException("not an HTTP/1.x status line", buffer, from, lineEnd(buffer, from, to));
        }
        if (!complete(buffer, from, to, limits.headBytes(), "response head")) {
            return null;
        }
        int end = lineEnd(buffer, from, to);
        int status = status(buffer, from, end);
        int fieldsFrom = buffer[end] == '\n' ? end + 1 : end + 2;
        return new ResponseHead(
                buffer[from + 7] - '0',
                status,
                reason(buffer, Math.min(from + STATUS_END + 1, end), end),
                fields(Arrays.copyOfRange(buffer, fieldsFrom, from + consumed), false));
    }

    /** The trailer section that starts at {@code from}, blank line included, or null if its end has not arrived yet. */
    public @Nullable FieldLines trailers(byte[] buffer, int from, int to) throws MalformedException {
        // A section without fields is just its blank line, which would be looked for behind a line end.
        if (to > from + 1 && buffer[from] == '\r' && buffer[from + 1] == '\n') {
            consumed = 2;
            return FieldLines.EMPTY;
        }
        if (to > from && buffer[from] == '\n') {
            throw loneLf();
        }
        if (!complete(buffer, from, to, limits.trailerBytes(), "trailer section")) {
            return null;
        }
        FieldLines trailers = fields(Arrays.copyOfRange(buffer, from, from + consumed), true);
        if (trailers.hasMark(FRAMING)) {
            throw new MalformedException("%s in a trailer section"
                    .formatted(trailers.hasMark(FieldLines.CONTENT_LENGTH) ? "Content-Length" : "Transfer-Encoding"));
        }
        return trailers;
    }

    /** Whether the section has arrived up to and with its blank line. */
    private boolean complete(byte[] buffer, int from, int to, int limit, String what) throws MalformedException {
        int stop = from + Math.min(to - from, limit);
        int feed;
        while ((feed = ByteSearch.lineFeed(buffer, from + searched, stop)) < stop) {
            int behindLast = feed - from - lastFeed;
            boolean blank = lines > 0 && (behindLast == 1 || behindLast == 2 && buffer[feed - 1] == '\r');
            searched = feed + 1 - from;
            if (blank) {
                consumed = searched;
                searched = 0;
                return true;
            }
            lastFeed = feed - from;
            lines++;
        }
        if (to - from >= limit) {
            throw new MalformedException("%s larger than %d bytes".formatted(what, limit), buffer, from, to);
        }
        searched = to - from;
        return false;
    }

    private static int status(byte[] buffer, int from, int end) throws MalformedException {
        boolean wellFormed = end - from >= STATUS_END
                && Ascii.isDigit(buffer[from + 7])
                && buffer[from + 8] == ' '
                && buffer[from + 9] != '0'
                && Ascii.isDigit(buffer[from + 9])
                && Ascii.isDigit(buffer[from + 10])
                && Ascii.isDigit(buffer[from + 11])
                && (end - from == STATUS_END || buffer[from + STATUS_END] == ' ');
        for (int i = from + STATUS_END; i < end && wellFormed; i++) {
            wellFormed = buffer[i] != 0 && buffer[i] != '\r';
        }
        if (!wellFormed) {
            throw new MalformedException("malformed status line", buffer, from, end);
        }
        return (buffer[from + 9] - '0') * 100 + (buffer[from + 10] - '0') * 10 + buffer[from + 11] - '0';
    }

    private static String reason(byte[] buffer, int from, int end) {
        boolean ok = end - from == 2 && buffer[from] == 'O' && buffer[from + 1] == 'K';
        return ok ? "OK" : new String(buffer, from, end - from, StandardCharsets.ISO_8859_1);
    }

    /** Parses the field lines of a whole section up to its blank line; folds are blanked out in place. */
    private FieldLines fields(byte[] section, boolean trailers) throws MalformedException {
        // The status line, or else the blank line, is counted too, so there is always room.
        int[] spans = new int[lines * 2];
        lines = 0;
        int count = 0;
        int marks = 0;
        int at = 0;
        while (!blankLine(section, at)) {
            if (count == limits.fieldCount()) {
                throw new MalformedException("more than %d fields".formatted(count));
            }
            int colon = nameEnd(section, at);
            int mark = FieldLines.mark(section, at, colon);
            boolean strict = trailers || (mark & FRAMING) != 0;
            int end = valueEnd(section, at, colon + 1, strict);
            int next = afterLine(section, end, trailers);
            boolean folded = Ascii.isBlank(section[next]);
            while (Ascii.isBlank(section[next])) {
                end = valueEnd(section, at, unfold(section, end, next), strict);
                next = afterLine(section, end, trailers);
            }
            if (folded) {
                refuseFoldedFraming(mark);
            }
            spans[count * 2] = at;
            spans[count * 2 + 1] = end;
            marks |= mark;
            count++;
            at = next;
        }
        afterLine(section, at, trailers);
        return FieldLines.received(section, spans, count, marks);
    }

    private static boolean blankLine(byte[] section, int at) {
        return section[at] == '\n' || section[at] == '\r' && section[at + 1] == '\n';
    }

    /**
     * Makes blanks of all that is between the end of a line and the text that the next one, from {@code fold} on, adds
     * to it; where that text starts.
     */
    private static int unfold(byte[] section, int lineEnd, int fold) throws MalformedException {
        int from = lineEnd;
        while (Ascii.isBlank(section[from - 1])) {
            from--;
        }
        int to = fold;
        while (Ascii.isBlank(section[to])) {
            to++;
        }
        if (blankLine(section, to)) {
            // To recipients that trim lines it is the end of the section, so nothing may hang on it.
            throw new MalformedException("line of blanks among the fields");
        }
        Arrays.fill(section, from, to, (byte) ' ');
        return to;
    }

    /** Recipients that do not know folding, or drop folds, would see another body. */
    private static void refuseFoldedFraming(int mark) throws MalformedException {
        if ((mark & FRAMING) != 0) {
            throw new MalformedException(
                    mark == FieldLines.CONTENT_LENGTH ? "folded Content-Length" : "folded Transfer-Encoding");
        }
    }

    /** Where the colon stands behind the name that starts at {@code from}. */
    private static int nameEnd(byte[] section, int from) throws MalformedException {
        int at = from;
        while (Ascii.isToken(section[at])) {
            at++;
        }
        // A blank before the colon is refused too: recipients differ in what they make of it (RFC 9112, section 5.1).
        if (at == from || section[at] != ':') {
            throw new MalformedException("malformed field name", section, from, lineEnd(section, from, section.length));
        }
        return at;
    }

    /** Where the line ends whose value goes on at {@code from}, its line end not included. */
    private static int valueEnd(byte[] section, int line, int from, boolean strict) throws MalformedException {
        int at = ByteSearch.control(section, from, section.length);
        while (!blankLine(section, at)) {
            boolean allowed = section[at] == '\t' || !strict && section[at] != 0 && section[at] != '\r';
            if (!allowed) {
                throw new MalformedException(
                        "control character in a field value", section, line, lineEnd(section, line, section.length));
            }
            at = ByteSearch.control(section, at + 1, section.length);
        }
        return at;
    }

    /** Where the line that starts at {@code from} ends, its CR LF or lone LF not included. */
    private static int lineEnd(byte[] buffer, int from, int to) {
        int feed = ByteSearch.lineFeed(buffer, from, to);
        return feed > from && feed < to && buffer[feed - 1] == '\r' ? feed - 1 : feed;
    }

    /**
     * Where the line behind this one starts. Among trailers a lone LF is refused: they decide where the message ends, and
     * many recipients skip them up to CR LF CR LF.
     */
    private static int afterLine(byte[] section, int end, boolean trailers) throws MalformedException {
        if (section[end] != '\n') {
            return end + 2;
        }
        if (trailers) {
            throw loneLf();
        }
        return end + 1;
    }

    private static MalformedException loneLf() {
        return new MalformedException("lone LF in a trailer section");
    }
}
