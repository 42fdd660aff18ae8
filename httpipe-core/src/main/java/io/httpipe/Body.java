package io.httpipe;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicBoolean;
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
public abstract sealed class Body {
    private final AtomicBoolean sent = new AtomicBoolean();

    private Body() {}

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
        return new Bytes(Arguments.notNull("bytes", bytes));
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
        return new File(Arguments.notNull("file", file));
    }

    /**
     * {@return all that a response, or a request to a server of ours, still has in its body}
     *
     * @param reader left open; its length is carried over
     */
    public static Body of(BodyReader reader) {
        return new Stream(Arguments.notNull("reader", reader), reader, -1);
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
        return in instanceof BodyReader reader ? of(reader) : new Stream(Arguments.notNull("in", in), null, -1);
    }

    /**
     * {@return all that this stream still has} It is read as {@link #of(InputStream)} says, to its end.
     *
     * @param in     left open
     * @param length how many bytes that is
     */
    public static Body of(InputStream in, long length) {
        return new Stream(Arguments.notNull("in", in), null, Arguments.atLeast("length", 0, length));
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
        return new Opened(Arguments.notNull("opener", opener), -1);
    }

    /**
     * {@return a body that a new stream gives each time it is sent}
     *
     * @param opener as for {@link #of(Supplier)}
     * @param length how many bytes each stream has
     */
    public static Body of(Supplier<? extends InputStream> opener, long length) {
        return new Opened(Arguments.notNull("opener", opener), Arguments.atLeast("length", 0, length));
    }

    /** A body from a response, which is closed once the sending is over. */
    static Body closing(BodyReader reader) {
        return new Stream(reader, reader, -1, true);
    }

    /**
     * {@return these pieces, each sent as a chunk, or as several if it has more than 32 KiB, as soon as the iterator
     * gives it} The iterator runs in the caller's thread, as {@link #writing(Writer)} does.
     *
     * @param pieces empty ones are passed over
     */
    public static Body of(Iterator<byte[]> pieces) {
        return new Pieces(Arguments.notNull("pieces", pieces));
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
        return new Written(-1, false, Arguments.notNull("writer", writer));
    }

    /**
     * {@return a body that a callback writes}
     *
     * @param length how many bytes that will be
     * @param writer runs as {@link #writing(Writer)} says
     */
    public static Body writing(long length, Writer writer) {
        Arguments.notNull("writer", writer);
        return new Written(Arguments.atLeast("length", 0, length), false, writer);
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
        if (!replayable()) {
            throw new IllegalStateException("a stream or iterator can be read only once; use Body.of(Supplier)");
        }
        return this;
    }

    /** What it is made of and how long it is, if that is known; not what is in it. */
    @Override
    public String toString() {
        return switch (this) {
            case Bytes bytes -> "Body[%d bytes]".formatted(bytes.bytes.length);
            case File file -> "Body[file %s]".formatted(file.file);
            case Stream stream -> "Body[stream%s]".formatted(counted(stream.length()));
            case Opened opened -> "Body[streams from a supplier%s]".formatted(counted(opened.length));
            case Written written ->
                "Body[%swriter%s]".formatted(written.replayable ? "repeatable " : "", counted(written.length));
            case Pieces pieces -> "Body[iterator]";
        };
    }

    private static String counted(long length) {
        return length < 0 ? "" : " of %d bytes".formatted(length);
    }

    /** How many bytes it has; -1 if nobody knows. */
    abstract long length() throws IOException;

    /** Whether it can be sent a second time. */
    abstract boolean replayable();

    /** Fails if it can be sent only once, and has been; its sending begins now, if {@code begins}. */
    final void requireUnsent(boolean begins) {
        if (!replayable() && (begins ? sent.getAndSet(true) : sent.get())) {
            throw new IllegalStateException("this body can be sent only once, and it has been; for one that can be sent"
                    + " again use Body.of(Supplier) or Body.writing(..).repeatable()");
        }
    }

    abstract void writeTo(BodyOutput sink) throws IOException;

    /** Whether it may keep its reader waiting in a way that only somebody else can end. */
    boolean mayBlock() {
        return false;
    }

    /** Sees to it that {@link #writeTo} waits for its source no longer than this, where that can be said. */
    void readBy(long deadline) {}

    /** Lets a {@link #writeTo} that another thread is in come to an end, if there is a way. */
    void abandon() {}

    /** Called once the sending is over, for good or bad. */
    void released() throws IOException {}

    /** Whether it is so short, and so sure to come without a wait, that it goes out in one write. */
    boolean fitsOneWrite() {
        return false;
    }

    private static final class Bytes extends Body {
        private final byte[] bytes;

        Bytes(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        long length() {
            return bytes.length;
        }

        @Override
        boolean replayable() {
            return true;
        }

        @Override
        boolean fitsOneWrite() {
            return bytes.length < BodyOutput.CHUNK;
        }

        @Override
        void writeTo(BodyOutput sink) throws IOException {
            sink.write(bytes, 0, bytes.length);
        }
    }

    private static final class File extends Body {
        private final Path file;

        File(Path file) {
            this.file = file;
        }

        @Override
        long length() throws IOException {
            long size = regularSize();
            if (size > 0) {
                return size;
            }
            try (InputStream in = Files.newInputStream(file)) {
                return in.read() < 0 ? 0 : -1;
            }
        }

        private long regularSize() throws IOException {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            if (!attributes.isRegularFile()) {
                // To open a FIFO waits for its other end, whatever the deadline.
                throw new FileSystemException(file.toString(), null, "not a regular file");
            }
            return attributes.size();
        }

        @Override
        boolean replayable() {
            return true;
        }

        @Override
        void writeTo(BodyOutput sink) throws IOException {
            if (sink.counted()) {
                try (FileChannel channel = FileChannel.open(file)) {
                    sink.transferFrom(channel);
                }
            } else {
                // Where trailers follow, nobody has asked it for its length.
                regularSize();
                try (InputStream in = Files.newInputStream(file)) {
                    sink.transferFrom(in, true);
                }
            }
        }
    }

    private static final class Stream extends Body {
        private final InputStream in;

        /** Whose length, as it is when the body is sent, is carried over; null where the length was given. */
        private final @Nullable BodyReader carried;

        private final long length;
        private final boolean closes;

        Stream(InputStream in, @Nullable BodyReader carried, long length) {
            this(in, carried, length, false);
        }

        Stream(InputStream in, @Nullable BodyReader carried, long length, boolean closes) {
            this.in = in;
            this.carried = carried;
            this.length = length;
            this.closes = closes;
        }

        @Override
        long length() {
            return carried == null ? length : carried.remaining();
        }

        @Override
        boolean replayable() {
            return false;
        }

        @Override
        boolean mayBlock() {
            return in instanceof BodyReader reader
                    ? !reader.canBeAbandoned()
                    : in.getClass() != ByteArrayInputStream.class;
        }

        @Override
        void readBy(long deadline) {
            if (in instanceof BodyReader reader) {
                reader.readBy(deadline);
            }
        }

        @Override
        void abandon() {
            if (in instanceof BodyReader reader) {
                reader.abandon();
            }
        }

        @Override
        void released() throws IOException {
            if (closes) {
                in.close();
            }
        }

        @Override
        boolean fitsOneWrite() {
            return in instanceof ByteArrayInputStream bytes && !mayBlock() && bytes.available() < BodyOutput.CHUNK;
        }

        @Override
        void writeTo(BodyOutput sink) throws IOException {
            sink.transferFrom(in, !mayBlock());
        }
    }

    private static final class Opened extends Body {
        private final Supplier<? extends InputStream> opener;
        private final long length;

        Opened(Supplier<? extends InputStream> opener, long length) {
            this.opener = opener;
            this.length = length;
        }

        @Override
        long length() {
            return length;
        }

        @Override
        boolean replayable() {
            return true;
        }

        @Override
        boolean mayBlock() {
            return true;
        }

        @Override
        void writeTo(BodyOutput sink) throws IOException {
            InputStream opened;
            try {
                opened = opener.get();
            } catch (UncheckedIOException e) {
                throw e.getCause();
            }
            try (InputStream in = Arguments.notNull("opener", opened)) {
                sink.transferFrom(in, false);
            }
        }
    }

    private static final class Written extends Body {
        private final long length;
        private final boolean replayable;
        private final Writer writer;

        Written(long length, boolean replayable, Writer writer) {
            this.length = length;
            this.replayable = replayable;
            this.writer = writer;
        }

        @Override
        public Body repeatable() {
            return new Written(length, true, writer);
        }

        @Override
        long length() {
            return length;
        }

        @Override
        boolean replayable() {
            return replayable;
        }

        @Override
        void writeTo(BodyOutput sink) throws IOException {
            writer.writeTo(sink);
        }
    }

    /** The pieces of an iterator. */
    private static final class Pieces extends Body {
        private final Iterator<byte[]> pieces;

        Pieces(Iterator<byte[]> pieces) {
            this.pieces = pieces;
        }

        @Override
        long length() {
            return -1;
        }

        @Override
        boolean replayable() {
            return false;
        }

        @Override
        void writeTo(BodyOutput sink) throws IOException {
            while (pieces.hasNext()) {
                byte[] piece = pieces.next();
                sink.write(piece);
                if (piece.length > 0) {
                    sink.flush();
                }
            }
        }
    }
}
