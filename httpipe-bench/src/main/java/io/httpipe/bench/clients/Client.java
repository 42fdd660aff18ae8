package io.httpipe.bench.clients;

import java.io.IOException;
import java.net.URI;

/**
 * A client at its own recommended settings for many virtual threads, opened for one turn and then closed.
 *
 * <p>Its methods prepare work that a single thread then does again and again; the {@link Work}s of one client run at
 * the same time. Where a library's requests are values that can be sent again, they are made beforehand.
 */
public interface Client extends AutoCloseable {
    /** How much of a body is read or written at once, where that is for the caller to say. */
    int PIECE = 16 * 1024;

    /** Gets a body into memory. */
    Work get(URI uri);

    /** The same from a server that closes the connection after its answer. */
    default Work getOnce(URI uri) {
        return get(uri);
    }

    /** Reads a body piece by piece and forgets it. */
    Work download(URI uri);

    /** Posts a body. */
    Work upload(URI uri, Payload payload);

    /** Posts to one server what another one sends, its length carried over, without holding it in memory. */
    Work pipe(URI from, URI to);

    /** Whether it keeps to {@link Setup#limit} by itself. */
    default boolean limits() {
        return false;
    }

    @Override
    void close() throws IOException;
}
