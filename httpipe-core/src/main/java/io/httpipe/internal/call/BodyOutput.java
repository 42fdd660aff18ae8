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
 * Frames the body of a request: exactly the announced length, or chunks (RFC 9112, section 7.1). The first bytes go out
 * in the same write as the head, unless they come from a large file or after a flush. One thread at a time may write.
 */
public final class BodyOutput extends OutputStream {
    /** The number of data bytes in a full chunk. It has at most four hexadecimal digits. */
    static final int CHUNK = 32 * 1024;

    /** Where the data starts in the buffer, after space for a chunk size of four digits and CR LF. */
    private static final int DATA_START = 6;

    private static final byte[] LINE_END = "\r\n".getBytes(StandardCharsets.ISO_8859_1);
    private static final byte[] LAST_CHUNK = "0\r\n".getBytes(StandardCharsets.ISO_8859_1);

    /**
     * The largest number of body bytes in one write from the buffer or from a file. Each write must be over within the
     * send timeout.
     */
    private static final int WRITE_SIZE = 1 << 16;

    /**
     * The largest number of bytes in one write directly from a large array. A write that has to wait parks its thread,
     * so fewer writes cost less.
     */
    private static final int LARGE_WRITE_SIZE = 1 << 17;

    private final Upload upload;

    /** The head, which goes out before the next body bytes; null once it has been sent. */
    private @Nullable RequestHead head;

    /** The announced length of the body; -1 for chunks. */
    private final long length;

    /**
     * The number of data bytes that fit into the buffer. For a short body, this is the length of the body plus one, so
     * that the body never fills the buffer.
     */
    private final int capacity;

    private final byte[] buffer;
    private int buffered;
    private long accepted;

    /** Counts the bytes of the body; null if the progress is not reported. */
    private @Nullable ProgressMeter progress;

    private @Nullable IOException writeFailure;

    private @Nullable IOException bodyError;

    /**
     * How many threads are inside {@link #flush} or a write of an array. Such a thread counts itself and then reads
     * {@link #ended}. The thread that ends the body sets {@link #ended} and then reads this field. At least one of them
     * sees the other's change.
     */
    private final AtomicInteger writing = new AtomicInteger();

    /** Whether the body has ended. The connection may then belong to another request. */
    private volatile boolean ended;

    BodyOutput(Upload upload, @Nullable RequestHead head, long length) {
        this.upload = upload;
        this.head = head;
        this.length = length;
        this.capacity = length < 0 ? CHUNK : length < WRITE_SIZE ? (int) length + 1 : WRITE_SIZE;
        this.buffer = new byte[DATA_START + capacity + LINE_END.length];
    }

    /** The failure of a write to the connection; null if none failed. */
    @Nullable
    IOException writeFailure() {
        return writeFailure;
    }

    /** An error of the body itself, such as a length other than announced; null if none has been found. */
    @Nullable
    IOException bodyError() {
        return bodyError;
    }

    @Override
    public void write(int oneByte) throws IOException {
        accept(1);
        buffer[DATA_START + buffered++] = (byte) oneByte;
        if (buffered == capacity) {
            flush();
        }
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
        Objects.checkFromIndexSize(offset, count, bytes.length);
        writing.incrementAndGet();
        try {
            writeAll(bytes, offset, count);
        } finally {
            writing.decrementAndGet();
        }
    }

    private void writeAll(byte[] bytes, int offset, int count) throws IOException {
        checkLength(count);
        int position = offset;
        int end = offset + count;
        while (position < end) {
            // Another thread may end the body during this loop.
            checkUsable();
            if (length >= 0 && head == null && buffered == 0 && end - position >= CHUNK) {
                int written = Math.min(end - position, LARGE_WRITE_SIZE);
                writeToConnection(bytes, position, written);
                count(written);
                position += written;
                continue;
            }
            int copied = Math.min(end - position, capacity - buffered);
            System.arraycopy(bytes, position, buffer, DATA_START + buffered, copied);
            buffered += copied;
            count(copied);
            position += copied;
            if (buffered == capacity) {
                send();
            }
        }
    }

