package io.httpipe;

import io.httpipe.internal.call.BytesBody;
import io.httpipe.internal.call.FileBody;
import io.httpipe.internal.call.FormBody;
import io.httpipe.internal.call.GzipBody;
import io.httpipe.internal.call.MultipartBody;
import io.httpipe.internal.call.OutgoingBody;
import io.httpipe.internal.call.ProgressBody;
import io.httpipe.internal.call.StreamBody;
import io.httpipe.internal.call.SuppliedBody;
import io.httpipe.internal.call.TeeBody;
import io.httpipe.internal.call.WrittenBody;
import io.httpipe.internal.wire.Arguments;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A request body.
 *
 * {@snippet :
 * hp.request(Request.put(uri).body(Body.of(Path.of("backup.tar"))));
 * hp.request(Request.post(uri).body(Body.writing(out -> report.writeTo(out))));
 * }
 *
 * <p>If the length is known, {@code Content-Length} is set. Otherwise the body is sent in chunks (RFC 9112, section
 * 7.1). HTTP/1.0 does not have chunks, so the call throws {@link IllegalArgumentException} for an HTTP/1.0 request with
 * a body of unknown length, before anything is sent. If the body is shorter or longer than announced, the call fails
 * with {@link RequestBodyException}. No byte beyond {@code Content-Length} is sent.
 *
 * <p>A body from bytes, a text, a form, a file or {@linkplain #of(Supplier) a supplier of streams} can be sent any
 * number of times. So can a {@linkplain #repeatable repeatable} body. A body from {@link #multipart}, {@link #gzip},
 * {@link #progress} or {@link #tee} can be sent again if all bodies in it can. Any other body can be sent only one
 * time; after that, another call with it throws {@link IllegalStateException}. The client does not close a stream that
 * the caller has opened.
 *
 * <p>A body is thread-safe if its source is.
 */
public sealed class Body permits Multipart {
    private final OutgoingBody content;

    Body(OutgoingBody content) {
        this.content = content;
    }

    /** Writes a request body. */
    @FunctionalInterface
    public interface Writer {
        /**
         * Writes the whole body.
         *
         * @param out closing it does nothing; flushing it sends what has been written so far
         * @throws IOException if the content cannot be produced; the call then throws {@link RequestBodyException}.
         *                     Do not catch an exception that {@code out} throws
         */
        void writeTo(OutputStream out) throws IOException;
    }

    /**
     * {@return a body with these bytes}
     *
     * @param bytes not copied
     */
    public static Body of(byte[] bytes) {
        return new Body(new BytesBody(Arguments.notNull("bytes", bytes)));
    }

    /**
     * {@return a body with this text, encoded as UTF-8}
     *
     * @param text may be empty
     */
    public static Body of(String text) {
        return of(Arguments.notNull("text", text).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * {@return a body with the content of this file}
     *
     * @param file a regular file. It is opened, and its length is read, each time the body is sent. If the length is 0
     *             but the file has content, as under {@code /proc} on Linux, the content is sent in chunks. If the file
     *             becomes shorter or longer while it is sent, the call fails with {@link RequestBodyException}. To send
     *             a log that still grows, or a file of a special file system that states a wrong length, use
     *             {@link #of(Supplier)} and {@link Files#newInputStream}
     */
    public static Body of(Path file) {
        return new Body(new FileBody(Arguments.notNull("file", file)));
    }

    /**
     * {@return a body with the rest of a response body, or of a request body that a server has received}
     *
     * @param reader not closed; if its length is known, {@code Content-Length} is set
     */
    public static Body of(BodyReader reader) {
        return of(Arguments.notNull("reader", reader), false);
    }

    /**
     * {@return a body with the rest of this stream, sent in chunks} Before the client waits for more bytes, it sends
     * those that it has read.
     *
     * <p>A thread of the client may read the stream. So the response or the deadline can end the call even while a read
     * of the stream blocks. The bytes of that read are then lost. While the body is being sent, the caller may close a
     * stream that reads from a {@link StreamedResponse}. The caller must not close a stream that reads from an
     * {@link Exchange}, because an exchange is not thread-safe.
     *
     * @param in not closed; a {@link BodyReader} is sent as {@link #of(BodyReader)} describes
     */
    public static Body of(InputStream in) {
        if (in instanceof BodyReader reader) {
            return of(reader);
        }
        return new Body(new StreamBody(Arguments.notNull("in", in), null, () -> -1, false));
    }

    /**
     * {@return a body with the rest of this stream, whose length is known} The stream is read to its end, not only to
     * this length. A thread of the client may read it, as {@link #of(InputStream)} describes.
     *
     * @param in     not closed
     * @param length in bytes
     */
    public static Body of(InputStream in, long length) {
        Arguments.notNull("in", in);
        Arguments.atLeast("length", 0, length);
        return new Body(
                in instanceof BodyReader reader
                        ? new StreamBody(reader.oneOperation(), reader.source(), () -> length, false)
                        : new StreamBody(in, null, () -> length, false));
    }

    /**
     * {@return a body that is read from a new stream each time it is sent, and sent in chunks}
     *
     * {@snippet :
     * hp.request(Request.put(uri).body(Body.of(() -> blob.open(), blob.length())));
     * }
     *
     * <p>A thread of the client opens, reads and closes the stream. The response or the deadline can end the call while
     * a read of the stream blocks, as {@link #of(InputStream)} describes.
     *
     * @param opener returns a stream over the whole body, from its beginning. If it throws an
     *               {@link UncheckedIOException}, the call throws a {@link RequestBodyException} with the same cause
     */
    public static Body of(Supplier<? extends InputStream> opener) {
        return new Body(new SuppliedBody(Arguments.notNull("opener", opener), -1));
    }

    /**
     * {@return a body that is read from a new stream each time it is sent}
     *
     * @param opener as for {@link #of(Supplier)}
     * @param length of each stream, in bytes
     */
    public static Body of(Supplier<? extends InputStream> opener, long length) {
        Arguments.notNull("opener", opener);
        return new Body(new SuppliedBody(opener, Arguments.atLeast("length", 0, length)));
    }

    /**
     * {@return a body with a form, as {@code application/x-www-form-urlencoded}}
     *
     * {@snippet :
     * hp.request(Request.post(uri).body(Body.form("user", "Ann", "role", "admin", "role", "author")));
     * }
     *
     * <p>The pairs are sent in this order, encoded as UTF-8 by the rules of the WHATWG URL standard, section 5.2.
     * {@code Content-Type} is sent too, unless the request has its own.
     *
     * @param namesAndValues alternating; not encoded; a name may occur more than once
     * @throws IllegalArgumentException for an odd number of strings, and for half a surrogate pair
     */
    public static Body form(String... namesAndValues) {
        if (Arguments.notNull("namesAndValues", namesAndValues).length % 2 != 0) {
            throw new IllegalArgumentException("namesAndValues: a name without a value");
        }
        StringBuilder form = new StringBuilder();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            FormBody.append(form, namesAndValues[i], namesAndValues[i + 1]);
        }
        return new Body(new FormBody(form));
    }

    /**
     * {@return a body with a form, as for {@link #form(String...)}}
     *
     * @param pairs names and values, such as the entries of a map
     * @throws IllegalArgumentException for half a surrogate pair
     */
    public static Body form(Iterable<? extends Map.Entry<String, String>> pairs) {
        StringBuilder form = new StringBuilder();
        for (Map.Entry<String, String> pair : Arguments.notNull("pairs", pairs)) {
            FormBody.append(form, pair.getKey(), pair.getValue());
        }
        return new Body(new FormBody(form));
    }

    /** {@return a multipart body without parts} The methods of {@link Multipart} add parts. */
    public static Multipart multipart() {
        return Multipart.with(MultipartBody.RANDOM);
    }

    /** Returns a body with the rest of a response body. When the upload has ended, the response is closed. */
    static Body closing(BodyReader reader) {
        return of(reader, true);
    }

    private static Body of(BodyReader reader, boolean closes) {
        return new Body(new StreamBody(reader.oneOperation(), reader.source(), reader::remaining, closes));
    }

    /**
     * {@return a body of these pieces, each sent as a chunk as soon as the iterator returns it} A piece of more than 32
     * KiB is sent as several chunks. The iterator runs on the same thread as the writer of {@link #writing(Writer)}.
     *
     * @param pieces empty ones are skipped
     */
    public static Body of(Iterator<byte[]> pieces) {
        Arguments.notNull("pieces", pieces);
        return new Body(new WrittenBody(true, -1, output -> {
            while (pieces.hasNext()) {
                byte[] piece = pieces.next();
                output.write(piece);
                if (piece.length > 0) {
                    output.flush();
                }
            }
        }));
    }

    /**
     * {@return a body that a callback writes, sent in chunks}
     *
     * @param writer runs on the caller's thread. For a {@linkplain Httpipe#stream streamed response} it runs on a
     *               thread of the client, so that the caller can read the response meanwhile. It also runs on a thread
     *               of the client if the call goes through an {@link Interceptor}, or if another part of the same
     *               multipart body comes from a stream. If the response ends the upload, the next write throws, and the
     *               caller gets the response. If a timeout passes, the next write throws, and the call fails with
     *               {@link TimedOutException}. {@link StreamedResponse#close} lets the writer finish.
     *               {@link StreamedResponse#abort} interrupts the thread of the client
     */
    public static Body writing(Writer writer) {
        return new Body(new WrittenBody(false, -1, Arguments.notNull("writer", writer)::writeTo));
    }

    /**
     * {@return a body that a callback writes}
     *
     * @param length the number of bytes that the callback writes
     * @param writer as for {@link #writing(Writer)}
     */
    public static Body writing(long length, Writer writer) {
        Arguments.notNull("writer", writer);
        return new Body(new WrittenBody(false, Arguments.atLeast("length", 0, length), writer::writeTo));
    }

    /**
     * {@return a body with the content of another body, compressed with gzip} {@code Content-Encoding: gzip} is set,
     * unless the request has that header or has removed it.
     *
     * {@snippet :
     * hp.request(Request.post(uri).header("Content-Type", "application/json").body(Body.gzip(Body.of(json))));
     * }
     *
     * <p>If a body from bytes, a text or a form has at most 1 MiB, this method compresses it, and the compressed length
     * is sent. Any other body is compressed while it is sent, in chunks. The result can be sent again if {@code body}
     * can.
     *
     * @param body not compressed. It may be a {@linkplain Multipart multipart body}. {@link Multipart#part} refuses a
     *             body that this method has compressed
     * @throws IllegalArgumentException if this method has already compressed the body
     */
    public static Body gzip(Body body) {
        return new Body(GzipBody.of(Arguments.notNull("body", body).content));
    }

    /**
     * {@return this body, declared to have the same bytes each time it is sent} A request with an idempotent method can
     * then be sent again where that is safe.
     *
     * {@snippet :
     * Body report = Body.writing(out -> json.write(data, out)).repeatable();
     * }
     *
     * <p>Call this method before {@link #progress}, {@link #tee}, {@link #gzip} or {@link #multipart}. The body that
     * they return can be sent again if the body that they wrap can.
     *
     * @throws IllegalStateException if the body comes from a stream or an iterator, which can be read only once, or
     *                               wraps a body that is not repeatable
     */
    public Body repeatable() {
        if (content instanceof WrittenBody written && written.canBecomeRepeatable()) {
            return new Body(written.asRepeatable());
        }
        if (!content.repeatable()) {
            throw new IllegalStateException("a stream or iterator can be read only once; use Body.of(Supplier). For a"
                    + " writer, call repeatable() before gzip, progress, tee or multipart");
        }
        return this;
    }

    /**
     * {@return this body, with a listener that is told how much of it has been sent}
     *
     * {@snippet :
     * Body video = Body.of(file).progress(p -> bar.set(p.bytes(), p.total()));
     * }
     *
     * <p>A byte counts when it has been sent, or when it is in the buffer for the next write, which has up to 64 KiB.
     * If the body is sent again, the count starts at 0 again. {@code gzip(body).progress(..)} reports compressed bytes.
     * {@code gzip(body.progress(..))} reports the bytes of the body that have been compressed.
     *
     * @param listener runs on the thread that sends the body
     */
    public Body progress(Progress.Listener listener) {
        return new Body(new ProgressBody(content, Progress.report(listener)));
    }

    /** {@return whether the body can be sent any number of times} */
    public boolean isRepeatable() {
        return content.repeatable();
    }

    /**
     * Writes the bytes of this body to an output that is not a request. An {@link Interceptor} can sign or record them.
     * A body that can be sent only once counts as sent afterwards.
     *
     * {@snippet :
     * ByteArrayOutputStream bytes = new ByteArrayOutputStream();
     * body.writeTo(bytes);
     * next.proceed(request.body(bytes.toByteArray()));
     * }
     *
     * @param out may be flushed, but is not closed
     * @throws IOException           if the source of the body or the output fails
     * @throws IllegalStateException if the body can be sent only once, and has been sent
     */
    public void writeTo(OutputStream out) throws IOException {
        Arguments.notNull("out", out);
        content.requireUnsent(true);
        try {
            content.encodeTo(out);
        } finally {
            content.release();
        }
    }

    /**
     * {@return this body, whose bytes also go to another output while it is sent} So an {@link Interceptor} can record
     * a body without changing how it is sent.
     *
     * {@snippet :
     * MessageDigest sum = MessageDigest.getInstance("SHA-256");
     * hp.request(Request.put(uri).body(body.tee(() -> new DigestOutputStream(nullOutputStream(), sum))));
     * }
     *
     * <p>If the other output fails, the call fails with {@link RequestBodyException}.
     *
     * @param opener opens a new output each time the body is sent, and runs on the thread that sends the body. The
     *               client closes the output after the last byte or after a failure
     */
    public Body tee(Supplier<? extends OutputStream> opener) {
        return new Body(new TeeBody(content, Arguments.notNull("opener", opener)));
    }

    /** Returns the kind of source, and its length or file if that is known; never the content. */
    @Override
    public String toString() {
        return "Body[%s]".formatted(content);
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // two bodies are equal if they wrap the same content
    public boolean equals(@Nullable Object other) {
        return other instanceof Body body && body.content == content;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(content);
    }

    OutgoingBody content() {
        return content;
    }
}
