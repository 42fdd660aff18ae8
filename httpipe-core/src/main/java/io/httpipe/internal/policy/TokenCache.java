package io.httpipe.internal.policy;

import io.httpipe.internal.connect.CallStep;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.Deadlines;
import io.httpipe.internal.connect.NanoClock;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the bearer token of a source until the token expires or is refused. While one call fetches a new token, all
 * calls that need it wait. If the fetch fails, these calls fail, and the next call fetches again. Thread-safe.
 */
final class TokenCache {
    /** A token is replaced this many nanoseconds before it expires, so that it is still valid at the server. */
    private static final long MARGIN = 30_000_000_000L;

    /** The margin is at most the token's lifetime divided by this number. */
    private static final int MARGIN_DIVISOR = 10;

    private final TokenFetcher source;
    private final LongSupplier clock;
    private final AtomicReference<@Nullable TokenFetch> running = new AtomicReference<>();
    private volatile @Nullable Held held;

    private record Held(Answer answer, long until) {}

    /**
     * Creates an empty cache.
     *
     * @param clock times as {@link NanoClock#now} gives them
     */
    TokenCache(TokenFetcher source, LongSupplier clock) {
        this.source = source;
        this.clock = clock;
    }

    /**
     * Returns an answer with a token, perhaps a new one.
     *
     * @param refused an answer that must not be returned from the cache
     */
    Answer answer(@Nullable Answer refused, CallTimeouts timeouts, Waits waits) throws IOException {
        Answer answer = usable(refused);
        while (answer == null) {
            long deadline = timeouts.enterChecked(CallStep.PAUSE);
            TokenFetch own = new TokenFetch();
            TokenFetch other = running.compareAndExchange(null, own);
            answer = other == null ? lead(own, refused, timeouts) : other.await(deadline, waits);
        }
        return answer;
    }

    /** Makes the next call fetch a new token, unless the refused token has been replaced already. */
    void forget(Answer refused) {
        Held current = held;
        if (current != null && current.answer.value().equals(refused.value())) {
            held = null;
        }
    }

    private @Nullable Answer usable(@Nullable Answer refused) {
        Held current = held;
        if (current == null || refused != null && refused.value().equals(current.answer.value())) {
            return null;
        }
        return current.until == NanoClock.NEVER || clock.getAsLong() < current.until ? current.answer : null;
    }

    private Answer lead(TokenFetch own, @Nullable Answer refused, CallTimeouts timeouts) throws IOException {
        try {
            // Another fetch may have ended after this call looked for a token and before this fetch began.
            Answer answer = usable(refused);
            if (answer == null) {
                answer = fetch(timeouts);
                own.succeeded(answer);
            }
            return answer;
        } catch (IOException | RuntimeException e) {
            // An interrupt or the deadline of this call is no failure of the source. One of the waiting calls fetches
            // next.
            IOException end = CallEnd.after(e, timeouts);
            if (end != null) {
                throw end;
            }
            own.failed(e);
            if (e instanceof IOException source) {
                throw new TokenFailedException(source);
            }
            throw e;
        } finally {
            running.set(null);
            own.end();
        }
    }

    private Answer fetch(CallTimeouts timeouts) throws IOException {
        long start = clock.getAsLong();
        long deadline = timeouts.deadline();
        // After the first use of Deadlines.around, every HTTP call in this JVM reads a thread local. So a fetch without
        // a deadline does not use Deadlines.around.
        BearerToken token = deadline == NanoClock.NEVER ? source.fetch() : Deadlines.around(deadline, source::fetch);
        Answer answer = new Answer("Bearer " + token.value());
        held = new Held(answer, usableUntil(start, token.lifetime()));
        return answer;
    }

    private static long usableUntil(long start, long lifetime) {
        return lifetime == NanoClock.NEVER
                ? NanoClock.NEVER
                : NanoClock.plus(start, lifetime - Math.min(MARGIN, lifetime / MARGIN_DIVISOR));
    }
}
