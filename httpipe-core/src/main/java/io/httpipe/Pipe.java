package io.httpipe;

import io.httpipe.internal.call.ManagedHeaders;
import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.wire.Arguments;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A pipe from the body of one response into the body of the next request.
 *
 * {@snippet :
 * try (StreamedResponse source = hp.stream(Request.get("http://a/original"))) {
 *     Response stored = source.pipe().request(Request.put("http://b/copy"));
 * }
 * }
 *
 * <p>The length is carried over, or the body sent in chunks with the source's trailers behind it, but for those that
 * are not for a server to say, such as {@code Forwarded}; a source without a body (the answer to a HEAD, 204, 304)
 * gives an empty one. Nothing grows with the body: what arrives goes out, and a slow end slows the other. Pipes chain:
 * {@link #stream} gives a response with a pipe of its own.
 *
 * <p>When the call is over the source is closed, in whichever way it ended. If the destination fails, its error is
 * thrown; if the source does, {@link RequestBodyException}, whose cause tells what happened there. For one thread.
 */
public final class Pipe {
    private final Httpipe client;
    private final StreamedResponse source;
    private final @Nullable Timeouts timeouts;

    Pipe(Httpipe client, StreamedResponse source) {
        this(client, source, null);
    }

    private Pipe(Httpipe client, StreamedResponse source, @Nullable Timeouts timeouts) {
        this.client = client;
        this.source = source;
        this.timeouts = timeouts;
    }

    /**
     * {@return this pipe with timeouts of its own for the request} Those that the request has itself win.
     *
     * @param timeouts for all steps, none of them taken from the client
     */
    public Pipe timeouts(Timeouts timeouts) {
        return new Pipe(client, source, Arguments.notNull("timeouts", timeouts));
    }

    /**
     * Sends a request with the source's body and reads the whole response.
     *
     * @param request without a body
     * @return the whole response, whatever its status
     * @throws HttpipeException         if no whole response came
     * @throws IllegalArgumentException if the request has a body already, is a TRACE, or speaks HTTP/1.0 while the
     *                                  length of the source is unknown
     */
    public Response request(Request request) throws HttpipeException {
        try (source) {
            return client.request(piped(request));
        }
    }

    /**
     * The same, for a response that is streamed. The source is closed once all of it has been sent, which may be after
     * the head of the response has come.
     *
     * @param request without a body
     * @return the response, to be closed
     * @throws HttpipeException         if no response came
     * @throws IllegalArgumentException as for {@link #request(Request)}
     */
    public StreamedResponse stream(Request request) throws HttpipeException {
        boolean streamed = false;
        try {
            StreamedResponse response = client.stream(piped(request));
            streamed = true;
            return response;
        } finally {
            if (!streamed) {
                source.close();
            }
        }
    }

    /**
     * The same, for a response that is streamed and closed.
     *
     * @param <T>     what the handler makes of it
     * @param request without a body
     * @param handler called once, on this thread, when the head is there; must not let the response out
     * @return what the handler returns
     * @throws HttpipeException         if no response came, its body failed while the handler read it, or the request
     *                                  was not sent whole although a 2xx came, unless that closes the connection
     * @throws IOException              what else the handler throws
     * @throws IllegalArgumentException as for {@link #request(Request)}
     */
    public <T> T stream(Request request, StreamedResponse.Handler<T> handler) throws IOException {
        try (source) {
            return client.stream(piped(request), handler);
        }
    }

    private Request piped(Request request) {
        Outgoing outgoing = Arguments.notNull("request", request).outgoing();
        if (outgoing.body() != null) {
            throw new IllegalArgumentException("request: its body is to come from the pipe");
        }
        Request piped = request.body(Body.closing(source.body()));
        if (source.body().length() < 0 && !outgoing.http10() && !outgoing.hasTrailers()) {
            piped = piped.withTrailers(
                    () -> ManagedHeaders.pipedTrailers(source.body().source().trailers()));
        }
        return timeouts == null || outgoing.limits() != null ? piped : piped.timeouts(timeouts);
    }
}
