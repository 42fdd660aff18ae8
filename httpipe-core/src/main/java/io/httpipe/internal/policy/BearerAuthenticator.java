package io.httpipe.internal.policy;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.wire.Challenge;
import io.httpipe.internal.wire.Origin;
import java.io.IOException;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Sends a bearer token (RFC 6750) with each request. Thread-safe. */
public final class BearerAuthenticator extends Authenticator {
    /** Greater than the strength of any other answer, because the challenge is about the token that was sent. */
    private static final int STRENGTH = 10;

    /** The answer with the fixed token; null if there is a source. */
    private final @Nullable Answer fixed;

    /** The tokens of the source; null if the token is fixed. */
    private final @Nullable TokenCache tokens;

    private BearerAuthenticator(Set<Origin> origins, @Nullable Answer fixed, @Nullable TokenCache tokens) {
        super(origins);
        this.fixed = fixed;
        this.tokens = tokens;
    }

    /** Creates an authenticator with a fixed token. */
    public static BearerAuthenticator of(Set<Origin> origins, BearerToken token) {
        return new BearerAuthenticator(origins, new Answer("Bearer " + token.value()), null);
    }

    /** Creates an authenticator that gets its tokens from a source. */
    public static BearerAuthenticator of(Set<Origin> origins, TokenFetcher source) {
        return of(origins, source, NanoClock::now);
    }

    static BearerAuthenticator of(Set<Origin> origins, TokenFetcher source, LongSupplier clock) {
        return new BearerAuthenticator(origins, null, new TokenCache(source, clock));
    }

    /** The copy uses the same token, and one fetch serves both. */
    @Override
    public BearerAuthenticator boundTo(Set<Origin> newOrigins) {
        return new BearerAuthenticator(newOrigins, fixed, tokens);
    }

    @Override
    String scheme() {
        return "Bearer";
    }

    @Override
    Answer preemptive(Outgoing request, CallTimeouts timeouts, Waits waits) throws IOException {
        return answer(null, timeouts, waits);
    }

    @Override
    int strength(Outgoing request, Challenge challenge, @Nullable Answer refused) {
        boolean canRefresh = tokens != null && refused != null;
        return canRefresh && challenge.scheme().equals("bearer") && challenge.has("error", "invalid_token")
                ? STRENGTH
                : 0;
    }

    @Override
    Answer answer(Outgoing request, Challenge challenge, @Nullable Answer refused, CallTimeouts timeouts, Waits waits)
            throws IOException {
        return answer(refused, timeouts, waits);
    }

    @Override
    void learn(Outgoing request, Challenge challenge, @Nullable Answer refused) {
        if (tokens != null && refused != null) {
            tokens.forget(refused);
        }
    }

    private Answer answer(@Nullable Answer refused, CallTimeouts timeouts, Waits waits) throws IOException {
        if (tokens != null) {
            return tokens.answer(refused, timeouts, waits);
        }
        if (fixed != null) {
            return fixed;
        }
        throw new AssertionError("there is neither a token nor a source");
    }
}
