package io.httpipe.test.server;

import io.httpipe.test.server.InjectedFault.Direction;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Determines by a seed which faults to inject: a {@link FaultRelay} injects them into connections, and the interceptor
 * {@code io.httpipe.test.Chaos} into calls.
 *
 * {@snippet :
 * Faults faults = Faults.random(42).rate(0.05).delays(Duration.ofMillis(20)).without(FaultKind.STALL);
 * try (FaultRelay relay = FaultRelay.to("127.0.0.1", port, faults)) {
 *     ...
 * }
 * }
 *
 * <p>With the same seed and settings, a connection or call of the same number gets the same faults. Immutable.
 */
public final class Faults {
    private final long seed;
    private final double rate;
    private final int span;
    private final Duration delays;
    private final List<FaultKind> kinds;

    /** The only faults, sorted; null if the seed determines the faults. */
    private final @Nullable List<InjectedFault> exactly;

    private Faults(
            long seed,
            double rate,
            int span,
            Duration delays,
            List<FaultKind> kinds,
            @Nullable List<InjectedFault> exactly) {
        this.seed = seed;
        this.rate = rate;
        this.span = span;
        this.delays = delays;
        this.kinds = kinds;
        this.exactly = exactly;
    }

    /**
     * {@return faults of all kinds, which depend on a seed} {@link #rate} is 0.1, {@link #span} is 1,000 bytes, and
     * {@link #delays} are at most 100 ms.
     *
     * @param seed any number; print it, so that a failure can be reproduced
     */
    public static Faults random(long seed) {
        return new Faults(seed, 0.1, 1_000, Duration.ofMillis(100), List.of(FaultKind.values()), null);
    }

    /**
     * {@return only these faults} They may be faults that {@link FaultRelay#injected} returned in an earlier run.
     *
     * @param faults the faults, each with the number of its connection or call
     */
    public static Faults exactly(InjectedFault... faults) {
        List<InjectedFault> sorted = Stream.of(faults).sorted().toList();
        return new Faults(0, 1, 1_000, Duration.ZERO, List.of(FaultKind.values()), sorted);
    }

    /**
     * Sets how often faults occur.
     *
     * @param rate the probability of a fault, from 0 to 1: with an interceptor, for each call; with a relay, for each
     *             {@link #span} of bytes in each direction
     * @return a changed copy
     */
    public Faults rate(double rate) {
        if (!(rate >= 0 && rate <= 1)) {
            throw new IllegalArgumentException("rate: " + rate + " is not within 0 to 1");
        }
        return new Faults(seed, rate, span, delays, kinds, exactly);
    }

