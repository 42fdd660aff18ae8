package io.httpipe;

import java.io.IOException;
import java.io.Serial;

/**
 * The body of the request could not be had, or was shorter or longer than announced; the cause tells what happened at
 * its source. In a {@link Pipe} that is the failure of the response it comes from, whose endpoint its cause names.
 */
public final class RequestBodyException extends HttpipeException {
    @Serial
    private static final long serialVersionUID = 1;

    RequestBodyException(IOException cause, Facts facts) {
        super("the source of the request body failed: " + cause.getMessage(), facts.withoutRetry(), cause);
    }
}
