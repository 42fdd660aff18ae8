package io.httpipe.fuzz;

import io.httpipe.fuzz.MemoryServer.Answer;
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
 * A connection to a {@link MemoryServer}. Each read gets one piece of the answer, and waits for it until the request
 * has come whole. Behind the last piece of a server that keeps silent a read fails at once, as if its time had come.
 */
final class MemoryTransport implements Transport {
    /** Answers the requests of one connection; null for a request that has not come whole. */
    interface Script {
        @Nullable
        Answer to(int exchange, byte[] request);
    }

    private final Script script;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // Guarded by the lock:
    private final ByteArrayOutputStream request = new ByteArrayOutputStream();
    private int exchanges;

    /** The answer to the request; null until that has come whole. */
    private @Nullable Answer answer;

    private ByteBuffer piece = ByteBuffer.allocate(0);
    private boolean open = true;
    private long handedOut;

    MemoryTransport(Script script) {
        this.script = script;
    }

    /** What has been read of it in all. */
    long handedOut() {
        lock.lock();
        try {
            return handedOut;
        } finally {
            lock.unlock();
        }
    }

    private boolean more() {
        while (!piece.hasRemaining() && answer != null && answer.pieces().hasNext()) {
            piece = ByteBuffer.wrap(answer.pieces().next());
        }
        return piece.hasRemaining();
    }

    private int take(ByteBuffer into) {
        int count = Math.min(into.remaining(), piece.remaining());
        into.put(piece.slice(piece.position(), count));
        piece.position(piece.position() + count);
        handedOut += count;
        return count;
    }

    @Override
    public int read(ByteBuffer into, long expiresAt) throws IOException {
        lock.lock();
        try {
            if (awaitAnswer(expiresAt)) {
                return more() ? take(into) : -1;
            }
            open = false;
            throw new ExpiredException();
        } finally {
            lock.unlock();
        }
    }

    /** Whether there is something to read, be it the end. */
    private boolean awaitAnswer(long expiresAt) throws IOException {
        while (true) {
            checkOpen();
            Answer begun = answer;
            if (begun != null) {
                return more() || begun.closes();
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
            if (more()) {
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
                if (more()) {
                    throw new AssertionError("a request over a connection with octets on it that nobody has read");
                }
                answer = null;
                exchanges++;
                request.reset();
            }
            request.write(from.array(), from.arrayOffset() + from.position(), from.remaining());
            from.position(from.limit());
            answer = script.to(exchanges, request.toByteArray());
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
        throw new UnsupportedOperationException("no file is sent in memory");
    }

    /** Does nothing: here a read ends with the answer. */
    @Override
    public void limitRead(long expiresAt) {}

    /** Does nothing: here no write has to wait. */
    @Override
    public void stopWriting() {}

    @Override
    public boolean patient(boolean patient) {
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
