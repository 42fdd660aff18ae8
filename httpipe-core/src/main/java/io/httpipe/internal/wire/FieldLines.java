package io.httpipe.internal.wire;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Field lines in the order in which they came. They stay octets until a name or value is asked for: most responses have
 * far more fields than anyone reads. Immutable; the strings are made at first use, which is a race that both sides win.
 */
public final class FieldLines {
    public static final FieldLines EMPTY = new FieldLines(new byte[0], new int[0], 0, 0, false);

    /** Marks of the fields that decide what becomes of a message and its connection, for a look without a search. */
    static final int CONTENT_LENGTH = 1;

    static final int TRANSFER_ENCODING = 2;
    static final int CONNECTION = 4;
    static final int KEEP_ALIVE = 8;

    /** Well-formed lines and their ends. */
    private final byte[] octets;

    /** Two offsets into the octets for each line: where it starts and where it ends. */
    private final int[] lines;

    private final int count;
    private final int marks;

    /** Whether names are told as they stand in the octets; else in their usual spelling. */
    private final boolean asGiven;

    /** Name and value by turns; null where nobody has asked yet. */
    private @Nullable String @Nullable [] strings;

    private FieldLines(byte[] octets, int[] lines, int count, int marks, boolean asGiven) {
        this.octets = octets;
        this.lines = lines;
        this.count = count;
        this.marks = marks;
        this.asGiven = asGiven;
    }

    /**
     * Fields of the caller's.
     *
     * @param lines for each field its name as {@link #name} is to tell it, its name as it was given, and its value, by
     *              turns; all of ISO 8859-1
     */
    public static FieldLines of(List<String> lines) {
        int count = lines.size() / 3;
        int[] spans = new int[count * 2];
        @Nullable String[] strings = new String[count * 2];
        HeadWriter writer = new HeadWriter();
        int marks = 0;
        for (int i = 0; i < count; i++) {
            String given = lines.get(i * 3 + 1);
            String value = lines.get(i * 3 + 2);
            strings[i * 2] = lines.get(i * 3);
            strings[i * 2 + 1] = value;
            spans[i * 2] = writer.length();
            writer.field(given, value);
            spans[i * 2 + 1] = writer.length() - 2;
            marks |= mark(writer.bytes(), spans[i * 2], spans[i * 2] + given.length());
        }
        FieldLines fields = new FieldLines(writer.bytes(), spans, count, marks, false);
        fields.strings = strings;
        return fields;
    }

    /**
     * Fields that have been received.
     *
     * @param octets nobody else's
     * @param lines  where the first {@code count} lines start and end in it, by turns
     * @param marks  those of all their names
     */
    static FieldLines received(byte[] octets, int[] lines, int count, int marks) {
        return count == 0 ? EMPTY : new FieldLines(octets, lines, count, marks, false);
    }

    /**
     * Returns these lines followed by one more for each value.
     *
     * @param name      the name to report
     * @param givenName the same name as the caller spelled it
     */
    public FieldLines with(String name, String givenName, Collection<String> values) {
        List<String> all = lines(null);
        for (String value : values) {
            all.add(name);
            all.add(givenName);
            all.add(value);
        }
        return of(all);
    }

    /** Returns these lines except those with this name, in any case. */
    public FieldLines without(String name) {
        return contains(name) ? of(lines(name)) : this;
    }

    /** All lines except those with this name, as {@link #of} takes them. */
    private List<String> lines(@Nullable String except) {
        List<String> all = new ArrayList<>((count + 1) * 3);
        for (int i = 0; i < count; i++) {
            if (except == null || !is(i, except)) {
                all.add(name(i));
                all.add(givenName(i));
                all.add(value(i));
            }
        }
        return all;
    }

    /** The mark of the name at these octets; 0 if it has none. */
    static int mark(byte[] octets, int from, int to) {
        return switch (to - from) {
            case 10 ->
                FieldNames.matches("Connection", octets, from, to)
                        ? CONNECTION
                        : FieldNames.matches("Keep-Alive", octets, from, to) ? KEEP_ALIVE : 0;
            case 14 -> FieldNames.matches("Content-Length", octets, from, to) ? CONTENT_LENGTH : 0;
            case 17 -> FieldNames.matches("Transfer-Encoding", octets, from, to) ? TRANSFER_ENCODING : 0;
            default -> 0;
        };
    }

