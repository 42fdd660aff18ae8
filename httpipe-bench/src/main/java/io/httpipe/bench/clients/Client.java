package io.httpipe.bench.clients;

import java.io.IOException;
import java.net.URI;

/**
 * A client at its own recommended settings for many virtual threads, opened for one turn and then closed.
 *
 * <p>Its methods prepare work that a single thread then does again and again; the {@link Work}s of one client run at
 * the same time.
 */
public interface Client extends AutoCloseable {
    /** Gets a body into memory. */
    Work get(URI uri);

    @Override
    void close() throws IOException;
}
