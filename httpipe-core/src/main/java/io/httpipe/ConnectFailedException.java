package io.httpipe;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * No connection could be opened. For example, the name has no address, or every address refused or was unreachable.
 *
 * {@snippet :
 * try {
 *     return hp.get(uri);
 * } catch (ConnectFailedException e) {
 *     return hp.get(mirror);
 * }
 * }
 *
 * <p>If the host has several addresses, the message lists up to eight that were tried, each with its failure. The
 * failures of the attempts are suppressed exceptions of the cause.
 */
public final class ConnectFailedException extends HttpipeException {
    @Serial
    private static final long serialVersionUID = 1;

    /**
     * Creates an exception, for a test or an {@link Interceptor}.
     *
     * @param description the first words of the message
     * @param facts       where and when the call failed
     * @param cause       null for none
     */
    public ConnectFailedException(String description, Facts facts, @Nullable Throwable cause) {
        super(description, facts, cause);
    }
}
