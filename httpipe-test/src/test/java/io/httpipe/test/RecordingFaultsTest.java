package io.httpipe.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Body;
import io.httpipe.BodyTooLargeException;
import io.httpipe.ConnectionLostException;
import io.httpipe.Httpipe;
import io.httpipe.HttpipeException;
import io.httpipe.MalformedResponseException;
import io.httpipe.Request;
import io.httpipe.RequestBodyException;
import io.httpipe.Retries;
import io.httpipe.StreamedResponse;
import io.httpipe.test.server.Answer;
import io.httpipe.test.server.Effect;
import io.httpipe.test.server.ScriptedServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Calls that fail or end early, recorded and replayed. */
@Timeout(60)
class RecordingFaultsTest {
    private static final String MALFORMED = "HTTP/1.1 200 OK\r\nSet-Cookie : sid=t0p\r\n\r\n";

    @TempDir
    private Path folder;

    private Path recorded;
    private ScriptedServer server;
    private Httpipe hp;

    @BeforeEach
    void start() throws IOException {
        recorded = folder.resolve("r");
        server = ScriptedServer.start()
                .route("GET", "/a", request -> Answer.of(200, "hello"))
                .route("HEAD", "/a", request -> Answer.of(200, "hello"))
                .route("GET", "/chunks", request -> Answer.of(200, "hello").chunked(2))
                .route("GET", "/\u00c3\u00a9", request -> Answer.of(201))
                .route("GET", "/none", request -> Answer.of(204))
                .route("GET", "/odd", request -> Answer.raw("HTTP/1.1 799 Odd\r\nContent-Length: 3\r\n\r\nodd"))
                .route("GET", "/malformed", request -> Answer.raw(MALFORMED).atEnd(Effect.CLOSE))
                .route("GET", "/lost", request -> Answer.of(200).at(0, Effect.CLOSE))
                .route("POST", "/lost", request -> Answer.of(200).at(0, Effect.CLOSE))
                .route("POST", "/echo", request -> Answer.of(200).body(request.body()));
        hp = Httpipe.builder().intercept(Recording.to(recorded)).build();
    }

    @AfterEach
    void stop() throws IOException {
        hp.close();
        server.close();
    }

    private List<Transcript> all() throws IOException {
        return Transcript.readAll(recorded);
    }

    @Test
    void aFailureIsWrittenWithoutItsMessage() throws Exception {
        assertTrue(assertThrows(MalformedResponseException.class, () -> hp.get(server.uri("/malformed")))
                .getMessage()
                .contains("t0p"));
        String text = all().getFirst().text();
        assertFalse(text.contains("t0p"), text);
        assertTrue(text.contains("! MalformedResponseException: while "), text);
        assertTrue(text.contains("127.0.0.1"), text);
    }

    @Test
    void theLinesOfAttemptsHaveNoMessagesEither() throws Exception {
        Path other = folder.resolve("other");
        try (Httpipe retrying = Httpipe.builder()
                .retries(Retries.of(2))
                .intercept(Recording.to(other))
                .build()) {
            HttpipeException failure =
                    assertThrows(ConnectionLostException.class, () -> retrying.get(server.uri("/lost")));
            assertTrue(failure.hops().size() > 1);
        }
        Transcript transcript = Transcript.readAll(other).getFirst();
        assertTrue(
                transcript
                        .attempts()
                        .getFirst()
                        .startsWith("GET " + server.uri("/lost") + ": ConnectionLostException: while "),
                transcript.text());
    }

    @Test
    void numbersAreAsciiInEveryLocaleAndSortAsText() throws Exception {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
        try {
            hp.get(server.uri("/a"));
            hp.get(server.uri("/a"));
        } finally {
            Locale.setDefault(before);
        }
        assertEquals(
                List.of("000001-GET-a.http", "000002-GET-a.http"),
                all().stream().map(t -> t.file().getFileName().toString()).toList());
    }

