package io.httpipe.test.server;

import java.time.Duration;

/**
 * Something that happens at a byte of an {@link Answer}.
 *
 * {@snippet :
 * Answer.of(200, "hello").atBody(2, Effect.RESET);                        // "he", then a reset
 * Answer.of(200, "hello").at(0, Effect.delay(Duration.ofMillis(300)));    // 300 ms before the first byte
 * Answer.of(200, page).at(0, Effect.throttle(10_000));                    // 10,000 bytes a second
 * }
 */
public sealed interface Effect {
    /**
     * Closes the connection normally; over TLS, with close_notify. If the server has not read all bytes of the client,
     * TCP sends a reset.
     */
    Effect CLOSE = End.CLOSE;

    /** Closes the socket below TLS, without close_notify. Without TLS, the same as {@link #CLOSE}. */
    Effect CUT = End.CUT;

    /** Closes the connection with a TCP reset. A Unix socket has no reset; it is closed. */
    Effect RESET = End.RESET;

    /** Closes the sending direction only, and discards what the client sends until the client closes too. */
    Effect HALF_CLOSE = End.HALF_CLOSE;

    /** Sends nothing more, and discards what the client sends until the client closes. */
    Effect STALL = End.STALL;

    /**
     * Waits before the next byte.
     *
     * @param duration the wait, at least zero
     * @return the effect
     * @throws IllegalArgumentException if the duration is negative
     */
    static Effect delay(Duration duration) {
        return new Delay(duration);
    }

    /**
     * Sends the following bytes slowly, in pieces. A piece has the bytes of 1/20 second, but at least 1 byte and at
     * most 64 KiB. Each piece is sent when its last byte is due. If the client reads too slowly for a while, the next
     * pieces are sent at once until they are on time again.
     *
     * @param bytesPerSecond the rate, at least 1
     * @return the effect
     * @throws IllegalArgumentException if the rate is not positive
     */
    static Effect throttle(long bytesPerSecond) {
        return new Throttle(bytesPerSecond);
    }

    /** An effect after which the answer sends no more bytes. */
    enum End implements Effect {
        /** See {@link Effect#CLOSE}. */
        CLOSE,
        /** See {@link Effect#CUT}. */
        CUT,
        /** See {@link Effect#RESET}. */
        RESET,
        /** See {@link Effect#HALF_CLOSE}. */
        HALF_CLOSE,
        /** See {@link Effect#STALL}. */
        STALL
    }

    /**
     * See {@link Effect#delay}.
     *
     * @param duration the wait
     */
    record Delay(Duration duration) implements Effect {
        /** Checks the wait. */
        public Delay {
            if (duration.isNegative()) {
                throw new IllegalArgumentException("a delay cannot be negative: " + duration);
            }
        }
    }

    /**
     * See {@link Effect#throttle}.
     *
     * @param bytesPerSecond the rate
     */
    record Throttle(long bytesPerSecond) implements Effect {
        /** Checks the rate. */
        public Throttle {
            if (bytesPerSecond < 1) {
                throw new IllegalArgumentException("a rate is at least 1 byte a second, not " + bytesPerSecond);
            }
        }
    }
}
