package io.httpipe.internal.connect;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * Octets over TCP or a Unix socket. A blocking channel does the waiting, so that an interrupt closes it, or the
 * {@link SharedPoller}, for reads of several connections together; a watch for each direction gives reads and writes alike
 * their end, which {@code SO_TIMEOUT} could not. What need not wait, as most of a short exchange, is done with the
 * channel non-blocking and costs none of them.
 */
final class SocketTransport implements Transport, OperationTimer.Owner {
    private static final int OPEN = 0;
    private static final int SENDING = 1;
    private static final int CLOSING = 2;
    private static final int CLOSED = 3;

    private static final VarHandle USE;

    static {
        try {
            USE = MethodHandles.lookup().findVarHandle(SocketTransport.class, "use", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Whether a transfer is under way, and who closes: the one who wants to, or whoever transfers. */
    private volatile int use = OPEN;

    private final SocketChannel channel;
    private final OperationTimer readWatch = new OperationTimer(this);
    private final OperationTimer writeWatch = new OperationTimer(this);

    /** What {@link #limitRead} has set: it holds for each read until it is set anew. */
    private volatile long readLimit = NanoClock.NEVER;

    /**
     * Whether the channel blocks. It is the same for both directions, so while one thread reads and another writes it
     * does, and stays so.
     */
    private boolean blocking = true;

    /** Whether one thread reads while another writes, so that the channel has to stay as it is. */
    private volatile boolean duplex;

    /** What puts reads that wait together with others; null while they wait on their own. */
    private volatile SharedPoller.@Nullable Registration registration;

    /** What learns whether waiting together pays; null where reads are not to. */
    private @Nullable WaitStrategy learner;

    /** Whether nothing is to be expected but an answer to what was written last. */
    private boolean answering;

    private boolean patient;
    private long drainedAt = NanoClock.NEVER;

    private SocketTransport(SocketChannel channel) {
        this.channel = channel;
    }

    /** A transport over a channel that somebody else has connected. */
    static SocketTransport over(SocketChannel connected) throws IOException {
        try {
            connected.configureBlocking(true);
        } catch (IllegalBlockingModeException e) {
            throw new IllegalArgumentException("connected: it is registered with a selector", e);
        }
        return new SocketTransport(connected);
    }

    /** Connects to a resolved address, which {@code budget} can break off. */
    static SocketTransport connect(SocketAddress address, long expiresAt, CallTimeouts budget) throws IOException {
        try {
            return connect(address, expiresAt, budget, false);
        } catch (SocketException e) {
            boolean perhapsFull = address instanceof UnixDomainSocketAddress
                    && Thread.currentThread().isVirtual()
                    && !(e instanceof ConnectException)
                    && !(e instanceof NoDescriptorException);
            if (!perhapsFull) {
                throw e;
            }
            return connect(address, expiresAt, budget, true);
        }
    }

    private static SocketTransport connect(SocketAddress address, long expiresAt, CallTimeouts budget, boolean aside)
            throws IOException {
        SocketChannel channel = NoDescriptorException.open(address);
        SocketTransport transport = new SocketTransport(channel);
        try {
            budget.opensWith(transport);
            if (address instanceof InetSocketAddress) {
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            }
            transport.writeWatch.arm(expiresAt);
            try {
                if (aside) {
                    transport.connectAside(address);
                } else {
                    channel.connect(address);
                }
            } catch (IOException e) {
                throw transport.reason(transport.writeWatch, e);
            }
            transport.writeWatch.settle();
            return transport;
        } catch (UnsupportedAddressTypeException e) {
            transport.close();
            throw new SocketException("this JVM cannot connect to addresses such as " + address, e);
        } catch (RuntimeException e) {
            transport.close();
            throw failure(e);
        } catch (IOException | Error e) {
            transport.close();
            throw e;
        }
    }

    /** Why an operation failed. A watch that fires ends what goes on in the other direction, too. */
    private IOException reason(OperationTimer watch, IOException failure) {
        watch.disarm();
        return readWatch.hasFired() || writeWatch.hasFired() ? new ExpiredException() : failure;
    }

    /** The error for what a channel, or the provider of channels, throws unchecked. */
    static IOException failure(RuntimeException e) {
        return new IOException(e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage(), e);
    }

    /**
     * Connects by a thread that may block in the kernel. Where the queue of a Unix socket is full, a virtual thread is
     * told to try again, and has nothing to wait for.
     */
    private void connectAside(SocketAddress address) throws IOException {
        FutureTask<Boolean> connecting = new FutureTask<>(() -> channel.connect(address));
        Thread.ofPlatform().daemon().name("httpipe-connect").start(connecting);
        try {
            connecting.get();
        } catch (InterruptedException e) {
            // The caller closes the channel, which ends the thread.
            Thread.currentThread().interrupt();
            throw new ClosedByInterruptException();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
        }
    }

    /** Has the channel block, or not; neither may another thread be reading nor writing then. */
    private void block(boolean wanted) throws IOException {
        if (blocking != wanted) {
            SharedPoller.Registration present = registration;
            if (present != null) {
                registration = null;
                present.leave();
            }
            try {
                channel.configureBlocking(wanted);
            } catch (RuntimeException e) {
                throw failure(e);
            }
            blocking = wanted;
        }
    }

    private int receive(ByteBuffer into) throws IOException {
        try {
            return channel.read(into);
        } catch (RuntimeException e) {
            throw failure(e);
        }
    }

    private void transmit(ByteBuffer from) throws IOException {
        try {
            channel.write(from);
        } catch (RuntimeException e) {
            throw failure(e);
        }
    }

    /** Does what an operation of a blocking channel does before and after it blocks. */
    private void heedInterrupt() throws ClosedByInterruptException {
        if (Thread.currentThread().isInterrupted()) {
            closeChannel();
            throw new ClosedByInterruptException();
        }
    }

    @Override
    public void waitTogether(@Nullable WaitStrategy asLearnedBy) {
        learner = asLearnedBy;
    }

    /** Whether reads wait together with others now: never while a read may have to give up and go on later. */
    private boolean isTogether() throws IOException {
        if (learner == null
                || patient
                || SharedPoller.isStalled()
                || !Thread.currentThread().isVirtual()) {
            return false;
        }
        if (registration == null) {
            block(false);
            try {
                registration = SharedPoller.register(channel);
            } catch (RuntimeException e) {
                // The channel, or the selector, is none of the JDK's own.
                return false;
            }
        }
        return registration != null;
    }

    @Override
    public void duplex(boolean wanted) throws IOException {
        duplex = wanted;
        if (wanted) {
            learner = null;
            block(true);
        }
    }

    @Override
    public int read(ByteBuffer into, long expiresAt) throws IOException {
        answering = false;
        boolean together = isTogether();
        if (!together) {
            block(true);
        }
        if (patient && expiresAt != NanoClock.NEVER) {
            return readPatiently(into, expiresAt);
        }
        armRead(expiresAt);
        int read;
        try {
            read = together ? readTogether(into) : receive(into);
        } catch (IOException e) {
            throw reason(readWatch, e);
        }
        readWatch.settle();
        drainedAt = read > 0 && into.hasRemaining() ? NanoClock.now() : NanoClock.NEVER;
        return read;
    }

    private void armRead(long expiresAt) {
        long limit = readLimit;
        readWatch.arm(Math.min(expiresAt, limit));
        if (readLimit != limit) {
            // Whoever set it just now may have found nothing armed.
            readWatch.rearm(Math.min(expiresAt, readLimit));
        }
    }

    private int readTogether(ByteBuffer into) throws IOException {
        heedInterrupt();
        int read = receive(into);
        while (read == 0) {
            awaitTogether();
            read = receive(into);
        }
        return read;
    }

    private void awaitTogether() throws IOException {
        SharedPoller.Registration present = Objects.requireNonNull(registration);
        boolean paid = present.await();
        heedInterrupt();
        if (learner != null) {
            learner.learnTogether(paid);
        }
        if (present.isLost()) {
            block(true);
        }
    }

    @Override
    public boolean awaitReadable(long expiresAt) throws IOException {
        if (!answering || !isTogether()) {
            return false;
        }
        answering = false;
        armRead(expiresAt);
        try {
            heedInterrupt();
            awaitTogether();
        } catch (IOException e) {
            throw reason(readWatch, e);
        }
        readWatch.settle();
        return true;
    }

    /** SO_TIMEOUT is dearer than the watch, but it is the only way to give up and stay connected. */
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
        block(false);
        int read = receive(into);
        drainedAt = read >= 0 && into.hasRemaining() ? NanoClock.now() : NanoClock.NEVER;
        return read;
    }

    @Override
    public long drainedAt() {
        return drainedAt;
    }

    @Override
    public void write(ByteBuffer from, long expiresAt) throws IOException {
        answering = true;
        if (!blocking) {
            heedInterrupt();
            transmit(from);
            if (!from.hasRemaining()) {
                return;
            }
            block(true);
        }
        writeWatch.arm(expiresAt);
        try {
            while (from.hasRemaining()) {
                transmit(from);
            }
        } catch (IOException e) {
            throw reason(writeWatch, e);
        }
        writeWatch.settle();
    }

    /** Writes what the socket takes without waiting; the rest stays in {@code from}. */
    void writeNow(ByteBuffer from) throws IOException {
        block(false);
        transmit(from);
    }

    @Override
    public long send(FileChannel file, long position, long count, long expiresAt) throws IOException {
        block(true);
        writeWatch.arm(expiresAt);
        long sent;
        try {
            // What a virtual thread has used the JDK keeps non-blocking below. A transfer to a blocking socket could
            // not be ended from outside; one to a full non-blocking socket comes back at once, and a write waits.
            sent = Thread.currentThread().isVirtual() ? transfer(file, position, count) : 0;
            if (sent == 0) {
                sent = copy(file, position, count);
            }
        } catch (IOException e) {
            throw reason(writeWatch, e);
        }
        writeWatch.settle();
        return sent;
    }

    /**
     * Has the kernel send a piece. On JDK 21 a transfer goes by the descriptor's bare number, which another socket may
     * have once this one has been closed; so whoever closes meanwhile leaves that to this thread.
     */
    private long transfer(FileChannel file, long position, long count) throws IOException {
        if (!USE.compareAndSet(this, OPEN, SENDING)) {
            throw new ClosedChannelException();
        }
        try {
            return file.transferTo(position, count, channel);
        } catch (RuntimeException e) {
            throw failure(e);
        } finally {
            if (!USE.compareAndSet(this, SENDING, OPEN)) {
                use = CLOSED;
                closeNow();
            }
        }
    }

    /** Sends a piece the plain way. */
    private int copy(FileChannel file, long position, long count) throws IOException {
        ByteBuffer piece = BufferPool.LARGE.take();
        try {
            piece.limit((int) Math.min(count, piece.capacity()));
            int read = file.read(piece, position);
            piece.flip();
            while (piece.hasRemaining()) {
                transmit(piece);
            }
            return Math.max(0, read);
        } finally {
            BufferPool.give(piece);
        }
    }

    @Override
    public void limitRead(long expiresAt) {
        readLimit = expiresAt;
        readWatch.rearm(expiresAt);
    }

    @Override
    public void stopWriting() {
        try {
            channel.shutdownOutput();
        } catch (IOException | RuntimeException e) {
            // It is closed, which ends the writing as well.
        }
    }

    @Override
    public boolean patient(boolean wanted) {
        patient = wanted && channel.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY);
        return patient;
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() {
        readWatch.cancel();
        writeWatch.cancel();
        closeChannel();
    }

    @Override
    public void expired() {
        closeChannel();
    }

    private void closeChannel() {
        while (true) {
            int present = use;
            if (present == CLOSING || present == SENDING && USE.compareAndSet(this, SENDING, CLOSING)) {
                return;
            }
            if (present != SENDING && USE.compareAndSet(this, present, CLOSED)) {
                closeNow();
                return;
            }
        }
    }

    private void closeNow() {
        try {
            channel.close();
        } catch (IOException | RuntimeException e) {
            // The descriptor is gone all the same, and there is nobody to whom this would matter.
        }
        SharedPoller.Registration present = registration;
        if (present != null) {
            present.closed();
        }
    }
}
