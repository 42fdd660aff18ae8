package io.httpipe.bench.clients;

import java.io.IOException;

/** What one thread does again and again. */
@FunctionalInterface
public interface Work extends AutoCloseable {
    /**
     * Does it once.
     *
     * @return how many bytes of body came with the answer
     * @throws Exception whatever the client throws, or an IOException if the answer is not 200
     */
    long run() throws Exception;

    /** Gives back what this thread alone had: nothing, for a client with a pool. */
    @Override
    default void close() throws IOException {}
}
