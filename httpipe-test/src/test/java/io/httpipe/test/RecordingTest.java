package io.httpipe.test;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Body;
import io.httpipe.ConnectionLostException;
import io.httpipe.Httpipe;
import io.httpipe.Redirects;
import io.httpipe.Request;
import io.httpipe.StreamedResponse;
import io.httpipe.test.server.Answer;
import io.httpipe.test.server.Effect;
import io.httpipe.test.server.RecordedRequest;
import io.httpipe.test.server.ScriptedServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RecordingTest {
    @TempDir
    private Path folder;

    private ScriptedServer server;
    private Httpipe hp;

    @BeforeEach
    void start() throws IOException {
        server = ScriptedServer.start()
                .route("GET", "/a", request -> Answer.of(200, "hello").addHeader("X-B", "1"))
                .route("GET", "/moved", request -> Answer.of(302).addHeader("Location", "/a?token=t0p"))
                .route("GET", "/cut", request -> Answer.of(200, "0123456789").atBody(4, Effect.CLOSE))
                .route("GET", "/lost", request -> Answer.of(200).at(0, Effect.CLOSE))
                .route(
                        "GET",
                        "/login",
                        request -> Answer.of(204)
                                .addHeader("Set-Cookie", "sid=t0p; Path=/; HttpOnly")
                                .addHeader("Set-Cookie", "t0p"))
                .route("POST", "/echo", request -> Answer.of(201).body(request.body()));
        hp = Httpipe.builder()
                .redirects(Redirects.NORMAL)
                .intercept(Recording.to(folder.resolve("r")).secret("X-Mine"))
                .build();
    }

    @AfterEach
    void stop() throws IOException {
        hp.close();
        server.close();
    }

    private Transcript only() throws IOException {
        List<Transcript> all = Transcript.readAll(folder.resolve("r"));
        assertEquals(1, all.size(), all.toString());
        return all.getFirst();
    }

    private String text() throws IOException {
        return Files.readString(only().file()).replace(server.uri("/"), "http://server/");
    }

    @Test
    void aConversationIsReadableText() throws Exception {
        assertEquals(
                "sent",
                hp.request(Request.post(server.uri("/echo?page=2"))
                                .header("Content-Type", "text/plain")
                                .body("sent"))
                        .text());
        assertEquals("""
                # httpipe transcript 1
                > POST http://server/echo?page=2
                > Content-Type: text/plain
                > @body 000001-POST-echo.request

                < 201
                < Content-Length: 4
                < @body 000001-POST-echo.response
                """, text());
        assertEquals("sent", Files.readString(only().requestBody()));
        assertEquals("sent", Files.readString(only().responseBody()));
    }

    @Test
    void secretsAreMaskedByName() throws Exception {
        hp.request(Request.get(server.uri("/login?user=ann&token=t0p&X%2DMine=t0p&access_token=t0p"))
                .header("Authorization", "Bearer t0p")
                .header("Cookie", "a=t0p")
                .header("Proxy-Anything", "t0p")
                .header("x-mine", "t0p")
                .header("Referer", "http://a.test/?password=t0p#top"));
        String text = text();
        assertFalse(text.contains("t0p"), text);
        assertTrue(text.contains("/login?user=ann&token=***&X%2DMine=***&access_token=***\n"), text);
        assertTrue(text.contains("< Set-Cookie: sid=***; Path=/; HttpOnly\n< Set-Cookie: ***\n"), text);
        assertTrue(text.contains("> Referer: http://a.test/?password=***#top\n"), text);
        assertTrue(text.contains("> Authorization: ***\n"), text);
    }

    @Test
    void secretsOfAFormAreMaskedInTheRecordingOnly() throws Exception {
        assertEquals(
                "user=ann&password=t0p",
                hp.request(Request.post(server.uri("/echo")).body(Body.form("user", "ann", "password", "t0p")))
                        .text());
        assertEquals("user=ann&password=***", Files.readString(only().requestBody()));
    }

    @Test
    void aFormThatTheCallerHasEncodedIsWrittenUnchanged() throws Exception {
        ByteArrayOutputStream encoded = new ByteArrayOutputStream();
        Body.gzip(Body.form("password", "t0p")).writeTo(encoded);
        for (String coding : List.of("gzip", "identity")) {
            byte[] body = coding.equals("gzip") ? encoded.toByteArray() : "password=t0p".getBytes();
            hp.request(Request.post(server.uri("/echo"))
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .header("Content-Encoding", coding)
                    .body(body));
        }
        List<Transcript> all = Transcript.readAll(folder.resolve("r"));
        assertArrayEquals(
                encoded.toByteArray(), Files.readAllBytes(all.getFirst().requestBody()));
        assertEquals("password=***", Files.readString(all.getLast().requestBody()));
    }

    @Test
    void bodiesAreBinarySafeAndKeepTheirFraming() throws Exception {
        byte[] bytes = new byte[300_000];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i * 31);
        }
        byte[] back = hp.request(
                        Request.post(server.uri("/echo")).body(Body.of(new ByteArrayInputStream(bytes), bytes.length)))
                .body();
        assertArrayEquals(bytes, back);
        assertArrayEquals(bytes, Files.readAllBytes(only().requestBody()));
        assertArrayEquals(bytes, Files.readAllBytes(only().responseBody()));
        RecordedRequest request = server.takeRequest();
        assertEquals("300000", request.header("Content-Length"));
        assertNull(request.header("Transfer-Encoding"));
    }

    @Test
    void aPipeKeepsItsLengthAndBothCallsAreRecorded() throws Exception {
        assertEquals(
                "hello",
                hp.stream(Request.get(server.uri("/a")))
                        .pipe()
                        .request(Request.post(server.uri("/echo")))
                        .text());
        server.takeRequest();
        assertEquals("5", server.takeRequest().header("Content-Length"));
        List<Transcript> both = Transcript.readAll(folder.resolve("r"));
        assertEquals("hello", Files.readString(both.get(0).responseBody()));
        assertEquals("hello", Files.readString(both.get(1).requestBody()));
    }

    @Test
    void aStreamThatIsClosedEarlyHasWhatWasRead() throws Exception {
        try (StreamedResponse response = hp.stream(Request.get(server.uri("/a")))) {
            assertEquals(5, response.body().length());
            assertEquals("he", new String(response.body().readNBytes(2)));
        }
        assertEquals("he", Files.readString(only().responseBody()));
    }

    @Test
    void redirectsAreLines() throws Exception {
        assertEquals("hello", hp.get(server.uri("/moved")).text());
        assertEquals(2, only().attempts().size());
        assertTrue(only().attempts().getFirst().startsWith("GET " + server.uri("/moved") + ": 302"), text());
        assertEquals(200, only().status());
        assertFalse(text().contains("t0p"), text());
    }

    @Test
    void failuresAreRecorded() throws Exception {
        assertThrows(ConnectionLostException.class, () -> hp.get(server.uri("/lost")));
        assertEquals(0, only().status());
        assertTrue(only().failure().startsWith("ConnectionLostException: "), text());
        assertThrows(ConnectionLostException.class, () -> hp.get(server.uri("/cut")));
        Transcript cut = Transcript.readAll(folder.resolve("r")).get(1);
        assertEquals(200, cut.status());
        assertEquals("0123", Files.readString(cut.responseBody()));
        assertTrue(cut.failure().startsWith("ConnectionLostException: "), cut.text());
    }

    @Test
    void anOldRecordingIsNotOverwritten() throws Exception {
        hp.get(server.uri("/a"));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Recording.to(folder.resolve("r")))
                .getMessage()
                .contains("delete them"));
    }
}
