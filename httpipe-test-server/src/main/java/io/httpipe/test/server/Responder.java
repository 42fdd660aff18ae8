package io.httpipe.test.server;

import org.jspecify.annotations.Nullable;

/**
 * A function from a request to its answer.
 *
 * {@snippet :
 * Responder echo = request -> Answer.of(200, request.text());
 * }
 *
 * <p>Several threads may call it at the same time, one for each connection. If it throws, the client gets a 500 with
 * the message, the connection is closed, and {@link ScriptedServer#close} fails.
 */
@FunctionalInterface
public interface Responder {
    /**
     * Returns the answer to a request that has been read completely.
     *
     * @param request the request with its body
     * @return the answer
     * @throws Exception if the request is not what the test expects
     */
    Answer answer(RecordedRequest request) throws Exception;

    /**
     * Returns an answer that is sent before the whole body has been read, or null to read the body and call
     * {@link #answer}. The server sends {@code 100 Continue} only after this method has returned null. The default
     * method returns null.
     *
     * @param head the request without its body
     * @return the early answer or null; see {@link Answer#early}
     * @throws Exception if the request is not what the test expects
     */
    default @Nullable Answer answerEarly(RecordedRequest head) throws Exception {
        return null;
    }
}
