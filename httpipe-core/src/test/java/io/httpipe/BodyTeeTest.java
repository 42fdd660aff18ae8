package io.httpipe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Answer;
import io.httpipe.test.server.RecordedRequest;
import io.httpipe.test.server.ScriptedServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link Body#tee}, and other methods that an interceptor needs to record calls. */
class BodyTeeTest {
    private ScriptedServer server;

    private final List<ByteArrayOutputStream> copies = new ArrayList<>();

    @BeforeEach
    void start() throws IOException {
        server = ScriptedServer.start()
                .route("POST", "/", request -> Answer.of(200, request.text()))
                .route("POST", "/moved", request -> Answer.of(307).addHeader("Location", "/"));
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    private OutputStream open() {
        copies.add(new ByteArrayOutputStream());
        return copies.getLast();
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(UTF_8));
    }

    @Test
    void theBodyIsSentAsWithoutATee(@TempDir Path folder) throws Exception {
        String text = "0123456789".repeat(20_000);
        List<Body> withLength = List.of(
                Body.of(text),
                Body.of(Files.writeString(folder.resolve("x"), text)),
                Body.of(stream(text), text.length()),
                Body.writing(text.length(), out -> out.write(text.getBytes(UTF_8))));
        List<Body> chunked = List.of(Body.of(() -> stream(text)), Body.writing(out -> out.write(text.getBytes(UTF_8))));
        try (Httpipe hp = Httpipe.create()) {
            for (Body body : withLength) {
                assertEquals("200000", sent(hp, body, text).header("Content-Length"), body.toString());
            }
            for (Body body : chunked) {
                assertNull(sent(hp, body, text).header("Content-Length"), body.toString());
            }
        }
    }

    private RecordedRequest sent(Httpipe hp, Body body, String text) throws Exception {
        copies.clear();
        assertEquals(
                text,
                hp.request(Request.post(server.uri("/")).body(body.tee(this::open)))
                        .text());
        assertEquals(1, copies.size());
        assertEquals(text, copies.getFirst().toString(UTF_8));
        return server.takeRequest();
    }

    @Test
    void aFormKeepsItsType() throws Exception {
        try (Httpipe hp = Httpipe.create()) {
            RecordedRequest request = sent(hp, Body.form("a", "1"), "a=1");
            assertEquals("application/x-www-form-urlencoded", request.header("Content-Type"));
        }
    }

    @Test
    void eachSendOfTheBodyGetsItsOwnOutput() throws Exception {
        try (Httpipe hp = Httpipe.builder().redirects(Redirects.NORMAL).build()) {
            hp.request(Request.post(server.uri("/moved")).body(Body.of("abc").tee(this::open)));
        }
        assertEquals(
                List.of("abc", "abc"),
                copies.stream().map(c -> c.toString(UTF_8)).toList());
    }

    @Test
    void aFailingOutputFailsTheCall() {
        Body body = Body.of("abc").tee(() -> {
            throw new UncheckedIOException(new IOException("disk full"));
        });
        try (Httpipe hp = Httpipe.create()) {
            RequestBodyException e = assertThrows(
                    RequestBodyException.class,
                    () -> hp.request(Request.post(server.uri("/")).body(body)));
            assertEquals("disk full", e.getCause().getMessage());
        }
    }

    @Test
    void anUncheckedExceptionOfTheBodyStaysAsItIs() {
        UncheckedIOException failure = new UncheckedIOException(new IOException("no data"));
        Body.Writer writer = out -> {
            throw failure;
        };
        try (Httpipe hp = Httpipe.create()) {
            for (Body body : List.of(Body.writing(writer), Body.writing(writer).tee(this::open))) {
                Request request = Request.post(server.uri("/")).body(body);
                assertSame(failure, assertThrows(UncheckedIOException.class, () -> hp.request(request)));
            }
        }
    }

    @Test
    void aReplacedResponseBodyMayHaveALength() throws Exception {
        Interceptor same = (request, next) -> {
            StreamedResponse response = next.proceed(request);
            return response.withBody(
                    BodyReader.of(response.body(), response.body().length()));
        };
        try (Httpipe hp = Httpipe.builder().intercept(same).build();
                StreamedResponse response =
                        hp.stream(Request.post(server.uri("/")).body("abc"))) {
            assertEquals(3, response.body().length());
            response.pipe().request(Request.post(server.uri("/")));
            server.takeRequest();
            assertEquals("3", server.takeRequest().header("Content-Length"));
        }
    }

    @Test
    void anInterceptorSeesTheDeadlineOfItsCall() throws Exception {
        List<Deadline> seen = new ArrayList<>();
        Interceptor interceptor = (request, next) -> {
            seen.add(Deadline.current());
            return next.proceed(request);
        };
        try (Httpipe hp = Httpipe.builder().intercept(interceptor).build()) {
            Request request = Request.post(server.uri("/")).body("abc");
            hp.request(request);
            hp.request(request.timeout(Duration.ofMinutes(1)));
        }
        assertEquals(Deadline.NONE, seen.get(0));
        assertTrue(seen.get(1).remaining().toSeconds() <= 60, seen.toString());
    }
}
