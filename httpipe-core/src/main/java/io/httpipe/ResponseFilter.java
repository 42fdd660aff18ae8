package io.httpipe;

import java.io.IOException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a response while it is read by {@link Exchange#readResponse(ResponseFilter)}, and may stop the reading.
 *
 * {@snippet :
 * Response head = exchange.readResponse(ResponseFilter.header((status, headers) -> status != 200));
 * exchange.readResponse(ResponseFilter.body(chunk -> {
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
        /** Whether to go on and read the body. */
        boolean header(int status, Headers headers) throws IOException;
    }

    /** Sees each chunk of a body. */
    @FunctionalInterface
    public interface BodyFilter {
        /** Whether to go on and read the next chunk. */
        boolean body(byte[] chunk) throws IOException;
    }

    private ResponseFilter(@Nullable HeaderFilter header, @Nullable BodyFilter body, UnaryOperator<Headers> edit) {
        this.header = header;
        this.body = body;
        this.edit = edit;
    }

    /** A filter that sees the head. */
    public static ResponseFilter header(HeaderFilter header) {
        return new ResponseFilter(Check.notNull("header", header), null, UnaryOperator.identity());
    }

    /** A filter that gets the chunks of the body; the response then has none. */
    public static ResponseFilter body(BodyFilter body) {
        return NONE.andBody(body);
    }

    /** This filter, with one that gets the chunks of the body; the response then has none. */
    public ResponseFilter andBody(BodyFilter body) {
        return new ResponseFilter(header, Check.notNull("body", body), edit);
    }

    /** This filter, with a change to the headers that the response is to have. */
    public ResponseFilter andHeaders(UnaryOperator<Headers> edit) {
        return new ResponseFilter(header, body, Check.notNull("edit", edit));
    }

    boolean goesOn(int status, Headers headers) throws IOException {
        return header == null || header.header(status, headers);
    }

    Headers edited(Headers headers) {
        return Check.notNull("headers", edit.apply(headers));
    }

    @Nullable
    BodyFilter bodyFilter() {
        return body;
    }
}
