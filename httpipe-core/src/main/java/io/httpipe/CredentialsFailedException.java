package io.httpipe;

import java.io.IOException;
import java.io.Serial;

/**
 * Credentials could not be used: a {@link TokenSource} failed, or the server gave a wrong proof of the password.
 *
 * {@snippet :
 * try {
 *     return hp.get(uri);
 * } catch (CredentialsFailedException e) {
 *     log.error("no token: {}", e.getCause().getMessage());
 *     throw e;
 * }
 * }
 *
 * <p>The cause is the exception of the source, or an {@code IOException} that describes the wrong proof.
 * {@link #safeToRetry} is false.
 */
public final class CredentialsFailedException extends HttpipeException {
    @Serial
    private static final long serialVersionUID = 1;

    /**
     * Creates an exception, for a test or an {@link Interceptor}.
     *
     * @param description the first words of the message
     * @param facts       where and when the call failed
     * @param cause       the exception of the token source, or one that describes the wrong proof
     */
    public CredentialsFailedException(String description, Facts facts, IOException cause) {
        super(facts.withoutRetry(), description + ": " + ErrorMapping.message(cause));
        initCause(cause);
    }
}
