package io.httpipe.internal.call;

import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.FieldNames;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * The headers that the caller of a request has set, and those that the caller has removed. Its methods return changed
 * copies, and refuse headers that only the client sets. Immutable.
 *
 * @param lines      the headers
 * @param suppressed the names of removed headers, ignoring case; default headers with these names are not sent
 */
public record RequestFields(FieldLines lines, Set<String> suppressed) {
    public static final RequestFields NONE = new RequestFields(FieldLines.EMPTY, Set.of());

    /**
     * Replaces all lines of a header with one line for each value.
     *
     * @param exactly whether the name is sent in this spelling
     */
    public RequestFields replacing(String name, boolean exactly, String... values) {
        ManagedHeaders.checkName(name);
        Arguments.notNull("values", values);
        if (name.equalsIgnoreCase("Host") && values.length != 1) {
            throw new IllegalArgumentException("values: a request has exactly one Host");
        }
        if (values.length == 0) {
            throw new IllegalArgumentException(
                    "values: none given for %s; withoutHeader(name) removes a header".formatted(name));
        }
        FieldLines replaced = plus(lines.without(name), name, exactly, Arrays.asList(values));
        for (String value : values) {
            ManagedHeaders.checkValue(name, value.strip());
        }
        return new RequestFields(replaced, without(name));
    }

    /** Adds a line to a header. Replaces {@code Host}, because a request has exactly one. */
    public RequestFields adding(String name, String value) {
        ManagedHeaders.checkName(name);
        if (name.equalsIgnoreCase("Host")) {
            return replacing(name, false, value);
        }
        FieldLines added = plus(lines, name, false, Collections.singletonList(value));
        ManagedHeaders.checkValue(name, value.strip());
        return new RequestFields(added, suppressed);
    }

    /** Removes a header, and keeps the client from sending a default. */
    public RequestFields removing(String name) {
        ManagedHeaders.checkName(name);
        if (name.equalsIgnoreCase("Host")) {
            throw new IllegalArgumentException("name: a request has exactly one Host");
        }
        Set<String> more = caseInsensitive(suppressed);
        more.add(name);
        return new RequestFields(lines.without(name), more);
    }

    /** Adds the default headers that are neither set nor suppressed, and whose names the predicate accepts. */
    public RequestFields withDefaults(RequestFields defaults, Predicate<String> names) {
        FieldLines all = lines;
        FieldLines added = defaults.lines;
        for (int i = 0; i < added.size(); i++) {
            String name = added.name(i);
            if (!lines.contains(name) && !suppressed.contains(name) && names.test(name)) {
                all = all.with(name, added.givenName(i), List.of(added.value(i)));
            }
        }
        return all.size() == lines.size() ? this : new RequestFields(all, suppressed);
    }

    /** Keeps only the headers whose names the predicate accepts. */
    public RequestFields keeping(Predicate<String> names) {
        FieldLines kept = lines;
        for (int i = 0; i < lines.size(); i++) {
            if (!names.test(lines.name(i))) {
                kept = kept.without(lines.name(i));
            }
        }
        return new RequestFields(kept, suppressed);
    }

    private Set<String> without(String name) {
        if (suppressed.isEmpty()) {
            return suppressed;
        }
        Set<String> fewer = caseInsensitive(suppressed);
        fewer.remove(name);
        return fewer;
    }

    private static Set<String> caseInsensitive(Set<String> names) {
        Set<String> copy = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        copy.addAll(names);
        return copy;
    }

    /** Returns these lines and one more for each value, after checking the name and the values. */
    public static FieldLines plus(FieldLines lines, String name, boolean exactly, List<String> values) {
        Arguments.token("name", name);
        String reported = exactly ? name : FieldNames.normalize(name);
        List<String> checked =
                new ArrayList<>(Arguments.notNull("values", values).size());
        for (String value : values) {
            checked.add(Arguments.fieldValue(reported, value));
        }
        return lines.with(reported, name, checked);
    }
}
