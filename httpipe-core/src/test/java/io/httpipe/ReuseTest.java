package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Servers;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Transports;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests which connections are reused, and which are not: RFC 9112, section 9.3. */
@Timeout(60)
class ReuseTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    @ParameterizedTest
    @ValueSource(
            strings = {"close", "Close", "foo, close", "CLOSE ,bar", "foo\r\nConnection: close", "keep-alive, close"})
    void aConnectionIsNotReusedAfterConnectionClose(String connection) throws Exception {
        String response = "HTTP/1.1 200 OK\r\nConnection: " + connection + "\r\nContent-Length: 0\r\n\r\n";
        assertEquals(0, reusedAfter(response));
    }

    @ParameterizedTest
    @ValueSource(strings = {"keep-alive", "Keep-Alive", "closed", "foo", "\"close\""})
    void otherConnectionOptionsDoNotCloseTheConnection(String connection) throws Exception {
        String response = "HTTP/1.1 200 OK\r\nConnection: " + connection + "\r\nContent-Length: 0\r\n\r\n";
        assertEquals(1, reusedAfter(response));
    }

    @ParameterizedTest
    @ValueSource(strings = {"close", "Close", "x, close"})
    void aRequestWithConnectionCloseEndsItsConnection(String connection) throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = Httpipe.create()) {
            hp.request(Request.get(server.uri("/")).header("connection", connection));
            assertTrue(server.heads().getFirst().contains("\r\nConnection: " + connection + "\r\n"));
            assertEquals(0, hp.get(server.uri("/")).reusedTimes());
        }
    }

    @Test
    void http10IsReusedOnlyWithKeepAlive() throws Exception {
        assertEquals(0, reusedAfter("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"));
        assertEquals(0, reusedAfter("HTTP/1.0 200 OK\r\nConnection: x\r\nContent-Length: 0\r\n\r\n"));
        assertEquals(1, reusedAfter("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n"));
        assertEquals(0, reusedAfter("HTTP/1.0 200 OK\r\nConnection: keep-alive, close\r\nContent-Length: 0\r\n\r\n"));
    }

    @Test
    void aConnectionIsNotReusedAfterABodyUntilClose() throws Exception {
        Script untilClose = peer -> {
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\nall");
        };
        try (ScriptedServer server = ScriptedServer.of(untilClose);
                Httpipe hp = Httpipe.create()) {
            assertEquals("all", hp.get(server.uri("/")).text());
            assertEquals(0, hp.get(server.uri("/")).reusedTimes());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {OK + "!", OK + OK, OK + "\r\n", "HTTP/1.1 204 No Content\r\n\r\nbody"})
    void surplusBytesAfterAResponseEndTheConnection(String response) throws Exception {
        assertEquals(0, reusedAfter(response));
    }

    @Test
    void surplusBytesAfterTheLastChunkEndTheConnection() throws Exception {
        assertEquals(0, reusedAfter("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n0\r\n\r\n"));
    }

    @Test
    void aLateBodyAfterAHeadRequestNeverBecomesTheNextResponse() throws Exception {
        Signal sent = new Signal();
        Signal headRead = new Signal();
        Script lateBody = peer -> {
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
            headRead.await();
            peer.send("hello");
            sent.set();
            peer.awaitClose();
        };
        try (ScriptedServer server = ScriptedServer.of(lateBody, ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.create()) {
            assertEquals(0, hp.request(Request.head(server.uri("/"))).body().length);
            headRead.set();
            sent.await();
            Response next = hp.request(Request.post(server.uri("/")));
            assertEquals("OK", next.text());
            assertEquals(0, next.reusedTimes());
        }
    }

    @ParameterizedTest
    @EnumSource
    void unrequestedBytesOnAnIdleConnectionAreNotAResponse(Transports transport) throws Exception {
        for (String unasked : new String[] {
            "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
            "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP",
            "\r\n"
        }) {
            Signal answered = new Signal();
            Signal sent = new Signal();
            Script chatty = peer -> {
                peer.head();
                peer.send(OK);
                answered.await();
                peer.send(unasked);
                sent.set();
                peer.awaitClose();
            };
            try (ScriptedServer server = transport.server(chatty, ScriptedServer.inTurn(OK));
                    Httpipe hp = transport.client().build()) {
                assertEquals("OK", hp.request(Transports.request("GET", server)).text());
                answered.set();
                sent.await();
                // A POST is not sent twice. With another method, a second attempt could hide a failed first one.
                Response next = hp.request(Transports.request("POST", server));
                assertEquals("OK", next.text());
                assertEquals(0, next.reusedTimes());
                assertEquals(2, server.heads().size());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void unrequestedBytesThatArriveBeforeTheBodyIsReadAreNotAResponse(Transports transport) throws Exception {
        Signal answered = new Signal();
        Signal sent = new Signal();
        Script chatty = peer -> {
            peer.head();
            peer.send(OK);
            answered.await();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
            sent.set();
            peer.awaitClose();
        };
        try (ScriptedServer server = transport.server(chatty, ScriptedServer.inTurn(OK));
                Httpipe hp = transport.client().build()) {
            try (StreamedResponse response = hp.stream(Transports.request("GET", server))) {
                answered.set();
                sent.await();
                assertEquals(2, response.body().readAllBytes().length);
            }
            // Sent right after the connection was returned, but long after the last read from it.
            Response next = hp.request(Transports.request("GET", server));
            assertEquals("OK", next.text());
            assertEquals(0, next.reusedTimes());
        }
    }

    @ParameterizedTest
    @CsvSource({"timeout=0, 0", "timeout=1, 0", "'max=9, Timeout = 0', 0", "timeout=60, 1"})
    void aConnectionIsNotReusedIfTheServerKeepsItForNoTime(String hint, int reusedTimes) throws Exception {
        String response = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nKeep-Alive: " + hint + "\r\n\r\n";
        assertEquals(reusedTimes, reusedAfter(response));
    }

    @Test
    void aConnectionClosedByTheServerIsNotReused() throws Exception {
        Signal closed = new Signal();
        Script onlyOne = peer -> {
            peer.head();
            peer.send(OK);
            peer.closeAndAwaitAcknowledgement();
            closed.set();
        };
        try (ScriptedServer server = ScriptedServer.of(onlyOne, ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.create()) {
            hp.get(server.uri("/"));
            closed.await();
            // A POST is not sent twice. With another method, a second attempt could hide a failed first one.
            assertEquals(0, hp.request(Request.post(server.uri("/"))).reusedTimes());
            assertEquals(2, server.connections());
            assertEquals(2, server.heads().size());
        }
    }

    @Test
    void theMostRecentlyUsedIdleConnectionIsReusedFirst() throws Exception {
        Script named = peer -> {
            String name = "X-Port: " + peer.socket().getPort() + "\r\n";
            while (peer.nextHead() != null) {
                peer.send("HTTP/1.1 200 OK\r\n" + name + "Content-Length: 1\r\n\r\n!");
            }
        };
        try (ScriptedServer server = ScriptedServer.of(named);
                Httpipe hp = Httpipe.create()) {
            Request request = Request.get(server.uri("/"));
            StreamedResponse first = hp.stream(request);
            StreamedResponse second = hp.stream(request);
            StreamedResponse third = hp.stream(request);
            second.close();
            third.close();
            first.close();
            for (int i = 1; i <= 3; i++) {
                Response response = hp.request(request);
                assertEquals(first.headers().first("x-port"), response.headers().first("x-port"));
                assertEquals(i, response.reusedTimes());
            }
            assertEquals(3, server.connections());
        }
    }

    @Test
    void noConnectionIsKeptIfMaxIdleIsZero() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = Httpipe.builder().maxIdlePerRoute(0).build()) {
            hp.get(server.uri("/"));
            assertEquals(0, hp.get(server.uri("/")).reusedTimes());
        }
    }

    @Test
    void atMostMaxIdleConnectionsAreKeptAndTheOldestIsClosed() throws Exception {
        BlockingQueue<Integer> closed = new LinkedBlockingQueue<>();
        Script watching = peer -> {
            while (peer.nextHead() != null) {
                peer.send(OK);
            }
            closed.add(peer.socket().getPort());
        };
        try (ScriptedServer server = ScriptedServer.of(watching);
                Httpipe hp = Httpipe.builder().maxIdlePerRoute(2).build()) {
            Request request = Request.get(server.uri("/"));
            try (StreamedResponse newest = hp.stream(request);
                    StreamedResponse newer = hp.stream(request);
                    StreamedResponse old = hp.stream(request);
                    StreamedResponse oldest = hp.stream(request)) {
                assertEquals(newest.status() + newer.status(), old.status() + oldest.status());
            }
            List<Integer> gone = List.of(take(closed), take(closed));
            assertEquals(1, hp.request(request).reusedTimes());
            assertEquals(4, server.connections());
            assertTrue(closed.isEmpty(), "the other two stay");
            assertEquals(2, gone.size());
        }
    }

    @Test
    void anIdleConnectionIsClosedAfterTheIdleTimeout() throws Exception {
        Signal closed = new Signal();
        Script watching = peer -> {
            peer.head();
            peer.send(OK);
            assertEquals(-1, peer.read());
            closed.set();
        };
        try (ScriptedServer server = ScriptedServer.of(watching, ScriptedServer.inTurn(OK));
                Httpipe hp =
                        Httpipe.builder().idleTimeout(Duration.ofMillis(30)).build()) {
            hp.get(server.uri("/"));
            closed.await();
            assertEquals(0, hp.get(server.uri("/")).reusedTimes());
        }
    }

    @Test
    void differentRoutesShareNoConnections(@TempDir Path directory) throws Exception {
        Path socket = directory.resolve("s");
        try (ScriptedServer server = ScriptedServer.answering(OK);
                ScriptedServer other = ScriptedServer.answering(OK);
                ScriptedServer unix = ScriptedServer.unix(socket, ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.builder()
                        .resolver(host -> List.of(InetAddress.getByName("127.0.0.1")))
                        .build()) {
            Request request = Request.get(server.uri("/"));
            List<Request> routes = List.of(
                    request,
                    request.pool("a"),
                    request.pool("b"),
                    request.pool(""),
                    Request.get(other.uri("/")),
                    Request.get(server.uri("alias.test", "/")),
                    Request.get("/").at(Servers.endpoint(unix)),
                    Request.get("/").at(Servers.endpoint(unix)).pool("a"));
            for (Request each : routes) {
                assertEquals(0, hp.request(each).reusedTimes());
            }
            for (Request each : routes) {
                assertEquals(1, hp.request(each).reusedTimes());
            }
            assertEquals(5, server.connections());
            assertEquals(1, other.connections());
            assertEquals(2, unix.connections());
        }
    }

    @Test
    void hostsThatDifferOnlyInCaseShareARoute() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = Httpipe.builder()
                        .resolver(host -> List.of(InetAddress.getByName("127.0.0.1")))
                        .build()) {
            hp.get(server.uri("some.test", "/"));
            assertEquals(1, hp.get(server.uri("SOME.Test", "/")).reusedTimes());
            Request elsewhere = Request.get("http://virtual.test/").at("some.test", server.port());
            assertEquals(2, hp.request(elsewhere).reusedTimes());
        }
    }

    @Test
    void aFailedCallLeavesNoConnectionInThePool() throws Exception {
        Script garbage = peer -> {
            peer.head();
            peer.send("HTTP/2 200\r\n\r\n");
            peer.awaitClose();
        };
        try (ScriptedServer server = ScriptedServer.of(garbage, ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.create()) {
            assertThrows(MalformedResponseException.class, () -> hp.get(server.uri("/")));
            assertEquals(0, hp.get(server.uri("/")).reusedTimes());
        }
    }

    private static int take(BlockingQueue<Integer> queue) throws InterruptedException {
        return Objects.requireNonNull(queue.poll(20, TimeUnit.SECONDS), "nothing has come");
    }

    /** Returns how many times the connection of a second request was reused, after this response to the first. */
    private static int reusedAfter(String response) throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(response, OK);
                Httpipe hp = Httpipe.create()) {
            hp.get(server.uri("/"));
            return hp.get(server.uri("/")).reusedTimes();
        }
    }
}
