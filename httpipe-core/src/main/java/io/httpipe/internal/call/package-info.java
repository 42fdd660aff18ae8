/**
 * Sends one request over a connection of the pool and reads its response.
 *
 * <p><b>The path of a request.</b> {@link io.httpipe.internal.call.Outgoing} holds everything that is needed to send a
 * request. {@link io.httpipe.internal.call.CallFactory} creates a {@link io.httpipe.internal.call.Call} for it, which
 * takes a connection from the pool. A {@link io.httpipe.internal.call.Conversation} then speaks HTTP over that
 * connection. {@code Http1Conversation} is the only implementation: it writes the head and the body, parses the
 * response head, and reads the response body. {@code Call} returns the head, and is itself the {@link
 * io.httpipe.internal.call.BodySource} of the body. The end of the call settles the connection: it goes back to the
 * pool if it can be reused, and is closed otherwise. {@link io.httpipe.internal.call.DirectConnection} takes the same
 * steps one by one, for a caller who keeps the connection.
 *
 * <p><b>A second attempt.</b> If a reused connection turns out to be dead before the first byte of a response, {@code
 * Call} sends the request one more time, over a new connection. The request must be idempotent and its body repeatable.
 *
 * <p><b>Request bodies.</b> {@code Upload} sends a request that has an {@link io.httpipe.internal.call.OutgoingBody}.
 * {@link io.httpipe.internal.call.BodyOutput} frames the body. A short body goes out in one write with the head. For a
 * longer body, two threads use the connection:
 *
 * <ul>
 *   <li>The uploading thread writes. If the body's source may block, another thread, the feeder, reads the source and
 *       writes, while the uploading thread waits. The uploading thread can abandon the feeder.
 *   <li>{@code ResponseListener}, on its own thread, reads the response. A final status other than 2xx, or a complete
 *       2xx that closes the connection, ends the upload. Another 2xx usually does not; the class lists all cases.
 *   <li>If the caller wants the whole response, the caller's thread uploads, and the listener reads the body of a 2xx
 *       into a {@code ReadAheadBuffer}. Without this, each side could wait for the other to read.
 *   <li>For a streamed response, {@code BackgroundUpload} uploads on its own thread. The caller gets the response head
 *       as soon as it has arrived. From then on the listener has ended and the caller's thread reads.
 *   <li>{@code UploadState} keeps the state of the upload for the conversation. When the response has been read to its
 *       end, or is closed, it waits for the end of a background upload, unless the server closes the connection. The
 *       connection cannot be reused before that end.
 * </ul>
 *
 * <p><b>Failures.</b> Inside this package, a failure is the {@link java.io.IOException} of the layer in which it
 * occurred. {@code Call}, {@code CallFactory} and {@code DirectConnection} wrap it in a {@link
 * io.httpipe.internal.call.CallFailedException}, with the facts of the call at that moment: the step, the bytes sent
 * and received, whether a retry is safe. A caller's mistake is an {@link java.lang.IllegalArgumentException} or {@link
 * java.lang.IllegalStateException}. An {@code IOException} of a body's own source becomes a {@link
 * io.httpipe.internal.call.BodyFailedException}. An {@code UncheckedIOException} of the supplier that opens the source
 * counts as its cause. Other unchecked exceptions of the source pass through unchanged.
 *
 * <p><b>Rules.</b> Nothing here imports a public type of {@code io.httpipe}; that package wraps the types of this one.
 * At most one thread reads a connection at a time, and at most one writes. Redirects, cookies, and all retries except
 * the second attempt belong to the layers above. {@link io.httpipe.internal.call.FanOutWorkers} runs the requests of
 * one fan-out, and stops at the first failure if the caller wants that. No other class here decides about more than one
 * request.
 */
package io.httpipe.internal.call;
