package io.httpipe;

import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.policy.RetryRules;
import io.httpipe.internal.wire.Arguments;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Rules for sending a request again after a failure, or after a response that may be different next time.
 *
 * {@snippet :
 * Httpipe hp = Httpipe.builder()
 *         .retries(Retries.of(4).backoff(Duration.ofMillis(50), Duration.ofSeconds(2)).statuses(429, 503))
 *         .build();
 * }
 *
 * <p>By default, a client has no retries. With these rules, a call tries again
 *
 * <ul>
 *   <li>after a failure that is {@link HttpipeException#safeToRetry}, unless the call was cancelled or the
 *       {@link java.net.CookieHandler} failed;
 *   <li>after a response with one of the {@link #statuses(int...) statuses}, by default 429, 502, 503 and 504. The
 *       request must be idempotent (RFC 9110, section 9.2.2) or have an {@code Idempotency-Key}, and its body must be
 *       repeatable;
 *   <li>one time after a 408 to such a request, without a wait and over a new connection (RFC 9110, section 15.5.9);
 *   <li>one time after a 421 to any request whose body is repeatable, without a wait and over a new connection (RFC
 *       9110, section 15.5.20).
 * </ul>
 *
 * <p>A call is not tried again after the caller has received a part of the response body.
 *
 * <p><b>Waits.</b> Before it tries again, the call waits for as long as the server asks for with {@code Retry-After},
 * in seconds or as a date (RFC 9110, section 10.2.3). If the server does not ask for a wait, the call waits for a
 * random time between zero and the backoff. The backoff doubles with each attempt, up to its maximum. An interrupt and
 * {@link Httpipe#close} end the wait and the call.
 *
 * <p><b>Limits.</b> A call makes at most 20 attempts, including those after redirects and challenges. All attempts and
 * waits of a call share its deadline. The caller gets the result of an attempt if it was the last one, if the wait
 * after it would end after the deadline, if {@code Retry-After} exceeds {@link #maxRetryAfter(Duration)}, or if the
 * budget is used up. Each origin has a budget, which all clients over one pool share: within ten seconds, at most 10
 * retries plus 20 % of the calls to that origin. So retries add little to the load of a server that fails.
 *
 * <p>Immutable and thread-safe.
 */
public final class Retries {
    private static final RandomGenerator SYSTEM_RANDOM =
            () -> ThreadLocalRandom.current().nextLong();

    private final RetryRules rules;

    private Retries(RetryRules rules) {
        this.rules = rules;
    }

    /**
     * {@return rules with this number of attempts and the default values of everything else}
     *
     * @param attempts the first attempt plus the retries of a call, 1 or more; 1 means no retries
     * @throws IllegalArgumentException if {@code attempts} is less than 1
     */
    public static Retries of(int attempts) {
        return new Retries(new RetryRules(
                Arguments.atLeast("attempts", 1, attempts),
                NanoClock.nanos(Duration.ofMillis(100)),
                NanoClock.nanos(Duration.ofSeconds(10)),
                Set.of(429, 502, 503, 504),
                NanoClock.nanos(Duration.ofSeconds(30)),
                InstantSource.system(),
                SYSTEM_RANDOM));
    }

    /**
     * {@return a copy with this backoff} Without {@code Retry-After}, the wait before attempt <i>n</i> + 1 is a random
     * time between zero and {@code first} * 2<sup><i>n</i>-1</sup>, and at most {@code max}.
     *
     * @param first the longest such wait before the second attempt, 100 ms by default; zero means no such waits
     * @param max   the longest such wait before any attempt, 10 s by default
     * @throws IllegalArgumentException if {@code first} is negative or {@code max} is less than {@code first}
     */
    public Retries backoff(Duration first, Duration max) {
        Arguments.notNegative("first", first);
        if (Arguments.notNull("max", max).compareTo(first) < 0) {
            throw new IllegalArgumentException("max: %s is less than first, which is %s".formatted(max, first));
        }
        return new Retries(new RetryRules(
                rules.attempts(),
                NanoClock.nanos(first),
                NanoClock.nanos(max),
                rules.statuses(),
                rules.maxRetryAfter(),
                rules.clock(),
                rules.random()));
    }

    /**
     * {@return a copy with these statuses in place of the default ones} The rules for failures, 408 and 421 still
     * apply. If 408 or 421 is among the statuses, it can be retried more than once.
     *
     * @param statuses 400 to 599; if there are none, only failures, 408 and 421 are retried
     * @throws IllegalArgumentException if any status is not within 400 to 599
     */
    public Retries statuses(int... statuses) {
        Set<Integer> chosen = new TreeSet<>();
        for (int status : Arguments.notNull("statuses", statuses)) {
            if (status < 400 || status > 599) {
                throw new IllegalArgumentException(
                        "statuses: %d is not the status of an error; use 400 to 599".formatted(status));
            }
            chosen.add(status);
        }
        return new Retries(new RetryRules(
                rules.attempts(),
                rules.firstBackoff(),
                rules.maxBackoff(),
                chosen,
                rules.maxRetryAfter(),
                rules.clock(),
                rules.random()));
    }

    /**
     * {@return a copy with this limit for waits that servers ask for} If a response asks for a longer wait, the caller
     * gets that response.
     *
     * @param maxRetryAfter 30 s by default
     * @throws IllegalArgumentException if it is negative
     */
    public Retries maxRetryAfter(Duration maxRetryAfter) {
        long longest = NanoClock.nanos(Arguments.notNegative("maxRetryAfter", maxRetryAfter));
        return new Retries(new RetryRules(
                rules.attempts(),
                rules.firstBackoff(),
                rules.maxBackoff(),
                rules.statuses(),
                longest,
                rules.clock(),
                rules.random()));
    }

    /**
     * {@return a copy with this clock} The clock is used to compute the wait until a date in {@code Retry-After}, if
     * the response has no {@code Date} (RFC 9110, section 6.6.1). Other waits and deadlines do not depend on the clock.
     *
     * @param clock the system's by default; must be thread-safe
     */
    public Retries clock(InstantSource clock) {
        Arguments.notNull("clock", clock);
        return new Retries(new RetryRules(
                rules.attempts(),
                rules.firstBackoff(),
                rules.maxBackoff(),
                rules.statuses(),
                rules.maxRetryAfter(),
                clock,
                rules.random()));
    }

    /**
     * {@return a copy that draws the random part of each wait from this generator}
     *
     * @param random {@link ThreadLocalRandom} by default; must be thread-safe, such as {@link java.util.Random}
     */
    public Retries random(RandomGenerator random) {
        Arguments.notNull("random", random);
        return new Retries(new RetryRules(
                rules.attempts(),
                rules.firstBackoff(),
                rules.maxBackoff(),
                rules.statuses(),
                rules.maxRetryAfter(),
                rules.clock(),
                random));
    }

    RetryRules rules() {
        return rules;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Retries that && rules.equals(that.rules);
    }

    @Override
    public int hashCode() {
        return rules.hashCode();
    }

    /** Returns the values on one line. */
    @Override
    public String toString() {
        return new OptionText("Retries")
                .with("attempts", rules.attempts())
                .with("firstBackoff", Duration.ofNanos(rules.firstBackoff()))
                .with("maxBackoff", Duration.ofNanos(rules.maxBackoff()))
                .with("statuses", new TreeSet<>(rules.statuses()))
                .with("maxRetryAfter", Duration.ofNanos(rules.maxRetryAfter()))
                .toString();
    }
}
