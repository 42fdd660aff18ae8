package io.httpipe;

import java.io.IOException;
import java.io.Serial;

/**
 * The source of the request body failed, or the body was shorter or longer than announced.
 *
 * {@snippet :
 * try {
 *     return hp.request(Request.put(uri).body(Body.of(file)));
 * } catch (RequestBodyException e) {
 *     log.error("cannot read {}", file, e.getCause());
 *     throw e;
 * }
 * }
 *
 * <p>The cause is the error of the source. In a {@link Pipe}, the cause is the failure of the source response. That
 * exception has the endpoint of the source. {@link #safeToRetry} is false.
 */
public final class RequestBodyException extends HttpipeException {
    @Serial
    private static final long serialVersionUID = 1;

    /**
     * Creates an exception, for a test or an {@link Interceptor}.
     *
     * @param cause what the source of the body threw
     * @param facts where and when the call failed
     */
    public RequestBodyException(IOException cause, Facts facts) {
        super("the source of the request body failed: " + ErrorMapping.message(cause), facts.withoutRetry(), cause);
    }
}
