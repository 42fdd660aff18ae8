package io.httpipe.internal.connect;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * Moves bytes over TCP or a Unix socket.
 *
 * <p>Operations that do not need to wait, such as most operations of a short exchange, can use the channel in
 * non-blocking mode, and then need no timer. Other operations wait in blocking mode, so that an interrupt closes the
 * channel. Reads of several connections may instead wait together in the {@link SharedPoller}. Each direction has one
 * {@link OperationTimer}, because {@code SO_TIMEOUT} cannot end a write.
 */
final class SocketTransport implements Transport, OperationTimer.Owner {
    private final SocketChannel channel;
    private final TransferState transferState = new TransferState();
    private final OperationTimer readTimer = new OperationTimer(this);
    private final OperationTimer writeTimer = new OperationTimer(this);

    /** Set by {@link #limitRead}. It limits each read until {@code limitRead} is called again. */
    private volatile long readLimit = NanoClock.NEVER;

    /** The channel's mode, which is the same for both directions. It stays true while {@link #duplex} is. */
    private boolean blocking = true;

    /** Whether one thread reads while another writes. */
    private volatile boolean duplex;

    /** The registration for reads that wait together; null while reads wait alone. */
    private volatile SharedPoller.@Nullable Registration registration;

    /** Learns whether waiting together pays; null if reads must wait alone. */
    private @Nullable WaitStrategy strategy;

    /** Whether the next bytes to arrive can only be the answer to the last write. */
    private boolean awaitsAnswer;

    private boolean patient;
    private long drainedAt = NanoClock.NEVER;

    private SocketTransport(SocketChannel channel) {
        this.channel = channel;
    }

    /** Returns a transport over a channel that is already connected. */
    static SocketTransport over(SocketChannel connected) throws IOException {
        try {
            connected.configureBlocking(true);
        } catch (IllegalBlockingModeException e) {
            throw new IllegalArgumentException("connected: the channel is registered with a selector", e);
        }
        return new SocketTransport(connected);
    }

    /**
     * Returns a transport that is not connected yet. The caller must connect it to this address.
     *
     * @param settings null for the options of the system
     */
    static SocketTransport open(SocketAddress address, @Nullable SocketSettings settings) throws IOException {
        return new SocketTransport(settings == null ? NoDescriptorException.open(address) : settings.open(address));
    }

    /**
     * Begins to connect, and returns whether that succeeded at once. If not, a call of {@link #connect} must follow.
     */
    boolean connectNow(SocketAddress address) throws IOException {
        checkInterrupt();
        setBlocking(false);
        boolean connected = connect(address, NanoClock.NEVER, false);
        setBlocking(!connected);
        return connected;
    }

    /**
     * Connects, or continues a connect that has begun. Closes this transport if that fails.
     *
     * @param onPlatformThread whether to use a thread that may block in the kernel
     * @return false if the channel is non-blocking and would have to wait
     */
    boolean connect(SocketAddress address, long expiresAt, boolean onPlatformThread) throws IOException {
        try {
            boolean pending = channel.isConnectionPending();
            if (address instanceof InetSocketAddress && !pending) {
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            }
            writeTimer.arm(expiresAt);
            boolean connected;
            try {
                if (onPlatformThread) {
                    connected = connectOnPlatformThread(address);
                } else {
                    connected = !pending && channel.connect(address) || channel.finishConnect();
                }
            } catch (IOException e) {
                throw cause(writeTimer, e);
            }
            writeTimer.finish();
            return connected;
        } catch (UnsupportedAddressTypeException e) {
            close();
            throw new SocketException("this JVM cannot connect to addresses such as " + address, e);
        } catch (RuntimeException e) {
            close();
            throw failure(e);
        } catch (IOException | Error e) {
            close();
            throw e;
        }
    }

    /**
     * Returns the exception to throw for a failed operation. A timer that fires ends the operation of the other
     * direction too.
     */
    private IOException cause(OperationTimer timer, IOException failure) {
        timer.disarm();
        return readTimer.hasFired() || writeTimer.hasFired() ? new ExpiredException() : failure;
    }

    /** Wraps an unchecked exception of a channel or its provider. */
    static IOException failure(RuntimeException e) {
        return new IOException(e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage(), e);
    }

