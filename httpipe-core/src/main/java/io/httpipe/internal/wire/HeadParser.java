package io.httpipe.internal.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses response heads and trailer sections, strictly, out of a buffer that may hold only a part of one yet.
 *
 * <p>{@link #head} and {@link #trailers} are given what has arrived so far, each time from the same first octet, and
 * answer null until the section is whole. Octets already searched are not searched again, so that a section that
 * trickles in costs no more than one that comes at once. One parser reads one section after another; one thread at a
 * time.
 *
 * <p>Leniency, each where RFC 9112 allows it and servers in the field need it: a lone LF ends a line of a head if it
 * ends all of them (section 2.2), the reason phrase and the blank before it may be missing (section 4), a folded value
 * is joined with blanks (section 5.2).
 */
public final class HeadParser {
    private static final byte[] PREFIX = "HTTP/1.".getBytes(StandardCharsets.ISO_8859_1);

    /** The fields that say where a body ends. */
    private static final List<String> FRAMING = List.of("Content-Length", "Transfer-Encoding");

    private final WireLimits limits;

    /** Octets of the present section that are known not to end it. */
    private int searched;

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
    public @Nullable Head head(byte[] buffer, int from, int to) throws MalformedException {
        int known = Math.min(to - from, PREFIX.length);
        if (!Arrays.equals(buffer, from, from + known, PREFIX, 0, known)) {
            throw new MalformedException("not an HTTP/1.x status line", buffer, from, lineEnd(buffer, from, to));
        }
        int length = sectionLength(buffer, from, to, limits.headBytes(), "response head");
        if (length < 0) {
            return null;
        }
        byte[] section = Arrays.copyOfRange(buffer, from, from + length);
        int end = lineEnd(section, 0, length);
        int status = status(section, end);
        int reasonFrom = Math.min(13, end);
        String reason = end - reasonFrom == 2 && section[reasonFrom] == 'O' && section[reasonFrom + 1] == 'K'
                ? "OK"
                : new String(section, reasonFrom, end - reasonFrom, StandardCharsets.ISO_8859_1);
        boolean loneLf = section[end] == '\n';
        return new Head(section[7] - '0', status, reason, fields(section, afterLine(section, end, loneLf), loneLf));
    }

    /** The trailer section that starts at {@code from}, blank line included, or null if its end has not arrived yet. */
    public @Nullable Fields trailers(byte[] buffer, int from, int to) throws MalformedException {
        // A section without fields is just its blank line, which sectionLength would look for behind a line end.
        if (to > from + 1 && buffer[from] == '\r' && buffer[from + 1] == '\n') {
            consumed = 2;
            return Fields.EMPTY;
        }
        if (to > from && buffer[from] == '\n') {
            throw mixed(false);
        }
        int length = sectionLength(buffer, from, to, limits.trailerBytes(), "trailer section");
        if (length < 0) {
            return null;
        }
        Fields trailers = fields(Arrays.copyOfRange(buffer, from, from + length), 0, false);
        for (String framing : FRAMING) {
            if (trailers.contains(framing)) {
                throw new MalformedException(framing + " in a trailer section");
            }
        }
        return trailers;
    }

    /** The length of the section up to and with its blank line, or -1 if that has not arrived. */
    private int sectionLength(byte[] buffer, int from, int to, int limit, String what) throws MalformedException {
        int stop = from + Math.min(to - from, limit);
        for (int i = from + searched; i < stop; i++) {
            if (buffer[i] == '\n' && i > from && (buffer[i - 1] == '\n' || blankLineEndsAt(buffer, from, i))) {
                searched = 0;
                consumed = i + 1 - from;
                return consumed;
            }
        }
        if (to - from >= limit) {
            throw new MalformedException("%s larger than %d bytes".formatted(what, limit), buffer, from, to);
        }
        searched = to - from;
        return -1;
    }

    private static boolean blankLineEndsAt(byte[] buffer, int from, int lf) {
        return lf > from + 1 && buffer[lf - 1] == '\r' && buffer[lf - 2] == '\n';
    }

    private static int status(byte[] line, int end) throws MalformedException {
        boolean wellFormed = end >= 12
                && Ascii.isDigit(line[7])
                && line[8] == ' '
                && line[9] >= '1'
                && Ascii.isDigit(line[9])
                && Ascii.isDigit(line[10])
                && Ascii.isDigit(line[11])
                && (end == 12 || line[12] == ' ');
        for (int i = 12; i < end && wellFormed; i++) {
            wellFormed = Ascii.isFieldValue(line[i]);
        }
        if (!wellFormed) {
            throw new MalformedException("malformed status line", line, 0, end);
        }
        return (line[9] - '0') * 100 + (line[10] - '0') * 10 + line[11] - '0';
    }

    /** Parses the field lines of a whole section from {@code from} on; folds are blanked out in place. */
    private Fields fields(byte[] section, int from, boolean loneLf) throws MalformedException {
        int at = from;
        int[] spans = new int[32];
        int count = 0;
        while (true) {
            int end = lineEnd(section, at, section.length);
            int next = afterLine(section, end, loneLf);
            if (end == at) {
                return Fields.received(section, spans, count);
            }
            if (count == limits.fieldCount()) {
                throw new MalformedException("more than %d fields".formatted(count));
            }
            if (spans.length == count * 4) {
                spans = Arrays.copyOf(spans, spans.length * 2);
            }
            boolean folded = isBlank(section[next]);
            while (isBlank(section[next])) {
                int foldEnd = lineEnd(section, next, section.length);
                unfold(section, end, next, foldEnd);
                end = foldEnd;
                next = afterLine(section, end, loneLf);
            }
            field(section, at, end, spans, count * 4);
            if (folded) {
                refuseFoldedFraming(section, at, spans[count * 4 + 1]);
            }
            count++;
            at = next;
        }
    }

    /** Makes blanks of all that is between the end of a line and what the next one, from {@code fold} on, adds to it. */
    private static void unfold(byte[] section, int lineEnd, int fold, int foldEnd) throws MalformedException {
        int from = lineEnd;
        while (from > 0 && isBlank(section[from - 1])) {
            from--;
        }
        int to = fold;
        while (to < foldEnd && isBlank(section[to])) {
            to++;
        }
        if (to == foldEnd) {
            // To recipients that trim lines it is the end of the section, so nothing may hang on it.
            throw new MalformedException("line of blanks among the fields");
        }
        Arrays.fill(section, from, to, (byte) ' ');
    }

    /** Recipients that do not know folding, or drop folds, would see another body. */
    private static void refuseFoldedFraming(byte[] section, int from, int colon) throws MalformedException {
        for (String framing : FRAMING) {
            if (FieldNames.matches(framing, section, from, colon)) {
                throw new MalformedException("folded " + framing);
            }
        }
    }

    private static void field(byte[] section, int from, int end, int[] spans, int slot) throws MalformedException {
        int colon = from;
        while (colon < end && Ascii.isToken(section[colon])) {
            colon++;
        }
        // A blank before the colon is refused too: recipients differ in what they make of it (RFC 9112, section 5.1).
        if (colon == from || colon == end || section[colon] != ':') {
            throw new MalformedException("malformed field name", section, from, end);
        }
        int valueFrom = colon + 1;
        int valueTo = end;
        while (valueFrom < valueTo && isBlank(section[valueFrom])) {
            valueFrom++;
        }
        while (valueTo > valueFrom && isBlank(section[valueTo - 1])) {
            valueTo--;
        }
        for (int i = valueFrom; i < valueTo; i++) {
            if (!Ascii.isFieldValue(section[i])) {
                throw new MalformedException("control character in a field value", section, from, end);
            }
        }
        spans[slot] = from;
        spans[slot + 1] = colon;
        spans[slot + 2] = valueFrom;
        spans[slot + 3] = valueTo;
    }

    private static boolean isBlank(byte octet) {
        return octet == ' ' || octet == '\t';
    }

    /** Where the line that starts at {@code from} ends, its CR LF or lone LF not included. */
    private static int lineEnd(byte[] buffer, int from, int to) {
        int lf = from;
        while (lf < to && buffer[lf] != '\n') {
            lf++;
        }
        return lf > from && lf < to && buffer[lf - 1] == '\r' ? lf - 1 : lf;
    }

    /**
     * Where the next line starts, if this one ends as the lines before it do. A lone LF between others is a line end to
     * some recipients and a part of the line to others, which is how fields are smuggled into a head.
     */
    private static int afterLine(byte[] section, int end, boolean loneLf) throws MalformedException {
        if (section[end] == '\n' != loneLf) {
            throw mixed(loneLf);
        }
        return loneLf ? end + 1 : end + 2;
    }

    private static MalformedException mixed(boolean loneLf) {
        return new MalformedException(
                loneLf ? "CR LF among lines that end in a lone LF" : "lone LF among lines that end in CR LF");
    }
}
