package io.httpipe.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.ImageFromDockerfile;

/**
 * Starts containers of the servers that the tests use. The image of a server {@code x} is built from
 * {@code Dockerfile.x} and the folder {@code httpipe-it/x}.
 */
final class Containers {
    private Containers() {}

    /**
     * Creates a container and does not start it.
     *
     * @param readyPath a path that the server responds to on its first port as soon as it runs
     */
    static GenericContainer<?> of(String server, String readyPath, Integer... ports) throws IOException {
        return new GenericContainer<>(image(server))
                .withExposedPorts(ports)
                .waitingFor(Wait.forHttp(readyPath).forPort(ports[0]));
    }

    /** Starts a server with one port. When the JVM ends, removes it. */
    static GenericContainer<?> start(String server, String readyPath, Integer port) {
        try {
            GenericContainer<?> container = of(server, readyPath, port);
            start(container, () -> {});
            return container;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts a container. When the JVM ends, removes the container and then calls {@code removed}. */
    static void start(GenericContainer<?> container, Runnable removed) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            container.stop();
            removed.run();
        }));
        container.start();
    }

    private static ImageFromDockerfile image(String server) throws IOException {
        Path root = repository();
        Path dockerfile = root.resolve("Dockerfile." + server);
        String folder = "httpipe-it/" + server;
        // Keeps the image, so that the next run starts at once. Docker's layer cache notices changes.
        return new ImageFromDockerfile(
                        "httpipe-%s:%s".formatted(server, version(dockerfile, root.resolve(folder))), false)
                .withFileFromPath("Dockerfile", dockerfile)
                .withFileFromPath(folder, root.resolve(folder))
                // An engine without NAT rules reaches the package mirror only from the host's network.
                .withBuildImageCmdModifier(build -> build.withNetworkMode("host"));
    }

    /** A tag that depends on the content of the image. So two clones can build at the same time. */
    private static String version(Path dockerfile, Path folder) throws IOException {
        CRC32 sum = new CRC32();
        sum.update(Files.readAllBytes(dockerfile));
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                sum.update(Files.readAllBytes(file));
            }
        }
        return HexFormat.of().toHexDigits((int) sum.getValue());
    }

    private static Path repository() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("Dockerfile.nginx"))) {
            folder = folder.getParent();
            if (folder == null) {
                throw new IllegalStateException(
                        "Dockerfile.nginx is in no folder above " + Path.of("").toAbsolutePath());
            }
        }
        return folder;
    }
}
