package io.httpipe;

import java.time.Duration;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** Builds one line of option names and values for logs; "none" means no limit. Not thread-safe. */
final class OptionText {
    /** Any longer duration is shown as no limit. */
    private static final Duration CENTURY = Duration.ofDays(36_500);

    private final StringJoiner line;

    OptionText(String type) {
        this.line = new StringJoiner(", ", type + "[", "]");
    }

    OptionText with(String name, @Nullable Object value) {
        line.add(name + "=" + text(value));
        return this;
    }

    private static String text(@Nullable Object value) {
        return switch (value) {
            case null -> "none";
            case Integer number when number == Integer.MAX_VALUE -> "none";
            case Duration duration when duration.compareTo(CENTURY) > 0 -> "none";
            default -> value.toString();
        };
    }

    @Override
    public String toString() {
        return line.toString();
    }
}
