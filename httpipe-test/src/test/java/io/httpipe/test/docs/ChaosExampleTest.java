package io.httpipe.test.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.httpipe.Httpipe;
import io.httpipe.Request;
import io.httpipe.test.Chaos;
import io.httpipe.test.server.Answer;
import io.httpipe.test.server.FaultKind;
import io.httpipe.test.server.FaultRelay;
import io.httpipe.test.server.Faults;
import io.httpipe.test.server.ScriptedServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.Callable;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The example "Chaos" of docs/testing.md. */
@Timeout(120)
class ChaosExampleTest {
    private static final String ORDERS = "7 orders, and a text that is longer than the first bytes";

    private static final Faults FAULTS =
            Faults.random(42).rate(0.2).span(200).delays(Duration.ofMillis(5)).without(FaultKind.STALL);

    private ScriptedServer server;

    @BeforeEach
    void start() throws IOException {
        server = ScriptedServer.answering(request -> Answer.of(200, ORDERS));
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    /** The code under test: a call that is tried again. */
    static String untilItWorks(Callable<String> call) throws Exception {
        for (int attempt = 1; ; attempt++) {
            try {
                return call.call();
            } catch (IOException e) {
                if (attempt == 50) {
                    throw e;
                }
            }
        }
    }

    @Test
    void withAnInterceptor() throws Exception {
        Chaos chaos = Chaos.of(FAULTS);
        try (Httpipe hp = Httpipe.builder().intercept(chaos).build()) {
            for (int i = 0; i < 50; i++) {
                assertEquals(
                        ORDERS, untilItWorks(() -> hp.get(server.uri("/orders")).text()), chaos::toString);
            }
        }
        assertFalse(chaos.injected().isEmpty());
    }

    @Test
    void withARelayAndHttpipe() throws Exception {
        try (FaultRelay relay = FaultRelay.to("127.0.0.1", server.port(), FAULTS);
                Httpipe hp = Httpipe.create()) {
            for (int i = 0; i < 50; i++) {
                assertEquals(
                        ORDERS,
                        untilItWorks(() ->
                                hp.request(Request.get(relay.uri("/orders"))).text()),
                        relay::toString);
            }
            assertFalse(relay.injected().isEmpty());
        }
    }

    @Test
    void withARelayAndOkHttp() throws Exception {
        try (FaultRelay relay = FaultRelay.to("127.0.0.1", server.port(), FAULTS)) {
            OkHttpClient client = new OkHttpClient();
            var request =
                    new okhttp3.Request.Builder().url(relay.uri("/orders")).build();
            for (int i = 0; i < 50; i++) {
                String text = untilItWorks(() -> {
                    try (okhttp3.Response response = client.newCall(request).execute()) {
                        return response.body().string();
                    }
                });
                assertEquals(ORDERS, text, relay::toString);
            }
            assertFalse(relay.injected().isEmpty());
        }
    }

    @Test
    void withARelayAndTheClientOfTheJdk() throws Exception {
        try (FaultRelay relay = FaultRelay.to("127.0.0.1", server.port(), FAULTS);
                HttpClient client = HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .build()) {
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create(relay.uri("/orders"))).build();
            for (int i = 0; i < 50; i++) {
                assertEquals(
                        ORDERS,
                        untilItWorks(() -> client.send(request, HttpResponse.BodyHandlers.ofString())
                                .body()),
                        relay::toString);
            }
            assertFalse(relay.injected().isEmpty());
        }
    }
}
