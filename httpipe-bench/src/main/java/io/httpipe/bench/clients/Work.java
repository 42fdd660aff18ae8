package io.httpipe.bench.clients;

import java.io.IOException;

/** The work that one thread repeats. */
@FunctionalInterface
public interface Work extends AutoCloseable {
    /**
     * Does the work once.
     *
     * @return the number of bytes in the response body
     * @throws Exception an exception of the client, or an IOException if the status is not 200. The floor does not
     *                   check the status.
     */
    long run() throws Exception;

    /** Releases the resources of this thread. A thread has resources of its own only if the client has no pool. */
    @Override
    default void close() throws IOException {}
}
