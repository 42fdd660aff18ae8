package io.httpipe.internal.wire;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Checks the arguments of callers. Each failure is an {@link IllegalArgumentException} that names the argument. */
public final class Arguments {
    private Arguments() {}

    public static <T> T notNull(String name, @Nullable T value) {
        if (value == null) {
            throw new IllegalArgumentException(name + " is null");
        }
        return value;
    }

    public static Duration positive(String name, Duration value) {
        if (notNull(name, value).isNegative() || value.isZero()) {
            throw new IllegalArgumentException("%s: %s is not positive".formatted(name, value));
        }
        return value;
    }

    public static Duration notNegative(String name, Duration value) {
        if (notNull(name, value).isNegative()) {
            throw new IllegalArgumentException("%s: %s is negative".formatted(name, value));
        }
        return value;
    }

    public static int atLeast(String name, int minimum, int value) {
        if (value < minimum) {
            throw new IllegalArgumentException("%s: %d is less than %d".formatted(name, value, minimum));
        }
        return value;
    }

    public static long atLeast(String name, long minimum, long value) {
        if (value < minimum) {
            throw new IllegalArgumentException("%s: %d is less than %d".formatted(name, value, minimum));
        }
        return value;
    }

    /**
     * Checks that UTF-8 can represent a text. The JDK's encoder would replace half a surrogate pair with a question
     * mark.
     */
    public static String encodable(String name, String value) {
        int length = notNull(name, value).length();
        for (int i = 0, point; i < length; i += Character.charCount(point)) {
            point = value.codePointAt(i);
            if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
                throw new IllegalArgumentException("%s: half a surrogate pair at index %d".formatted(name, i));
            }
        }
        return value;
    }

    /** Checks a method or a field name (RFC 9110, sections 9.1 and 5.1). */
    public static String token(String name, String value) {
        if (!Ascii.isToken(notNull(name, value))) {
            throw new IllegalArgumentException("%s: %s is not a token".formatted(name, Ascii.quote(value)));
        }
        return value;
    }

    /**
     * Checks a field value. It may contain no control character except tab, and no character outside ISO 8859-1.
     * Returns the value without leading and trailing whitespace.
     */
    public static String fieldValue(String name, @Nullable String value) {
        if (value == null) {
            throw new IllegalArgumentException("header %s: value is null".formatted(name));
        }
        int index = Ascii.indexOfBadFieldValue(value);
        if (index >= 0) {
            throw new IllegalArgumentException("%s: the value must not contain %s"
                    .formatted(name, Ascii.quote(String.valueOf(value.charAt(index)))));
        }
        return value.strip();
    }
}
