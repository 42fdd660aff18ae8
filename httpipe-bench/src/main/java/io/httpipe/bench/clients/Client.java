package io.httpipe.bench.clients;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;

/**
 * A client with its recommended settings for many virtual threads. It is opened for one turn and then closed.
 *
 * <p>Its methods prepare work that one thread then repeats. The {@link Work} objects of one client run at the same
 * time. With a {@link Setup#limit}, many threads run the same {@link Work} of {@link #get} at the same time. The
 * request objects of httpipe, OkHttp and the JDK's client can be sent again, so most of them are created in advance.
 * {@code JdkClient} creates a new one for each upload.
 */
public interface Client extends AutoCloseable {
    /** The number of bytes to read or write at once, if the caller chooses it. */
    int BUFFER_SIZE = 16 * 1024;

    /** Gets a response with its body in memory. */
    Work get(URI uri);

    /** Like {@link #get}, from a server that closes the connection after its response. */
    default Work getOnce(URI uri) {
        return get(uri);
    }

    /** Streams a response body and drops it. */
    Work download(URI uri);

    /** Posts a body. */
    Work upload(URI uri, Payload payload);

    /** Gets a response with its body in memory, decoded from gzip. The server sends gzip even if it is not asked. */
    default Work getDecoded(URI uri) {
        return get(uri);
    }

    /** Streams a response body, decodes it from gzip and drops it. */
    default Work downloadDecoded(URI uri) {
        return download(uri);
    }

    /** Posts a form with one file. */
    default Work multipart(URI uri, Path file) {
        throw new UnsupportedOperationException("multipart bodies");
    }

    /** Posts the response body of one server to another, with its length, without buffering it in memory. */
    Work pipe(URI from, URI to);

    /** Whether the client itself limits its connections to {@link Setup#limit}. */
    default boolean limitsConnections() {
        return false;
    }

    @Override
    void close() throws IOException;
}
