package io.httpipe;

import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.WireLimits;

/**
 * Limits on the size of a response.
 *
 * {@snippet :
 * Httpipe hp = Httpipe.builder().limits(Limits.DEFAULT.maxBodySize(1 << 20)).build();
 * }
 *
 * <p>If a body is larger than {@code maxBodySize}, the call throws {@link BodyTooLargeException}. If a response exceeds
 * {@code maxRatio}, the call throws {@link DecodingException}. If it exceeds any other limit, the call throws
 * {@link MalformedResponseException}. Immutable and thread-safe.
 *
 * @param headBytes     bytes of a response head together with all 1xx heads before it; 64 KiB by default
 * @param fieldCount    field lines in a head or trailer section; 1,000 by default. {@code headBytes} and
 *                      {@code trailerBytes} limit them too
 * @param informational 1xx heads before the final head; 100 by default. {@code headBytes} limits them too
 * @param chunkLine     bytes of a chunk size line with its extensions; 4 KiB by default (RFC 9112, section 7.1). A
 *                      second limit is for the total of extensions, leading zeros and spaces in all size lines of a
 *                      body: four times {@code chunkLine}, plus one byte for each data byte received so far
 * @param trailerBytes  bytes of a trailer section; 16 KiB by default
 * @param maxBodySize   bytes of a body that the client reads into memory, for a {@link Response} or for
 *                      {@link StreamedResponse#text}; 64 MiB by default. {@link Request#maxBodySize} overrides this
 *                      limit. By default, other streamed bodies have no size limit. If the body is
 *                      {@linkplain Decoding decoded}, its decoded bytes count
 * @param eventBytes    bytes of an event of {@link StreamedResponse#events}, or of a line of
 *                      {@link StreamedResponse#lines}; 1 MiB by default
 * @param maxRatio      decoded bytes for each encoded byte of a body that is decoded; 1,000 by default. This limit
 *                      applies after 64 KiB have been decoded
 */
public record Limits(
        int headBytes,
        int fieldCount,
        int informational,
        int chunkLine,
        int trailerBytes,
        long maxBodySize,
        int eventBytes,
        int maxRatio) {
    /** The default limits. They are larger than what well-behaved servers send. */
    public static final Limits DEFAULT = new Limits(64 << 10, 1_000, 100, 4 << 10, 16 << 10, 64L << 20, 1 << 20, 1_000);

    /**
     * Creates limits.
     *
     * @throws IllegalArgumentException if a limit is negative, or is so small that no response fits
     */
    public Limits {
        Arguments.atLeast("headBytes", 16, headBytes);
        Arguments.atLeast("fieldCount", 0, fieldCount);
        Arguments.atLeast("informational", 0, informational);
        Arguments.atLeast("chunkLine", 3, chunkLine);
        Arguments.atLeast("trailerBytes", 2, trailerBytes);
        Arguments.atLeast("maxBodySize", 0, maxBodySize);
        Arguments.atLeast("eventBytes", 1, eventBytes);
        Arguments.atLeast("maxRatio", 1, maxRatio);
    }

    /**
     * {@return a copy with this limit for a body in memory, in bytes}
     *
     * @param maxBodySize 0 or more
     */
    public Limits maxBodySize(long maxBodySize) {
        return new Limits(
                headBytes, fieldCount, informational, chunkLine, trailerBytes, maxBodySize, eventBytes, maxRatio);
    }

    /**
     * {@return a copy with this limit for a head, in bytes}
     *
     * @param headBytes 16 or more
     */
    public Limits headBytes(int headBytes) {
        return new Limits(
                headBytes, fieldCount, informational, chunkLine, trailerBytes, maxBodySize, eventBytes, maxRatio);
    }

    /**
     * {@return a copy with this limit for the field lines of a head or trailer section}
     *
     * @param fieldCount 0 or more
     */
    public Limits fieldCount(int fieldCount) {
        return new Limits(
                headBytes, fieldCount, informational, chunkLine, trailerBytes, maxBodySize, eventBytes, maxRatio);
    }

    /**
     * {@return a copy with this limit for the 1xx heads before the final head}
     *
     * @param informational 0 or more
     */
    public Limits informational(int informational) {
        return new Limits(
                headBytes, fieldCount, informational, chunkLine, trailerBytes, maxBodySize, eventBytes, maxRatio);
    }

    /**
     * {@return a copy with this limit for a chunk size line, in bytes}
     *
     * @param chunkLine 3 or more
     */
    public Limits chunkLine(int chunkLine) {
        return new Limits(
                headBytes, fieldCount, informational, chunkLine, trailerBytes, maxBodySize, eventBytes, maxRatio);
    }

    /**
     * {@return a copy with this limit for a trailer section, in bytes}
     *
     * @param trailerBytes 2 or more
     */
    public Limits trailerBytes(int trailerBytes) {
        return new Limits(
                headBytes, fieldCount, informational, chunkLine, trailerBytes, maxBodySize, eventBytes, maxRatio);
    }

    /**
     * {@return a copy with this limit for an event or a line, in bytes}
     *
     * @param eventBytes 1 or more
     */
    public Limits eventBytes(int eventBytes) {
        return new Limits(
                headBytes, fieldCount, informational, chunkLine, trailerBytes, maxBodySize, eventBytes, maxRatio);
    }

    /**
     * {@return a copy with this limit of decoded bytes for each encoded byte}
     *
     * @param maxRatio 1 or more
     */
    public Limits maxRatio(int maxRatio) {
        return new Limits(
                headBytes, fieldCount, informational, chunkLine, trailerBytes, maxBodySize, eventBytes, maxRatio);
    }

    WireLimits wire() {
        return new WireLimits(headBytes, fieldCount, informational, chunkLine, trailerBytes);
    }
}
