package io.httpipe.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Body;
import io.httpipe.ConnectionLostException;
import io.httpipe.Httpipe;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.TimedOutException;
import io.httpipe.Timeouts;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ReplayTest {
    private static final String FIRST = "# httpipe transcript 1\n";

    @TempDir
    private Path folder;

    private final Httpipe hp = Httpipe.builder()
            .timeouts(Timeouts.DEFAULT.read(Duration.ofSeconds(20)))
            .build();

    private void record(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name + ".http"), FIRST + text);
    }

    private void body(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    private static String failureOf(Replay replay) {
        return assertThrows(AssertionError.class, replay::close).getMessage();
    }

    @Test
    void recordingsAreServedOnceEachInOrder() throws Exception {
        record("1", "> GET http://a.test/x\n< 200\n< X-A: 1\n< Content-Length: 9\n< @body 1.response");
        body("1.response", "one");
        record("2", "> GET http://a.test/x\n< 404\n");
        record("3", "> GET http://a.test/y\n< 200\n< @trailer X-Sum: 7\n");
        record("4", "> HEAD http://a.test/x\n< 200\n< Content-Length: 3\n");
        try (Replay replay = Recording.replay(folder).requireAll()) {
            Response one = hp.get(replay.uri("/x"));
            assertEquals("one", one.text());
            assertEquals("1", one.headers().first("X-A"));
            assertEquals("7", hp.get(replay.uri("/y")).trailers().first("X-Sum"));
            assertEquals(404, hp.get(replay.uri("/x")).status());
            assertEquals(
                    "3", hp.request(Request.head(replay.uri("/x"))).headers().first("Content-Length"));
            assertEquals(List.of(), replay.unserved());
        }
    }

    @Test
    void anUnknownRequestShowsTheNearestRecording() throws Exception {
        record("1", "> GET http://a.test/orders?page=1\n< 200\n");
        record("2", "> POST http://a.test/users\n> @body 2.request\n< 201\n");
        body("2.request", "ann");
        Replay replay = Recording.replay(folder);
        Response response = hp.get(replay.uri("/orders?page=2"));
        assertEquals(500, response.status());
        assertTrue(response.text().contains("its query is page=1"), response.text());
        String message = failureOf(replay);
        assertTrue(message.contains("GET /orders?page=2 was not recorded; the nearest is 1.http"), message);

        Replay other = Recording.replay(folder);
        assertEquals(
                500, hp.request(Request.post(other.uri("/users")).body("bob")).status());
        assertTrue(failureOf(other).contains("2.http: POST http://a.test/users: 201, but its body has 3 bytes"));
    }

    @Test
    void aRequestThatComesTooOftenFails() throws Exception {
        record("1", "> GET http://a.test/x\n< 200\n");
        Replay replay = Recording.replay(folder);
        assertEquals(200, hp.get(replay.uri("/x")).status());
        assertEquals(500, hp.get(replay.uri("/x")).status());
        assertTrue(failureOf(replay).contains("GET /x was recorded once, but the client sent it again"));
    }

    @Test
    void whatWasNotAskedForIsReportedWhenAsked() throws Exception {
        record("1", "> GET http://a.test/x\n< 200\n");
        Recording.replay(folder).close();
        assertTrue(failureOf(Recording.replay(folder).requireAll()).contains("1.http: GET http://a.test/x: 200"));
    }

    @Test
    void anAbsoluteTargetMayLackAPath() throws Exception {
        record("1", "> GET http://a.test/?q=1\n< 200\n");
        try (Replay replay = Recording.replay(folder);
                Socket socket =
                        new Socket("127.0.0.1", URI.create(replay.uri("/")).getPort())) {
            String request = "GET http://a.test?q=1 HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String response = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertTrue(response.startsWith("HTTP/1.1 200"), response);
        }
    }

    @Test
    void aMaskMatchesAnything() throws Exception {
        record(
                "1",
                "> GET http://a.test/x?a=1&token=***\n> Authorization: ***\n< 200\n< Proxy-X: ***\n< Set-Cookie: s=***\n");
        record("2", "> POST http://a.test/x\n> @body 2.request\n< 200\n");
        body("2.request", "user=ann&password=***");
        try (Replay replay = Recording.replay(folder).requireAll()) {
            Response response = hp.get(replay.uri("/x?a=1&token=new"));
            assertEquals("s=***", response.headers().first("Set-Cookie"));
            assertEquals(List.of(), response.headers().all("Proxy-X"));
            assertEquals(
                    200,
                    hp.request(Request.post(replay.uri("/x")).body(Body.form("user", "ann", "password", "new")))
                            .status());
        }
    }

    @Test
    void theBoundaryOfAMultipartBodyMayDiffer() throws Exception {
        record("1", "> POST http://a.test/x\n> @body 1.request\n< 200\n");
        body("1.request", "--old\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--old--\r\n");
        try (Replay replay = Recording.replay(folder).requireAll()) {
            assertEquals(
                    200,
                    hp.request(Request.post(replay.uri("/x"))
                                    .body(Body.multipart().text("a", "1")))
                            .status());
        }
    }

    @Test
    void differentEncodingsOfTheSameUriMatch() throws Exception {
        record("1", "> GET http://a.test/%7euser/a%2fb?q=%c3%a9\n< 200\n");
        try (Replay replay = Recording.replay(folder).requireAll()) {
            assertEquals(200, hp.get(replay.uri("/~user/a%2Fb?q=%C3%A9")).status());
        }
    }

    @Test
    void failuresAreRepeated() throws Exception {
        record("1", "> GET http://a.test/lost\n! ConnectionLostException: x\n");
        record(
                "2",
                "> GET http://a.test/cut\n< 200\n< Content-Length: 10\n< @body 2.response\n! ConnectionLostException: x\n");
        body("2.response", "0123");
        record("3", "> GET http://a.test/late\n! TimedOutException: x\n");
        try (Replay replay = Recording.replay(folder).requireAll()) {
            assertThrows(ConnectionLostException.class, () -> hp.request(Request.get(replay.uri("/lost"))));
            assertThrows(ConnectionLostException.class, () -> hp.get(replay.uri("/cut")));
            Request late = Request.get(replay.uri("/late")).timeouts(Timeouts.DEFAULT.read(Duration.ofSeconds(1)));
            assertThrows(TimedOutException.class, () -> hp.request(late));
        }
    }

    @Test
    void aRecordingIsReplayedByteForByte() throws Exception {
        record("1", "> GET http://a.test/x\n< 200\n< Content-Type: text/plain\n< @body 1.response\n");
        body("1.response", "é\u0000\r\n");
        Path copy = folder.resolve("copy");
        try (Replay replay = Recording.replay(folder);
                Httpipe recorded =
                        Httpipe.builder().intercept(Recording.to(copy)).build()) {
            recorded.get(replay.uri("/x"));
        }
        Transcript again = Transcript.readAll(copy).getFirst();
        assertEquals("é\u0000\r\n", Files.readString(again.responseBody()));
    }

    @Test
    void aDirectoryWithoutTranscriptsIsRefused() {
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Recording.replay(folder))
                .getMessage()
                .contains("there is no transcript"));
    }
}
