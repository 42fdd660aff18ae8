package io.httpipe;

import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.WireLimits;

/**
 * How much a server may make a client swallow; beyond it, {@link MalformedResponseException} or
 * {@link BodyTooLargeException}.
 *
 * {@snippet :
 * Httpipe hp = Httpipe.builder().limits(Limits.DEFAULT.maxBodySize(1 << 20)).build();
 * }
 *
 * @param headBytes     bytes of a response head together with those of status 1xx before it; 64 KiB by default
 * @param fieldCount    field lines in a head or trailer section; 1,000 by default. {@code headBytes} bounds them too
 * @param informational heads with a 1xx status before the final one; 100 by default. {@code headBytes} bounds them too,
 *                      all together
 * @param chunkLine     bytes of a chunk's size with its extensions; 4 KiB by default. In a whole body the extensions,
 *                      and what else pads the sizes, may have four times as many bytes and those of the data so far
 * @param trailerBytes  bytes of a trailer section; 16 KiB by default
 * @param maxBodySize     bytes of a body that a {@link Response} holds in memory; 64 MiB by default. A streamed body is
 *                      bounded only by {@link Request#maxBodySize}, which also overrides this one
 */
public record Limits(
        int headBytes, int fieldCount, int informational, int chunkLine, int trailerBytes, long maxBodySize) {
    /** Room for all that well-meaning servers send. */
    public static final Limits DEFAULT = new Limits(64 << 10, 1_000, 100, 4 << 10, 16 << 10, 64L << 20);

    /**
     * Checks its parts.
     *
     * @throws IllegalArgumentException if one is negative, or too small for any response at all
     */
    public Limits {
        Arguments.atLeast("headBytes", 16, headBytes);
        Arguments.atLeast("fieldCount", 0, fieldCount);
        Arguments.atLeast("informational", 0, informational);
        Arguments.atLeast("chunkLine", 3, chunkLine);
        Arguments.atLeast("trailerBytes", 2, trailerBytes);
        Arguments.atLeast("maxBodySize", 0, maxBodySize);
    }

    /**
     * {@return these, but for the bytes of a body in memory}
     *
     * @param maxBodySize 0 or more
     */
    public Limits maxBodySize(long maxBodySize) {
        return new Limits(headBytes, fieldCount, informational, chunkLine, trailerBytes, maxBodySize);
    }

    /**
     * {@return these, but for the bytes of a head}
     *
     * @param headBytes 16 or more
     */
    public Limits headBytes(int headBytes) {
        return new Limits(headBytes, fieldCount, informational, chunkLine, trailerBytes, maxBodySize);
    }

    WireLimits wire() {
        return new WireLimits(headBytes, fieldCount, informational, chunkLine, trailerBytes);
    }
}
