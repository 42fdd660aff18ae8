package io.httpipe.it.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.Httpipe;
import io.httpipe.it.StockNginx;
import io.httpipe.test.NginxContainer;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The example with nginx in docs/testing.md, but with {@link StockNginx} instead of {@code NginxContainer.stock()}. */
class NginxExampleIT {
    private static final NginxContainer NGINX = StockNginx.container()
            .withConfig("location = /version { return 200 '1.2.3'; }")
            .withContent("/users.json", "[]");

    @BeforeAll
    static void start() {
        NGINX.start();
    }

    @AfterAll
    static void stop() {
        NGINX.stop();
    }

    @Test
    void readsTheVersion() throws Exception {
        try (Httpipe hp = Httpipe.create()) {
            assertEquals("1.2.3", hp.get(NGINX.uri("/version")).text());
            assertEquals(
                    200, NGINX.awaitAccess(e -> e.target().equals("/version")).status());
        }
    }

    @Test
    void readsTheVersionWithAnotherClient() throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(NGINX.uri("/version")).build();
            assertEquals("1.2.3", client.send(request, BodyHandlers.ofString()).body());
        }
    }

    @Test
    void seesAnotherVersion() throws Exception {
        try (Httpipe hp = Httpipe.create()) {
            NGINX.reload("location = /version { return 200 '2.0.0'; }");
            assertEquals("2.0.0", hp.get(NGINX.uri("/version")).text());
            NGINX.reload("location = /version { return 200 '1.2.3'; }");
        }
    }
}
