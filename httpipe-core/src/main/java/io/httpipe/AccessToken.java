package io.httpipe;

import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.policy.BearerToken;
import io.httpipe.internal.wire.Arguments;
import java.time.Duration;

/**
 * A bearer token with its lifetime (RFC 6750), as a {@link TokenSource} returns it.
 *
 * {@snippet :
 * AccessToken token = AccessToken.of("mF_9.B5f-4.1JqM").expiresIn(Duration.ofHours(1));
 * }
 *
 * <p>Immutable and thread-safe.
 */
public final class AccessToken {
    private final BearerToken token;

    private AccessToken(BearerToken token) {
        this.token = token;
    }

    /**
     * {@return a token that is used until the server refuses it}
     *
     * @param token visible ASCII characters
     * @throws IllegalArgumentException if the token is null or empty, or contains any other character; the message
     *                                  does not show the token
     */
    public static AccessToken of(String token) {
        return new AccessToken(new BearerToken(token, NanoClock.NEVER));
    }

    /**
     * Sets how long the token can be used. A request in the last part of this time, or after it, gets a new token. The
     * last part is a tenth of this time, but at most 30 seconds.
     *
     * @param lifetime counted from the moment when the client called the source; with 0, only calls that already wait
     *                 for the token use it
     * @return a changed copy
     * @throws IllegalArgumentException if the lifetime is null or negative
     */
    public AccessToken expiresIn(Duration lifetime) {
        return new AccessToken(
                new BearerToken(token.value(), NanoClock.nanos(Arguments.notNegative("lifetime", lifetime))));
    }

    BearerToken token() {
        return token;
    }

    /** Returns a text without the token. */
    @Override
    public String toString() {
        return "AccessToken[***]";
    }
}
