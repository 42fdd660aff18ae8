package io.httpipe.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.containers.GenericContainer;

/**
 * The servers of {@code Dockerfile.codings} in one container: nginx, Apache and Caddy serve the same files, each with
 * its own content codings. The first use builds the image and starts the container. All tests of the run share it, and
 * it is removed when the JVM ends. Without Docker, every method throws.
 *
 * <p>{@code /small.txt} and {@code /large.txt} have one number on each line. {@code /large.json} is an array of
 * numbers. {@code /pre} has files that were compressed in advance. {@code /events} sends one event at once, and another
 * event after each request for {@code /next} to nginx.
 */
enum Codings {
    NGINX(8080),
    APACHE(8081),
    CADDY(8082);

    private final int port;

    Codings(int port) {
        this.port = port;
    }

    static String host() {
        return Running.CONTAINER.getHost();
    }

    int mappedPort() {
        return Running.CONTAINER.getMappedPort(port);
    }

    /** For example {@code uri("/small.txt")}. */
    String uri(String pathAndQuery) {
        return "http://" + host() + ":" + mappedPort() + pathAndQuery;
    }

    /** Runs a command of bash in the folder of the files. Returns what it prints, without the last line end. */
    static String shell(String command) throws InterruptedException {
        try {
            ExecResult result = Running.CONTAINER.execInContainer("bash", "-c", "cd /srv/www && " + command);
            if (result.getExitCode() != 0) {
                throw new IllegalStateException(result.toString());
            }
            return result.getStdout().strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Running {
        static final GenericContainer<?> CONTAINER = start();

        private static GenericContainer<?> start() {
            try {
                GenericContainer<?> container = Containers.of("codings", "/ready", 8080, 8081, 8082);
                Containers.start(container, () -> {});
                return container;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
