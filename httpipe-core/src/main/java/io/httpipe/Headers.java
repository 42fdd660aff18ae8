package io.httpipe;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.FieldLines;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Field lines in order, names in any case.
 *
 * {@snippet :
 * String type = response.headers().first("content-type");
 * for (String cookie : response.headers().all("Set-Cookie")) {
 *     jar.add(cookie);
 * }
 * }
 *
 * <p>Iterating gives each line as name and value, in the order of the wire. Names come in their usual spelling
 * ({@code Content-Type}, {@code ETag}, {@code X-Foo}) however they were sent, unless
 * {@link Httpipe.Builder#exactHeaderNames} or {@link Request#exactHeader} keeps them as they are. Field values are
 * ISO 8859-1, without the blanks around them; an empty value is a value. See RFC 9110, section 5.
 *
 * <p>Immutable and thread-safe.
 */
public final class Headers implements Iterable<Map.Entry<String, String>> {
    /** No field lines. */
    public static final Headers EMPTY = new Headers(FieldLines.EMPTY);

    private final FieldLines fields;

    private Headers(FieldLines fields) {
        this.fields = fields;
    }

    /** Headers of these fields. */
    static Headers of(FieldLines fields) {
        return fields.size() == 0 ? EMPTY : new Headers(fields);
    }

    /**
     * Headers of names and values by turns.
     *
     * @param namesAndValues names in any case; values of ISO 8859-1, the blanks around them are taken off
     * @return the lines, in this order
     * @throws IllegalArgumentException for an odd count, a name that is no token, or a value with CR, LF or the like
     *                                  or beyond ISO 8859-1
     */
    public static Headers of(String... namesAndValues) {
        Arguments.notNull("namesAndValues", namesAndValues);
        if (namesAndValues.length % 2 != 0) {
            throw new IllegalArgumentException("namesAndValues: a name without a value");
        }
        FieldLines lines = FieldLines.EMPTY;
        for (int i = 0; i < namesAndValues.length; i += 2) {
            lines = Outgoing.plus(lines, namesAndValues[i], false, Collections.singletonList(namesAndValues[i + 1]));
        }
        return of(lines);
    }

    /**
     * {@return the first value of a field, or null if there is none} An empty value is not null.
     *
     * @param name in any case
     */
    public @Nullable String first(String name) {
        return fields.first(Arguments.notNull("name", name));
    }

    /**
     * {@return all values of a field in order; empty if there is none} One for each line: lists are not split.
     *
     * @param name in any case
     */
    public List<String> all(String name) {
        Arguments.notNull("name", name);
        List<String> values = new ArrayList<>();
        for (int i = fields.indexOf(name, 0); i >= 0; i = fields.indexOf(name, i + 1)) {
            values.add(fields.value(i));
        }
        return List.copyOf(values);
    }

    /**
     * {@return whether there is such a field, be its value empty}
     *
     * @param name in any case
     */
    public boolean contains(String name) {
        return fields.contains(Arguments.notNull("name", name));
    }

    /** {@return how many field lines there are} */
    public int size() {
        return fields.size();
    }

    /**
     * {@return these headers without any line of this name}
     *
     * @param name in any case
     */
    public Headers without(String name) {
        return contains(name) ? new Headers(fields.without(name)) : this;
    }

    FieldLines fields() {
        return fields;
    }

    /** Names as they are told, and values, by turns. */
    private List<String> told() {
        List<String> told = new ArrayList<>(fields.size() * 2);
        for (int i = 0; i < fields.size(); i++) {
            told.add(fields.name(i));
            told.add(fields.value(i));
        }
        return told;
    }

    @Override
    public Iterator<Map.Entry<String, String>> iterator() {
        return new Iterator<>() {
            private int next;

            @Override
            public boolean hasNext() {
                return next < fields.size();
            }

            @Override
            public Map.Entry<String, String> next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                Map.Entry<String, String> line = Map.entry(fields.name(next), fields.value(next));
                next++;
                return line;
            }
        };
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Headers headers && told().equals(headers.told());
    }

    @Override
    public int hashCode() {
        return told().hashCode();
    }

    /** The field lines as a head would have them. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        forEach(line ->
                text.append(line.getKey()).append(": ").append(line.getValue()).append('\n'));
        return text.toString();
    }
}
