package io.httpipe.internal.call;

import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.HeadWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Frames the body of a request as it goes out: exactly the length announced, or chunks (RFC 9112, section 7.1). The
 * first piece shares its write with the head. Written to by one thread.
 */
public final class BodyOutput extends OutputStream {
    /** Octets of data in one chunk, at most four hexadecimal digits of them. */
    static final int CHUNK = 32 * 1024;

    /** Where the data begins, behind room for four digits and CR LF. */
    private static final int DATA = 6;

    private static final byte[] LINE_END = "\r\n".getBytes(StandardCharsets.ISO_8859_1);
    private static final byte[] LAST_CHUNK = "0\r\n".getBytes(StandardCharsets.ISO_8859_1);

    /** How much goes out in one write, which must be over within the send timeout. */
    private static final int PIECE = 1 << 16;

    /** The same of a large array: each write that has to wait costs a parking. */
    private static final int LARGE_PIECE = 1 << 17;

    private final Upload upload;

    /** What goes out in front of the next piece: the head at first, then nothing. */
    private @Nullable RequestHead head;

    /** Octets that the body must have; -1 for chunks. */
    private final long length;

    /** Octets of data that fit into the buffer: more than a short body has, so that it never fills up. */
    private final int room;

    private final byte[] buffer;
    private int buffered;
    private long accepted;

    /** Why the connection took no more; null if it did. */
    private @Nullable IOException failure;

    /** Why the body is not the one that was announced; null while it may be. */
    private @Nullable IOException refusal;

    /** How many threads are within a write; of this and {@link #ended} each side sets its own before it looks. */
    private final AtomicInteger writing = new AtomicInteger();

    /** Whether the body has ended: from then on the connection is not this body's any more. */
    private volatile boolean ended;

    BodyOutput(Upload upload, @Nullable RequestHead head, long length) {
        this.upload = upload;
        this.head = head;
        this.length = length;
        this.room = length < 0 ? CHUNK : length < PIECE ? (int) length + 1 : PIECE;
        this.buffer = new byte[DATA + room + LINE_END.length];
    }

    /** Why the connection took no more; null if it did. */
    @Nullable
    IOException failure() {
        return failure;
    }

    /** Why the body is not the one that was announced; null if it is, as far as it was seen. */
    @Nullable
    IOException refusal() {
        return refusal;
    }

    @Override
    public void write(int octet) throws IOException {
        accept(1);
        buffer[DATA + buffered++] = (byte) octet;
        if (buffered == room) {
            flush();
        }
    }

    @Override
    public void write(byte[] octets, int offset, int count) throws IOException {
        Objects.checkFromIndexSize(offset, count, octets.length);
        writing.incrementAndGet();
        try {
            writePieces(octets, offset, count);
        } finally {
            writing.decrementAndGet();
        }
    }

    private void writePieces(byte[] octets, int offset, int count) throws IOException {
        admit(count);
        int from = offset;
        int end = offset + count;
        while (from < end) {
            // Another thread than the one that ends the body may be in here.
            check();
            if (length >= 0 && head == null && buffered == 0 && end - from >= CHUNK) {
                int piece = Math.min(end - from, LARGE_PIECE);
                put(octets, from, piece);
                accepted += piece;
                from += piece;
                continue;
            }
            int taken = Math.min(end - from, room - buffered);
            System.arraycopy(octets, from, buffer, DATA + buffered, taken);
            buffered += taken;
            accepted += taken;
            from += taken;
            if (buffered == room) {
                send();
            }
        }
    }

    /**
     * Sends all of a stream as it comes: what is there goes out before the stream is waited for.
     *
     * @param ends whether the stream is known to end without a wait where the length that was announced does
     */
    void transferFrom(InputStream in, boolean ends) throws IOException {
        int read;
        while ((read = in.read(buffer, DATA + buffered, room - buffered)) >= 0) {
            accept(read);
            buffered += read;
            if (buffered == room || in.available() == 0 && !(ends && accepted == length)) {
                flush();
            }
        }
    }

