package io.httpipe.fuzz;

import io.httpipe.fuzz.InMemoryServer.Answer;
import io.httpipe.internal.connect.ExpiredException;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.connect.Transport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A connection to an {@link InMemoryServer}. A read waits until the request is complete, and returns at most one piece
 * of the answer. After the last piece of a server that keeps silent, a read fails at once as if its timeout had
 * expired.
 */
final class InMemoryTransport implements Transport {
    /** Answers the requests of one connection. Returns null for a request that is not complete. */
    interface Script {
        @Nullable
        Answer answer(int exchange, byte[] request);
    }

    private final Script script;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // Guarded by the lock:
    private final ByteArrayOutputStream request = new ByteArrayOutputStream();
    private int exchanges;

    /** The answer to the current request. Null until the request is complete. */
    private @Nullable Answer answer;

    private ByteBuffer piece = ByteBuffer.allocate(0);
    private boolean open = true;
    private long bytesRead;

    InMemoryTransport(Script script) {
        this.script = script;
    }

    /** The total number of bytes read from this connection. */
    long bytesRead() {
        lock.lock();
        try {
            return bytesRead;
        } finally {
            lock.unlock();
        }
    }

    private boolean hasUnread() {
        while (!piece.hasRemaining() && answer != null && answer.pieces().hasNext()) {
            piece = ByteBuffer.wrap(answer.pieces().next());
        }
        return piece.hasRemaining();
    }

    private int take(ByteBuffer into) {
        int count = Math.min(into.remaining(), piece.remaining());
        into.put(piece.slice(piece.position(), count));
        piece.position(piece.position() + count);
        bytesRead += count;
        return count;
    }

    @Override
    public int read(ByteBuffer into, long expiresAt) throws IOException {
        lock.lock();
        try {
            if (awaitAnswer(expiresAt)) {
                return hasUnread() ? take(into) : -1;
            }
            open = false;
            throw new ExpiredException();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits for bytes or the end of the connection. Returns false if the server keeps silent: at once after the last
     * piece of its answer, or at the timeout if there is no answer yet.
     */
    private boolean awaitAnswer(long expiresAt) throws IOException {
        while (true) {
            checkOpen();
            Answer current = answer;
            if (current != null) {
                return hasUnread() || current.closes();
            }
            try {
                if (!changed.await(expiresAt - NanoClock.now(), TimeUnit.NANOSECONDS)) {
                    return false;
                }
            } catch (InterruptedException e) {
                open = false;
                Thread.currentThread().interrupt();
                throw new ClosedByInterruptException();
            }
            if (!open) {
                throw new AsynchronousCloseException();
            }
        }
    }

    @Override
    public int readNow(ByteBuffer into) throws IOException {
        lock.lock();
        try {
            checkOpen();
            if (hasUnread()) {
                return take(into);
            }
            return answer != null && answer.closes() ? -1 : 0;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void write(ByteBuffer from, long expiresAt) throws IOException {
        lock.lock();
        try {
            checkOpen();
            if (answer != null) {
                if (hasUnread()) {
                    throw new AssertionError("a request on a connection with unread bytes");
                }
                answer = null;
                exchanges++;
                request.reset();
            }
            request.write(from.array(), from.arrayOffset() + from.position(), from.remaining());
            from.position(from.limit());
            answer = script.answer(exchanges, request.toByteArray());
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void checkOpen() throws IOException {
        if (!open) {
            throw new ClosedChannelException();
        }
    }

    @Override
    public long send(FileChannel file, long position, long count, long expiresAt) {
        throw new UnsupportedOperationException("this transport cannot send files");
    }

    /** Does nothing, because no read waits for more bytes of an answer. */
    @Override
    public void limitRead(long expiresAt) {}

    /** Does nothing, because no write waits. */
    @Override
    public void stopWriting() {}

    @Override
    public boolean setPatient(boolean patient) {
        return false;
    }

    @Override
    public boolean isOpen() {
        lock.lock();
        try {
            return open;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            open = false;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
