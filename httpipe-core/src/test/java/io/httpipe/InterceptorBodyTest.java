package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Signal;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Interceptors that replace a response or its body. */
class InterceptorBodyTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nX-From: server\r\nContent-Length: 5\r\n\r\nhello";
    private static final Interceptor PASS = (request, next) -> next.proceed(request);

    private static Httpipe client(Interceptor... interceptors) {
        Httpipe.Builder builder = Httpipe.builder();
        for (Interceptor interceptor : interceptors) {
            builder.intercept(interceptor);
        }
        return builder.build();
    }

    private static int leased(Httpipe hp) {
        return hp.stats().stream().mapToInt(RouteStats::leased).sum();
    }

    private static InputStream in(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void replaceStatusHeadersAndBody() throws Exception {
        Interceptor replace = (request, next) -> {
            StreamedResponse response = next.proceed(request);
            return response.withStatus(299)
                    .withHeaders(response.headers().with("X-From", "interceptor"))
                    .withBody(in(new String(response.body().readAllBytes(), StandardCharsets.UTF_8) + ", world"));
        };
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = client(replace)) {
            Response response = hp.get(server.uri("/"));
            assertEquals(299, response.status());
            assertEquals("", response.reason());
            assertEquals(List.of("interceptor"), response.headers().all("x-from"));
            assertEquals("hello, world", response.text());
            long length = hp.stream(
                    Request.get(server.uri("/")), r -> r.body().transferTo(java.io.OutputStream.nullOutputStream()));
            assertEquals(12, length);
            assertEquals(1, server.connections());
        }
    }

    @Test
    void aReplacedBodyIsClosedWithTheResponse() throws Exception {
        Signal closed = new Signal();
        Interceptor replace = (request, next) -> next.proceed(request).withBody(new InputStream() {
            @Override
            public int read() {
                return 'x';
            }

            @Override
            public void close() {
                closed.set();
            }
        });
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = client(replace)) {
            hp.stream(Request.get(server.uri("/"))).close();
            closed.await();
            assertEquals(0, leased(hp));
        }
    }

    @Test
    void aReplacedBodyObeysTheLimitOfItsSize() throws Exception {
        Interceptor replace = (request, next) -> next.proceed(request).withBody(in("x".repeat(11)));
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = client(replace)) {
            Request request = Request.get(server.uri("/"));
            assertEquals(11, hp.request(request.maxBodySize(11)).body().length);
            BodyTooLargeException e =
                    assertThrows(BodyTooLargeException.class, () -> hp.request(request.maxBodySize(10)));
            assertEquals(10, e.maxBodySize());
            assertEquals(0, leased(hp));
        }
    }

    @Test
    void aChangedCopyOfAResponseFromMemoryKeepsItsBodyOpen() throws Exception {
        Signal closed = new Signal();
        Interceptor outer = (request, next) -> {
            StreamedResponse response = next.proceed(request);
            return response.withHeaders(response.headers().with("X-Age", "1"));
        };
        Interceptor cache = (request, next) -> StreamedResponse.of(Response.of(200))
                .withBody(new ByteArrayInputStream("cached".getBytes(StandardCharsets.UTF_8)) {
                    private boolean open = true;

                    @Override
                    public int read(byte[] buffer, int offset, int count) {
                        assertTrue(open, "closed before it was read");
                        return super.read(buffer, offset, count);
                    }

                    @Override
                    public void close() {
                        open = false;
                        closed.set();
                    }
                });
        try (Httpipe hp = client(outer, cache)) {
            Response response = hp.get("http://nowhere.invalid/");
            assertEquals("cached", response.text());
            assertEquals("1", response.headers().first("X-Age"));
            closed.await();
        }
    }

    @Test
    void aReplacedBodyEndsTheCallAndKeepsItsTrailers() throws Exception {
        Interceptor shorten = (request, next) -> next.proceed(request).withBody(in("short"));
        String chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 7\r\n\r\n";
        try (ScriptedServer server = ScriptedServer.answering(chunked);
                Httpipe hp = client(shorten)) {
            Response response = hp.get(server.uri("/"));
            assertEquals("short", response.text());
            assertEquals("7", response.trailers().first("X-Sum"));
            try (StreamedResponse source = hp.stream(Request.get(server.uri("/")))) {
                assertEquals(5, source.body().readAllBytes().length);
            }
            assertEquals(0, leased(hp));
            assertEquals(1, server.connections());
        }
    }

    @Test
    void aReplacedBodyWaitsForTheUploadOfItsRequest() throws Exception {
        Signal responded = new Signal();
        Interceptor shorten = (request, next) -> next.proceed(request).withBody(in("short"));
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
                    responded.set();
                    // Two chunks of a byte and the last one.
                    assertEquals("1\r\na\r\n1\r\nb\r\n0\r\n\r\n", peer.body(17));
                });
                Httpipe hp = client(shorten)) {
            Response response = hp.request(Request.post(server.uri("/")).body(Body.writing(out -> {
                out.write('a');
                out.flush();
                responded.await();
                out.write('b');
                out.flush();
            })));
            assertEquals("short", response.text());
            assertTrue(response.requestSentWhole());
        }
    }

    @Test
    void aBodyThatFailsToCloseDoesNotKeepTheConnection() throws Exception {
        Interceptor broken = (request, next) -> next.proceed(request).withBody(new InputStream() {
            @Override
            public int read() {
                return -1;
            }

            @Override
            public void close() {
                throw new java.io.UncheckedIOException(new IOException("made up"));
            }
        });
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = client(broken)) {
            StreamedResponse response = hp.stream(Request.get(server.uri("/")));
            assertThrows(java.io.UncheckedIOException.class, response::close);
            assertEquals(0, leased(hp));
        }
    }

    @Test
    void mayRaiseTheLimitOfTheBody() throws Exception {
        Interceptor raise = (request, next) -> next.proceed(request.maxBodySize(5));
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = Httpipe.builder()
                        .limits(Limits.DEFAULT.maxBodySize(2))
                        .intercept(raise)
                        .build();
                Httpipe strict = Httpipe.builder()
                        .limits(Limits.DEFAULT.maxBodySize(2))
                        .intercept(PASS)
                        .build()) {
            assertEquals("hello", hp.get(server.uri("/")).text());
            assertEquals(
                    2,
                    assertThrows(BodyTooLargeException.class, () -> strict.get(server.uri("/")))
                            .maxBodySize());
            assertEquals(0, leased(strict));
        }
    }
}