    /**
     * Connects on a thread that may block in the kernel. If the accept queue of a Unix socket is full, a virtual thread
     * only gets an error that means "try again", and has no event to wait for.
     */
    private boolean connectOnPlatformThread(SocketAddress address) throws IOException {
        FutureTask<Boolean> connecting = new FutureTask<>(() -> channel.connect(address));
        Thread.ofPlatform().daemon().name("httpipe-connect").start(connecting);
        try {
            return connecting.get();
        } catch (InterruptedException e) {
            // The caller closes the channel, which ends the connecting thread.
            Thread.currentThread().interrupt();
            throw new ClosedByInterruptException();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
        }
    }

    /** Sets the mode of the channel. No other thread may be reading or writing. */
    private void setBlocking(boolean wanted) throws IOException {
        if (blocking != wanted) {
            SharedPoller.Registration registered = registration;
            if (registered != null) {
                registration = null;
                registered.deregister();
            }
            try {
                channel.configureBlocking(wanted);
            } catch (RuntimeException e) {
                throw failure(e);
            }
            blocking = wanted;
        }
    }

    private int readChannel(ByteBuffer into) throws IOException {
        try {
            return channel.read(into);
        } catch (RuntimeException e) {
            throw failure(e);
        }
    }

    private void writeChannel(ByteBuffer source) throws IOException {
        try {
            channel.write(source);
        } catch (RuntimeException e) {
            throw failure(e);
        }
    }

    /** Closes the channel if the thread is interrupted, as an operation on a blocking channel does. */
    private void checkInterrupt() throws ClosedByInterruptException {
        if (Thread.currentThread().isInterrupted()) {
            closeChannel();
            throw new ClosedByInterruptException();
        }
    }

    @Override
    public void waitTogether(@Nullable WaitStrategy newStrategy) {
        strategy = newStrategy;
    }

    /** Registers the channel if the next read may wait together with others. A patient read always waits alone. */
    private boolean canWaitTogether() throws IOException {
        if (strategy == null
                || patient
                || SharedPoller.isStalled()
                || !Thread.currentThread().isVirtual()) {
            return false;
        }
        if (registration == null) {
            setBlocking(false);
            try {
                registration = SharedPoller.register(channel);
            } catch (RuntimeException e) {
                // The channel or the selector is not one of the JDK.
                return false;
            }
        }
        return registration != null;
    }

    @Override
    public void setDuplex(boolean wanted) throws IOException {
        duplex = wanted;
        if (wanted) {
            strategy = null;
            setBlocking(true);
        }
    }

    @Override
    public int read(ByteBuffer into, long expiresAt) throws IOException {
        awaitsAnswer = false;
        boolean together = canWaitTogether();
        if (!together) {
            setBlocking(true);
        }
        if (patient && expiresAt != NanoClock.NEVER) {
            return readPatiently(into, expiresAt);
        }
        armRead(expiresAt);
        int read;
        try {
            read = together ? readTogether(into) : readChannel(into);
        } catch (IOException e) {
            throw cause(readTimer, e);
        }
        readTimer.finish();
        drainedAt = read > 0 && into.hasRemaining() ? NanoClock.now() : NanoClock.NEVER;
        return read;
    }

    private void armRead(long expiresAt) {
        long limit = readLimit;
        readTimer.arm(Math.min(expiresAt, limit));
        if (readLimit != limit) {
            // limitRead may have run before the timer was armed.
            readTimer.rearm(Math.min(expiresAt, readLimit));
        }
    }

    private int readTogether(ByteBuffer into) throws IOException {
        checkInterrupt();
        int read = readChannel(into);
        while (read == 0) {
            awaitPoller();
            read = readChannel(into);
        }
        return read;
    }

    private void awaitPoller() throws IOException {
        SharedPoller.Registration registered = Objects.requireNonNull(registration);
        boolean paid = registered.await();
        checkInterrupt();
        if (strategy != null) {
            strategy.recordTogether(paid);
        }
        if (registered.isStopped()) {
            setBlocking(true);
        }
    }

    @Override
    public boolean awaitReadable(long expiresAt) throws IOException {
        if (!awaitsAnswer || !canWaitTogether()) {
            return false;
        }
        awaitsAnswer = false;
        armRead(expiresAt);
        try {
            checkInterrupt();
            awaitPoller();
        } catch (IOException e) {
            throw cause(readTimer, e);
        }
        readTimer.finish();
        return true;
    }

