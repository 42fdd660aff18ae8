package io.httpipe.internal.connect;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * What has arrived over a transport and has not been used yet. Octets from {@link #start} to {@link #end} of
 * {@link #array} are there to be parsed; {@link #skipTo} marks them as used. The buffer is borrowed at the first octet
 * and given back as soon as none is left. Used by the connection's owner.
 */
@SuppressWarnings("ByteBufferBackingArray") // each buffer here is a whole array that we have allocated
public final class ReadBuffer {
    private static final byte[] NOTHING = new byte[0];

    /** A body's read this long goes straight into the caller's array. */
    private static final int DIRECT = 4096;

    /** How much is read ahead for a caller who reads bit by bit, and perhaps slowly. */
    private static final int AHEAD = BufferPool.BULK.size();

    private final Transport transport;

    /** Holds what has arrived between its position and its limit; null while that is nothing. */
    private @Nullable ByteBuffer buffer;

    private long received;

    /** Whether the last read of a body brought all that was asked for, so that more is likely to be there. */
    private boolean flowing;

    public ReadBuffer(Transport transport) {
        this.transport = transport;
    }

    public byte[] array() {
        return buffer == null ? NOTHING : buffer.array();
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

    /** How many octets the connection has received in all. */
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
     * Reads at least one more octet behind those that are there, making room where there is none.
     *
     * @return false at the end of the connection
     */
    public boolean fill(long expiresAt) throws IOException {
        int read = buffer == null && transport.awaitReadable(expiresAt) ? fillNow() : 0;
        return read > 0 || read == 0 && fill(true, BufferPool.SMALL, expiresAt) >= 0;
    }

    /**
     * Reads what can be read without waiting, and puts it behind what is there.
     *
     * @return how many octets, -1 at the end of the connection
     */
    public int fillNow() throws IOException {
        return fill(false, BufferPool.LARGE, 0);
    }

    private int fill(boolean wait, BufferPool buffers, long expiresAt) throws IOException {
        ByteBuffer into = roomy(buffers);
        int unread = into.position();
        int filled = into.limit();
        into.limit(into.capacity()).position(filled);
        int read = -1;
        try {
            read = wait ? transport.read(into, expiresAt) : transport.readNow(into);
        } finally {
            into.limit(Math.max(filled, filled + read)).position(unread);
            release();
        }
        received += Math.max(0, read);
        return read;
    }

    /**
     * Reads body octets: those that are there, or else at least one from the transport.
     *
     * @param expected how many of the body are known to be still to come: if many, more are read than asked for
     * @return how many, or -1 at the end of the connection
     */
    public int read(byte[] into, int offset, int length, long expected, long expiresAt) throws IOException {
        if (buffer == null) {
            int ahead = flowing && length < AHEAD && expected >= AHEAD ? readAhead(expiresAt) : 0;
            if (ahead == 0 && length >= DIRECT) {
                int read = transport.read(ByteBuffer.wrap(into, offset, Math.min(length, most())), expiresAt);
                received += Math.max(0, read);
                flowing = read == length;
                return read;
            }
            if (ahead < 0 || ahead == 0 && !fill(expiresAt)) {
                return -1;
            }
            flowing = ahead > length;
        }
        ByteBuffer from = buffer;
        if (from == null) {
            return -1;
        }
        int taken = Math.min(length, from.remaining());
        from.get(into, offset, taken);
        release();
        return taken;
    }

    /**
     * Reads much at once of what need not be waited for: a call that waits holds no large buffer. It neither meets its
     * time nor an interrupt then, and so is left to a read that does where one of them has come.
     */
    private int readAhead(long expiresAt) throws IOException {
        boolean over = expiresAt <= NanoClock.now() || Thread.currentThread().isInterrupted();
        return over || !transport.readsAhead() ? 0 : fill(false, BufferPool.BULK, 0);
    }

    /**
     * The most that is read at once. For each thread the JDK keeps a buffer outside of the heap as large as any of its
     * reads was; virtual threads have those of their few carriers.
     */
    private static int most() {
        return (Thread.currentThread().isVirtual() ? BufferPool.HUGE : BufferPool.BULK).size();
    }

    /** Whether the connection may be used again: open, and nothing has arrived that nobody asked for. */
    public boolean quiet() {
        try {
            return looksQuiet();
        } catch (IOException | RuntimeException | VirtualMachineError e) {
            // Whatever it is, memory that the JDK lacks for instance, the connection is no good.
            return false;
        }
    }

    /**
     * Fails unless the connection may be used again.
     *
     * @throws SSLException if TLS has failed meanwhile, as with an alert of the server's
     */
    public void requireQuiet() throws IOException {
        IOException reason = null;
        try {
            if (looksQuiet()) {
                return;
            }
        } catch (SSLException e) {
            throw e;
        } catch (IOException e) {
            reason = e;
        }
        throw new IOException("the connection has been closed, or something came that nobody asked for", reason);
    }

    private boolean looksQuiet() throws IOException {
        if (buffer != null || !transport.isOpen()) {
            return false;
        }
        ByteBuffer probe = BufferPool.SMALL.take();
        try {
            // Before the first answer it is the beginning of what follows a handshake.
            return transport.readNow(probe) == 0 && (received == 0 || !transport.holdsOctets());
        } finally {
            BufferPool.give(probe);
        }
    }

    /** A buffer with room behind what it holds; one of those given if there is none yet. */
    private ByteBuffer roomy(BufferPool buffers) {
        ByteBuffer present = buffer;
        if (present == null) {
            buffer = buffers.take().limit(0);
            return buffer;
        }
        if (present.limit() < present.capacity()) {
            return present;
        }
        ByteBuffer next = present;
        if (present.position() > 0) {
            next = present.compact().flip();
        } else if (present.capacity() < BufferPool.LARGE.size()) {
            next = BufferPool.LARGE.take().put(present).flip();
            BufferPool.give(present);
        } else {
            next = ByteBuffer.wrap(Arrays.copyOf(present.array(), present.capacity() * 2), 0, present.limit());
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
