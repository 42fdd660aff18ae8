package io.httpipe;

import java.io.IOException;

/**
 * Sees the requests of a client and their responses. It can change a request or a response, send a request more than
 * once, or answer a request without sending it.
 *
 * {@snippet :
 * Httpipe hp = Httpipe.builder()
 *         .intercept((request, next) -> next.proceed(request.header("X-Request-Id", ids.next())))
 *         .intercept((request, next) ->
 *                 maintenance.isOn() ? StreamedResponse.of(Response.of(503)) : next.proceed(request))
 *         .build();
 * }
 *
 * <p>Interceptors run in the order in which they were added to the builder: the first one sees the request first and
 * the response last. They run on the caller's thread. For a {@link FanOut}, they run on the thread that sends the
 * request. They apply to {@link Httpipe#request}, {@link Httpipe#stream}, {@link Httpipe#events},
 * {@link Httpipe#download}, {@link FanOut} and {@link Pipe}, but not to {@link Exchange}. The timeout and the deadline
 * of a call limit the total time of all requests that its interceptors send. An interrupt cancels the call. A callback
 * of {@link Body#writing} runs on a thread of the client, as it does for {@link Httpipe#stream}.
 *
 * <p>Many threads may use an interceptor at the same time, so it must be thread-safe.
 */
@FunctionalInterface
public interface Interceptor {
    /**
     * Handles one request.
     *
     * <p>The response that this method returns belongs to the caller. If it is neither the response that {@code next}
     * returned last nor a changed copy of it, the client closes the response of {@code next}. If this method throws,
     * the client closes that response too. If this method reads a body itself, {@link Request#maxBodySize} limits the
     * body. {@link Limits#maxBodySize} limits it only in {@link StreamedResponse#text}.
     *
     * @param request the request
     * @param next    sends the request, through the interceptors that follow
     * @return the response
     * @throws IOException if there is no response. Callers get an {@link HttpipeException} unchanged. Any other
     *                     {@code IOException} becomes the cause of an {@link InterceptorFailedException}, or of a
     *                     {@link CancelledException} if the thread was interrupted
     */
    StreamedResponse intercept(Request request, Next next) throws IOException;

    /**
     * Passes a request to the interceptors that follow, and then sends it. The client follows redirects and makes
     * retries behind the last interceptor, so no interceptor sees them. A {@code Next} can be used only while its
     * interceptor runs, and only on the interceptor's thread.
     */
    interface Next {
        /**
         * Sends a request.
         *
         * @param request the request to send, perhaps a changed one
         * @return the response, whose body has not been read
         * @throws IOException           if there is no response
         * @throws IllegalStateException if an earlier response of this {@code Next} is still open (read it to its end
         *                               or close it first), if the body has been sent before and cannot be sent again,
         *                               or if this method is called on another thread or after the interceptor has
         *                               returned
         */
        StreamedResponse proceed(Request request) throws IOException;
    }
}