    /**
     * Sets the number of bytes to which {@link #rate} applies, in each direction of a connection. With an interceptor,
     * a fault within a response body comes before this many bytes have been read.
     *
     * @param bytes at least 1; best about the size of a usual request or response
     * @return a changed copy
     */
    public Faults span(int bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("bytes: " + bytes + " is less than 1");
        }
        return new Faults(seed, rate, bytes, delays, kinds, exactly);
    }

    /**
     * Sets the longest delay.
     *
     * @param longest the longest time of a {@link FaultKind#DELAY} or {@link FaultKind#SLOW}; at least 1 ms
     * @return a changed copy
     */
    public Faults delays(Duration longest) {
        if (longest.compareTo(Duration.ofMillis(1)) < 0) {
            throw new IllegalArgumentException("longest: " + longest + " is less than 1 ms");
        }
        return new Faults(seed, rate, span, longest, kinds, exactly);
    }

    /**
     * Limits the faults to some kinds.
     *
     * @param only at least one kind; a kind that is named twice occurs twice as often
     * @return a changed copy
     */
    public Faults only(FaultKind... only) {
        if (only.length == 0) {
            throw new IllegalArgumentException("no kind of fault is left; at least one is needed");
        }
        return new Faults(seed, rate, span, delays, List.of(only), exactly);
    }

    /**
     * Removes some kinds.
     *
     * @param kind the kinds to remove; at least one kind must remain
     * @return a changed copy
     */
    public Faults without(FaultKind... kind) {
        List<FaultKind> removed = Arrays.asList(kind);
        return only(kinds.stream().filter(k -> !removed.contains(k)).toArray(FaultKind[]::new));
    }

    /** {@return the seed} */
    public long seed() {
        return seed;
    }

    /**
     * {@return the first fault between two bytes of a connection; null for none} A relay calls this method.
     *
     * @param connection the number of the connection
     * @param direction  the direction of the bytes
     * @param from       the number of bytes that have passed
     * @param to         the number of bytes that will have passed
     */
    public @Nullable InjectedFault onConnection(long connection, Direction direction, long from, long to) {
        if (exactly != null) {
            return exactly.stream()
                    .filter(f -> f.number() == connection && f.direction() == direction)
                    .filter(f -> f.atByte() >= from && f.atByte() < to)
                    .findFirst()
                    .orElse(null);
        }
        for (long block = from / span; block * span < to; block++) {
            SplittableRandom random = randomOf(connection, 2 * block + (direction == Direction.REQUEST ? 1 : 2));
            if (random.nextDouble() < rate) {
                InjectedFault fault =
                        draw(random, connection, direction, block * span, block == 0 && direction == Direction.REQUEST);
                if (fault.atByte() >= from && fault.atByte() < to) {
                    return fault;
                }
            }
        }
        return null;
    }

    /**
     * {@return the fault of a call; null for none} An interceptor calls this method.
     *
     * @param call the number of the call
     */
    public @Nullable InjectedFault onCall(long call) {
        if (exactly != null) {
            return exactly.stream().filter(f -> f.number() == call).findFirst().orElse(null);
        }
        SplittableRandom random = randomOf(call, 0);
        if (random.nextDouble() >= rate) {
            return null;
        }
        return draw(random, call, random.nextBoolean() ? Direction.REQUEST : Direction.RESPONSE, 0, true);
    }

    private InjectedFault draw(
            SplittableRandom random, long number, Direction direction, long start, boolean mayRefuse) {
        FaultKind kind = kinds.get(random.nextInt(kinds.size()));
        long atByte = start + random.nextInt(span);
        boolean waits = kind == FaultKind.DELAY || kind == FaultKind.SLOW;
        Duration pause = waits ? Duration.ofNanos(1 + random.nextLong(delays.toNanos())) : Duration.ZERO;
        if (kind == FaultKind.REFUSE) {
            // A connection can be refused only before its first byte.
            return mayRefuse
                    ? new InjectedFault(kind, number, Direction.REQUEST, 0, pause)
                    : new InjectedFault(FaultKind.RESET, number, direction, atByte, pause);
        }
        return new InjectedFault(kind, number, direction, atByte, pause);
    }

    private SplittableRandom randomOf(long number, long part) {
        // The constants of MurmurHash3 spread neighbouring numbers.
        long mixed = (seed ^ number * 0xff51afd7ed558ccdL) * 0xc4ceb9fe1a85ec53L;
        return new SplittableRandom((mixed ^ mixed >>> 33) + part * 0xff51afd7ed558ccdL);
    }

    /** Returns one line with the seed and the settings; for {@link #exactly}, one line with the faults. */
    @Override
    public String toString() {
        return exactly != null
                ? "Faults.exactly" + exactly
                : "Faults.random(%d).rate(%s).span(%d).delays(%s).only%s".formatted(seed, rate, span, delays, kinds);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Faults faults
                && faults.seed == seed
                && faults.rate == rate
                && faults.span == span
                && faults.delays.equals(delays)
                && faults.kinds.equals(kinds)
                && Objects.equals(faults.exactly, exactly);
    }

    @Override
    public int hashCode() {
        return Objects.hash(seed, rate, span, delays, kinds, exactly);
    }
}
