package io.httpipe.internal.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Signal;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Time limits that one thread sets while another thread runs an operation. */
@Timeout(60)
class OperationTimerTest {
    /** Waits until the timer thread has checked all timers that were armed before. */
    private static void awaitTimerThreadCheck() {
        Signal looked = new Signal();
        OperationTimer timer = new OperationTimer(looked::set);
        timer.arm(NanoClock.now());
        looked.await();
        timer.cancel();
    }

    @Test
    void aLimitSetWhileNoOperationRunsFiresNothing() {
        AtomicBoolean fired = new AtomicBoolean();
        OperationTimer timer = new OperationTimer(() -> fired.set(true));
        timer.rearm(NanoClock.now() - 1);
        awaitTimerThreadCheck();
        awaitTimerThreadCheck();
        assertFalse(fired.get());
        assertTrue(timer.disarm());
        timer.cancel();
    }

    @Test
    void anOwnerThatThrowsDoesNotStopOtherTimers() {
        Signal fired = new Signal();
        OperationTimer failing = new OperationTimer(() -> {
            fired.set();
            throw new OutOfMemoryError("made up");
        });
        failing.arm(NanoClock.now());
        fired.await();
        awaitTimerThreadCheck();
        failing.cancel();
    }

    /** A pending interrupt would make the timer thread check again and again without parking. */
    @Test
    void theTimerThreadClearsAnInterrupt() {
        AtomicBoolean interrupted = new AtomicBoolean();
        Signal fired = new Signal();
        OperationTimer timer = new OperationTimer(() -> {
            interrupted.set(Thread.currentThread().isInterrupted());
            fired.set();
        });
        Objects.requireNonNull(TimerThread.INSTANCE.thread()).interrupt();
        timer.arm(NanoClock.after(1_000_000));
        fired.await();
        assertFalse(interrupted.get());
        timer.cancel();
    }

    @Test
    void aLimitSetDuringAnUnlimitedOperationFires() {
        Signal fired = new Signal();
        OperationTimer timer = new OperationTimer(fired::set);
        timer.arm(NanoClock.NEVER);
        timer.rearm(NanoClock.now());
        fired.await();
        assertFalse(timer.disarm());
        timer.cancel();
    }

    @Test
    void anOperationWhoseLimitChangesAsItEndsIsNotReportedAsExpired() throws Exception {
        OperationTimer timer = new OperationTimer(() -> {});
        CountDownLatch end = new CountDownLatch(1);
        Thread changing = Thread.ofPlatform().start(() -> {
            for (long later = Long.MAX_VALUE / 2; end.getCount() > 0; later++) {
                timer.rearm(later);
            }
        });
        for (int i = 0; i < 300_000; i++) {
            timer.arm(NanoClock.NEVER - 2);
            assertTrue(timer.disarm(), "after " + i);
        }
        end.countDown();
        assertTrue(changing.join(Duration.ofSeconds(20)));
        timer.cancel();
    }

    @Test
    void aLimitThatIsRemovedBeforeAReadDoesNotEndTheRead() throws Exception {
        Signal limited = new Signal();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    limited.await();
                    peer.send("x");
                    peer.awaitClose();
                });
                SocketTransport transport = connected(server)) {
            transport.limitRead(NanoClock.now());
            awaitTimerThreadCheck();
            awaitTimerThreadCheck();
            transport.limitRead(NanoClock.NEVER);
            limited.set();
            assertEquals(1, transport.read(ByteBuffer.allocate(9), NanoClock.after(TimeUnit.SECONDS.toNanos(20))));
        }
    }

    @Test
    void aReadLimitEndsTheCurrentReadAndLaterReads() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(Peer::awaitClose)) {
            for (boolean before : new boolean[] {true, false}) {
                try (SocketTransport transport = connected(server)) {
                    Thread limiting = new Thread(() -> transport.limitRead(NanoClock.after(1_000_000)));
                    limiting.start();
                    if (before) {
                        limiting.join();
                    }
                    assertThrows(ExpiredException.class, () -> transport.read(ByteBuffer.allocate(9), NanoClock.NEVER));
                    limiting.join();
                }
            }
        }
    }

    @Test
    void aWriteTimeoutAlsoEndsTheConcurrentReadAsExpired() throws Exception {
        Signal done = new Signal();
        try (ScriptedServer server = ScriptedServer.of(peer -> done.await());
                SocketTransport transport = connected(server)) {
            transport.setDuplex(true);
            FutureTask<ExpiredException> reading = new FutureTask<>(() -> assertThrows(
                    ExpiredException.class, () -> transport.read(ByteBuffer.allocate(9), NanoClock.NEVER)));
            Thread.ofVirtual().start(reading);
            ByteBuffer large = ByteBuffer.allocate(32 << 20);
            assertThrows(ExpiredException.class, () -> transport.write(large, NanoClock.after(50_000_000)));
            reading.get();
            done.set();
        }
    }

    private static SocketTransport connected(ScriptedServer server) throws IOException {
        InetSocketAddress address = new InetSocketAddress("127.0.0.1", server.port());
        SocketTransport transport = SocketTransport.open(address, null);
        transport.connect(address, NanoClock.NEVER, false);
        return transport;
    }
}
