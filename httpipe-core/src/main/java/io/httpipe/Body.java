package io.httpipe;

import io.httpipe.internal.call.BodySource;
import io.httpipe.internal.call.BytesBody;
import io.httpipe.internal.call.FileBody;
import io.httpipe.internal.call.OutgoingBody;
import io.httpipe.internal.call.StreamBody;
import io.httpipe.internal.call.SuppliedBody;
import io.httpipe.internal.call.WrittenBody;
import io.httpipe.internal.wire.Arguments;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request.
 *
 * {@snippet :
 * hp.request(Request.put(uri).body(Body.of(Path.of("backup.tar"))));
 * hp.request(Request.post(uri).body(Body.writing(out -> report.writeTo(out))));
 * }
 *
 * <p>{@code Content-Length} is set where the length is known, else the body is sent in chunks (RFC 9112, section 7.1),
 * which HTTP/1.0 does not have: such a request is refused before anything is sent. A body that turns out shorter or
 * longer than announced ends the call with {@link RequestBodyException}, before any surplus is sent.
 *
 * <p>Bytes, text, files, {@linkplain #of(Supplier) streams from a supplier} and {@linkplain #repeatable repeatable} ones
 * can be sent any number of times. The others can be sent once: a call that would send one again throws
 * {@link IllegalStateException}. Streams that the caller opened are left open.
 */
public final class Body {
    private final OutgoingBody content;

    Body(OutgoingBody content) {
        this.content = content;
    }

    /** Writes the body of a request. */
    @FunctionalInterface
    public interface Writer {
        /**
         * Writes it all.
         *
         * @param out closing it does nothing, flushing it sends what has been written so far
         * @throws IOException if the body cannot be had, which becomes a {@link RequestBodyException}; one that
         *                     {@code out} throws is to be let through
         */
        void writeTo(OutputStream out) throws IOException;
    }

    /**
     * {@return these bytes}
     *
     * @param bytes not copied
     */
    public static Body of(byte[] bytes) {
        return new Body(new BytesBody(Arguments.notNull("bytes", bytes)));
    }

    /**
     * {@return this text in UTF-8}
     *
     * @param text may be empty
     */
    public static Body of(String text) {
        return of(Arguments.notNull("text", text).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * {@return this file}
     *
     * @param file a regular one, opened when it is sent; its length is asked then, and where the system says 0 although
     *             there is something in it, as Linux does of what it makes up, it is sent in chunks
     */
    public static Body of(Path file) {
        return new Body(new FileBody(Arguments.notNull("file", file)));
    }

    /**
     * {@return all that a response, or a request to a server of ours, still has in its body}
     *
     * @param reader left open; its length is carried over
     */
    public static Body of(BodyReader reader) {
        return of(Arguments.notNull("reader", reader), false);
    }

    /**
     * {@return all that this stream still has, in chunks} What is there is sent before more is waited for. It may be
     * read by another thread than the caller's, so that the answer, or the deadline, ends the call even while the
     * stream keeps its reader waiting; what such a read gives after all is lost. A stream over the body of a
     * {@link StreamedResponse} may be closed meanwhile; one over an {@link Exchange} must not be, for that is for one
     * thread at a time.
     *
     * @param in left open
     */
    public static Body of(InputStream in) {
        if (in instanceof BodyReader reader) {
            return of(reader);
        }
        return new Body(new StreamBody(Arguments.notNull("in", in), null, () -> -1, false));
    }

    /**
     * {@return all that this stream still has} It is read as {@link #of(InputStream)} says, to its end.
     *
     * @param in     left open
     * @param length how many bytes that is
     */
    public static Body of(InputStream in, long length) {
        BodySource source = Arguments.notNull("in", in) instanceof BodyReader reader ? reader.source() : null;
        Arguments.atLeast("length", 0, length);
        return new Body(new StreamBody(in, source, () -> length, false));
    }

    /**
     * {@return a body that a new stream gives each time it is sent, in chunks}
     *
     * {@snippet :
     * hp.request(Request.put(uri).body(Body.of(() -> blob.open(), blob.length())));
     * }
     *
     * <p>A stream is opened, read and closed by a thread of the client's, as {@link #of(InputStream)} says of reading.
     *
     * @param opener gives a stream over the whole body, from its beginning; an {@link UncheckedIOException} becomes a
     *               {@link RequestBodyException} with its cause
     */
    public static Body of(Supplier<? extends InputStream> opener) {
        return new Body(new SuppliedBody(Arguments.notNull("opener", opener), -1));
    }

    /**
     * {@return a body that a new stream gives each time it is sent}
     *
     * @param opener as for {@link #of(Supplier)}
     * @param length how many bytes each stream has
     */
    public static Body of(Supplier<? extends InputStream> opener, long length) {
        Arguments.notNull("opener", opener);
        return new Body(new SuppliedBody(opener, Arguments.atLeast("length", 0, length)));
    }

    /** Returns a body from a response, which is closed after the sending. */
    static Body closing(BodyReader reader) {
        return of(reader, true);
    }

    private static Body of(BodyReader reader, boolean closes) {
        return new Body(new StreamBody(reader, reader.source(), reader::remaining, closes));
    }

    /**
     * {@return these pieces, each sent as a chunk, or as several if it has more than 32 KiB, as soon as the iterator
     * gives it} The iterator runs in the caller's thread, as {@link #writing(Writer)} does.
     *
     * @param pieces empty ones are passed over
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
     * @param writer runs in the caller's thread, or for a {@linkplain Httpipe#stream streamed} response in a thread of the
     *               client's, so that the response can be read meanwhile. Once the response has ended the sending, or time
     *               is over, its next write throws; then the call ends. Where the response is closed, its thread is
     *               interrupted.
     */
    public static Body writing(Writer writer) {
        return new Body(new WrittenBody(false, -1, Arguments.notNull("writer", writer)::writeTo));
    }

    /**
     * {@return a body that a callback writes}
     *
     * @param length how many bytes that will be
     * @param writer runs as {@link #writing(Writer)} says
     */
    public static Body writing(long length, Writer writer) {
        Arguments.notNull("writer", writer);
        return new Body(new WrittenBody(false, Arguments.atLeast("length", 0, length), writer::writeTo));
    }

    /**
     * {@return this body, declared to give the same bytes each time it is sent} Then a request with an idempotent method
     * may be sent again where that is safe.
     *
     * {@snippet :
     * Body report = Body.writing(out -> json.write(data, out)).repeatable();
     * }
     *
     * @throws IllegalStateException if it comes from a stream or an iterator, which can be read only once
     */
    public Body repeatable() {
        if (content instanceof WrittenBody written && written.canBecomeRepeatable()) {
            return new Body(written.asRepeatable());
        }
        if (!content.repeatable()) {
            throw new IllegalStateException("a stream or iterator can be read only once; use Body.of(Supplier)");
        }
        return this;
    }

    /** Describes the source and, if known, the length; never the content. */
    @Override
    public String toString() {
        return "Body[%s]".formatted(content);
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // a body is equal to itself only, however often it is wrapped
    public boolean equals(@Nullable Object other) {
        return other instanceof Body body && body.content == content;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(content);
    }

    /** What the engine sends. */
    OutgoingBody content() {
        return content;
    }
}
