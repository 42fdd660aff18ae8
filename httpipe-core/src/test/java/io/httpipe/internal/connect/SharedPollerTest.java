package io.httpipe.internal.connect;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.FixedSeed;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads that wait together with others. */
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD) // an interrupt would not end a busy wait
class SharedPollerTest {
    private static final long LONG = Duration.ofSeconds(20).toNanos();

    /** Both sides of a connection. */
    private record Pair(SocketTransport client, ReadBuffer input, SocketChannel channel, SocketChannel server)
            implements AutoCloseable {
        static Pair open() throws IOException {
            try (ServerSocketChannel listener =
                    ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
                SocketChannel channel = SocketChannel.open(listener.getLocalAddress());
                SocketTransport client = SocketTransport.over(channel);
                client.waitTogether(new WaitStrategy());
                return new Pair(client, new ReadBuffer(client), channel, listener.accept());
            }
        }

        void answer(int... bytes) throws IOException {
            byte[] answer = new byte[bytes.length];
            for (int i = 0; i < bytes.length; i++) {
                answer[i] = (byte) bytes[i];
            }
            server.write(ByteBuffer.wrap(answer));
        }

        /** Sends a request. The client then waits for the answer without holding a buffer. */
        void ask() throws IOException {
            client.write(ByteBuffer.wrap(new byte[1]), NanoClock.after(LONG));
            assertEquals(1, server.read(ByteBuffer.allocate(1)));
        }

        byte[] read(long expiresAt) throws IOException {
            if (!input.fill(expiresAt)) {
                return new byte[0];
            }
            byte[] read = Arrays.copyOfRange(input.array(), input.start(), input.end());
            input.skipTo(input.end());
            return read;
        }

        boolean isTogether() {
            return !channel.isBlocking() && channel.isRegistered();
        }

        @Override
        public void close() throws IOException {
            client.close();
            server.close();
        }
    }

    /** A task on a virtual thread, and that thread. */
    private record Running<T>(FutureTask<T> task, Thread thread) {
        static <T> Running<T> start(Callable<T> call) {
            FutureTask<T> task = new FutureTask<>(call);
            return new Running<>(task, Thread.ofVirtual().start(task));
        }

        void awaitParked() {
            while (thread.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
        }

        T get() throws Exception {
            return task.get();
        }

        Throwable failure() throws Exception {
            return assertThrows(ExecutionException.class, task::get).getCause();
        }
    }

    private Pair pair;

    @BeforeEach
    void open() throws IOException {
        SharedPoller.stalledUntil = 0;
        pair = Pair.open();
    }

    @AfterEach
    void restore() throws IOException {
        SharedPoller.idleNanos = TimerThread.IDLE_NANOS;
        close();
    }

    private void close() throws IOException {
        pair.close();
    }

    private Running<byte[]> reading(boolean asked) throws IOException {
        if (asked) {
            pair.ask();
        }
        return reading();
    }

    private Running<byte[]> reading() {
        Running<byte[]> reading = Running.start(() -> pair.read(NanoClock.after(LONG)));
        reading.awaitParked();
        assertTrue(pair.isTogether());
        return reading;
    }