    /**
     * Sends a whole stream. Bytes that have arrived are sent before this method waits for more.
     *
     * @param ends whether, after the announced length, a read is known to return the end of the stream without waiting
     */
    void transferFrom(InputStream in, boolean ends) throws IOException {
        int read;
        while ((read = in.read(buffer, DATA_START + buffered, capacity - buffered)) >= 0) {
            accept(read);
            buffered += read;
            if (buffered == capacity || in.available() == 0 && !(ends && accepted == length)) {
                flush();
            }
        }
    }

    /** Sends a whole file. Where possible, the kernel sends a large file without a copy in this process. */
    void transferFrom(FileChannel file) throws IOException {
        if (length < CHUNK) {
            ByteBuffer content = ByteBuffer.wrap(buffer, DATA_START, (int) length);
            int read = 0;
            while (read >= 0 && content.hasRemaining()) {
                read = file.read(content);
            }
            requireEnd(file, length);
            buffered = content.position() - DATA_START;
            accept(buffered);
            return;
        }
        transfer(file, length);
    }

    /** Sends a whole file of this size as a part of a longer body. */
    void transferPart(FileChannel file, long size) throws IOException {
        if (size >= CHUNK) {
            transfer(file, size);
            return;
        }
        byte[] content = new byte[(int) size];
        ByteBuffer rest = ByteBuffer.wrap(content);
        int read = 0;
        while (read >= 0 && rest.hasRemaining()) {
            read = file.read(rest);
        }
        requireEnd(file, size);
        write(content, 0, rest.position());
    }

    private void transfer(FileChannel file, long size) throws IOException {
        flush();
        checkLength(size);
        for (long sent = 0; sent < size; ) {
            long piece = Math.min(WRITE_SIZE, size - sent);
            if (sent + piece == size) {
                requireEnd(file, size);
            }
            long written;
            try {
                written = upload.write(file, sent, piece);
            } catch (IOException e) {
                // If the file caused the failure, this read throws, and no write failure is recorded.
                file.read(ByteBuffer.allocate(1), sent);
                writeFailure = e;
                throw e;
            }
            if (written == 0) {
                throw bodyError("the file has become shorter");
            }
            sent += written;
            count(written);
        }
    }

    /**
     * Fails if a file is larger than this size. Called before the last announced bytes go out, so that no server takes
     * the file for complete.
     */
    private void requireEnd(FileChannel file, long size) throws IOException {
        if (file.size() > size) {
            throw bodyError("the file has become longer");
        }
    }

    /** Whether the length of the body has been announced. */
    boolean hasLength() {
        return length >= 0;
    }

