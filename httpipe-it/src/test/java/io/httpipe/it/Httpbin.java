package io.httpipe.it;

import org.testcontainers.containers.GenericContainer;

/**
 * The httpbin of {@code Dockerfile.httpbin} in a container. The first use builds the image and starts the container.
 * All tests of the run share it, and it is removed when the JVM ends. Without Docker, every method throws.
 */
final class Httpbin {
    private static final int HTTP = 8080;

    private Httpbin() {}

    /** Such as {@code http://localhost:32768}. */
    static String origin() {
        GenericContainer<?> container = Running.CONTAINER;
        return "http://" + container.getHost() + ":" + container.getMappedPort(HTTP);
    }

    /** For example {@code uri("/get")}. */
    static String uri(String pathAndQuery) {
        return origin() + pathAndQuery;
    }

    private static final class Running {
        static final GenericContainer<?> CONTAINER = Containers.start("httpbin", "/get", HTTP);
    }
}
