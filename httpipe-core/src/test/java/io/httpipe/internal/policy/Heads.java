package io.httpipe.internal.policy;

import io.httpipe.internal.wire.HeadParser;
import io.httpipe.internal.wire.MalformedException;
import io.httpipe.internal.wire.ResponseHead;
import io.httpipe.internal.wire.WireLimits;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** Creates response heads for tests. */
final class Heads {
    private static final WireLimits LIMITS = new WireLimits(64 << 10, 1_000, 100, 4 << 10, 16 << 10);

    private Heads() {}

    /** Returns the head of a response with this status and these field lines. */
    static ResponseHead parse(int status, String... lines) throws MalformedException {
        StringBuilder text = new StringBuilder("HTTP/1.1 ").append(status).append(" X\r\n");
        for (String line : lines) {
            text.append(line).append("\r\n");
        }
        byte[] bytes = text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
        return Objects.requireNonNull(new HeadParser(LIMITS).head(bytes, 0, bytes.length));
    }
}