    /** Sends the buffered bytes. More bytes will follow. */
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
        checkUsable();
        upload.startListening();
        sendBuffered();
    }

    /** Ends the body. Later writes fail. */
    void end() {
        ended = true;
    }

    /** Does nothing. The upload ends the body; the code that writes the body cannot. */
    @Override
    public void close() {}

    /** Sends the buffered bytes and the end of the body. */
    void finish(Outgoing request) throws IOException {
        checkUsable();
        ended = true;
        if (writing.get() > 0) {
            throw bodyError("a thread was still writing when the body was declared complete");
        }
        if (length >= 0) {
            if (accepted < length) {
                throw bodyError(wrongLength(length, accepted));
            }
            sendBuffered();
            return;
        }
        HeadWriter end = new HeadWriter();
        FieldLines trailers = request.trailerFields();
        HeadWriter rest = takeHeadAndBuffered();
        if (rest != null) {
            end.append(rest.bytes(), 0, rest.length());
        }
        end.append(LAST_CHUNK, 0, LAST_CHUNK.length);
        for (int i = 0; i < trailers.size(); i++) {
            end.field(trailers.name(i), trailers.value(i));
        }
        end.end();
        writeToConnection(end.bytes(), 0, end.length());
    }

    private void accept(long count) throws IOException {
        checkLength(count);
        count(count);
    }

    private void count(long count) {
        accepted += count;
        if (progress != null) {
            progress.add(count);
        }
    }

    /** Sets the meter that counts the bytes from now on; null for none. Returns the previous meter. */
    @Nullable
    ProgressMeter progress(@Nullable ProgressMeter meter) {
        ProgressMeter previous = progress;
        progress = meter;
        return previous;
    }

    /** Fails if this many more bytes would make the body longer than announced. */
    private void checkLength(long count) throws IOException {
        checkUsable();
        if (length >= 0 && count > length - accepted) {
            throw bodyError(wrongLength(length, length + 1));
        }
    }

    /** Throws an earlier failure again, because the code that writes the body may have ignored it. */
    private void checkUsable() throws IOException {
        if (writeFailure != null) {
            throw writeFailure;
        }
        if (bodyError != null) {
            throw bodyError;
        }
        if (ended) {
            throw new IOException("the body has ended");
        }
    }

    /** The number of bytes that have been written. */
    long accepted() {
        return accepted;
    }

    /**
     * Fails unless this many bytes have been written from a position on. The server cannot notice a wrong length of a
     * chunked body or of a part, because these have no length on the wire.
     *
     * @param announced -1 if the caller has announced no length
     */
    void requireLength(long announced, long from) throws IOException {
        long actual = accepted - from;
        if (announced >= 0 && actual != announced) {
            throw bodyError(wrongLength(announced, actual));
        }
    }

    /** Returns the exception for a body of another length than announced. How much longer it is may be unknown. */
    static IOException wrongLength(long announced, long actual) {
        return new IOException(
                actual > announced
                        ? "the body has more than the %d bytes that were announced".formatted(announced)
                        : "the body has %d bytes, but %d were announced".formatted(actual, announced));
    }

    private IOException bodyError(String message) {
        return bodyError(new IOException(message));
    }

    private IOException bodyError(IOException error) {
        bodyError = error;
        return error;
    }

    private void sendBuffered() throws IOException {
        if (head != null) {
            HeadWriter first = Objects.requireNonNull(takeHeadAndBuffered());
            writeToConnection(first.bytes(), 0, first.length());
        } else if (buffered > 0) {
            int start = frameBuffered();
            int end = frameEnd();
            buffered = 0;
            writeToConnection(buffer, start, end - start);
        }
    }

    /** Takes the head, if it has not been sent, and the buffered bytes as a frame. Returns null if there is neither. */
    private @Nullable HeadWriter takeHeadAndBuffered() {
        RequestHead first = head;
        if (first == null && buffered == 0) {
            return null;
        }
        int start = frameBuffered();
        int count = buffered == 0 ? 0 : frameEnd() - start;
        HeadWriter taken = new HeadWriter(count + (first == null ? 0 : first.length()));
        if (first != null) {
            first.appendTo(taken);
        }
        taken.append(buffer, start, count);
        head = null;
        buffered = 0;
        return taken;
    }

    /** Frames the buffered bytes as a chunk, unless the body has a length. Returns where the framed bytes start. */
    private int frameBuffered() {
        if (length >= 0) {
            return DATA_START;
        }
        byte[] size = Integer.toHexString(buffered).toUpperCase(Locale.ROOT).getBytes(StandardCharsets.ISO_8859_1);
        int start = DATA_START - LINE_END.length - size.length;
        System.arraycopy(size, 0, buffer, start, size.length);
        System.arraycopy(LINE_END, 0, buffer, DATA_START - LINE_END.length, LINE_END.length);
        System.arraycopy(LINE_END, 0, buffer, DATA_START + buffered, LINE_END.length);
        return start;
    }

    private int frameEnd() {
        return DATA_START + buffered + (length >= 0 ? 0 : LINE_END.length);
    }

    private void writeToConnection(byte[] bytes, int offset, int count) throws IOException {
        try {
            upload.write(bytes, offset, count);
        } catch (IOException e) {
            writeFailure = e;
            throw e;
        }
    }
}
