package io.httpipe.test.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

class ScriptedServerTest {
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private static HttpResponse<String> get(String uri) throws Exception {
        return CLIENT.send(HttpRequest.newBuilder(URI.create(uri)).build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void aRouteAnswersAndTheRequestIsRecorded() throws Exception {
        try (ScriptedServer server = ScriptedServer.start().route("GET", "/a", Answer.of(200, "hello"))) {
            HttpResponse<String> response = get(server.uri("/a?b"));

            assertEquals(200, response.statusCode());
            assertEquals("hello", response.body());
            server.takeRequest().assertMethod("GET").assertTarget("/a?b").assertBody("");
            server.assertNoMoreRequests();
        }
    }
}
