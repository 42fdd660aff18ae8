package io.httpipe.internal.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.FullListener;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Threads;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Several attempts at the same time. All addresses of 127.0.0.0/8 are this machine. */
@Timeout(60)
class AddressRaceTest {
    private static final long DELAY = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long HOUR = TimeUnit.HOURS.toNanos(1);

    private final CallTimeouts timeouts = new CallTimeouts(
            new CallTimeouts.Limits(NanoClock.NEVER, NanoClock.NEVER, NanoClock.NEVER, NanoClock.NEVER),
            0,
            NanoClock.NEVER);

    /** How a race ended, and whether the winner's transport was open. */
    private record Result(InetAddress winner, List<InetAddress> dead, boolean open) {}

    private static List<InetAddress> addresses(int... last) throws IOException {
        List<InetAddress> addresses = new ArrayList<>();
        for (int each : last) {
            addresses.add(InetAddress.getByName("127.0.0." + each));
        }
        return addresses;
    }

    private static ServerSocket listener(int last, int port) throws IOException {
        return new ServerSocket(port, 16, InetAddress.getByName("127.0.0." + last));
    }

    private Result race(int port, long delay, int... last) throws IOException {
        return race(port, null, delay, NanoClock.NEVER, last);
    }

    private Result race(int port, SocketSettings.@Nullable ChannelFactory factory, long delay, long end, int... last)
            throws IOException {
        SocketSettings settings = factory == null ? null : new SocketSettings(null, 0, 0, null, factory);
        AddressRace race = new AddressRace(addresses(last), port, settings, delay, end);
        SocketTransport winner = race.connect(timeouts);
        try {
            return new Result(race.winner(), race.dead(), winner.isOpen());
        } finally {
            winner.close();
        }
    }

