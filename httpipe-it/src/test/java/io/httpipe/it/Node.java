package io.httpipe.it;

import io.httpipe.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.testcontainers.containers.GenericContainer;

/**
 * The server of {@code Dockerfile.node} in a container: built and started when first asked for, shared by all tests of
 * the run, removed when the JVM ends. Where there is no Docker, every method throws.
 *
 * <p>What it answers is in {@code httpipe-it/node/server.js}. Every answer tells its connection's number in
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
        static final GenericContainer<?> CONTAINER = start();

        private static GenericContainer<?> start() {
            try {
                GenericContainer<?> container = Containers.of("node", "/", HTTP);
                Containers.start(container, () -> {});
                return container;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
