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

    CredentialsFailedException(String description, Facts facts, IOException cause) {
        super(facts.withoutRetry(), description + ": " + cause.getMessage());
        initCause(cause);
    }
}
