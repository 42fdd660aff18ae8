package io.httpipe.it;

import io.httpipe.Endpoint;
import org.testcontainers.containers.GenericContainer;

/**
 * The server of {@code Dockerfile.node} in a container. The first use builds the image and starts the container. All
 * tests of the run share it, and it is removed when the JVM ends. Without Docker, every method throws.
 *
 * <p>{@code httpipe-it/node/server.js} defines its responses. Each response has the number of its connection in
 * {@code X-Connection}.
 */
final class Node {
    private static final int HTTP = 8080;

    private Node() {}

    /** For example {@code uri("/echo")}. */
    static String uri(String pathAndQuery) {
        GenericContainer<?> container = Running.CONTAINER;
        return "http://" + container.getHost() + ":" + container.getMappedPort(HTTP) + pathAndQuery;
    }

    static Endpoint endpoint() {
        return Endpoint.of(Running.CONTAINER.getHost(), Running.CONTAINER.getMappedPort(HTTP));
    }

    private static final class Running {
        static final GenericContainer<?> CONTAINER = Containers.start("node", "/", HTTP);
    }
}
