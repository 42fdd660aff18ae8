package io.httpipe;

import java.io.Serial;

/** What the server sent is not a response that can be read in one way only, or exceeds one of the {@link Limits}. */
public final class MalformedResponseException extends HttpipeException {
    @Serial
    private static final long serialVersionUID = 1;

    MalformedResponseException(String what, Facts facts, Throwable cause) {
        super(what, facts.withoutRetry(), cause);
    }
}