    /** Sends all of a file, past this process's memory where that can be and pays. */
    void transferFrom(FileChannel file) throws IOException {
        if (length < CHUNK) {
            ByteBuffer all = ByteBuffer.wrap(buffer, DATA, (int) length);
            int read = 0;
            while (read >= 0 && all.hasRemaining()) {
                read = file.read(all);
            }
            buffered = all.position() - DATA;
            accept(buffered);
            return;
        }
        flush();
        accept(length);
        for (long sent = 0; sent < length; ) {
            long out;
            try {
                out = upload.write(file, sent, Math.min(PIECE, length - sent));
            } catch (IOException e) {
                // If it was the file that failed it does so again here, and that is no failure of the connection.
                file.read(ByteBuffer.allocate(1), sent);
                failure = e;
                throw e;
            }
            if (out == 0) {
                throw refuse("the file has become shorter");
            }
            sent += out;
        }
    }

    /** Whether the length of the body has been announced. */
    boolean hasLength() {
        return length >= 0;
    }

    /** Sends what has been gathered; more is to come. */
    @Override
    public void flush() throws IOException {
        writing.incrementAndGet();
        try {
            send();
        } finally {
            writing.decrementAndGet();
        }
    }

    private void send() throws IOException {
        check();
        upload.startListening();
        emit();
    }

    /** Nothing more is taken. */
    void end() {
        ended = true;
    }

    /** Closing is for the one who opened, not for the one who writes the body. */
    @Override
    public void close() {}

    /** Sends the rest and what ends the body. */
    void finish(Outgoing request) throws IOException {
        check();
        ended = true;
        if (writing.get() > 0) {
            throw refuse("a thread was still writing when the body was said to be done");
        }
        if (length >= 0) {
            if (accepted < length) {
                throw refuse("the body has %d bytes, but %d were announced".formatted(accepted, length));
            }
            emit();
            return;
        }
        HeadWriter end = new HeadWriter();
        FieldLines trailers = request.trailerFields();
        HeadWriter rest = gather();
        if (rest != null) {
            end.append(rest.bytes(), 0, rest.length());
        }
        end.append(LAST_CHUNK, 0, LAST_CHUNK.length);
        for (int i = 0; i < trailers.size(); i++) {
            end.field(trailers.name(i), trailers.value(i));
        }
        end.end();
        put(end.bytes(), 0, end.length());
    }

    private void accept(long count) throws IOException {
        admit(count);
        accepted += count;
    }

    /** Refuses what does not fit into the length that was announced. */
    private void admit(long count) throws IOException {
        check();
        if (length >= 0 && count > length - accepted) {
            throw refuse("the body has more than the %d bytes that were announced".formatted(length));
        }
    }

    /** What has failed once stays so, even if whoever writes the body takes no notice. */
    private void check() throws IOException {
        if (failure != null) {
            throw failure;
        }
        if (refusal != null) {
            throw refusal;
        }
        if (ended) {
            throw new IOException("the body has ended");
        }
    }

    private IOException refuse(String why) {
        refusal = new IOException(why);
        return refusal;
    }

    private void emit() throws IOException {
        if (head != null) {
            HeadWriter first = Objects.requireNonNull(gather());
            put(first.bytes(), 0, first.length());
        } else if (buffered > 0) {
            int from = frame();
            int end = frameEnd();
            buffered = 0;
            put(buffer, from, end - from);
        }
    }

    /** The head, if it is still to be sent, and the piece in the buffer, framed; null if there is neither. */
    private @Nullable HeadWriter gather() {
        RequestHead first = head;
        if (first == null && buffered == 0) {
            return null;
        }
        int from = frame();
        int count = buffered == 0 ? 0 : frameEnd() - from;
        HeadWriter gathered = new HeadWriter(count + (first == null ? 0 : first.length()));
        if (first != null) {
            first.appendTo(gathered);
        }
        gathered.append(buffer, from, count);
        head = null;
        buffered = 0;
        return gathered;
    }

    /** Puts a chunk's size line in front of the data and a line end behind; where the framed piece begins. */
    private int frame() {
        if (length >= 0) {
            return DATA;
        }
        byte[] size = Integer.toHexString(buffered).toUpperCase(Locale.ROOT).getBytes(StandardCharsets.ISO_8859_1);
        int from = DATA - LINE_END.length - size.length;
        System.arraycopy(size, 0, buffer, from, size.length);
        System.arraycopy(LINE_END, 0, buffer, DATA - LINE_END.length, LINE_END.length);
        System.arraycopy(LINE_END, 0, buffer, DATA + buffered, LINE_END.length);
        return from;
    }

    private int frameEnd() {
        return DATA + buffered + (length >= 0 ? 0 : LINE_END.length);
    }

    private void put(byte[] octets, int offset, int count) throws IOException {
        try {
            upload.write(octets, offset, count);
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }
}
