package io.httpipe.internal.connect;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Holds bytes that have arrived over a transport and have not been used yet. They are in {@link #array} from {@link
 * #start} to {@link #end}. {@link #skipTo} marks them as used.
 *
 * <p>The buffer is taken from {@link BufferPool} for a read, and given back as soon as no unused byte is left. For use
 * by the connection's owner only.
 */
@SuppressWarnings("ByteBufferBackingArray") // each buffer here wraps a whole array that we allocated
public final class ReadBuffer {
    private static final byte[] EMPTY = new byte[0];

    /** A read that asks for at least this many bytes of a body goes straight into the caller's array. */
    private static final int MIN_DIRECT = 4096;

    /** How many bytes are read ahead at most for a caller that reads in small pieces. */
    private static final int READ_AHEAD_SIZE = BufferPool.BULK.size();

    private final Transport transport;

    /** Unused bytes are between its position and its limit; null while there are none. */
    private @Nullable ByteBuffer buffer;

    private long received;

    /** Whether the last read of a body filled its array, so that more bytes have probably arrived. */
    private boolean lastReadFilled;

    public ReadBuffer(Transport transport) {
        this.transport = transport;
    }

    public byte[] array() {
        return buffer == null ? EMPTY : buffer.array();
    }

    public int start() {
        return buffer == null ? 0 : buffer.position();
    }

    public int end() {
        return buffer == null ? 0 : buffer.limit();
    }

    public int available() {
        return buffer == null ? 0 : buffer.remaining();
    }

    /** The number of bytes that the connection has received in total. */
    public long received() {
        return received;
    }

    /** Marks everything before this offset of the array as used. */
    public void skipTo(int offset) {
        if (buffer != null) {
            buffer.position(offset);
            release();
        }
    }

    /**
     * Waits for at least one more byte and appends what has arrived. Enlarges the buffer if it is full.
     *
     * @return false at the end of the connection
     */
    public boolean fill(long expiresAt) throws IOException {
        int read = buffer == null && transport.awaitReadable(expiresAt) ? fillNow() : 0;
        return read > 0 || read == 0 && fill(true, BufferPool.SMALL, expiresAt) >= 0;
    }

    /**
     * Appends what has arrived, without waiting.
     *
     * @return the number of bytes, or -1 at the end of the connection
     */
    public int fillNow() throws IOException {
        return fill(false, BufferPool.LARGE, 0);
    }

    private int fill(boolean wait, BufferPool buffers, long expiresAt) throws IOException {
        ByteBuffer into = bufferWithSpace(buffers);
        int unusedFrom = into.position();
        int end = into.limit();
        into.limit(into.capacity()).position(end);
        int read = -1;
        try {
            read = wait ? transport.read(into, expiresAt) : transport.readNow(into);
        } finally {
            into.limit(Math.max(end, end + read)).position(unusedFrom);
            release();
        }
        received += Math.max(0, read);
        return read;
    }

    /**
     * Reads bytes of a body: unused bytes if there are any, otherwise at least one byte from the transport.
     *
     * @param expected how many bytes of the body are certainly still to come; if there are many, the buffer may read
     *                 ahead
     * @return the number of bytes, or -1 at the end of the connection
     */
    public int read(byte[] into, int offset, int length, long expected, long expiresAt) throws IOException {
        if (buffer == null) {
            int ahead = lastReadFilled && length < READ_AHEAD_SIZE && expected >= READ_AHEAD_SIZE
                    ? readAhead(expiresAt)
                    : 0;
            if (ahead == 0 && length >= MIN_DIRECT) {
                int read = transport.read(ByteBuffer.wrap(into, offset, Math.min(length, maxReadSize())), expiresAt);
                received += Math.max(0, read);
                lastReadFilled = read == length;
                return read;
            }
            if (ahead < 0 || ahead == 0 && !fill(expiresAt)) {
                return -1;
            }
            lastReadFilled = ahead > length;
        }
        ByteBuffer unused = buffer;
        if (unused == null) {
            return -1;
        }
        int taken = Math.min(length, unused.remaining());
        unused.get(into, offset, taken);
        release();
        return taken;
    }

    /**
     * Reads ahead what has arrived, without waiting, so that a waiting call holds no large buffer. The read itself
     * checks neither its time limit nor interrupts, so this method checks both first. If the time is over or the thread
     * is interrupted, this method reads nothing. The ordinary read that follows fails if the thread is interrupted, or
     * if it has to wait although the time is over.
     */
    private int readAhead(long expiresAt) throws IOException {
        boolean over = expiresAt <= NanoClock.now() || Thread.currentThread().isInterrupted();
        return over || !transport.readsAhead() ? 0 : fill(false, BufferPool.BULK, 0);
    }

    /**
     * The largest single read. The JDK keeps a buffer outside the heap for each thread, as large as the thread's
     * largest read. Virtual threads share the buffers of their few carriers.
     */
    private static int maxReadSize() {
        return (Thread.currentThread().isVirtual() ? BufferPool.HUGE : BufferPool.BULK).size();
    }

    /** Whether the connection may be used again: it is open, and no unexpected byte has arrived. */
    public boolean quiet() {
        try {
            return checkQuiet();
        } catch (IOException | RuntimeException | VirtualMachineError e) {
            // The connection cannot be used, whatever the reason. For example, the JDK ran out of memory.
            return false;
        }
    }

    /**
     * Fails unless the connection may be used again.
     *
     * @throws SSLException if TLS has failed meanwhile, for example because the server has sent an alert
     */
    public void requireQuiet() throws IOException {
        IOException reason = null;
        try {
            if (checkQuiet()) {
                return;
            }
        } catch (SSLException e) {
            throw e;
        } catch (IOException e) {
            reason = e;
        }
        throw new IOException("the connection has been closed, or the server has sent unexpected bytes", reason);
    }

    private boolean checkQuiet() throws IOException {
        if (buffer != null || !transport.isOpen()) {
            return false;
        }
        ByteBuffer probe = BufferPool.SMALL.take();
        try {
            // Before the first response, the transport may hold the beginning of a record that follows the handshake.
            return transport.readNow(probe) == 0 && (received == 0 || !transport.holdsBytes());
        } finally {
            BufferPool.give(probe);
        }
    }

    /** Returns the buffer, with space behind its unused bytes. Takes one from the given pool if there is none. */
    private ByteBuffer bufferWithSpace(BufferPool buffers) {
        ByteBuffer current = buffer;
        if (current == null) {
            buffer = buffers.take().limit(0);
            return buffer;
        }
        if (current.limit() < current.capacity()) {
            return current;
        }
        ByteBuffer next = current;
        if (current.position() > 0) {
            next = current.compact().flip();
        } else if (current.capacity() < BufferPool.LARGE.size()) {
            next = BufferPool.LARGE.take().put(current).flip();
            BufferPool.give(current);
        } else {
            next = ByteBuffer.wrap(Arrays.copyOf(current.array(), current.capacity() * 2), 0, current.limit());
        }
        buffer = next;
        return next;
    }

    private void release() {
        if (buffer != null && !buffer.hasRemaining()) {
            BufferPool.give(buffer);
            buffer = null;
        }
    }
}
