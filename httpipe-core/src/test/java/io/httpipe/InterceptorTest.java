package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Servers;
import io.httpipe.testing.Signal;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class InterceptorTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nX-From: server\r\nContent-Length: 5\r\n\r\nhello";
    private static final String BUSY = "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy";
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

    @Test
    void seeRequestsInTheirOrderAndResponsesInTheReverseOrder() throws Exception {
        List<String> seen = new ArrayList<>();
        Interceptor first = (request, next) -> {
            seen.add("first " + request.headers().size());
            StreamedResponse response = next.proceed(request.header("A", "1"));
            seen.add("first " + response.status());
            return response.withStatus(201);
        };
        Interceptor second = (request, next) -> {
            seen.add("second " + request.headers().size());
            StreamedResponse response = next.proceed(request.header("B", "2"));
            seen.add("second " + response.status());
            return response;
        };
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = client(first, second)) {
            Response response = hp.get(server.uri("/"));
            assertEquals(201, response.status());
            assertEquals("hello", response.text());
            assertEquals(List.of("first 0", "second 1", "second 200", "first 200"), seen);
            assertTrue(server.heads().getFirst().contains("A: 1\r\nB: 2\r\n"), server.heads()::toString);
            assertEquals(0, leased(hp));
        }
    }

    @Test
    void cannotProceedOnAnotherThread() throws Exception {
        try (Httpipe hp = client((request, next) -> {
            CompletableFuture<String> message = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> {
                try {
                    next.proceed(request);
                    message.complete("sent");
                } catch (IOException | IllegalStateException e) {
                    message.complete(e.getMessage());
                }
            });
            return StreamedResponse.of(Response.of(200).withBody(message.join()));
        })) {
            assertEquals(
                    "proceed() was called on a different thread than its interceptor",
                    hp.get("http://nowhere.invalid/").text());
        }
    }

    @Test
    void answerARequestWithoutSendingIt() throws Exception {
        Response busy = Response.of(503).withHeader("Retry-After", "1").withBody("try again");
        try (Httpipe hp = client((request, next) -> StreamedResponse.of(busy))) {
            Response whole = hp.get("http://nowhere.invalid/");
            assertEquals(503, whole.status());
            assertEquals("1", whole.headers().first("retry-after"));
            assertEquals("try again", whole.text());
            assertTrue(whole.requestSentWhole());
            try (StreamedResponse streamed = hp.stream(Request.get("http://nowhere.invalid/"))) {
                assertEquals(9, streamed.body().length());
                assertEquals("try again", new String(streamed.body().readAllBytes(), StandardCharsets.UTF_8));
            }
            assertEquals(List.of(), hp.stats());
        }
    }

    @Test
    void sendARequestAgainOnceItsResponseIsClosed() throws Exception {
        Interceptor retry = (request, next) -> {
            StreamedResponse response = next.proceed(request);
            if (response.status() == 503) {
                response.close();
                return next.proceed(request);
            }
            return response;
        };
        try (ScriptedServer server = ScriptedServer.answering(BUSY, OK);
                Httpipe hp = client(retry)) {
            assertEquals("hello", hp.get(server.uri("/")).text());
            assertEquals(1, server.connections());
            assertEquals(2, server.heads().size());
        }
    }

    @Test
    void mustCloseAResponseBeforeTheyProceedAgain() throws Exception {
        Interceptor careless = (request, next) -> {
            next.proceed(request);
            return next.proceed(request);
        };
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = client(careless)) {
            IllegalStateException e = assertThrows(IllegalStateException.class, () -> hp.get(server.uri("/")));
            assertEquals(
                    "the response of the last proceed() is still open; close it before you call proceed() again",
                    e.getMessage());
            assertEquals(0, leased(hp));
        }
    }

    @Test
    void aResponseThatIsNotReturnedIsClosed() throws Exception {
        Interceptor hide = (request, next) -> {
            next.proceed(request);
            return StreamedResponse.of(Response.of(204));
        };
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = client(hide, PASS)) {
            assertEquals(204, hp.get(server.uri("/")).status());
            assertEquals(0, leased(hp));
        }
    }

    @Test
    void aFailureWithoutAMessageIsNamed() throws Exception {
        Interceptor failing = (request, next) -> {
            throw new EOFException();
        };
        try (Httpipe hp = client(failing)) {
            InterceptorFailedException e =
                    assertThrows(InterceptorFailedException.class, () -> hp.get("http://127.0.0.1:1/"));
            assertTrue(e.getMessage().startsWith("an interceptor failed: EOFException"), e.getMessage());
        }
    }

    @Test
    void theirFailuresReachTheCallerAndLeaveNothingOpen() throws Exception {
        IOException own = new IOException("no token");
        RuntimeException bug = new IllegalArgumentException("bug");
        List<Exception> failures = new ArrayList<>(List.of(own, bug));
        Interceptor failing = (request, next) -> {
            next.proceed(request);
            switch (failures.removeFirst()) {
                case IOException e -> throw e;
                case RuntimeException e -> throw e;
                default -> throw new AssertionError();
            }
        };
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = client(PASS, failing)) {
            InterceptorFailedException e =
                    assertThrows(InterceptorFailedException.class, () -> hp.get(server.uri("/")));
            assertSame(own, e.getCause());
            assertFalse(e.safeToRetry());
            assertTrue(e.getMessage().startsWith("an interceptor failed: no token"), e.getMessage());
            assertSame(bug, assertThrows(IllegalArgumentException.class, () -> hp.get(server.uri("/"))));
            assertEquals(0, leased(hp));
        }
    }

    @Test
    void seeTheFailureOfTheCallAndMayReplaceIt() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(peer -> peer.head());
                Httpipe hp = client((request, next) -> {
                    try {
                        return next.proceed(request);
                    } catch (ConnectionLostException e) {
                        return StreamedResponse.of(Response.of(502));
                    }
                })) {
            assertEquals(502, hp.get(server.uri("/")).status());
            try (Httpipe passing = client(PASS)) {
                assertInstanceOf(
                        ConnectionLostException.class,
                        assertThrows(HttpipeException.class, () -> passing.get(server.uri("/"))));
            }
        }
    }

    @Test
    void oneTimeoutLimitsAllThatTheySend() throws Exception {
        List<TimedOutException> timeouts = Collections.synchronizedList(new ArrayList<>());
        Interceptor stubborn = (request, next) -> {
            for (int i = 0; i < 2; i++) {
                try {
                    next.proceed(request.timeout(Duration.ofMinutes(1)));
                } catch (TimedOutException e) {
                    timeouts.add(e);
                }
            }
            throw timeouts.getLast();
        };
        try (ScriptedServer silent = ScriptedServer.of(Peer::awaitClose);
                Httpipe hp = client(stubborn)) {
            Request request = Request.get(silent.uri("/")).timeout(Duration.ofMillis(100));
            assertEquals(
                    TimedOutException.Limit.DEADLINE,
                    assertThrows(TimedOutException.class, () -> hp.request(request))
                            .limit());
            assertEquals(2, timeouts.size());
            assertEquals(0, leased(hp));
        }
    }

    @Test
    void anInterruptEndsTheCallWhereverItIs() throws Exception {
        Signal waiting = new Signal();
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        Interceptor sleeper = (request, next) -> {
            waiting.set();
            try {
                Thread.sleep(Duration.ofMinutes(1));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new java.io.InterruptedIOException();
            }
            return next.proceed(request);
        };
        try (Httpipe hp = client(sleeper)) {
            Thread caller = Thread.ofVirtual().start(() -> {
                try {
                    hp.get("http://127.0.0.1:1/");
                } catch (Throwable e) {
                    failure.complete(e);
                }
            });
            waiting.await();
            caller.interrupt();
            CancelledException e = assertInstanceOf(CancelledException.class, failure.get(20, TimeUnit.SECONDS));
            assertEquals(CancelledException.Reason.INTERRUPT, e.reason());
        }
    }

    @Test
    void applyToFanOutsAndPipes() throws Exception {
        Interceptor mark = (request, next) -> next.proceed(request.header("X-Mark", "1"));
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    for (String head = peer.nextHead(); head != null; head = peer.nextHead()) {
                        if (head.contains("Content-Length: 5")) {
                            peer.body(5);
                        }
                        peer.send(OK);
                    }
                });
                Httpipe hp = client(mark)) {
            assertEquals(
                    2,
                    FanOut.over(hp)
                            .all(List.of(Request.get(server.uri("/a")), Request.get(server.uri("/b"))))
                            .size());
            try (StreamedResponse source = hp.stream(Request.get(server.uri("/from")))) {
                assertEquals(
                        "hello",
                        source.pipe().request(Request.put(server.uri("/to"))).text());
            }
            assertEquals(4, server.heads().size());
            assertTrue(server.heads().stream().allMatch(head -> head.contains("X-Mark: 1\r\n")));
            assertEquals(0, leased(hp));
        }
    }

    @Test
    void aResponseFromMemoryCanBePiped() throws Exception {
        Interceptor memory = (request, next) -> request.method().equals("GET")
                ? StreamedResponse.of(Response.of(200).withBody("hello"))
                : next.proceed(request);
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    String head = peer.head();
                    assertTrue(head.contains("Content-Length: 5\r\n"), head);
                    assertEquals("hello", peer.body(5));
                    peer.send(OK);
                });
                Httpipe hp = client(memory)) {
            StreamedResponse source = hp.stream(Request.get("http://nowhere.invalid/"));
            assertEquals(
                    200, source.pipe().request(Request.put(server.uri("/"))).status());
        }
    }

    @Test
    void aPipeWhoseRequestIsNotSentClosesItsSource() throws Exception {
        Interceptor memory = (request, next) ->
                request.method().equals("PUT") ? StreamedResponse.of(Response.of(409)) : next.proceed(request);
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = client(memory)) {
            StreamedResponse source = hp.stream(Request.get(server.uri("/")));
            assertEquals(409, source.pipe().stream(Request.put(server.uri("/"))).status());
            assertEquals(0, leased(hp));
        }
    }

    @Test
    void mayGiveAnAddressToARequestWithOnlyAPath() throws Exception {
        IOException own = new IOException("no address");
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = client((request, next) -> next.proceed(request.at(Servers.endpoint(server))));
                Httpipe failing = client((request, next) -> {
                    throw own;
                })) {
            assertEquals("hello", hp.get("/path").text());
            assertSame(
                    own,
                    assertThrows(InterceptorFailedException.class, () -> failing.get("/path"))
                            .getCause());
        }
    }

    @Test
    void cannotProceedOnceTheyHaveReturned() throws Exception {
        List<Interceptor.Next> kept = new ArrayList<>();
        try (Httpipe hp = client((request, next) -> {
            kept.add(next);
            return StreamedResponse.of(Response.of(200));
        })) {
            Request request = Request.get("http://nowhere.invalid/");
            hp.request(request);
            assertThrows(IllegalStateException.class, () -> kept.getFirst().proceed(request));
        }
    }

    @Test
    void mustReturnAResponse() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = client((request, next) -> {
                    next.proceed(request);
                    return null;
                })) {
            IllegalStateException e = assertThrows(IllegalStateException.class, () -> hp.get(server.uri("/")));
            assertTrue(e.getMessage().startsWith("an interceptor returned null: "), e.getMessage());
            assertEquals(0, leased(hp));
        }
    }

    @Test
    void areNotAskedOnceTheClientIsClosed() {
        Httpipe hp = client((request, next) -> StreamedResponse.of(Response.of(200)));
        hp.close();
        assertThrows(IllegalStateException.class, () -> hp.get("http://h/"));
    }

    @Test
    void badValuesAreRefusedWhereTheyAreGiven() {
        for (int status : new int[] {0, 100, 199, 1000, -1}) {
            assertThrows(IllegalArgumentException.class, () -> Response.of(status));
        }
        assertThrows(IllegalArgumentException.class, () -> Response.of(200).withHeader("a b", "1"));
        assertThrows(IllegalArgumentException.class, () -> Httpipe.builder().intercept(null));
        assertThrows(IllegalArgumentException.class, () -> StreamedResponse.of((Response) null));
    }
}
