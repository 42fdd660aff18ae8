package io.httpipe;

import io.httpipe.internal.call.RequestFields;
import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.FieldLines;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Header or trailer fields, in the order in which they are sent. Methods that take a name ignore its case.
 *
 * {@snippet :
 * String type = response.headers().first("content-type");
 * for (String cookie : response.headers().all("Set-Cookie")) {
 *     jar.add(cookie);
 * }
 * }
 *
 * <p>Iteration returns the name and value of each line. {@link #equals} compares these names and values, in order.
 * By default, names have their usual spelling ({@code Content-Type}, {@code ETag}, {@code X-Foo}), even if they were
 * sent in another spelling. {@link Httpipe.Builder#exactHeaderNames} and {@link Request#exactHeader} keep the original
 * spelling. Values are ISO 8859-1, without the spaces around them. A value may be empty (RFC 9110, section 5).
 *
 * <p>Immutable and thread-safe.
 */
public final class Headers implements Iterable<Map.Entry<String, String>> {
    /** No fields. */
    public static final Headers EMPTY = new Headers(FieldLines.EMPTY);

    private final FieldLines fields;

    private Headers(FieldLines fields) {
        this.fields = fields;
    }

    static Headers of(FieldLines fields) {
        return fields.size() == 0 ? EMPTY : new Headers(fields);
    }

    /**
     * Returns headers with these names and values, alternating.
     *
     * @param namesAndValues names, case-insensitive; values in ISO 8859-1, spaces around them are removed
     * @return the headers in this order
     * @throws IllegalArgumentException for an odd number of strings, for a name that is not a token, for a value with
     *                                  control characters such as CR and LF, and for a value with characters beyond
     *                                  ISO 8859-1
     */
    public static Headers of(String... namesAndValues) {
        Arguments.notNull("namesAndValues", namesAndValues);
        if (namesAndValues.length % 2 != 0) {
            throw new IllegalArgumentException("namesAndValues: a name without a value");
        }
        FieldLines lines = FieldLines.EMPTY;
        for (int i = 0; i < namesAndValues.length; i += 2) {
            lines = RequestFields.plus(
                    lines, namesAndValues[i], false, Collections.singletonList(namesAndValues[i + 1]));
        }
        return of(lines);
    }

    /**
     * {@return the first value of a field; null if there is none}
     *
     * @param name case-insensitive
     */
    public @Nullable String first(String name) {
        return fields.first(Arguments.notNull("name", name));
    }

    /**
     * {@return all values of a field in order, one for each line; empty if there is none} Comma-separated lists are not
     * split.
     *
     * @param name case-insensitive
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
     * {@return whether there is such a field, even one with an empty value}
     *
     * @param name case-insensitive
     */
    public boolean contains(String name) {
        return fields.contains(Arguments.notNull("name", name));
    }

    /** {@return the number of field lines} */
    public int size() {
        return fields.size();
    }

    /**
     * Replaces a field. The new lines, one for each value, come after all other lines.
     *
     * @param name   case-insensitive
     * @param values in ISO 8859-1; spaces around them are removed
     * @return a changed copy
     * @throws IllegalArgumentException for what {@link #of(String...)} refuses
     */
    public Headers with(String name, String... values) {
        return new Headers(RequestFields.plus(
                fields.without(Arguments.notNull("name", name)),
                name,
                false,
                Arrays.asList(Arguments.notNull("values", values))));
    }

    /**
     * Adds a line.
     *
     * @param name  case-insensitive
     * @param value in ISO 8859-1; spaces around it are removed
     * @return a changed copy
     * @throws IllegalArgumentException for what {@link #of(String...)} refuses
     */
    public Headers add(String name, String value) {
        return new Headers(
                RequestFields.plus(fields, Arguments.notNull("name", name), false, Collections.singletonList(value)));
    }

    /**
     * Removes a field.
     *
     * @param name case-insensitive
     * @return a changed copy
     */
    public Headers without(String name) {
        return contains(name) ? of(fields.without(name)) : this;
    }

    /** {@return the names in the order in which they first appear, each once} */
    public Set<String> names() {
        Set<String> names = new LinkedHashSet<>();
        for (int i = 0; i < fields.size(); i++) {
            if (fields.indexOf(fields.name(i), 0) == i) {
                names.add(fields.name(i));
            }
        }
        return Collections.unmodifiableSet(names);
    }

    /** {@return an unmodifiable map from names to values, sorted by name; lookups ignore the case of names} */
    public Map<String, List<String>> toMap() {
        Map<String, List<String>> map = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String name : names()) {
            map.put(name, all(name));
        }
        return Collections.unmodifiableMap(map);
    }

    /** {@return the lines as a stream of names and values} */
    public Stream<Map.Entry<String, String>> stream() {
        return StreamSupport.stream(spliterator(), false);
    }

    FieldLines fields() {
        return fields;
    }

    /** The names as callers see them, and the values, alternating. */
    private List<String> namesAndValues() {
        List<String> namesAndValues = new ArrayList<>(fields.size() * 2);
        for (int i = 0; i < fields.size(); i++) {
            namesAndValues.add(fields.name(i));
            namesAndValues.add(fields.value(i));
        }
        return namesAndValues;
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
        return other instanceof Headers headers && namesAndValues().equals(headers.namesAndValues());
    }

    @Override
    public int hashCode() {
        return namesAndValues().hashCode();
    }

    /** Returns the field lines as in a message head. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        forEach(line ->
                text.append(line.getKey()).append(": ").append(line.getValue()).append('\n'));
        return text.toString();
    }
}
