package io.httpipe;

import io.httpipe.internal.wire.Arguments;
import java.io.IOException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Receives a response while {@link Exchange#readResponse(ResponseFilter)} reads it, and can stop the reading.
 *
 * {@snippet :
 * Response head = exchange.readResponse(ResponseFilter.ofHeader((status, headers) -> status != 200));
 * exchange.readResponse(ResponseFilter.ofBody(chunk -> {
 *     out.write(chunk);
 *     return true;
 * }));
 * }
 *
 * <p>Immutable. Thread-safe if the functions that it calls are.
 */
public final class ResponseFilter {
    static final ResponseFilter NONE = new ResponseFilter(null, null, UnaryOperator.identity());

    private final @Nullable HeaderFilter header;
    private final @Nullable BodyFilter body;
    private final UnaryOperator<Headers> edit;

    /** Receives the head of a response. */
    @FunctionalInterface
    public interface HeaderFilter {
        /**
         * Handles the head.
         *
         * @param status  101 or 200 to 999
         * @param headers as the server sent them
         * @return true to read the body; false to stop
         * @throws IOException stops the reading and is thrown by {@code readResponse}
         */
        boolean header(int status, Headers headers) throws IOException;
    }

    /**
     * Receives a body piece by piece, whether or not the server sent it in chunks. A piece has at most the chunk size
     * of {@link Exchange#read()}. It need not be a whole chunk of the server.
     */
    @FunctionalInterface
    public interface BodyFilter {
        /**
         * Handles a piece of the body.
         *
         * @param chunk at least one byte; the filter may keep and change the array
         * @return true to read the next piece; false to stop
         * @throws IOException stops the reading and is thrown by {@code readResponse}
         */
        boolean body(byte[] chunk) throws IOException;
    }

    private ResponseFilter(@Nullable HeaderFilter header, @Nullable BodyFilter body, UnaryOperator<Headers> edit) {
        this.header = header;
        this.body = body;
        this.edit = edit;
    }

    /**
     * {@return a filter that receives the head}
     *
     * @param header called at most once for each response
     */
    public static ResponseFilter ofHeader(HeaderFilter header) {
        return new ResponseFilter(Arguments.notNull("header", header), null, UnaryOperator.identity());
    }

    /**
     * {@return a filter that receives the body piece by piece} The body of the {@link Response} is then empty.
     *
     * @param body called for each piece, in order
     */
    public static ResponseFilter ofBody(BodyFilter body) {
        return NONE.body(body);
    }

    /**
     * {@return a copy that also receives the body piece by piece} The body of the {@link Response} is then empty.
     *
     * @param body called for each piece, in order
     */
    public ResponseFilter body(BodyFilter body) {
        return new ResponseFilter(header, Arguments.notNull("body", body), edit);
    }

    /**
     * {@return a copy that also changes the headers of the {@link Response}} The header filter gets the original ones.
     *
     * @param edit receives the original headers and returns those of the response
     */
    public ResponseFilter headers(UnaryOperator<Headers> edit) {
        return new ResponseFilter(header, body, Arguments.notNull("edit", edit));
    }

    boolean acceptsHead(int status, Headers headers) throws IOException {
        return header == null || header.header(status, headers);
    }

    Headers editHeaders(Headers headers) {
        return Arguments.notNull("headers", edit.apply(headers));
    }

    @Nullable
    BodyFilter bodyFilter() {
        return body;
    }
}
