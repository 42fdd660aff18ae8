package io.httpipe.internal.wire;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The field lines of a message, in their original order. They are kept as bytes, and a name or value becomes a string
 * only when a caller asks for it, because most responses have far more fields than anyone reads.
 *
 * <p>Immutable and safe to share between threads. Two threads may decode the same string at the same time; both results
 * are equal, so either may be kept.
 */
public final class FieldLines {
    public static final FieldLines EMPTY = new FieldLines(new byte[0], new int[0], 0, 0, false);

    /** Flags of the fields that decide the framing and the connection, so that a check needs no search. */
    static final int CONTENT_LENGTH = 1;

    static final int TRANSFER_ENCODING = 2;
    static final int CONNECTION = 4;
    static final int KEEP_ALIVE = 8;

    /** Well-formed field lines with their line ends. */
    private final byte[] bytes;

    /** The start and the end of each line in {@link #bytes}, in turn. */
    private final int[] bounds;

    private final int count;
    private final int flags;

    /** Whether {@link #name} returns names as they were given, not in their usual spelling. */
    private final boolean namesAsGiven;

    /** The name and the value of each line, in turn. Null if not decoded yet. */
    private @Nullable String @Nullable [] decoded;

    private FieldLines(byte[] bytes, int[] bounds, int count, int flags, boolean namesAsGiven) {
        this.bytes = bytes;
        this.bounds = bounds;
        this.count = count;
        this.flags = flags;
        this.namesAsGiven = namesAsGiven;
    }

    /**
     * Returns the fields that a caller gave.
     *
     * @param lines three strings for each field: its name as {@link #name} returns it, its name as it was given, and
     *              its value; all ISO 8859-1
     */
    public static FieldLines of(List<String> lines) {
        int count = lines.size() / 3;
        int[] bounds = new int[count * 2];
        @Nullable String[] strings = new String[count * 2];
        HeadWriter writer = new HeadWriter();
        int flags = 0;
        for (int i = 0; i < count; i++) {
            String givenName = lines.get(i * 3 + 1);
            String value = lines.get(i * 3 + 2);
            strings[i * 2] = lines.get(i * 3);
            strings[i * 2 + 1] = value;
            bounds[i * 2] = writer.length();
            writer.field(givenName, value);
            bounds[i * 2 + 1] = writer.length() - 2;
            flags |= flagOf(writer.bytes(), bounds[i * 2], bounds[i * 2] + givenName.length());
        }
        FieldLines fields = new FieldLines(writer.bytes(), bounds, count, flags, false);
        fields.decoded = strings;
        return fields;
    }

    /**
     * Returns fields that were received.
     *
     * @param bytes  the lines; not copied, so the caller must not change the array
     * @param bounds the start and the end of each of the first {@code count} lines, in turn
     * @param flags  the flags of all names
     */
    static FieldLines received(byte[] bytes, int[] bounds, int count, int flags) {
        return count == 0 ? EMPTY : new FieldLines(bytes, bounds, count, flags, false);
    }

    /**
     * Returns these lines followed by one more for each value.
     *
     * @param name      the name to report
     * @param givenName the same name as the caller spelled it
     */
    public FieldLines with(String name, String givenName, Collection<String> values) {
        List<String> all = lines();
        for (String value : values) {
            all.add(name);
            all.add(givenName);
            all.add(value);
        }
        return of(all);
    }

