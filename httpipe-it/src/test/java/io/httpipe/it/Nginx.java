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
 * The server of {@code Dockerfile.nginx} in a container. The first use builds and starts it. All tests of the run share
 * it, and it is removed when the JVM ends. Without Docker, every method throws.
 *
 * <p>{@code httpipe-it/nginx} defines its responses: each is a location in {@code nginx.conf} and a function in
 * {@code answers.lua}. Each response has the number of its connection in {@code X-Connection}, and the number of
 * requests on that connection so far in {@code X-Connection-Requests}.
 */
final class Nginx {
    private static final int HTTP = 8080;
    private static final int OTHER_HTTP = 8081;
    private static final int TLS = 8443;

    private static @Nullable Nginx running;

    private final GenericContainer<?> container;
    private final Path socketFolder;

    private Nginx() throws IOException {
        socketFolder = Files.createTempDirectory("httpipe-nginx");
        // nginx runs as another user than this JVM, however the engine maps users.
        Files.setPosixFilePermissions(socketFolder, PosixFilePermissions.fromString("rwxrwxrwx"));
        container = Containers.of("nginx", "/simple-ok", HTTP, OTHER_HTTP, TLS)
                .withCreateContainerCmdModifier(
                        create -> create.getHostConfig().withBinds(Bind.parse(socketFolder + ":/run/httpipe")));
        Containers.start(container, this::removeSocket);
    }

    /** The host on which the ports are published. */
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

    /** Like {@link #uri}, over TLS. The certificate is for localhost, httpipe.test and 127.0.0.1. */
    static URI tlsUri(String pathAndQuery) {
        return URI.create("https://" + host() + ":" + tlsPort() + pathAndQuery);
    }

    /** Such as {@code http://localhost:32768}. */
    static String origin() {
        return "http://" + host() + ":" + httpPort();
    }

    /** A second port with the same responses. */
    static String otherOrigin() {
        return "http://" + host() + ":" + running().container.getMappedPort(OTHER_HTTP);
    }

    /** The file of the Unix domain socket on which nginx listens. */
    static Path unixSocket() {
        return running().socketFolder.resolve("nginx.sock");
    }

    /** The certificate of the authority that signed nginx's certificate, in PEM. */
    static byte[] caCertificate() {
        return running().container.copyFileFromContainer("/etc/httpipe/ca.pem", InputStream::readAllBytes);
    }

    /** One line per request so far: connection, number on it, "request line", status, body bytes sent. */
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