    /** Uses SO_TIMEOUT. It costs more than a timer, but is the only way to give up a read and keep the connection. */
    private int readPatiently(ByteBuffer into, long expiresAt) throws IOException {
        long millis = (expiresAt - NanoClock.now() + 999_999) / 1_000_000;
        if (millis <= 0) {
            throw new ExpiredException();
        }
        try {
            Socket socket = channel.socket();
            socket.setSoTimeout((int) Math.min(millis, Integer.MAX_VALUE));
            int read =
                    socket.getInputStream().read(into.array(), into.arrayOffset() + into.position(), into.remaining());
            into.position(into.position() + Math.max(0, read));
            drainedAt = NanoClock.NEVER;
            return read;
        } catch (SocketTimeoutException e) {
            throw new ExpiredException();
        } catch (RuntimeException e) {
            throw failure(e);
        }
    }

    @Override
    public boolean readsAhead() {
        return !duplex;
    }

    @Override
    public int readNow(ByteBuffer into) throws IOException {
        setBlocking(false);
        int read = readChannel(into);
        drainedAt = read >= 0 && into.hasRemaining() ? NanoClock.now() : NanoClock.NEVER;
        return read;
    }

    @Override
    public long drainedAt() {
        return drainedAt;
    }

    @Override
    public void write(ByteBuffer source, long expiresAt) throws IOException {
        awaitsAnswer = true;
        if (!blocking) {
            checkInterrupt();
            writeChannel(source);
            if (!source.hasRemaining()) {
                return;
            }
            setBlocking(true);
        }
        writeTimer.arm(expiresAt);
        try {
            while (source.hasRemaining()) {
                writeChannel(source);
            }
        } catch (IOException e) {
            throw cause(writeTimer, e);
        }
        writeTimer.finish();
    }

    @Override
    public void writeNow(ByteBuffer source) throws IOException {
        setBlocking(false);
        writeChannel(source);
    }

    @Override
    public long send(FileChannel file, long position, long count, long expiresAt) throws IOException {
        setBlocking(true);
        writeTimer.arm(expiresAt);
        long sent;
        try {
            // After a virtual thread has used a socket, the JDK keeps its descriptor non-blocking. A transfer to a full
            // socket then returns 0 at once, and copy() waits instead. A platform thread must not transfer: if its
            // blocking socket were full, no other thread could end the transfer.
            sent = Thread.currentThread().isVirtual() ? transfer(file, position, count) : 0;
            if (sent == 0) {
                sent = copy(file, position, count);
            }
        } catch (IOException e) {
            throw cause(writeTimer, e);
        }
        writeTimer.finish();
        return sent;
    }

    /** Lets the kernel send a part of the file. Returns the number of bytes sent. */
    private long transfer(FileChannel file, long position, long count) throws IOException {
        transferState.begin();
        try {
            return file.transferTo(position, count, channel);
        } catch (RuntimeException e) {
            throw failure(e);
        } finally {
            if (transferState.end()) {
                closeNow();
            }
        }
    }

    /** Sends a part of the file through a buffer. */
    private int copy(FileChannel file, long position, long count) throws IOException {
        ByteBuffer buffer = BufferPool.LARGE.take();
        try {
            buffer.limit((int) Math.min(count, buffer.capacity()));
            int read = file.read(buffer, position);
            buffer.flip();
            while (buffer.hasRemaining()) {
                writeChannel(buffer);
            }
            return Math.max(0, read);
        } finally {
            BufferPool.give(buffer);
        }
    }

    @Override
    public void limitRead(long expiresAt) {
        readLimit = expiresAt;
        readTimer.rearm(expiresAt);
    }

    @Override
    public void stopWriting() {
        try {
            channel.shutdownOutput();
        } catch (IOException | RuntimeException e) {
            // The channel is closed, which ends the writing too.
        }
    }

    @Override
    public boolean setPatient(boolean wanted) {
        patient = wanted && channel.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY);
        return patient;
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() {
        readTimer.cancel();
        writeTimer.cancel();
        closeChannel();
    }

    @Override
    public void expired() {
        closeChannel();
    }

    private void closeChannel() {
        if (transferState.requestClose()) {
            closeNow();
        }
    }

    private void closeNow() {
        try {
            channel.close();
        } catch (IOException | RuntimeException e) {
            // The descriptor is released anyway, and no caller could use the error.
        }
        SharedPoller.Registration registered = registration;
        if (registered != null) {
            registered.channelClosed();
        }
    }
}
