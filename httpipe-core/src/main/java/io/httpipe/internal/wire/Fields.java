package io.httpipe.internal.wire;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Field lines in the order in which they came. Received ones stay octets until a name or value is asked for: most
 * responses have far more fields than anyone reads. Immutable; the strings are made at first use, which is a race that
 * both sides win.
 */
public final class Fields {
    public static final Fields EMPTY = new Fields(new byte[0], new int[0], 0, new String[0]);

    /** The received octets; {@link #spans} holds four offsets into it for each field: of the name, of the value. */
    private final byte[] bytes;

    private final int[] spans;
    private final int count;

    /** Name and value by turns; null where nobody has asked yet. */
    private final @Nullable String[] strings;

    private Fields(byte[] bytes, int[] spans, int count, @Nullable String[] strings) {
        this.bytes = bytes;
        this.spans = spans;
        this.count = count;
        this.strings = strings;
    }

    /** Fields of these names, in their usual spelling, and values, by turns. */
    public static Fields of(List<String> namesAndValues) {
        String[] strings = namesAndValues.toArray(String[]::new);
        return new Fields(EMPTY.bytes, EMPTY.spans, strings.length / 2, strings);
    }

    /** Fields that lie in {@code bytes} at the first {@code count * 4} offsets of {@code spans}. */
    static Fields received(byte[] bytes, int[] spans, int count) {
        return new Fields(bytes, spans, count, new String[count * 2]);
    }

    public int size() {
        return count;
    }

    /** The name of a field, in its usual spelling. */
    public String name(int index) {
        String name = strings[index * 2];
        if (name == null) {
            name = FieldNames.normalize(bytes, spans[index * 4], spans[index * 4 + 1]);
            strings[index * 2] = name;
        }
        return name;
    }

    /** The value of a field without the blanks around it; octets above 127 are ISO 8859-1. */
    public String value(int index) {
        String value = strings[index * 2 + 1];
        if (value == null) {
            value = text(spans[index * 4 + 2], spans[index * 4 + 3]);
            strings[index * 2 + 1] = value;
        }
        return value;
    }

    /** The field line as it stood on the wire, without its line end. */
    public String line(int index) {
        return spans.length == 0 ? name(index) + ": " + value(index) : text(spans[index * 4], spans[index * 4 + 3]);
    }

    private String text(int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    /** Whether the field has this name, in any case. */
    public boolean is(int index, String name) {
        String known = strings[index * 2];
        return known != null
                ? known.equalsIgnoreCase(name)
                : FieldNames.matches(name, bytes, spans[index * 4], spans[index * 4 + 1]);
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

    /** The members of a comma-separated list field (RFC 9110, section 5.6.1), of all its lines, blanks trimmed. */
    public List<String> members(String name) {
        int index = indexOf(name, 0);
        if (index < 0) {
            return List.of();
        }
        List<String> members = new ArrayList<>();
        for (; index >= 0; index = indexOf(name, index + 1)) {
            for (String member : value(index).split(",", -1)) {
                members.add(member.strip());
            }
        }
        return members;
    }

    /** Whether a list field has this token among its members, in any case. */
    public boolean hasToken(String name, String token) {
        int index = indexOf(name, 0);
        if (index < 0) {
            return false;
        }
        for (String member : members(name)) {
            if (member.equalsIgnoreCase(token)) {
                return true;
            }
        }
        return false;
    }
}
