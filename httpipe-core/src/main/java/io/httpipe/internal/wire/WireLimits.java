package io.httpipe.internal.wire;

/**
 * How much of each thing a peer may send.
 *
 * @param headBytes     octets of a head, status line included, and of all heads of one response
 * @param fieldCount    field lines in a head or a trailer section
 * @param informational heads of status 1xx before the final one
 * @param chunkLine     octets of a chunk's size and extensions
 * @param trailerBytes  octets of a trailer section
 */
public record WireLimits(int headBytes, int fieldCount, int informational, int chunkLine, int trailerBytes) {}
