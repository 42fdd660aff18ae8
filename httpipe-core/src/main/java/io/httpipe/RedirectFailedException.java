package io.httpipe;

import java.io.IOException;
import java.io.Serial;

/**
 * A redirect cannot be followed: its {@code Location} is malformed or has several different values, the redirect is
 * part of a loop, or it would exceed {@link Redirects#maxHops} or the limit of 20 attempts.
 *
 * {@snippet :
 * try {
 *     return hp.get(uri);
 * } catch (RedirectFailedException e) {
 *     log.warn("{} after {}", e.getMessage(), e.hops());
 *     throw e;
 * }
 * }
 *
 * <p>{@link #safeToRetry} is false.
 */
public final class RedirectFailedException extends HttpipeException {
    @Serial
    private static final long serialVersionUID = 1;

    /**
     * Creates an exception, for a test or an {@link Interceptor}.
     *
     * @param refused the reason; its message becomes the message of this exception
     * @param facts   where and when the call failed
     */
    public RedirectFailedException(IOException refused, Facts facts) {
        super(facts.withoutRetry(), String.valueOf(refused.getMessage()));
    }
}
