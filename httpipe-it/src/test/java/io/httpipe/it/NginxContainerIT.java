package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Endpoint;
import io.httpipe.Httpipe;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.Tls;
import io.httpipe.TlsFailedException;
import io.httpipe.test.AccessLogEntry;
import io.httpipe.test.NginxContainer;
import io.httpipe.test.server.TestAuthority;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link NginxContainer} with an image that has only nginx, and with the echo image. */
class NginxContainerIT {
    private static final String VERSION = "location = /version { return 200 '1.2.3'; }";

    private final Httpipe hp = Httpipe.create();

    @TempDir
    private Path folder;

    @Test
    void answersByItsDirectives() throws Exception {
        try (NginxContainer nginx = StockNginx.container().withConfig(VERSION, "location = /gone { return 410; }")) {
            nginx.start();
            assertEquals("1.2.3", hp.get(nginx.uri("/version?a=1")).text());
            assertEquals(410, hp.get(nginx.uri("/gone")).status());

            AccessLogEntry entry = nginx.awaitAccess(e -> e.target().equals("/gone"));
            assertEquals("GET", entry.method());
            assertEquals(410, entry.status());
            assertEquals(2, entry.requestOnConnection());
            assertEquals(2, nginx.accessLog().size(), "the wait for the start is not in the log");
            assertThrows(IllegalStateException.class, nginx::tlsPort);
            assertThrows(IllegalStateException.class, nginx::unixSocket);
            assertThrows(IllegalStateException.class, nginx::echoAuthority);
        }
    }

    @Test
    void servesFiles() throws Exception {
        Files.writeString(folder.resolve("a.json"), "{}");
        try (NginxContainer nginx =
                StockNginx.container().withContent("/deep/b.txt", "text").withContent(folder)) {
            nginx.start();
            assertEquals("text", hp.get(nginx.uri("/deep/b.txt")).text());
            Response json = hp.get(nginx.uri("/a.json"));
            assertEquals("{}", json.text());
            assertEquals("application/json", json.headers().first("Content-Type"));
        }
    }

    @Test
    void takesAWholeFile() throws Exception {
        String config = """
                events {}
                http { server { listen 80; return 200 '%s'; } }
                """;
        Path file = Files.writeString(folder.resolve("nginx.conf"), config.formatted("first"));
        try (NginxContainer nginx = StockNginx.container().withConfigFile(file)) {
            nginx.start();
            assertEquals("first", hp.get(nginx.uri("/")).text());
            nginx.reloadFile(config.formatted("second"));
            assertEquals("second", hp.get(nginx.uri("/")).text());
            assertThrows(IllegalStateException.class, () -> nginx.withConfig(VERSION));
            assertThrows(IllegalStateException.class, nginx::reload);
        }
    }

    @Test
    void servesTlsWithACertificateOfTheTest() throws Exception {
        TestAuthority authority = TestAuthority.create();
        try (NginxContainer nginx = StockNginx.container().withTls(authority).withConfig(VERSION)) {
            nginx.start();
            Tls trusting = Tls.of(authority.clientContext());
            assertEquals(
                    "1.2.3",
                    hp.request(Request.get(nginx.tlsUri("/version")).tls(trusting))
                            .text());
            assertEquals("1.2.3", hp.get(nginx.uri("/version")).text());
            assertThrows(TlsFailedException.class, () -> hp.get(nginx.tlsUri("/version")));
        }
    }

    @Test
    void listensOnAUnixSocketAndStartsAgain() throws Exception {
        Path socket;
        try (NginxContainer nginx = StockNginx.container().withUnixSocket().withConfig(VERSION)) {
            nginx.start();
            socket = nginx.unixSocket();
            Request request = Request.get("/version").at(Endpoint.unix(socket));
            assertEquals("1.2.3", hp.request(request).text());
            nginx.stop();
            assertFalse(Files.exists(socket));
            nginx.start();
            assertNotEquals(socket, nginx.unixSocket());
            assertEquals(
                    "1.2.3",
                    hp.request(request.at(Endpoint.unix(nginx.unixSocket()))).text());
        }
        assertFalse(Files.exists(socket.getParent()));
    }

    @Test
    void reloads() throws Exception {
        try (NginxContainer nginx = StockNginx.container().withConfig(VERSION)) {
            nginx.start();
            for (int i = 0; i < 5; i++) {
                nginx.reload("location = /version { return 200 '%d'; }".formatted(i));
                assertEquals(String.valueOf(i), hp.get(nginx.uri("/version")).text());
            }
            IllegalStateException e = assertThrows(IllegalStateException.class, () -> nginx.reload("nonsense;"));
            assertTrue(e.getMessage().contains("unknown directive \"nonsense\""), e.getMessage());
            assertEquals("4", hp.get(nginx.uri("/version")).text(), "as before");
        }
    }

    @Test
    void theEchoImageTakesDirectivesAndACertificateToo() throws Exception {
        TestAuthority authority = TestAuthority.create();
        try (NginxContainer nginx =
                NginxContainer.echo().withTls(authority).withConfig("location = /a { return 200 'b'; }")) {
            nginx.start();
            assertEquals("b", hp.get(nginx.uri("/a")).text());
            Request echo = Request.get(nginx.tlsUri("/echo")).tls(Tls.of(authority.clientContext()));
            assertTrue(hp.request(echo).text().startsWith("GET /echo HTTP/1.1\r\n"));
            nginx.reload("location = /a { return 200 'c'; }");
            assertEquals("c", hp.get(nginx.uri("/a")).text());
            assertEquals(418, hp.get(nginx.uri("/status/418")).status());
            assertThrows(IllegalStateException.class, () -> nginx.withConfigFile("events {}"));
        }
    }

    @Test
    void saysWhatNginxDoesNotAccept() {
        try (NginxContainer nginx = StockNginx.container().withConfig("nonsense;")) {
            IllegalStateException e = assertThrows(IllegalStateException.class, nginx::start);
            assertTrue(
                    e.getMessage()
                            .startsWith(
                                    "nginx does not accept its configuration: [emerg] unknown directive \"nonsense\""),
                    e.getMessage());
        }
    }
}