    /** Returns these lines except those with this name, ignoring case. */
    public FieldLines without(String name) {
        int first = indexOf(name, 0);
        if (first < 0) {
            return this;
        }
        int[] keptBounds = new int[count * 2];
        @Nullable String[] known = decoded;
        @Nullable String[] keptStrings = known == null ? null : new String[count * 2];
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (!is(i, name)) {
                System.arraycopy(bounds, i * 2, keptBounds, kept * 2, 2);
                if (known != null && keptStrings != null) {
                    System.arraycopy(known, i * 2, keptStrings, kept * 2, 2);
                }
                kept++;
            }
        }
        if (kept == 0) {
            return EMPTY;
        }
        int colon = colon(first);
        int lost = flagOf(bytes, bounds[first * 2], colon);
        FieldLines rest = new FieldLines(bytes, keptBounds, kept, flags & ~lost, namesAsGiven);
        rest.decoded = keptStrings;
        return rest;
    }

    /** All lines, as {@link #of} takes them. */
    private List<String> lines() {
        List<String> all = new ArrayList<>((count + 1) * 3);
        for (int i = 0; i < count; i++) {
            all.add(name(i));
            all.add(givenName(i));
            all.add(value(i));
        }
        return all;
    }

    /** The flag of the name in these bytes, or 0 if it has none. */
    static int flagOf(byte[] bytes, int from, int to) {
        return switch (to - from) {
            case 10 ->
                FieldNames.matches("Connection", bytes, from, to)
                        ? CONNECTION
                        : FieldNames.matches("Keep-Alive", bytes, from, to) ? KEEP_ALIVE : 0;
            case 14 -> FieldNames.matches("Content-Length", bytes, from, to) ? CONTENT_LENGTH : 0;
            case 17 -> FieldNames.matches("Transfer-Encoding", bytes, from, to) ? TRANSFER_ENCODING : 0;
            default -> 0;
        };
    }

    /** Whether any field has one of these flags. */
    boolean hasFlag(int flag) {
        return (flags & flag) != 0;
    }

    public int size() {
        return count;
    }

    /** Returns the same fields, but {@link #name} returns each name as it was given or received. */
    public FieldLines withNamesAsGiven() {
        return namesAsGiven || count == 0 ? this : new FieldLines(bytes, bounds, count, flags, true);
    }

    /** The name of a field as it was given or received. */
    public String givenName(int index) {
        return string(bounds[index * 2], colon(index));
    }

    /** The name of a field, in its usual spelling unless {@link #withNamesAsGiven} was called. */
    public String name(int index) {
        @Nullable String[] strings = decoded();
        String name = strings[index * 2];
        if (name == null) {
            name = namesAsGiven ? givenName(index) : FieldNames.normalize(bytes, bounds[index * 2], colon(index));
            strings[index * 2] = name;
        }
        return name;
    }

    /** The value of a field without leading and trailing spaces and tabs, decoded as ISO 8859-1. */
    public String value(int index) {
        @Nullable String[] strings = decoded();
        String value = strings[index * 2 + 1];
        if (value == null) {
            int start = valueStart(index);
            value = string(start, valueEnd(index, start));
            strings[index * 2 + 1] = value;
        }
        return value;
    }

    private @Nullable String[] decoded() {
        @Nullable String[] strings = decoded;
        if (strings == null) {
            strings = new String[count * 2];
            decoded = strings;
        }
        return strings;
    }

    /**
     * The field line as it was received, but spaces replace line folds, and the line end and all spaces and tabs before
     * it are left out.
     */
    public String line(int index) {
        return string(bounds[index * 2], valueEnd(index, bounds[index * 2]));
    }

    private int colon(int index) {
        int at = bounds[index * 2];
        while (bytes[at] != ':') {
            at++;
        }
        return at;
    }

    private int valueStart(int index) {
        int at = colon(index) + 1;
        int end = bounds[index * 2 + 1];
        while (at < end && Ascii.isSpaceOrTab(bytes[at])) {
            at++;
        }
        return at;
    }

    private int valueEnd(int index, int start) {
        int at = bounds[index * 2 + 1];
        while (at > start && Ascii.isSpaceOrTab(bytes[at - 1])) {
            at--;
        }
        return at;
    }

    private String string(int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    /** Whether the field has this name, ignoring case. */
    public boolean is(int index, String name) {
        int from = bounds[index * 2];
        int to = from + name.length();
        return to < bounds[index * 2 + 1] && bytes[to] == ':' && FieldNames.matches(name, bytes, from, to);
    }

    /** The index of the first field with this name at or after {@code from}, or -1. */
    public int indexOf(String name, int from) {
        for (int i = from; i < count; i++) {
            if (is(i, name)) {
                return i;
            }
        }
        return -1;
    }

    public boolean contains(String name) {
        return indexOf(name, 0) >= 0;
    }

    /** The value of the first field with this name, or null. */
    public @Nullable String first(String name) {
        int index = indexOf(name, 0);
        return index < 0 ? null : value(index);
    }

    /** The value of a field as a number. -1 unless it consists of decimal digits and is at most 2^63-1. */
    long decimalValue(int index) {
        int start = valueStart(index);
        return Ascii.parseDecimal(bytes, start, valueEnd(index, start));
    }

    /** The trimmed members of a comma-separated list field, from all of its lines (RFC 9110, section 5.6.1). */
    public List<String> members(String name) {
        List<String> members = new ArrayList<>();
        for (int i = indexOf(name, 0); i >= 0; i = indexOf(name, i + 1)) {
            for (String member : value(i).split(",", -1)) {
                members.add(trimmed(member));
            }
        }
        return members;
    }

    /** A list member without the spaces and tabs around it. Other whitespace belongs to the member. */
    private static String trimmed(String member) {
        int from = 0;
        int to = member.length();
        while (from < to && Ascii.isSpaceOrTab(member.charAt(from))) {
            from++;
        }
        while (to > from && Ascii.isSpaceOrTab(member.charAt(to - 1))) {
            to--;
        }
        return member.substring(from, to);
    }

    /** Whether a list field has this token as a member, ignoring case. */
    public boolean hasToken(String name, String token) {
        for (int i = indexOf(name, 0); i >= 0; i = indexOf(name, i + 1)) {
            int end = bounds[i * 2 + 1];
            for (int from = valueStart(i); from <= end; ) {
                int comma = from;
                while (comma < end && bytes[comma] != ',') {
                    comma++;
                }
                if (isMember(token, from, comma)) {
                    return true;
                }
                from = comma + 1;
            }
        }
        return false;
    }

    private boolean isMember(String token, int from, int to) {
        int start = from;
        int end = to;
        while (start < end && Ascii.isSpaceOrTab(bytes[start])) {
            start++;
        }
        while (end > start && Ascii.isSpaceOrTab(bytes[end - 1])) {
            end--;
        }
        return FieldNames.matches(token, bytes, start, end);
    }
}
