package io.httpipe.internal.policy;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.wire.Challenge;
import io.httpipe.internal.wire.Origin;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Authenticates requests to the origins that it is bound to, with one scheme and one secret. Thread-safe. */
public abstract sealed class Authenticator permits BasicAuthenticator, BearerAuthenticator, DigestAuthenticator {
    private final Set<Origin> origins;

    Authenticator(Set<Origin> origins) {
        this.origins = Collections.unmodifiableSet(new LinkedHashSet<>(origins));
    }

    public final Set<Origin> origins() {
        return origins;
    }

    /** Returns this authenticator bound to other origins. What it has learned about an origin stays known. */
    public abstract Authenticator boundTo(Set<Origin> newOrigins);

    /** The name of the scheme. */
    abstract String scheme();

    final boolean isFor(Outgoing request) {
        return origins.contains(request.origin());
    }

    /** Returns the credentials for a request without a new challenge; null if a challenge is needed first. */
    abstract @Nullable Answer preemptive(Outgoing request, CallTimeouts timeouts, Waits waits) throws IOException;

    /**
     * How well {@link #answer} would protect the secret. Does not wait.
     *
     * @param refused the answer of this authenticator that was refused with this challenge; null if there was none
     * @return 0 if this authenticator cannot answer the challenge, or could only repeat the refused answer
     */
    abstract int strength(Outgoing request, Challenge challenge, @Nullable Answer refused);

    /**
     * Returns the answer to a challenge whose {@link #strength} is not 0. A bearer authenticator may fetch a token, or
     * wait until another call has fetched it. The caller of a bearer authenticator must therefore hold no connection.
     */
    abstract Answer answer(
            Outgoing request, Challenge challenge, @Nullable Answer refused, CallTimeouts timeouts, Waits waits)
            throws IOException;

    /**
     * Remembers a challenge for later calls, because this call cannot answer it. Its {@link #strength} must not be 0.
     */
    abstract void learn(Outgoing request, Challenge challenge, @Nullable Answer refused);

    /** Returns the scheme and the origins, and no secret. */
    @Override
    public final String toString() {
        return scheme() + " for " + origins;
    }
}
