package io.httpipe;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Iterator;
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
 * <p>Bytes, text and files can be sent any number of times, the others once only; streams are left open.
 */
public abstract sealed class Body {
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
        return new Bytes(Check.notNull("bytes", bytes));
    }

    /**
     * {@return this text in UTF-8}
     *
     * @param text may be empty
     */
    public static Body of(String text) {
        return of(Check.notNull("text", text).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * {@return this file}
     *
     * @param file a regular one, opened when it is sent; its length is asked then, and where the system says 0 although
     *             there is something in it, as Linux does of what it makes up, it is sent in chunks
     */
    public static Body of(Path file) {
        return new File(Check.notNull("file", file));
    }

    /**
     * {@return all that a response, or a request to a server of ours, still has in its body}
     *
     * @param reader left open; its length is carried over
     */
    public static Body of(BodyReader reader) {
        return new Stream(Check.notNull("reader", reader), reader, -1);
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
        return in instanceof BodyReader reader ? of(reader) : new Stream(Check.notNull("in", in), null, -1);
    }

    /**
     * {@return all that this stream still has} It is read as {@link #of(InputStream)} says, to its end.
     *
     * @param in     left open
     * @param length how many bytes that is
     */
    public static Body of(InputStream in, long length) {
        return new Stream(Check.notNull("in", in), null, Check.atLeast("length", 0, length));
    }

    /**
     * {@return these pieces, each sent as a chunk, or as several if it has more than 32 KiB, as soon as the iterator
     * gives it} The iterator runs in the caller's thread, as {@link #writing(Writer)} does.
     *
     * @param pieces empty ones are passed over
     */
    public static Body of(Iterator<byte[]> pieces) {
        Check.notNull("pieces", pieces);
        return writing(out -> {
            while (pieces.hasNext()) {
                byte[] piece = pieces.next();
                out.write(piece);
                if (piece.length > 0) {
                    out.flush();
                }
            }
        });
    }

    /**
     * {@return whatever is written, in chunks}
     *
     * @param writer runs in the caller's thread: once there is an answer, or no time left, its next write throws, and
     *               then the call ends
     */
    public static Body writing(Writer writer) {
        return new Written(Check.notNull("writer", writer), -1);
    }

    /**
     * {@return whatever is written}
     *
     * @param length how many bytes that will be
     * @param writer runs as {@link #writing(Writer)} says
     */
    public static Body writing(long length, Writer writer) {
        return new Written(Check.notNull("writer", writer), Check.atLeast("length", 0, length));
    }

    /** How many bytes it has; -1 if nobody knows. */
    abstract long length() throws IOException;

    /** Whether it can be sent a second time. */
    abstract boolean replayable();

    abstract void writeTo(BodySink sink) throws IOException;

    /** Whether it may keep its reader waiting in a way that only somebody else can end. */
    boolean mayBlock() {
        return false;
    }

    /** Sees to it that {@link #writeTo} waits for its source no longer than this, where that can be said. */
    void readBy(long deadline) {}

    /** Lets a {@link #writeTo} that another thread is in come to an end, if there is a way. */
    void abandon() {}

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
        void writeTo(BodySink sink) throws IOException {
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
        void writeTo(BodySink sink) throws IOException {
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

        Stream(InputStream in, @Nullable BodyReader carried, long length) {
            this.in = in;
            this.carried = carried;
            this.length = length;
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
        void writeTo(BodySink sink) throws IOException {
            sink.transferFrom(in, !mayBlock());
        }
    }

    private static final class Written extends Body {
        private final Writer writer;
        private final long length;

        Written(Writer writer, long length) {
            this.writer = writer;
            this.length = length;
        }

        @Override
        long length() {
            return length;
        }

        @Override
        boolean replayable() {
            return false;
        }

        @Override
        void writeTo(BodySink sink) throws IOException {
            writer.writeTo(sink);
        }
    }
}
