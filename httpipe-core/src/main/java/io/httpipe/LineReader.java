package io.httpipe;

import io.httpipe.internal.wire.MalformedException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads the lines of a body. For one thread. */
final class LineReader {
    private final StreamedResponse response;
    private final int limit;
    private final byte[] piece = new byte[8192];
    private int from;
    private int to;

    /** The start of a line whose end is not in {@link #piece}. */
    private final ByteArrayOutputStream start = new ByteArrayOutputStream();

    LineReader(StreamedResponse response, int limit) {
        this.response = response;
        this.limit = limit;
    }

    /** Returns the next line without its end; null after the last one. */
    @Nullable
    String next() throws IOException {
        boolean goesOn = false;
        while (true) {
            int end = from;
            while (end < to && piece[end] != '\n') {
                end++;
            }
            if (end - from > limit - start.size()) {
                throw response.malformed(new MalformedException(
                        "a line has more than the %d bytes of Limits.eventBytes".formatted(limit)));
            }
            start.write(piece, from, end - from);
            from = end + 1;
            if (end < to) {
                String line = start.toString(StandardCharsets.UTF_8);
                start.reset();
                return line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
            }
            // A read that fails must leave no old bytes behind.
            from = 0;
            to = 0;
            BodyReader body = response.body();
            to = Math.max(0, goesOn ? body.readOn(piece, 0, piece.length) : body.read(piece));
            goesOn = true;
            if (to == 0) {
                String rest = start.toString(StandardCharsets.UTF_8);
                start.reset();
                return rest.isEmpty() ? null : rest;
            }
        }
    }
}
