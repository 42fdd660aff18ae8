package io.httpipe.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.ImageFromDockerfile;

/**
 * Containers of the servers that the tests talk to. The image of a server {@code x} is made of {@code Dockerfile.x} and
 * the folder {@code httpipe-it/x}.
 */
final class Containers {
    private Containers() {}

    /**
     * A container that is not yet started.
     *
     * @param answering a path that the server answers on the first of its ports as soon as it runs
     */
    static GenericContainer<?> of(String server, String answering, Integer... ports) throws IOException {
        return new GenericContainer<>(image(server))
                .withExposedPorts(ports)
                .waitingFor(Wait.forHttp(answering).forPort(ports[0]));
    }

    /** Starts it; when the JVM ends, it is removed, and then {@code removed} is called. */
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
        // Keeping the image lets the next run start at once; Docker's layer cache sees what has changed.
        return new ImageFromDockerfile(
                        "httpipe-%s:%s".formatted(server, version(dockerfile, root.resolve(folder))), false)
                .withFileFromPath("Dockerfile", dockerfile)
                .withFileFromPath(folder, root.resolve(folder))
                // An engine without NAT rules still reaches the package mirror from the host's own network.
                .withBuildImageCmdModifier(build -> build.withNetworkMode("host"));
    }

    /** A tag that changes with what goes into the image, so that clones that build at the same time keep their own. */
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
