package io.httpipe.test;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Body;
import io.httpipe.CancelledException;
import io.httpipe.ConnectFailedException;
import io.httpipe.ConnectionLostException;
import io.httpipe.FanOut;
import io.httpipe.Headers;
import io.httpipe.Httpipe;
import io.httpipe.InterceptorFailedException;
import io.httpipe.Request;
import io.httpipe.RequestBodyException;
import io.httpipe.Response;
import io.httpipe.StreamedResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class FakeServerTest {
    private static final String URI = "http://api.test/orders?id=1";

    @Test
    void answersWholeResponses() throws Exception {
        Httpipe hp = HttpipeTest.answering(request -> Response.of(201)
                .withHeader("X-Id", "7")
                .withBody(request.method() + " " + request.target())
                .withTrailers(Headers.of("X-Sum", "9")));
        Response response = hp.get(URI);
        assertEquals(201, response.status());
        assertEquals("7", response.headers().first("x-id"));
        assertEquals("GET /orders?id=1", response.text());
        assertEquals("9", response.trailers().first("X-Sum"));
    }

    @Test
    void answersStreams() throws Exception {
        AtomicBoolean closed = new AtomicBoolean();
        Httpipe hp = HttpipeTest.streaming(
                request -> StreamedResponse.of(Response.of(200).withTrailers(Headers.of("X-Sum", "9")))
                        .withBody(new ByteArrayInputStream("data: a\n\ndata: b\n\n".getBytes(UTF_8)) {
                            @Override
                            public void close() {
                                closed.set(true);
                            }
                        }));
        try (StreamedResponse response = hp.stream(Request.get(URI))) {
            assertEquals("a", response.events().iterator().next().data());
        }
        assertTrue(closed.get());
        Response whole = hp.get(URI);
        assertEquals("data: a\n\ndata: b\n\n", whole.text());
        assertEquals("9", whole.trailers().first("X-Sum"));
    }

    @Test
    void givesAnswersInOrderAndFailsWhenNoneIsLeft() throws Exception {
        Httpipe hp = HttpipeTest.answering(Response.of(503), Response.of(200));
        assertEquals(503, hp.get(URI).status());
        assertEquals(200, hp.get(URI).status());
        IllegalStateException e = assertThrows(IllegalStateException.class, () -> hp.get(URI));
        assertEquals(
                "no answer is left for GET http://api.test/orders: it is request 3, and there were 2 answers",
                e.getMessage());
    }

    @Test
    void keepsTheRequestsWithTheirBodies() throws Exception {
        FakeServer server = FakeServer.answering(request -> Response.of(200).withBody(HttpipeTest.text(request)));
        Httpipe hp = server.client().with(options -> options.header("X-Client", "test"));
        assertEquals("abc", hp.request(Request.post(URI).body("abc")).text());
        Request streamed = Request.put(URI).body(Body.writing(out -> out.write("once".getBytes(UTF_8))));
        assertEquals("once", hp.request(streamed).text());
        assertEquals("", hp.get(URI).text());
        List<Request> requests = server.requests();
        assertEquals(
                List.of("POST", "PUT", "GET"),
                requests.stream().map(Request::method).toList());
        assertEquals("abc", HttpipeTest.text(requests.get(0)));
        assertEquals("once", HttpipeTest.text(requests.get(1)));
        assertEquals("once", HttpipeTest.text(requests.get(1)), "a second time");
        assertEquals("test", requests.get(2).headers().first("X-Client"));
        assertThrows(IllegalStateException.class, () -> hp.request(streamed), "the body was sent");
    }

    @Test
    void worksUnderFanOutAndPipes() throws Exception {
        FakeServer server = FakeServer.answering(request ->
                Response.of(200).withBody(request.body() == null ? request.target() : HttpipeTest.text(request) + "!"));
        Httpipe hp = server.client();
        List<Response> all =
                FanOut.over(hp).all(List.of(Request.get("http://a.test/1"), Request.get("http://a.test/2")));
        assertEquals(List.of("/1", "/2"), all.stream().map(Response::text).toList());
        try (StreamedResponse source = hp.stream(Request.get("http://a.test/3"))) {
            assertEquals(
                    "/3!", source.pipe().request(Request.put("http://b.test/")).text());
        }
        assertEquals(4, server.requests().size());
    }

    @Test
    void opensNoConnections() throws Exception {
        Httpipe hp = HttpipeTest.answering(Response.of(200));
        ConnectFailedException e = assertThrows(ConnectFailedException.class, () -> hp.connect("api.test", 80));
        assertTrue(e.getMessage().contains("a fake opens no connections"), e.getMessage());
    }

    @Test
    void anInterruptCancels() throws Exception {
        CountDownLatch called = new CountDownLatch(1);
        Httpipe hp = HttpipeTest.answering(request -> {
            called.countDown();
            new CountDownLatch(1).await();
            return Response.of(200);
        });
        CompletableFuture<CancelledException> failure = new CompletableFuture<>();
        Thread caller = Thread.ofVirtual().start(() -> {
            CancelledException e = assertThrows(CancelledException.class, () -> hp.get(URI));
            failure.complete(Thread.currentThread().isInterrupted() ? e : null);
        });
        assertTrue(called.await(10, TimeUnit.SECONDS));
        caller.interrupt();
        assertEquals(
                CancelledException.Reason.INTERRUPT,
                failure.get(10, TimeUnit.SECONDS).reason());

        Thread.currentThread().interrupt();
        assertThrows(
                CancelledException.class,
                () -> HttpipeTest.answering(Response.of(200)).get(URI));
        assertTrue(Thread.interrupted());
    }

    @Test
    void aBodyFailsInTheMiddle() throws Exception {
        Response whole = Response.of(200).withBody("0123456789");
        Httpipe hp = HttpipeTest.streaming(request -> Failures.of(request).cutAfter(whole, 4));
        try (StreamedResponse response = hp.stream(Request.get(URI))) {
            assertEquals("0123", new String(response.body().readNBytes(4), UTF_8));
            ConnectionLostException e = assertThrows(ConnectionLostException.class, response.body()::read);
            assertEquals(4, e.bytesReceived());
        }
        assertThrows(ConnectionLostException.class, () -> hp.get(URI));
        assertThrows(IllegalArgumentException.class, () -> HttpipeTest.failingAfter(whole, 11, new IOException("no")));
    }

    @Test
    void otherFailuresOfTheAnswerAreThoseOfAnInterceptor() {
        IOException failure = new IOException("broken test");
        Httpipe hp = HttpipeTest.answering(request -> {
            throw failure;
        });
        assertSame(
                failure,
                assertThrows(InterceptorFailedException.class, () -> hp.get(URI))
                        .getCause());
        Httpipe none = HttpipeTest.answering(request -> nothing());
        assertEquals(
                "the answer to GET http://api.test/orders is null",
                assertThrows(IllegalArgumentException.class, () -> none.get(URI))
                        .getMessage());
    }

    @SuppressWarnings("NullAway")
    private static Response nothing() {
        return null;
    }

    @Test
    void aBrokenRequestBodyFailsAsWhenItIsSent() {
        FakeServer server = FakeServer.answering(Response.of(200));
        Body broken = Body.writing(out -> {
            throw new IOException("no disk");
        });
        Httpipe hp = server.client();
        RequestBodyException e = assertThrows(
                RequestBodyException.class, () -> hp.request(Request.post(URI).body(broken)));
        assertEquals("no disk", String.valueOf(e.getCause().getMessage()));
        assertFalse(e.safeToRetry());
        assertEquals(List.of(), server.requests());
    }
}