    @Test
    void twoRecordingsDoNotOverwriteEachOther() throws Exception {
        try (Httpipe other = Httpipe.builder().intercept(Recording.to(recorded)).build()) {
            hp.request(Request.post(server.uri("/echo")).body("first"));
            Request second = Request.post(server.uri("/echo")).body("second");
            assertThrows(RequestBodyException.class, () -> other.request(second));
        }
        assertEquals("first", Files.readString(all().getFirst().requestBody()));
        assertEquals("first", Files.readString(all().getFirst().responseBody()));
    }

    @Test
    void aBodyOfAnOldRecordingIsRefused() throws Exception {
        for (String name : List.of("1.request", "1.response")) {
            Path old = Files.createDirectories(folder.resolve("old" + name));
            Files.createFile(old.resolve(name));
            assertThrows(IllegalArgumentException.class, () -> Recording.to(old));
        }
    }

    @Test
    void aResponseThatIsClosedEarlyIsCutInTheReplayToo() throws Exception {
        for (String path : List.of("/a", "/chunks")) {
            try (StreamedResponse response = hp.stream(Request.get(server.uri(path)))) {
                assertEquals("he", new String(response.body().readNBytes(2)));
            }
        }
        hp.stream(Request.get(server.uri("/none"))).close();
        hp.stream(Request.head(server.uri("/a"))).close();
        try (StreamedResponse whole = hp.stream(Request.get(server.uri("/a")))) {
            assertEquals(5, whole.body().readNBytes(5).length);
        }
        List<String> failures =
                all().stream().map(t -> String.valueOf(t.failure())).toList();
        assertEquals(List.of("closed before its end", "closed before its end", "null", "null", "null"), failures);
        try (Replay replay = Recording.replay(recorded);
                Httpipe client = Httpipe.create()) {
            for (String path : List.of("/a", "/chunks")) {
                try (StreamedResponse response = client.stream(Request.get(replay.uri(path)))) {
                    assertEquals("he", new String(response.body().readNBytes(2)));
                    assertThrows(
                            ConnectionLostException.class, () -> response.body().readAllBytes());
                }
            }
            assertEquals("hello", client.get(replay.uri("/a")).text());
        }
    }

    @Test
    void aBodyThatIsTooLargeIsTooLargeInTheReplayToo() throws Exception {
        for (String path : List.of("/a", "/chunks")) {
            Request small = Request.get(server.uri(path)).maxBodySize(3);
            assertThrows(BodyTooLargeException.class, () -> hp.request(small));
        }
        try (Replay replay = Recording.replay(recorded).requireAll();
                Httpipe client = Httpipe.create()) {
            for (String path : List.of("/a", "/chunks")) {
                Request small = Request.get(replay.uri(path)).maxBodySize(3);
                assertThrows(BodyTooLargeException.class, () -> client.request(small));
            }
        }
    }

    @Test
    void aFailureDuringTheUploadIsReplayed() throws Exception {
        Body broken = Body.writing(out -> {
            out.write("user=ann&password=t0".getBytes());
            throw new IOException("broken");
        });
        Request upload = Request.post(server.uri("/echo"))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .body(broken);
        assertThrows(RequestBodyException.class, () -> hp.request(upload));
        assertThrows(
                ConnectionLostException.class,
                () -> hp.request(Request.post(server.uri("/lost")).body("0123456789")));
        assertThrows(
                HttpipeException.class,
                () -> hp.request(Request.post("http://127.0.0.1:1/no").body("x")));
        assertEquals(3, all().stream().filter(Transcript::partial).count());
        assertEquals("user=ann&password=***", Files.readString(all().getFirst().requestBody()));
        try (Replay replay = Recording.replay(recorded).requireAll();
                Httpipe client = Httpipe.create()) {
            Request whole =
                    Request.post(replay.uri("/echo")).body(Body.form("user", "ann", "password", "any", "more", "1"));
            assertThrows(ConnectionLostException.class, () -> client.request(whole));
            Request lost = Request.post(replay.uri("/lost")).body("0123456789");
            assertThrows(ConnectionLostException.class, () -> client.request(lost));
            Request no = Request.post(replay.uri("/no")).body("x");
            assertThrows(ConnectionLostException.class, () -> client.request(no));
        }
    }

