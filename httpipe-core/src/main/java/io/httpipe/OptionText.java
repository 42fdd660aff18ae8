package io.httpipe;

import java.time.Duration;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** Puts options into a line for logs: names with their values, what has no limit in a word. Belongs to one thread. */
final class OptionText {
    /** What is longer has been set to have no limit. */
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
