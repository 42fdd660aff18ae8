package io.httpipe.test.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.Httpipe;
import io.httpipe.test.server.Answer;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.test.server.junit.ScriptedServerExtension;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The example "Against a script" of docs/testing.md. */
@ExtendWith(ScriptedServerExtension.class)
class ScriptExampleTest {
    @Test
    void withHttpipe(ScriptedServer server) throws Exception {
        server.route("GET", "/users/1", Answer.of(200, "Ada"));
        server.enqueue(Answer.of(503), Answer.of(201, "saved"));
        try (Httpipe hp = Httpipe.create()) {
            assertEquals("Ada", hp.get(server.uri("/users/1")).text());
            assertEquals(503, hp.get(server.uri("/save")).status());
            assertEquals("saved", hp.get(server.uri("/save")).text());
        }
        server.takeRequest().assertMethod("GET").assertTarget("/users/1");
        server.assertConnections(1);
    }

    @Test
    void withOkHttp(ScriptedServer server) throws Exception {
        server.answer(request -> Answer.of(200, "you asked for " + request.path()));
        var request =
                new okhttp3.Request.Builder().url(server.uri("/users/1?full")).build();
        try (okhttp3.Response response = new OkHttpClient().newCall(request).execute()) {
            assertEquals("you asked for /users/1", response.body().string());
        }
        server.takeRequest().assertTarget("/users/1?full");
    }

    @Test
    void withTheClientOfTheJdk(ScriptedServer server) throws Exception {
        server.enqueue(Answer.of(200, "in pieces").chunked(1, 2));
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(server.uri("/upload")))
                    .POST(HttpRequest.BodyPublishers.ofString("hello"))
                    .build();
            String text =
                    client.send(request, HttpResponse.BodyHandlers.ofString()).body();
            assertEquals("in pieces", text);
        }
        server.takeRequest().assertMethod("POST").assertBody("hello");
    }
}