    @Test
    void aFailureOnAReusedConnectionIsReplayed() throws Exception {
        hp.get(server.uri("/a"));
        assertThrows(ConnectionLostException.class, () -> hp.get(server.uri("/lost")));
        try (Replay replay = Recording.replay(recorded).requireAll();
                Httpipe client = Httpipe.create()) {
            client.get(replay.uri("/a"));
            assertThrows(ConnectionLostException.class, () -> client.get(replay.uri("/lost")));
        }
    }

    @Test
    void aRawPathIsRecordedPercentEncoded() throws Exception {
        Request raw = Request.get(server.uri("/")).rawPath("/\u00e9").rawQuery("q=\u20ac");
        int status = hp.request(raw).status();
        assertTrue(all().getFirst().uri().endsWith("/%C3%A9?q=%E2%82%AC"), all().toString());
        try (Replay replay = Recording.replay(recorded).requireAll();
                Httpipe client = Httpipe.create()) {
            Request again = Request.get(replay.uri("/")).rawPath("/\u00e9").rawQuery("q=\u20ac");
            assertEquals(status, client.request(again).status());
        }
    }

    @Test
    void everyRecordedStatusIsReplayed() throws Exception {
        assertEquals(799, hp.get(server.uri("/odd")).status());
        try (Replay replay = Recording.replay(recorded).requireAll();
                Httpipe client = Httpipe.create()) {
            assertEquals(799, client.get(replay.uri("/odd")).status());
        }
    }

    @Test
    void theTypeOfABodyIsRecordedAndCopied() throws Exception {
        hp.request(Request.post(server.uri("/echo")).body(Body.form("a", "1")));
        Request gzip = Request.post(server.uri("/echo")).body(Body.gzip(Body.of("hello")));
        hp.request(gzip);
        hp.request(gzip.withoutHeader("Content-Encoding"));
        String form = all().getFirst().curl();
        assertTrue(form.contains("--header 'Content-Type: application/x-www-form-urlencoded"), form);
        assertTrue(all().get(1).java().contains(".addHeader(\"Content-Encoding\", \"gzip\")"));
        assertFalse(all().get(2).text().contains("gzip\n"), all().get(2).text());
        FakeServer fake = FakeServer.answering(request -> io.httpipe.Response.of(200));
        try (Httpipe client = fake.client()) {
            client.request(Request.post("http://a.test/").body(Body.form("a", "1")));
            client.request(Request.post("http://a.test/").body(Body.gzip(Body.of("hello"))));
        }
        assertTrue(fake.requests().getFirst().headers().first("Content-Type").startsWith("application/x-www-form"));
        assertEquals("gzip", fake.requests().get(1).headers().first("Content-Encoding"));
    }

    private void record(String text) throws IOException {
        Files.writeString(recorded.resolve("1.http"), "# httpipe transcript 1\n" + text);
    }

    @Test
    void aLocationAtTheRecordedOriginLeadsToTheReplay() throws Exception {
        record("> GET http://a.test/x\n< 302\n< Location: http://a.test/y\n< Content-Location: http://a.test.b/\n"
                + "< @trailer X-Sum: ***\n");
        try (Replay replay = Recording.replay(recorded);
                Httpipe client = Httpipe.create()) {
            io.httpipe.Response response = client.get(replay.uri("/x"));
            assertEquals(replay.uri("/y"), response.headers().first("Location"));
            assertEquals("http://a.test.b/", response.headers().first("Content-Location"));
            assertFalse(response.trailers().contains("X-Sum"));
        }
    }

    @Test
    void aMissingBodyIsReportedAtOnce() throws Exception {
        record("> GET http://a.test/x\n< 200\n< @body 1.response\n");
        String message = assertThrows(IllegalArgumentException.class, () -> Recording.replay(recorded))
                .getMessage();
        assertTrue(message.contains("1.http: its body 1.response is missing"), message);
    }
}
