package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.httpipe.Exchange;
import io.httpipe.Httpipe;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.StreamedResponse;
import io.httpipe.Timeouts;
import io.httpipe.Version;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The reuse of connections, as seen by the client and by nginx. */
class KeepAliveIT {
    private static final String CONNECTION = "X-Connection";
    private static final String REQUESTS = "X-Connection-Requests";

    @AutoClose
    private final Httpipe hp = Clients.create();

    @ParameterizedTest
    @EnumSource
    void oneConnectionServesManyRequests(Transport transport) throws Exception {
        String connection = hp.request(transport.get("/simple-ok")).headers().first(CONNECTION);
        for (int i = 1; i < 10; i++) {
            Response response = hp.request(transport.post("/body").body("request " + i));
            assertEquals("request " + i, response.text());
            assertEquals(i, response.reusedTimes());
            assertEquals(connection, response.headers().first(CONNECTION));
            assertEquals(Integer.toString(i + 1), response.headers().first(REQUESTS));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/simple-ok",
                "/length?n=0",
                "/length?n=100000",
                "/chunked?n=0",
                "/chunked?n=100000",
                "/trailers",
                "/status/204",
                "/status/304",
                "/status/404",
                "/status/500"
            })
    void everyFramedBodyLeavesItsConnectionReusable(String path) throws Exception {
        for (Transport transport : Transport.values()) {
            Response first = hp.request(transport.get(path));
            Response second = hp.request(transport.get(path));
            assertEquals(1, second.reusedTimes());
            assertEquals(first.headers().first(CONNECTION), second.headers().first(CONNECTION));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/until-close?n=10", "/early-hints"})
    void aConnectionThatTheServerClosesIsNotReused(String path) throws Exception {
        for (Transport transport : Transport.values()) {
            Response first = hp.request(transport.get(path));
            Response second = hp.request(transport.get("/simple-ok"));
            assertEquals(0, second.reusedTimes());
            assertEquals("1", second.headers().first(REQUESTS));
            assertNotEquals(first.headers().first(CONNECTION), second.headers().first(CONNECTION));
        }
    }

    @Test
    void aRequestCanAskToCloseTheConnection() throws Exception {
        Response first = hp.request(Transport.TCP.get("/simple-ok").header("Connection", "Close"));
        assertEquals("close", first.headers().first("Connection"));
        assertEquals(0, hp.request(Transport.TCP.get("/simple-ok")).reusedTimes());
    }

    @Test
    void http10KeepsTheConnectionOnlyIfItAsks() throws Exception {
        Request request = Transport.TCP.get("/simple-ok").version(Version.HTTP_1_0);
        assertEquals("keep-alive", hp.request(request).headers().first("Connection"));
        assertEquals(1, hp.request(request).reusedTimes());
        // Without the header that asks to keep the connection:
        assertEquals(
                "close",
                hp.request(request.withoutHeader("Connection")).headers().first("Connection"));
        assertEquals(0, hp.request(request).reusedTimes());
    }

    @Test
    void aStreamReleasesItsConnectionAtTheEndOfTheBody() throws Exception {
        try (StreamedResponse response = hp.stream(Transport.TCP.get("/chunked?n=100000"))) {
            assertEquals(
                    0,
                    hp.request(Transport.TCP.get("/simple-ok")).reusedTimes(),
                    "while the stream holds the first one");
            response.body().readAllBytes();
            Response next = hp.request(Transport.TCP.get("/simple-ok"));
            assertEquals(1, next.reusedTimes());
            assertEquals(response.headers().first(CONNECTION), next.headers().first(CONNECTION), "the newest first");
        }
    }

    @Test
    void closingAStreamReadsAShortRestToKeepTheConnection() throws Exception {
        try (StreamedResponse response = hp.stream(Transport.TCP.get("/length?n=30000"))) {
            // Reads all but the last byte. That byte has arrived too, so the result does not depend on a time limit.
            assertEquals(29_999, response.body().readNBytes(29_999).length);
        }
        assertEquals(1, hp.request(Transport.TCP.get("/simple-ok")).reusedTimes());
    }

    @Test
    void closingAStreamWithALongRestClosesTheConnection() throws Exception {
        hp.stream(Transport.TCP.get("/length?n=10000000")).close();
        assertEquals(0, hp.request(Transport.TCP.get("/simple-ok")).reusedTimes());
    }

    @Test
    void maxIdlePerRouteKeepsTheNewestConnections() throws Exception {
        try (Httpipe small = Clients.builder().maxIdlePerRoute(1).build();
                Exchange one = Transport.TCP.connect(small);
                Exchange two = Transport.TCP.connect(small)) {
            one.request(Request.get("/simple-ok"));
            one.keepAlive();
            String newest = two.request(Request.get("/simple-ok")).headers().first(CONNECTION);
            two.keepAlive();

            Response kept = small.request(Transport.TCP.get("/sleep?ms=1"));
            assertEquals(newest, kept.headers().first(CONNECTION));
            try (Exchange again = Transport.TCP.connect(small);
                    Exchange fresh = Transport.TCP.connect(small)) {
                assertEquals(2, again.reusedTimes());
                assertEquals(0, fresh.reusedTimes());
            }
        }
    }

    @Test
    void withMaxIdleZeroNoConnectionIsReused() throws Exception {
        try (Httpipe none = Clients.builder().maxIdlePerRoute(0).build()) {
            for (int i = 0; i < 3; i++) {
                Response response = none.request(Transport.TCP.get("/simple-ok"));
                assertEquals(0, response.reusedTimes());
                assertEquals("1", response.headers().first(REQUESTS));
            }
        }
    }

    @Test
    void anIdleConnectionIsNotReusedAfterItsIdleTimeout() throws Exception {
        try (Httpipe expiring =
                Clients.builder().idleTimeout(Duration.ofNanos(1)).build()) {
            expiring.request(Transport.TCP.get("/simple-ok"));
            assertEquals(0, expiring.request(Transport.TCP.get("/simple-ok")).reusedTimes());
        }
    }

    @Test
    void namedPoolsShareNoConnections() throws Exception {
        Request request = Transport.TCP.get("/simple-ok");
        String a = hp.request(request.pool("a")).headers().first(CONNECTION);
        String b = hp.request(request.pool("b")).headers().first(CONNECTION);
        String unnamed = hp.request(request).headers().first(CONNECTION);
        assertEquals(3, new HashSet<>(List.of(a, b, unnamed)).size());
        assertEquals(a, hp.request(request.pool("a")).headers().first(CONNECTION));
        assertEquals(b, hp.request(request.pool("b")).headers().first(CONNECTION));
    }

    @Test
    void aClosedClientRefusesRequests() throws Exception {
        Httpipe closed = Clients.create();
        closed.request(Transport.TCP.get("/simple-ok"));
        closed.close();
        assertThrows(IllegalStateException.class, () -> closed.request(Transport.TCP.get("/simple-ok")));
    }

    @ParameterizedTest
    @EnumSource
    void aThousandVirtualThreadsReuseConnections(Transport transport) throws Exception {
        List<Future<List<Response>>> threads;
        // Few connections over TLS: a thousand handshakes would mostly test the cryptography of the JDK.
        try (Httpipe busy = Clients.builder()
                        .timeouts(Timeouts.of(Duration.ofMinutes(1)))
                        .maxConnectionsPerRoute(transport == Transport.TLS ? 64 : 1000)
                        .maxIdlePerRoute(1000)
                        .build();
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<List<Response>> fiveRequests = () -> List.of(
                    busy.request(transport.get("/simple-ok")),
                    busy.request(transport.get("/length?n=5000")),
                    busy.request(transport.get("/chunked?n=5000&size=1000")),
                    busy.request(transport.post("/body").body(DigitBody.bytes(5000))),
                    busy.request(transport.get("/simple-ok")));
            threads = executor.invokeAll(Collections.nCopies(1000, fiveRequests));
        }

        Set<String> opened = new HashSet<>();
        Set<String> used = new HashSet<>();
        for (Future<List<Response>> thread : threads) {
            List<Response> responses = thread.get();
            assertEquals("OK\n", responses.getFirst().text());
            assertEquals(DigitBody.text(5000), responses.get(1).text());
            assertEquals(DigitBody.text(5000), responses.get(2).text());
            assertEquals(DigitBody.text(5000), responses.get(3).text());
            assertEquals("OK\n", responses.getLast().text());
            for (Response response : responses) {
                String connection = response.headers().first(CONNECTION);
                used.add(connection);
                if (response.reusedTimes() == 0) {
                    opened.add(connection);
                }
                assertEquals(
                        Integer.toString(response.reusedTimes() + 1),
                        response.headers().first(REQUESTS),
                        "client and nginx count the same");
            }
        }
        assertEquals(opened, used);
    }
}
