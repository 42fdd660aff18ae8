package io.httpipe;

import java.nio.charset.StandardCharsets;

/**
 * The body of a request.
 *
 * {@snippet :
 * hp.request(Request.post(uri).header("Content-Type", "application/json").body(Body.of("{\"a\":1}")));
 * }
 *
 * <p>{@code Content-Length} is computed from it; the caller never sets it. Immutable as long as the bytes given are
 * left alone.
 */
public final class Body {
    private final byte[] bytes;

    private Body(byte[] bytes) {
        this.bytes = bytes;
    }

    /** These bytes, which are not copied. */
    public static Body of(byte[] bytes) {
        return new Body(Check.notNull("bytes", bytes));
    }

    /** This text in UTF-8. */
    public static Body of(String text) {
        return of(Check.notNull("text", text).getBytes(StandardCharsets.UTF_8));
    }

    byte[] bytes() {
        return bytes;
    }
}
