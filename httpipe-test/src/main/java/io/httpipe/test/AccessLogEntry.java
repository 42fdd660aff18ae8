package io.httpipe.test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A request that nginx has answered, from its access log.
 *
 * {@snippet :
 * AccessLogEntry entry = nginx.awaitAccess(e -> e.target().equals("/version"));
 * assertEquals(200, entry.status());
 * }
 *
 * @param connection        the number of the connection, which increases with each new one
 * @param requestOnConnection 1 for the first request on the connection
 * @param requestLine       as nginx received it, such as {@code GET /version HTTP/1.1}; empty if it received none.
 *                          Quotes, backslashes and control characters are escaped, such as {@code \x22}
 * @param status            of the response; 499 if the client closed the connection before nginx had answered
 * @param bodyBytes         bytes of the response body that were sent
 */
public record AccessLogEntry(
        long connection, long requestOnConnection, String requestLine, int status, long bodyBytes) {
    /** The {@code log_format} of nginx that {@link #parse} understands. */
    static final String FORMAT = "$connection $connection_requests \"$request\" $status $body_bytes_sent";

    private static final Pattern LINE = Pattern.compile("(\\d+) (\\d+) \"([^\"]*)\" (\\d{3}) (\\d+)");

    /** Returns the entries of a log. Skips lines in any other format. */
    static List<AccessLogEntry> parse(String log) {
        List<AccessLogEntry> entries = new ArrayList<>();
        log.lines().forEach(line -> {
            AccessLogEntry entry = parseLine(line);
            if (entry != null) {
                entries.add(entry);
            }
        });
        return List.copyOf(entries);
    }

    /** Waits for the first entry that matches. Throws {@link IllegalStateException} if none matches in time. */
    static AccessLogEntry await(
            Supplier<List<AccessLogEntry>> log, Predicate<AccessLogEntry> wanted, Duration patience) {
        long end = System.nanoTime() + patience.toNanos();
        while (true) {
            List<AccessLogEntry> entries = log.get();
            Optional<AccessLogEntry> found = entries.stream().filter(wanted).findFirst();
            if (found.isPresent()) {
                return found.get();
            }
            if (System.nanoTime() - end > 0) {
                int size = entries.size();
                throw new IllegalStateException("no matching request within %s; the last of %d entries are %s"
                        .formatted(patience, size, entries.subList(Math.max(0, size - 5), size)));
            }
            Pause.of(Duration.ofMillis(20));
        }
    }

    private static @Nullable AccessLogEntry parseLine(String line) {
        Matcher matcher = LINE.matcher(line);
        return matcher.matches()
                ? new AccessLogEntry(
                        Long.parseLong(matcher.group(1)),
                        Long.parseLong(matcher.group(2)),
                        matcher.group(3),
                        Integer.parseInt(matcher.group(4)),
                        Long.parseLong(matcher.group(5)))
                : null;
    }

    /** {@return the method of the request line; empty if it has none} */
    public String method() {
        return word(0);
    }

    /** {@return the path and query of the request line; empty if it has none} */
    public String target() {
        return word(1);
    }

    private String word(int index) {
        String[] words = requestLine.split(" ", -1);
        return words.length == 3 ? words[index] : "";
    }
}
