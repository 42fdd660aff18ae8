package io.httpipe.internal.call;

import java.io.IOException;
import java.io.Serial;

/** The body of a response has more bytes than allowed. */
public final class BodyLimitException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    private final long limit;
    private final long announced;
    private final Source source;

    /** Where the limit comes from. */
    public enum Source {
        REQUEST,
        CLIENT,
        /** The limit of the response bytes that are kept while the request is being sent. */
        READ_AHEAD
    }

    private BodyLimitException(long limit, long announced, Source source) {
        super("the response body has more than %d bytes".formatted(limit));
        this.limit = limit;
        this.announced = announced;
        this.source = source;
    }

    /**
     * Returns the exception for a body that is larger than its limit.
     *
     * @param announced the size of the body in bytes; -1 if it is unknown
     */
    static BodyLimitException tooLarge(long limit, long announced, Outgoing request) {
        return new BodyLimitException(
                limit, announced, limit == request.maxBodySize() ? Source.REQUEST : Source.CLIENT);
    }

    /** Returns the exception for a response that exceeded this limit before the request had been sent. */
    static BodyLimitException tooEarly(long limit) {
        return new BodyLimitException(limit, -1, Source.READ_AHEAD);
    }

    /** The limit in bytes. */
    public long limit() {
        return limit;
    }

    /** The size of the body in bytes; -1 if it is unknown. */
    public long announced() {
        return announced;
    }

    public Source source() {
        return source;
    }
}
