package io.httpipe.it;

import io.httpipe.Httpipe;
import io.httpipe.Response;
import java.io.IOException;
import java.nio.charset.Charset;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.output.OutputFrame.OutputType;

/**
 * The Apache of {@code Dockerfile.apache} in a container. The first use builds the image and starts the container. All
 * tests of the run share it, and it is removed when the JVM ends. Without Docker, every method that uses the container
 * throws.
 *
 * <p>{@code httpipe-it/apache/httpd.conf} lists its protected areas. In each of them {@code /ok} is a file,
 * {@code /echo} returns the body of a POST, and {@code /folder} is redirected to {@code /folder/}. Each response has
 * the {@code Authorization} of its request in {@code X-Authorization}, and the user in {@code X-User}, in Base64.
 */
final class Apache {
    /** A user of all areas. */
    static final String USER = "Mufasa";

    static final String PASSWORD = "Circle of Life";

    private static final int HTTP = 8080;
    private static final AtomicInteger MARKS = new AtomicInteger();

    private Apache() {}

    /** Such as {@code http://localhost:32768}. */
    static String origin() {
        GenericContainer<?> container = Running.CONTAINER;
        return "http://" + container.getHost() + ":" + container.getMappedPort(HTTP);
    }

    /** For example {@code uri("/basic/ok")}. */
    static String uri(String path) {
        return origin() + path;
    }

    /** Returns the name of the user that Apache has authenticated. */
    static String user(Response response, Charset charset) {
        String user = Objects.requireNonNull(response.headers().first("X-User"), "Apache always sends it");
        return new String(Base64.getDecoder().decode(user), charset);
    }

    /** Returns a query that no other request of the run has. */
    static String mark() {
        return "?mark-" + MARKS.incrementAndGet() + "-";
    }

    /**
     * Returns the statuses that Apache has sent to all requests with a mark, from its log.
     *
     * @param hp the client that sent these requests over one connection. This method sends one more request over it,
     *           because Apache logs each request before it reads the next one
     */
    static List<Integer> statuses(Httpipe hp, String mark) throws IOException, InterruptedException {
        String end = mark();
        if (hp.get(uri("/ok" + end)).reusedTimes() == 0) {
            throw new IllegalStateException("there is no idle connection");
        }
        List<String> lines = List.of();
        while (lines.stream().noneMatch(line -> line.contains(end))) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            lines = Running.CONTAINER.getLogs(OutputType.STDOUT).lines().toList();
        }
        return lines.stream()
                .filter(line -> line.contains(mark))
                .map(line -> Integer.valueOf(line.substring(line.lastIndexOf(' ') + 1)))
                .toList();
    }

    private static final class Running {
        static final GenericContainer<?> CONTAINER = Containers.start("apache", "/ok", HTTP);
    }
}
