package io.httpipe.test.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Httpipe;
import io.httpipe.Request;
import io.httpipe.test.Recording;
import io.httpipe.test.Replay;
import io.httpipe.test.Transcript;
import io.httpipe.test.server.Answer;
import io.httpipe.test.server.ScriptedServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example "A recording" of docs/testing.md. */
@Timeout(60)
class RecordingExampleTest {
    @Test
    void recordOnceAndReplayWithAnyClient(@TempDir Path folder) throws Exception {
        Path recorded = folder.resolve("orders");
        // Once, against the real server:
        try (ScriptedServer real = ScriptedServer.answering(request -> Answer.of(200, "7 orders"));
                Httpipe hp = Httpipe.builder()
                        .intercept(Recording.to(recorded).secret("customer"))
                        .build()) {
            hp.request(Request.get(real.uri("/orders?customer=4711")).header("Authorization", "Bearer xyz"));
        }

        // In each test from then on, with httpipe:
        try (Replay replay = Recording.replay(recorded).requireAll();
                Httpipe hp = Httpipe.create()) {
            assertEquals("7 orders", hp.get(replay.uri("/orders?customer=1")).text());
        }
        // with OkHttp:
        try (Replay replay = Recording.replay(recorded).requireAll()) {
            var request = new okhttp3.Request.Builder()
                    .url(replay.uri("/orders?customer=2"))
                    .build();
            try (okhttp3.Response response = new OkHttpClient().newCall(request).execute()) {
                assertEquals("7 orders", response.body().string());
            }
        }
        // with java.net.http:
        try (Replay replay = Recording.replay(recorded).requireAll();
                HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(replay.uri("/orders?customer=3")))
                    .build();
            assertEquals(
                    "7 orders",
                    client.send(request, HttpResponse.BodyHandlers.ofString()).body());
        }

        // As a command, and as code:
        Transcript transcript = Transcript.readAll(recorded).getFirst();
        assertTrue(transcript.curl().contains("--header 'Authorization: ***'"), transcript.curl());
        assertTrue(transcript.java().startsWith("hp.request(Request.get(\"http://"), transcript.java());
    }
}
