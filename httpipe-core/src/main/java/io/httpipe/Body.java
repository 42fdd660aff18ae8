package io.httpipe;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;

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
        /** Writes it all; closing the stream does nothing, flushing it sends what has been written so far. */
        void writeTo(OutputStream out) throws IOException;
    }

    /** These bytes, which are not copied. */
    public static Body of(byte[] bytes) {
        return new Bytes(Check.notNull("bytes", bytes));
    }

    /** This text in UTF-8. */
    public static Body of(String text) {
        return of(Check.notNull("text", text).getBytes(StandardCharsets.UTF_8));
    }

    /** This file, opened when it is sent; its length is asked then. */
    public static Body of(Path file) {
        return new File(Check.notNull("file", file));
    }

    /** All that a response, or a request to a server of ours, still has in its body; the length is carried over. */
    public static Body of(BodyReader reader) {
        return new Stream(Check.notNull("reader", reader), reader.length());
    }

    /** All that this stream still has, in chunks; what is there is sent before more is waited for. */
    public static Body of(InputStream in) {
        return in instanceof BodyReader reader ? of(reader) : new Stream(Check.notNull("in", in), -1);
    }

    /**
     * All that this stream still has.
     *
     * @param length how many bytes that is
     */
    public static Body of(InputStream in, long length) {
        return new Stream(Check.notNull("in", in), Check.atLeast("length", 0, length));
    }

    /** These pieces, each sent as a chunk as soon as the iterator gives it; empty ones are passed over. */
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

    /** Whatever is written, in chunks. */
    public static Body writing(Writer writer) {
        return new Written(Check.notNull("writer", writer), -1);
    }

    /**
     * Whatever is written.
     *
     * @param length how many bytes that will be
     */
    public static Body writing(long length, Writer writer) {
        return new Written(Check.notNull("writer", writer), Check.atLeast("length", 0, length));
    }

    /** How many bytes it has; -1 if nobody knows. */
    abstract long length() throws IOException;

    /** Whether it can be sent a second time. */
    abstract boolean replayable();

    abstract void writeTo(BodySink sink) throws IOException;

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
            return Files.size(file);
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
                try (InputStream in = Files.newInputStream(file)) {
                    sink.transferFrom(in);
                }
            }
        }
    }

    private static final class Stream extends Body {
        private final InputStream in;
        private final long length;

        Stream(InputStream in, long length) {
            this.in = in;
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
            sink.transferFrom(in);
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
