package io.httpipe.internal.wire;

/**
 * Limits on the parts of a response that the parsers read.
 *
 * @param headBytes     bytes of one head including its status line, and of all heads of one response together
 * @param fieldCount    field lines in one head or trailer section
 * @param informational heads of status 1xx before the final head
 * @param chunkLine     bytes of one chunk size line with its extensions and line end
 * @param trailerBytes  bytes of one trailer section
 */
public record WireLimits(int headBytes, int fieldCount, int informational, int chunkLine, int trailerBytes) {}
