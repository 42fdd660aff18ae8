/**
 * Parses and writes HTTP/1.x messages in byte arrays.
 *
 * <p>{@link io.httpipe.internal.wire.HeadParser} parses response heads and trailer sections.
 * {@link io.httpipe.internal.wire.BodyFraming} decides where a response body ends.
 * {@link io.httpipe.internal.wire.ChunkedDecoder} decodes the framing of chunked bodies.
 * {@link io.httpipe.internal.wire.HeadWriter} writes request heads, and
 * {@link io.httpipe.internal.wire.RequestTarget} checks and encodes request targets.
 * {@link io.httpipe.internal.wire.UriParser} parses URIs, and {@link io.httpipe.internal.wire.UriReference} resolves
 * references in responses against them.
 *
 * <p>No class here opens a socket, takes a connection, starts a thread or reads a clock. The caller passes in the bytes
 * that have arrived, and calls again with more when a parser needs more. All tests of this package therefore run on
 * byte arrays and strings alone.
 *
 * <p>A head is parsed without creating strings for its fields. The parser makes one copy of the field lines and records
 * where each line starts and ends. {@link io.httpipe.internal.wire.FieldLines} compares names as bytes. It decodes a
 * name or a value when a caller first asks for it. Flags record which framing and connection fields are present, so a
 * message without such a field needs no search. {@link io.httpipe.internal.wire.FieldNames} returns shared strings for
 * common names.
 *
 * <p>{@link io.httpipe.internal.wire.WireLimits} bounds the size of a head, a trailer section and a chunk size line,
 * and the number of fields. A message that exceeds a limit, or that two recipients could read in two ways, is refused
 * with a {@link io.httpipe.internal.wire.MalformedException}.
 */
package io.httpipe.internal.wire;
