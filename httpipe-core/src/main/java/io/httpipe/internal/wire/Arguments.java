package io.httpipe.internal.wire;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Checks of what callers give: each failure is an {@link IllegalArgumentException} that names the argument. */
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

    public static int atLeast(String name, int least, int value) {
        if (value < least) {
            throw new IllegalArgumentException("%s: %d is less than %d".formatted(name, value, least));
        }
        return value;
    }

    public static long atLeast(String name, long least, long value) {
        if (value < least) {
            throw new IllegalArgumentException("%s: %d is less than %d".formatted(name, value, least));
        }
        return value;
    }

    /** Text that has a form in UTF-8; of half a surrogate pair the JDK's encoder makes a question mark. */
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

    /** A method or field name. */
    public static String token(String name, String value) {
        if (!Ascii.isToken(notNull(name, value))) {
            throw new IllegalArgumentException("%s: %s is not a token".formatted(name, Ascii.quote(value)));
        }
        return value;
    }

    /** A field value: no control character but a tab, nothing beyond ISO 8859-1; blanks around it are taken off. */
    public static String fieldValue(String name, @Nullable String value) {
        if (value == null) {
            throw new IllegalArgumentException("header %s: value is null".formatted(name));
        }
        int bad = Ascii.indexOfBadFieldValue(value);
        if (bad >= 0) {
            throw new IllegalArgumentException("%s: a field value may not hold %s"
                    .formatted(name, Ascii.quote(String.valueOf(value.charAt(bad)))));
        }
        return value.strip();
    }
}