    /** Whether there is a field whose name has one of these marks. */
    boolean hasMark(int mark) {
        return (marks & mark) != 0;
    }

    public int size() {
        return count;
    }

    /** The same fields, with each name told as it was given or received. */
    public FieldLines withNamesAsGiven() {
        return asGiven || count == 0 ? this : new FieldLines(octets, lines, count, marks, true);
    }

    /** The name of a field as it was given or received. */
    public String givenName(int index) {
        return text(lines[index * 2], colon(index));
    }

    /** The name of a field, in its usual spelling unless another is to be told. */
    public String name(int index) {
        @Nullable String[] known = strings();
        String name = known[index * 2];
        if (name == null) {
            name = asGiven ? givenName(index) : FieldNames.normalize(octets, lines[index * 2], colon(index));
            known[index * 2] = name;
        }
        return name;
    }

    /** The value of a field without the blanks around it; octets above 127 are ISO 8859-1. */
    public String value(int index) {
        @Nullable String[] known = strings();
        String value = known[index * 2 + 1];
        if (value == null) {
            int from = valueFrom(index);
            value = text(from, valueTo(index, from));
            known[index * 2 + 1] = value;
        }
        return value;
    }

    private @Nullable String[] strings() {
        @Nullable String[] known = strings;
        if (known == null) {
            known = new String[count * 2];
            strings = known;
        }
        return known;
    }

    /** The field line as it stood on the wire, without its line end and the blanks in front of that. */
    public String line(int index) {
        return text(lines[index * 2], valueTo(index, lines[index * 2]));
    }

    private int colon(int index) {
        int at = lines[index * 2];
        while (octets[at] != ':') {
            at++;
        }
        return at;
    }

    private int valueFrom(int index) {
        int at = colon(index) + 1;
        int end = lines[index * 2 + 1];
        while (at < end && Ascii.isBlank(octets[at])) {
            at++;
        }
        return at;
    }

    private int valueTo(int index, int from) {
        int at = lines[index * 2 + 1];
        while (at > from && Ascii.isBlank(octets[at - 1])) {
            at--;
        }
        return at;
    }

    private String text(int from, int to) {
        return new String(octets, from, to - from, StandardCharsets.ISO_8859_1);
    }

    /** Whether the field has this name, in any case. */
    public boolean is(int index, String name) {
        int from = lines[index * 2];
        int to = from + name.length();
        return to < lines[index * 2 + 1] && octets[to] == ':' && FieldNames.matches(name, octets, from, to);
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

    /** The number that a field's value is: digits alone, up to 2^63-1; else -1. */
    long number(int index) {
        int from = valueFrom(index);
        return Ascii.decimal(octets, from, valueTo(index, from));
    }

    /** The members of a comma-separated list field (RFC 9110, section 5.6.1), of all its lines, blanks trimmed. */
    public List<String> members(String name) {
        List<String> members = new ArrayList<>();
        for (int i = indexOf(name, 0); i >= 0; i = indexOf(name, i + 1)) {
            for (String member : value(i).split(",", -1)) {
                members.add(member.strip());
            }
        }
        return members;
    }

    /** Whether a list field has this token among its members, in any case. */
    public boolean hasToken(String name, String token) {
        for (int i = indexOf(name, 0); i >= 0; i = indexOf(name, i + 1)) {
            int end = lines[i * 2 + 1];
            for (int from = valueFrom(i); from <= end; ) {
                int comma = from;
                while (comma < end && octets[comma] != ',') {
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
        int first = from;
        int last = to;
        while (first < last && Ascii.isBlank(octets[first])) {
            first++;
        }
        while (last > first && Ascii.isBlank(octets[last - 1])) {
            last--;
        }
        return FieldNames.matches(token, octets, first, last);
    }
}
