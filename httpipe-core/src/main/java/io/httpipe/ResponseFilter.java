package io.httpipe;

import io.httpipe.internal.wire.Arguments;
import java.io.IOException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a response while it is read by {@link Exchange#readResponse(ResponseFilter)}, and may stop the reading.
 *
 * {@snippet :
 * Response head = exchange.readResponse(ResponseFilter.ofHeader((status, headers) -> status != 200));
 * exchange.readResponse(ResponseFilter.ofBody(chunk -> {
 *     out.write(chunk);
 *     return true;
 * }));
 * }
 *
 * <p>Immutable; as thread-safe as what it is made of.
 */
public final class ResponseFilter {
    static final ResponseFilter NONE = new ResponseFilter(null, null, UnaryOperator.identity());

    private final @Nullable HeaderFilter header;
    private final @Nullable BodyFilter body;
    private final UnaryOperator<Headers> edit;

    /** Sees the head of a response. */
    @FunctionalInterface
    public interface HeaderFilter {
        /**
         * Looks at the head.
         *
         * @param status  101 or 200 to 999
         * @param headers as they were received
         * @return whether to go on and read the body
         * @throws IOException given on to the reader's caller
         */
        boolean header(int status, Headers headers) throws IOException;
    }

    /** Sees each chunk of a body. */
    @FunctionalInterface
    public interface BodyFilter {
        /**
         * Takes a chunk.
         *
         * @param chunk one byte or more; nobody else holds the array
         * @return whether to go on and read the next one
         * @throws IOException given on to the reader's caller
         */
        boolean body(byte[] chunk) throws IOException;
    }

    private ResponseFilter(@Nullable HeaderFilter header, @Nullable BodyFilter body, UnaryOperator<Headers> edit) {
        this.header = header;
        this.body = body;
        this.edit = edit;
    }

    /**
     * {@return a filter that sees the head}
     *
     * @param header called at most once a response
     */
    public static ResponseFilter ofHeader(HeaderFilter header) {
        return new ResponseFilter(Arguments.notNull("header", header), null, UnaryOperator.identity());
    }

    /**
     * {@return a filter that gets the chunks of the body} The response then has none.
     *
     * @param body called for each chunk, in order
     */
    public static ResponseFilter ofBody(BodyFilter body) {
        return NONE.body(body);
    }

    /**
     * {@return this filter, with one that gets the chunks of the body} The response then has none.
     *
     * @param body called for each chunk, in order
     */
    public ResponseFilter body(BodyFilter body) {
        return new ResponseFilter(header, Arguments.notNull("body", body), edit);
    }

    /**
     * {@return this filter, with a change to the headers that the response is to have} The head filter sees them
     * unchanged.
     *
     * @param edit from those received to those wanted
     */
    public ResponseFilter headers(UnaryOperator<Headers> edit) {
        return new ResponseFilter(header, body, Arguments.notNull("edit", edit));
    }

    boolean goesOn(int status, Headers headers) throws IOException {
        return header == null || header.header(status, headers);
    }

    Headers edited(Headers headers) {
        return Arguments.notNull("headers", edit.apply(headers));
    }

    @Nullable
    BodyFilter bodyFilter() {
        return body;
    }
}