    /** Makes the reads of the connection wait together. Nothing is left to read afterwards. */
    private void readTogether() throws Exception {
        Running<byte[]> reading = reading();
        pair.answer(1);
        assertArrayEquals(new byte[] {1}, reading.get());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aReadWaitsForBytesAndThenForTheEnd(boolean asked) throws Exception {
        for (int i = 1; i < 100; i++) {
            Running<byte[]> reading = reading(asked);
            pair.answer(i, 2 * i);
            assertArrayEquals(new byte[] {(byte) i, (byte) (2 * i)}, reading.get());
        }
        Running<byte[]> reading = reading(asked);
        pair.server.shutdownOutput();
        assertEquals(0, reading.get().length);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aReadEndsAtItsTimeLimit(boolean asked) throws Exception {
        if (asked) {
            pair.ask();
        }
        long start = NanoClock.now();
        Running<byte[]> reading = Running.start(() -> pair.read(start + 20_000_000));
        assertInstanceOf(ExpiredException.class, reading.failure());
        assertTrue(NanoClock.now() >= start + 20_000_000);
        assertFalse(pair.client.isOpen());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aReadEndsAtALimitThatIsSetWhileItWaits(boolean asked) throws Exception {
        Running<byte[]> reading = reading(asked);
        pair.client.limitRead(NanoClock.now());
        assertInstanceOf(ExpiredException.class, reading.failure());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anInterruptEndsAReadBeforeOrWhileItWaits(boolean asked) throws Exception {
        for (boolean before : new boolean[] {false, true}) {
            if (asked) {
                pair.ask();
            }
            AtomicBoolean flag = new AtomicBoolean();
            Running<byte[]> reading = Running.start(() -> {
                if (before) {
                    Thread.currentThread().interrupt();
                }
                try {
                    return pair.read(NanoClock.after(LONG));
                } finally {
                    flag.set(Thread.currentThread().isInterrupted());
                }
            });
            if (!before) {
                reading.awaitParked();
                reading.thread.interrupt();
            }
            assertInstanceOf(ClosedByInterruptException.class, reading.failure());
            assertTrue(flag.get());
            assertEquals(-1, pair.server.read(ByteBuffer.allocate(1)), "the server sees the close");
            close();
            open();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aCloseEndsAReadAndReachesTheServerWithoutFurtherEvents(boolean asked) throws Exception {
        Running<byte[]> reading = reading(asked);
        pair.client.close();
        assertInstanceOf(ClosedChannelException.class, reading.failure());
        assertEquals(-1, pair.server.read(ByteBuffer.allocate(1)));
        while (pair.channel.isRegistered()) {
            // The descriptor is released only when the poller has removed the channel.
            Thread.onSpinWait();
        }
    }

    @Test
    void anInterruptEndsAReadEvenIfBytesHaveArrived() throws Exception {
        Running<byte[]> reading = reading();
        pair.answer(1, 2, 3);
        reading.get();
        pair.answer(4, 5, 6);
        Running<byte[]> interrupted = Running.start(() -> {
            Thread.currentThread().interrupt();
            return pair.read(NanoClock.after(LONG));
        });
        assertInstanceOf(ClosedByInterruptException.class, interrupted.failure());
    }

    /** On JDK 21 the pinned thread holds the only carrier that these tests have. */
    @Test
    void pinnedThreadsThatHoldAllCarriersStillGetTheirAnswers() throws Exception {
        Running<byte[]> reading = Running.start(() -> {
            Object monitor = new Object();
            synchronized (monitor) {
                assertEquals(1, pair.read(NanoClock.after(LONG)).length);
                pair.client.write(ByteBuffer.wrap(new byte[1]), NanoClock.after(LONG));
                return pair.read(NanoClock.after(LONG));
            }
        });
        reading.awaitParked();
        pair.answer(1);
        pair.server.read(ByteBuffer.allocate(1));
        reading.awaitParked();
        pair.answer(2);
        assertArrayEquals(new byte[] {2}, reading.get());
    }

    /** A JDK selector that removes a closed channel waits, perhaps for ever, for a thread blocked on that channel. */
    @Test
    void closingAChannelThatIsInBlockingModeAgainDoesNotBlockThePoller() throws Exception {
        for (int i = 0; i < 200; i++) {
            readTogether();
            pair.client.setDuplex(true);
            Running<byte[]> alone = Running.start(() -> pair.read(NanoClock.after(LONG)));
            alone.awaitParked();
            pair.client.close();
            assertInstanceOf(ClosedChannelException.class, alone.failure());
            close();
            open();
        }
    }

    @Test
    void unclaimedBytesDoNotKeepThePollerBusyAndCanBeReadLater() throws Exception {
        readTogether();
        pair.answer(2, 3);
        SelectionKey key = pair.channel.keyFor(current().selector);
        while (key.interestOps() != 0) {
            Thread.onSpinWait();
        }
        pair.client.write(ByteBuffer.wrap(new byte[1]), NanoClock.after(LONG));
        assertArrayEquals(
                new byte[] {2, 3},
                Running.start(() -> pair.read(NanoClock.after(LONG))).get());
        Running<byte[]> reading = reading();
        pair.answer(4);
        assertArrayEquals(new byte[] {4}, reading.get());
    }

    private static SharedPoller current() {
        return Objects.requireNonNull(SharedPoller.current());
    }

    @Test
    void aWriteWaitsAloneAndLaterReadsWaitTogetherAgain() throws Exception {
        readTogether();
        pair.server.setOption(StandardSocketOptions.SO_RCVBUF, 64 << 10);
        ByteBuffer large = ByteBuffer.allocate(16 << 20);
        Running<?> writing = Running.start(() -> {
            pair.client.write(large, NanoClock.after(LONG));
            return null;
        });
        // If the server already read now, the write might never have to wait.
        writing.awaitParked();
        ByteBuffer taken = ByteBuffer.allocate(large.capacity());
        while (taken.hasRemaining()) {
            pair.server.read(taken);
        }
        writing.get();
        assertTrue(pair.channel.isBlocking());
        while (pair.channel.isRegistered()) {
            Thread.onSpinWait();
        }
        Running<byte[]> reading = reading();
        pair.answer(2);
        assertArrayEquals(new byte[] {2}, reading.get());
    }

    @Test
    void inDuplexModeReaderAndWriterWaitAlone() throws Exception {
        readTogether();
        pair.client.setDuplex(true);
        Running<byte[]> alone = Running.start(() -> pair.read(NanoClock.after(LONG)));
        alone.awaitParked();
        assertTrue(pair.channel.isBlocking());
        pair.answer(2);
        assertArrayEquals(new byte[] {2}, alone.get());
    }

    @Test
    void aPatientReadWaitsAlone() throws Exception {
        readTogether();
        pair.client.setPatient(true);
        assertInstanceOf(
                ExpiredException.class,
                Running.start(() -> pair.read(NanoClock.after(10_000_000))).failure());
        pair.answer(2);
        assertArrayEquals(
                new byte[] {2},
                Running.start(() -> pair.read(NanoClock.after(LONG))).get());
    }

    @Test
    void aPlatformThreadWaitsAlone() throws Exception {
        pair.answer(1);
        assertArrayEquals(new byte[] {1}, pair.read(NanoClock.after(LONG)));
        assertTrue(pair.channel.isBlocking());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void ifThePollerStopsReadsGoOnAndLaterReadsUseAnotherPoller(boolean asked) throws Exception {
        Running<byte[]> reading = reading(asked);
        SharedPoller first = current();
        first.stop();
        pair.answer(1);
        assertArrayEquals(new byte[] {1}, reading.get());
        assertNotSame(first, current());
        reading = reading();
        pair.answer(2);
        assertArrayEquals(new byte[] {2}, reading.get());
        assertFalse(first.selector.isOpen());
    }

    @Test
    void thePollerEndsWithoutSocketsAndLaterReadsUseAnotherPoller() throws Exception {
        SharedPoller.idleNanos = 20_000_000;
        readTogether();
        SharedPoller first = current();
        close();
        assertTrue(first.platformThread.join(Duration.ofSeconds(20)));
        assertTrue(first.virtualThread.join(Duration.ofSeconds(20)));
        assertFalse(first.selector.isOpen());
        open();
        Running<byte[]> reading = reading();
        assertNotSame(first, current());
        pair.answer(1);
        assertArrayEquals(new byte[] {1}, reading.get());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void thePollerStaysWhileASocketIsRegisteredWithOrWithoutAWaiter(boolean withWaiter) throws Exception {
        SharedPoller.idleNanos = 1_000_000;
        readTogether();
        SharedPoller first = current();
        Running<byte[]> reading = withWaiter ? reading() : null;
        assertFalse(first.platformThread.join(Duration.ofMillis(100)));
        if (reading == null) {
            reading = reading();
        }
        pair.answer(2);
        assertArrayEquals(new byte[] {2}, reading.get());
        assertSame(first, current());
    }

    /** Each of these reads finds a running poller, a poller that is about to end, or no poller. */
    @Test
    void aReadThatBeginsAsThePollerEndsStillGetsItsAnswer() throws Exception {
        SharedPoller.idleNanos = 1_000_000;
        int threads = 4;
        List<Running<?>> all = new ArrayList<>();
        Set<SharedPoller> used = ConcurrentHashMap.newKeySet();
        for (int i = 0; i < threads; i++) {
            Random random = new Random(i);
            all.add(Running.start(() -> {
                for (int j = 0; j < 400; j++) {
                    try (Pair one = Pair.open()) {
                        for (int k = random.nextInt(3); k >= 0; k--) {
                            Running<byte[]> reading = Running.start(() -> one.read(NanoClock.after(LONG)));
                            if (random.nextBoolean()) {
                                Thread.yield();
                            }
                            one.answer(k);
                            assertArrayEquals(new byte[] {(byte) k}, reading.get());
                        }
                        SharedPoller present = SharedPoller.current();
                        if (present != null) {
                            used.add(present);
                        }
                    }
                    LockSupport.parkNanos(500_000 + random.nextInt(3_000_000));
                }
                return null;
            }));
        }
        for (Running<?> one : all) {
            one.get();
        }
        assertTrue(used.size() > 10, "pollers used: " + used.size());
        for (SharedPoller one : used) {
            assertTrue(one.platformThread.join(Duration.ofSeconds(20)));
            assertTrue(one.virtualThread.join(Duration.ofSeconds(20)));
        }
    }

    @Test
    void onlyAnAnswerIsAwaitedWithoutABuffer() throws Exception {
        readTogether();
        Running<Boolean> unasked = Running.start(() -> pair.client.awaitReadable(NanoClock.after(LONG)));
        assertFalse(unasked.get());
        pair.ask();
        Running<Boolean> asked = Running.start(() -> pair.client.awaitReadable(NanoClock.after(LONG)));
        asked.awaitParked();
        pair.answer(1);
        assertTrue(asked.get());
        Running<Boolean> again = Running.start(() -> pair.client.awaitReadable(NanoClock.after(LONG)));
        assertFalse(again.get(), "the answer has arrived");
        pair.ask();
        assertFalse(pair.client.awaitReadable(NanoClock.after(LONG)), "a platform thread waits alone");
    }

    @Test
    void thousandsOfAnswersEachReachTheirOwnReader() throws Exception {
        int connections = 200;
        int rounds = 200;
        FixedSeed seed = new FixedSeed(SharedPollerTest.class, 1);
        List<Running<?>> all = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            Pair one = Pair.open();
            Random serverRandom = seed.random(2 * i);
            Random clientRandom = seed.random(2 * i + 1);
            all.add(Running.start(() -> {
                try (SocketChannel server = one.server) {
                    ByteBuffer oneByte = ByteBuffer.allocate(1);
                    while (server.read(oneByte.clear()) > 0) {
                        if (serverRandom.nextInt(20) == 0) {
                            LockSupport.parkNanos(serverRandom.nextInt(1_000_000));
                        }
                        server.write(oneByte.flip());
                    }
                }
                return null;
            }));
            all.add(Running.start(() -> {
                try (SocketTransport client = one.client) {
                    for (int j = 0; j < rounds; j++) {
                        client.write(ByteBuffer.wrap(new byte[] {(byte) j}), NanoClock.after(LONG));
                        assertArrayEquals(new byte[] {(byte) j}, one.read(NanoClock.after(LONG)));
                        if (clientRandom.nextInt(50) == 0) {
                            client.waitTogether(clientRandom.nextBoolean() ? new WaitStrategy() : null);
                        }
                    }
                }
                return null;
            }));
        }
        for (Running<?> one : all) {
            one.get();
        }
    }
}
