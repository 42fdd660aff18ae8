package io.httpipe.bench.clients;

import java.io.IOException;

/** The work that one thread repeats. */
@FunctionalInterface
public interface Work extends AutoCloseable {
    /**
     * Does the work once.
     *
     * @return the number of bytes in the response body
     * @throws Exception an exception of the client, or an IOException if the status is not 200
     */
    long run() throws Exception;

    /** Releases the resources of this thread. If the client has a pool, a thread has none. */
    @Override
    default void close() throws IOException {}
}
