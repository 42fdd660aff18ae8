package io.httpipe.test.docs;

import static org.junit.jupiter.api.Assertions.assertThrows;

import io.httpipe.Httpipe;
import io.httpipe.Request;
import io.httpipe.test.server.Answer;
import io.httpipe.test.server.Effect;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.test.server.junit.ScriptedServerExtension;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The example "A fault at byte n" of docs/testing.md. */
@ExtendWith(ScriptedServerExtension.class)
class FaultExampleTest {
    @Test
    void aConnectionThatClosesAtEachByte(ScriptedServer server) throws Exception {
        Answer answer = Answer.of(200, "hello");
        try (Httpipe hp = Httpipe.create()) {
            for (int at = 1; at < answer.bytes().length; at++) {
                server.enqueue(answer.at(at, Effect.CLOSE));
                assertThrows(IOException.class, () -> hp.request(Request.post(server.uri("/order"))));
            }
        }
    }

    @Test
    void aResetWithOkHttp(ScriptedServer server) throws Exception {
        server.enqueue(Answer.of(200, "hello").atBody(2, Effect.RESET));
        var request = new okhttp3.Request.Builder().url(server.uri("/")).build();
        assertThrows(IOException.class, () -> {
            try (okhttp3.Response response = new OkHttpClient().newCall(request).execute()) {
                response.body().string();
            }
        });
    }

    @Test
    void aStallWithTheClientOfTheJdk(ScriptedServer server) throws Exception {
        server.route("GET", "/", Answer.of(200, "hello").at(10, Effect.STALL));
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(server.uri("/")))
                    .timeout(Duration.ofMillis(200))
                    .build();
            assertThrows(HttpTimeoutException.class, () -> client.send(request, HttpResponse.BodyHandlers.ofString()));
        }
    }
}
