package io.httpipe.it;

import com.github.dockerjava.api.model.Bind;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.output.OutputFrame.OutputType;

/**
 * The server of {@code Dockerfile.nginx} in a container: built and started when first asked for, shared by all tests
 * of the run, removed when the JVM ends. Where there is no Docker, every method throws.
 *
 * <p>What it answers is in {@code httpipe-it/nginx}: a location of {@code nginx.conf}, a function of
 * {@code answers.lua}. Every answer tells its connection's number in {@code X-Connection}, and in
 * {@code X-Connection-Requests} the how manyth on it the request was.
 */
final class Nginx {
    private static final int HTTP = 8080;
    private static final int TLS = 8443;

    private static @Nullable Nginx running;

    private final GenericContainer<?> container;
    private final Path socketFolder;

    private Nginx() throws IOException {
        socketFolder = Files.createTempDirectory("httpipe-nginx");
        // nginx's user is another than ours, whichever way the engine maps users.
        Files.setPosixFilePermissions(socketFolder, PosixFilePermissions.fromString("rwxrwxrwx"));
        container = Containers.of("nginx", "/simple-ok", HTTP, TLS)
                .withCreateContainerCmdModifier(
                        create -> create.getHostConfig().withBinds(Bind.parse(socketFolder + ":/run/httpipe")));
        Containers.start(container, this::removeSocket);
    }

    /** Where the ports are published. */
    static String host() {
        return running().container.getHost();
    }

    static int httpPort() {
        return running().container.getMappedPort(HTTP);
    }

    static int tlsPort() {
        return running().container.getMappedPort(TLS);
    }

    /** For example {@code uri("/simple-ok")}. */
    static URI uri(String pathAndQuery) {
        return URI.create("http://" + host() + ":" + httpPort() + pathAndQuery);
    }

    /** The same over TLS. The certificate is for localhost, httpipe.test and 127.0.0.1. */
    static URI tlsUri(String pathAndQuery) {
        return URI.create("https://" + host() + ":" + tlsPort() + pathAndQuery);
    }

    /** The Unix domain socket on which nginx listens, a file of this machine. */
    static Path unixSocket() {
        return running().socketFolder.resolve("nginx.sock");
    }

    /** The certificate, as PEM, of the authority that signed nginx's. */
    static byte[] caCertificate() {
        return running().container.copyFileFromContainer("/etc/httpipe/ca.pem", InputStream::readAllBytes);
    }

    /** A line for each request so far: connection, how manyth on it, "request line", status, body bytes sent. */
    static String accessLog() {
        return running().container.getLogs(OutputType.STDOUT);
    }

    private static synchronized Nginx running() {
        if (running == null) {
            try {
                running = new Nginx();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return running;
    }

    private void removeSocket() {
        try {
            Files.deleteIfExists(socketFolder.resolve("nginx.sock"));
            Files.deleteIfExists(socketFolder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
