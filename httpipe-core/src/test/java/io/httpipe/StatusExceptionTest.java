package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.AnsweringServer;
import io.httpipe.testing.Servers;
import io.httpipe.testing.Threads;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code orThrow} turns a status that the caller does not expect into an exception. */
@Timeout(30)
class StatusExceptionTest {
    private static final String LONG = "x".repeat(9000);

    private static String answer(int status, String body) {
        return "HTTP/1.1 %d Reason\r\nX-A: b\r\nContent-Length: %d\r\n\r\n%s".formatted(status, body.length(), body);
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 201, 204, 206, 299})
    void aSuccessfulResponseIsReturned(int status) throws Exception {
        Response response = Response.of(status);
        assertTrue(response.isSuccessful());
        assertSame(response, response.orThrow());
        StreamedResponse streamed = StreamedResponse.of(response);
        assertTrue(streamed.isSuccessful());
        assertSame(streamed, streamed.orThrow());
    }

    @ParameterizedTest
    @ValueSource(ints = {300, 304, 400, 404, 500, 999})
    void anyOtherStatusIsAnException(int status) throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(answer(status, status == 304 ? "" : "why"));
                Httpipe hp = Httpipe.create()) {
            Response response = hp.get(server.uri("/a/b?token=secret"));
            assertFalse(response.isSuccessful());
            StatusException e = assertThrows(StatusException.class, response::orThrow);
            String expected =
                    "status %d for GET %s (%s)".formatted(status, server.uri("/a/b"), Servers.endpoint(server));
            assertEquals(expected, e.getMessage());
            assertEquals(status, e.status());
            assertSame(response, e.response());
            assertEquals("b", e.response().headers().first("X-A"));
            assertEquals(Servers.endpoint(server), e.endpoint());
            assertEquals(Phase.RESPONSE_HEAD, e.phase());
            assertFalse(e.safeToRetry());
            assertNull(e.getCause());
            assertEquals(List.of(), e.hops());
        }
    }

    @Test
    void onlyTheStartOfALongBodyIsKept() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(answer(500, LONG));
                Httpipe hp = Httpipe.create()) {
            Response response = hp.get(server.uri("/"));
            StatusException e = assertThrows(StatusException.class, response::orThrow);
            assertEquals(LONG.substring(0, 8192), e.response().text());
            assertEquals(9000, response.body().length);
        }
    }

    @Test
    void aStreamedResponseIsClosed() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(answer(503, LONG), answer(200, "OK"));
                Httpipe hp = Httpipe.create()) {
            StreamedResponse response =
                    hp.stream(Request.post(server.uri("/a?b")).body("x"));
            StatusException e = assertThrows(StatusException.class, response::orThrow);
            assertEquals(
                    "status 503 for POST " + server.uri("/a") + " (" + Servers.endpoint(server) + ")", e.getMessage());
            assertEquals(LONG.substring(0, 8192), e.response().text());
            assertEquals(1, hp.get(server.uri("/")).orThrow().reusedTimes(), "the connection was given back");
        }
    }

    @Test
    void aBodyThatIsLostDoesNotHideTheStatus() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send("HTTP/1.1 500 x\r\nContent-Length: 100\r\n\r\nhalf");
                });
                Httpipe hp = Httpipe.create()) {
            StreamedResponse response = hp.stream(Request.get(server.uri("/")));
            StatusException e = assertThrows(StatusException.class, response::orThrow);
            assertEquals("half", e.response().text());
            assertEquals(List.of(), hp.stats());
        }
    }

    @Test
    void aBodyThatDoesNotEndDelaysTheExceptionByTwoSeconds() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send("HTTP/1.1 500 x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.create()) {
            long start = System.nanoTime();
            StreamedResponse response = hp.stream(Request.get(server.uri("/")));
            StatusException e = assertThrows(StatusException.class, response::orThrow);
            assertEquals("half", e.response().text());
            assertTrue(System.nanoTime() - start >= Duration.ofSeconds(2).toNanos());
        }
    }

    @Test
    void anInterruptWhileTheBodyArrivesCancelsTheCall() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send("HTTP/1.1 500 x\r\nContent-Length: 100\r\n\r\nhalf");
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.create()) {
            CompletableFuture<CancelledException> outcome = new CompletableFuture<>();
            Thread caller = Thread.ofVirtual()
                    .start(() -> outcome.complete(assertThrows(
                            CancelledException.class,
                            () -> hp.stream(Request.get(server.uri("/"))).orThrow())));
            Threads.awaitWaiting(caller, "StreamedResponse.orThrow SocketTransport.read");
            caller.interrupt();
            assertEquals(
                    CancelledException.Reason.INTERRUPT,
                    outcome.get(10, TimeUnit.SECONDS).reason());
            assertEquals(List.of(), hp.stats());
        }
    }

    @Test
    void theHistoryOfTheCallIsKept() throws Exception {
        try (AnsweringServer server =
                        new AnsweringServer(request -> request.target().equals("/a")
                                ? AnsweringServer.redirect(302, "/b")
                                : AnsweringServer.empty(404));
                Httpipe hp = Httpipe.builder().redirects(Redirects.NORMAL).build()) {
            StatusException e = assertThrows(
                    StatusException.class, () -> hp.get(server.uri("/a")).orThrow());
            assertEquals(List.of(302, 404), e.hops().stream().map(Hop::status).toList());
            assertTrue(e.getMessage().startsWith("status 404 for GET " + server.uri("/b")), e.getMessage());
            StatusException streamed = assertThrows(
                    StatusException.class,
                    () -> hp.stream(Request.get(server.uri("/a"))).orThrow());
            assertEquals(2, streamed.hops().size());
        }
    }

    @Test
    void theProxyIsNamed() throws Exception {
        try (AnsweringServer server = new AnsweringServer(request -> AnsweringServer.empty(502))) {
            Endpoint proxy = Endpoint.of("127.0.0.1", server.server().port());
            try (Httpipe hp = Httpipe.builder()
                    .proxy(Proxy.http("127.0.0.1", server.server().port()))
                    .build()) {
                StatusException whole = assertThrows(
                        StatusException.class, () -> hp.get("http://a.test/").orThrow());
                StatusException streamed = assertThrows(
                        StatusException.class,
                        () -> hp.stream(Request.get("http://a.test/")).orThrow());
                for (StatusException e : List.of(whole, streamed)) {
                    assertEquals(proxy, e.proxy());
                    assertEquals(Endpoint.of("a.test", 80), e.endpoint());
                    assertTrue(e.getMessage().contains("(a.test:80 through the proxy " + proxy), e.getMessage());
                    assertEquals(0, e.bytesSent());
                    assertEquals(0, e.bytesReceived());
                }
            }
        }
    }

    @Test
    void aResponseFromMemoryHasNoRequest() {
        StatusException e = assertThrows(
                StatusException.class, () -> Response.of(404).withBody("none").orThrow());
        assertEquals("status 404 (localhost:80)", e.getMessage());
        assertEquals("none", e.response().text());
    }

    @Test
    void aStreamedResponseCanBeReadAsText() throws Exception {
        String latin =
                "HTTP/1.1 200 x\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Length: 2\r\n\r\n\u00e4b";
        try (ScriptedServer server = ScriptedServer.answering(latin, answer(200, LONG), answer(200, LONG), latin);
                Httpipe hp = Httpipe.builder()
                        .limits(Limits.DEFAULT.maxBodySize(8999))
                        .build()) {
            Request get = Request.get(server.uri("/"));
            assertEquals("\u00e4b", hp.stream(get).text());
            BodyTooLargeException e = assertThrows(
                    BodyTooLargeException.class, () -> hp.stream(get).text());
            assertEquals(8999, e.maxBodySize());
            assertEquals(LONG, hp.stream(get.maxBodySize(9000)).text());
            assertEquals(0, hp.stats().stream().mapToInt(RouteStats::leased).sum());
        }
    }
}
