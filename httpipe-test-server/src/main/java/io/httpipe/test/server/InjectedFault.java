package io.httpipe.test.server;

import java.time.Duration;
import java.util.Comparator;
import java.util.Locale;
import java.util.Objects;

/**
 * One fault that has been injected, or that {@link Faults#exactly} injects.
 *
 * {@snippet :
 * // One fault, without the others:
 * Faults.exactly(new InjectedFault(FaultKind.RESET, 17, InjectedFault.Direction.RESPONSE, 312, Duration.ZERO));
 * }
 *
 * @param kind      the kind of the fault
 * @param number    the number of the connection of a relay, or of the call of an interceptor; the first is 0
 * @param direction the direction of the bytes
 * @param atByte    how many bytes pass before the fault. A relay counts the bytes of the connection in this direction;
 *                  an interceptor counts the bytes of the response body, and ignores this number for a fault before the
 *                  request
 * @param pause     how long a delay lasts, or how long the slow bytes take together; zero for other kinds
 */
public record InjectedFault(FaultKind kind, long number, Direction direction, long atByte, Duration pause)
        implements Comparable<InjectedFault> {
    private static final Comparator<InjectedFault> ORDER = Comparator.comparingLong(InjectedFault::number)
            .thenComparing(InjectedFault::direction)
            .thenComparingLong(InjectedFault::atByte)
            .thenComparing(InjectedFault::kind)
            .thenComparing(InjectedFault::pause);

    /** The direction of the bytes. */
    public enum Direction {
        /** From the client to the server. */
        REQUEST,
        /** From the server to the client. */
        RESPONSE
    }

    /** Creates a fault, which {@link Faults#exactly} can inject. */
    public InjectedFault {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(direction, "direction");
        if (number < 0 || atByte < 0 || pause.isNegative()) {
            throw new IllegalArgumentException(
                    "number, atByte or pause is negative: %d, %d, %s".formatted(number, atByte, pause));
        }
    }

    /** Compares by number, direction, byte, kind and pause. */
    @Override
    public int compareTo(InjectedFault other) {
        return ORDER.compare(this, other);
    }

    /** Returns one line, such as {@code 17: RESET after 312 bytes of the response}. */
    @Override
    public String toString() {
        String lasting = pause.isZero() ? "" : " for %d us".formatted(pause.toNanos() / 1_000);
        return "%d: %s%s after %d bytes of the %s"
                .formatted(number, kind, lasting, atByte, direction.name().toLowerCase(Locale.ROOT));
    }
}