    @Test
    void anAddressThatAnswersAtOnceLeavesTheOthersUntried() throws Exception {
        try (ServerSocket one = listener(1, 0)) {
            int port = one.getLocalPort();
            assertEquals(new Result(addresses(1).getFirst(), List.of(), true), race(port, HOUR, 1, 2));
            assertEquals(new Result(addresses(1).getFirst(), addresses(3, 2), true), race(port, HOUR, 3, 2, 1, 4));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aSilentAddressIsDeadOnceALaterOneHasWon(Threads threads) throws Exception {
        try (FullListener one = new FullListener("127.0.0.1", 0);
                FullListener two = new FullListener("127.0.0.2", one.port());
                ServerSocket three = listener(3, one.port())) {
            Result expected = new Result(addresses(3).getFirst(), addresses(1, 2), true);
            assertEquals(expected, threads.call(() -> race(three.getLocalPort(), DELAY, 1, 2, 3, 4)));
            assertEquals(one.port(), two.port());
        }
    }

    /** The kernel repeats the first packet after a second. By then, the first address accepts connections again. */
    @ParameterizedTest
    @EnumSource
    void aSlowAddressCanStillWinAfterTheNextAttemptHasStarted(Threads threads) throws Exception {
        try (FullListener one = new FullListener("127.0.0.1", 0);
                FullListener two = new FullListener("127.0.0.2", one.port())) {
            FutureTask<Result> race = new FutureTask<>(() -> race(two.port(), DELAY, 1, 2));
            Thread caller = threads.start(race);
            awaitHelper();
            one.acceptAll();
            assertEquals(new Result(addresses(1).getFirst(), List.of(), true), race.get(20, TimeUnit.SECONDS));
            caller.join();
        }
    }

    /** The first attempt fails when the kernel repeats its packet. Then the caller only waits for the second one. */
    @ParameterizedTest
    @EnumSource
    void anInterruptEndsTheWaitForTheAttemptsOfOtherThreads(Threads threads) throws Exception {
        FullListener one = new FullListener("127.0.0.1", 0);
        try (FullListener two = new FullListener("127.0.0.2", one.port())) {
            FutureTask<Boolean> race = new FutureTask<>(() -> {
                assertThrows(ClosedByInterruptException.class, () -> race(two.port(), DELAY, 1, 2));
                return Thread.currentThread().isInterrupted();
            });
            Thread caller = threads.start(race);
            awaitHelper();
            one.close();
            Threads.awaitWaiting(caller, "AddressRace.awaitHelpers");
            caller.interrupt();
            assertTrue(race.get(20, TimeUnit.SECONDS), "the flag is left set");
            awaitNoHelper();
        }
    }

    @ParameterizedTest
    @EnumSource
    void anAbortEndsTheWaitForTheAttemptsOfOtherThreads(Threads threads) throws Exception {
        FullListener one = new FullListener("127.0.0.1", 0);
        try (FullListener two = new FullListener("127.0.0.2", one.port())) {
            FutureTask<AsynchronousCloseException> race = new FutureTask<>(
                    () -> assertThrows(AsynchronousCloseException.class, () -> race(two.port(), DELAY, 1, 2)));
            Thread caller = threads.start(race);
            awaitHelper();
            one.close();
            Threads.awaitWaiting(caller, "AddressRace.awaitHelpers");
            timeouts.abortOpening();
            race.get(20, TimeUnit.SECONDS);
            awaitNoHelper();
        }
    }

    @Test
    void anAbortEndsAllAttempts() throws Exception {
        try (FullListener silent = new FullListener("0.0.0.0", 0)) {
            FutureTask<AsynchronousCloseException> race = new FutureTask<>(
                    () -> assertThrows(AsynchronousCloseException.class, () -> race(silent.port(), DELAY, 1, 2)));
            Threads.VIRTUAL.start(race);
            awaitHelper();
            timeouts.abortOpening();
            race.get(20, TimeUnit.SECONDS);
            awaitNoHelper();
            assertThrows(
                    AsynchronousCloseException.class,
                    () -> race(silent.port(), DELAY, 1, 2),
                    "a race that begins after the abort");
        }
    }

    /** This happens if the client is closed just after the race was won. */
    @Test
    void anAbortAfterTheEndClosesTheWinner() throws Exception {
        try (ServerSocket one = listener(1, 0)) {
            AddressRace race = new AddressRace(addresses(1, 2), one.getLocalPort(), null, HOUR, NanoClock.NEVER);
            SocketTransport winner = race.connect(timeouts);
            assertTrue(winner.isOpen());
            race.close();
            assertFalse(winner.isOpen());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aThreadThatIsInterruptedConnectsToNoAddress(Threads threads) throws Exception {
        try (ServerSocket one = listener(1, 0)) {
            threads.call(() -> {
                Thread.currentThread().interrupt();
                assertThrows(ClosedByInterruptException.class, () -> race(one.getLocalPort(), HOUR, 1, 2));
                assertTrue(Thread.currentThread().isInterrupted());
                return null;
            });
            one.setSoTimeout(1);
            assertThrows(IOException.class, one::accept);
        }
    }

    /** Many races in which two attempts succeed at nearly the same time: one wins, the other is closed. */
    @ParameterizedTest
    @EnumSource
    void onlyOneOfSeveralConnectionsIsKept(Threads threads) throws Exception {
        try (FullListener one = new FullListener("127.0.0.1", 0);
                FullListener two = new FullListener("127.0.0.2", one.port())) {
            List<FutureTask<Result>> races = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                races.add(new FutureTask<>(() -> race(two.port(), DELAY, 1, 2)));
                threads.start(races.getLast());
            }
            awaitHelper();
            one.acceptAll();
            two.acceptAll();
            for (FutureTask<Result> race : races) {
                assertTrue(race.get(20, TimeUnit.SECONDS).open);
            }
            awaitNoHelper();
        }
    }

    /** Opens channels for 127.0.0.1, and for the others only once that channel is closed. */
    private static final class OneDescriptor implements SocketSettings.ChannelFactory {
        private final AtomicInteger refused = new AtomicInteger();
        private volatile @Nullable SocketChannel first;

        @Override
        public SocketChannel open(SocketAddress remote) throws IOException {
            SocketChannel other = first;
            boolean isFirst = ((InetSocketAddress) remote).getAddress().equals(InetAddress.getByName("127.0.0.1"));
            if (!isFirst && (other == null || other.isOpen())) {
                refused.incrementAndGet();
                throw new NoDescriptorException("no descriptor", null);
            }
            SocketChannel channel = SocketChannel.open();
            if (isFirst) {
                first = channel;
            }
            return channel;
        }
    }

    /** The helper finds no descriptor for the second address. The caller tries it again when the first one refuses. */
    @ParameterizedTest
    @EnumSource
    void anAddressWithoutADescriptorIsTriedAgainWhenAnAttemptHasFailed(Threads threads) throws Exception {
        OneDescriptor factory = new OneDescriptor();
        FullListener one = new FullListener("127.0.0.1", 0);
        try (ServerSocket two = listener(2, one.port())) {
            FutureTask<Result> race =
                    new FutureTask<>(() -> race(two.getLocalPort(), factory, DELAY, NanoClock.NEVER, 1, 2));
            threads.start(race);
            while (factory.refused.get() == 0) {
                Thread.yield();
            }
            one.close();
            Result expected = new Result(addresses(2).getFirst(), addresses(1), true);
            assertEquals(expected, race.get(20, TimeUnit.SECONDS));
        }
    }

    @ParameterizedTest
    @EnumSource
    void anAttemptUnderWayGoesOnIfAnotherOneHasNoDescriptor(Threads threads) throws Exception {
        OneDescriptor factory = new OneDescriptor();
        try (FullListener one = new FullListener("127.0.0.1", 0)) {
            FutureTask<Result> race = new FutureTask<>(() -> race(one.port(), factory, DELAY, NanoClock.NEVER, 1, 2));
            threads.start(race);
            while (factory.refused.get() < 2) {
                // The helper tries again after each delay.
                Thread.yield();
            }
            one.acceptAll();
            Result expected = new Result(addresses(1).getFirst(), List.of(), true);
            assertEquals(expected, race.get(20, TimeUnit.SECONDS));
        }
    }

    @Test
    void aTimeoutIsReportedRatherThanAMissingDescriptor() throws Exception {
        try (FullListener one = new FullListener("127.0.0.1", 0)) {
            long end = NanoClock.after(10 * DELAY);
            ExpiredException e =
                    assertThrows(ExpiredException.class, () -> race(one.port(), new OneDescriptor(), DELAY, end, 1, 2));
            assertEquals("tried 127.0.0.1 (no answer), 127.0.0.2 (no descriptor)", e.detail());
            assertInstanceOf(NoDescriptorException.class, e.getSuppressed()[0]);
        }
    }

    @Test
    void aMissingDescriptorIsReportedRatherThanARefusal() throws Exception {
        int port;
        try (ServerSocket free = listener(1, 0)) {
            port = free.getLocalPort();
        }
        SocketSettings.ChannelFactory factory = remote -> {
            if (remote.toString().contains("127.0.0.2")) {
                throw new NoDescriptorException("no descriptor", null);
            }
            return SocketChannel.open();
        };
        NoDescriptorException e =
                assertThrows(NoDescriptorException.class, () -> race(port, factory, HOUR, NanoClock.NEVER, 1, 2));
        assertEquals("no descriptor", e.getMessage());
        assertEquals(1, e.getSuppressed().length, "the refusal");
    }

    @ParameterizedTest
    @EnumSource
    void anErrorOnTheThreadOfAHelperReachesTheCaller(Threads threads) throws Exception {
        try (FullListener one = new FullListener("127.0.0.1", 0)) {
            SocketSettings.ChannelFactory factory = remote -> {
                if (remote.toString().contains("127.0.0.2")) {
                    throw new AssertionError("broken");
                }
                return SocketChannel.open();
            };
            AssertionError e = threads.call(() ->
                    assertThrows(AssertionError.class, () -> race(one.port(), factory, DELAY, NanoClock.NEVER, 1, 2)));
            assertEquals("broken", e.getMessage());
        }
    }

    /** The factory returns for the first address only once the second one has won. The caller waits for the factory. */
    @ParameterizedTest
    @EnumSource
    void aSlowFactoryDoesNotKeepTheNextAddressFromWinning(Threads threads) throws Exception {
        Signal won = new Signal();
        Queue<SocketChannel> opened = new ConcurrentLinkedQueue<>();
        try (ServerSocket two = listener(2, 0)) {
            SocketSettings.ChannelFactory factory = remote -> {
                if (remote.toString().contains("127.0.0.1")) {
                    won.await();
                }
                SocketChannel channel = SocketChannel.open();
                opened.add(channel);
                return channel;
            };
            FutureTask<Result> race =
                    new FutureTask<>(() -> race(two.getLocalPort(), factory, DELAY, NanoClock.NEVER, 1, 2));
            threads.start(race);
            two.accept().close();
            won.set();
            Result expected = new Result(addresses(2).getFirst(), addresses(1), true);
            assertEquals(expected, race.get(20, TimeUnit.SECONDS));
            assertEquals(2, opened.size());
            opened.forEach(channel -> assertFalse(channel.isOpen()));
        }
    }

    private static void awaitHelper() throws IOException {
        awaitHelpers(true);
    }

    private static void awaitNoHelper() throws IOException {
        awaitHelpers(false);
    }

    private static void awaitHelpers(boolean wanted) throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (Threads.named("httpipe-connect").isEmpty() == wanted) {
            assertTrue(System.nanoTime() < end, wanted ? "no helper starts" : "a helper is left");
        }
    }
}
