package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Servers;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Transports;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests how an exchange takes its connection from the pool and returns or closes it. */
@Timeout(60)
class ExchangePoolTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    private static final Request GET = Request.get("/");

    @ParameterizedTest
    @EnumSource
    void b30_keepAliveReturnsTrueAndTheNextExchangeReusesTheConnection(Transports transport) throws Exception {
        try (ScriptedServer server = transport.server(ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.create()) {
            for (int i = 0; i < 3; i++) {
                Exchange exchange = Exchanges.connect(transport, hp, server);
                assertEquals(i, exchange.reusedTimes());
                assertEquals(i, exchange.request(GET).reusedTimes());
                assertTrue(exchange.keepAlive());
                assertTrue(exchange.eof(), "the response was read to its end");
                exchange.close();
            }
            assertEquals(1, server.connections());
        }
    }

    @ParameterizedTest
    @EnumSource
    void anExchangeSharesThePoolWithRequestsOnTheSameRoute(Transports transport) throws Exception {
        try (ScriptedServer server = transport.server(ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.builder().tls(Exchanges.TRUSTING).build()) {
            Request request = Request.get(server.uri("/")).at(Servers.endpoint(server));
            assertEquals(0, hp.request(request).reusedTimes());
            Exchange exchange = Exchanges.connect(transport, hp, server);
            assertEquals(1, exchange.reusedTimes());
            assertEquals(0, connections(server, hp, request), "a leased connection is not shared");
            assertTrue(exchange.keepAlive(), "also without a request");
            assertEquals(2, hp.request(request).reusedTimes());
            assertEquals(2, server.connections());
        }
    }

    private static int connections(ScriptedServer server, Httpipe hp, Request request) throws Exception {
        int before = server.connections();
        int reused = hp.request(request.header("Connection", "close")).reusedTimes();
        assertEquals(before + 1, server.connections());
        return reused;
    }

    @ParameterizedTest
    @EnumSource
    void aNamedPoolIsSeparate(Transports transport) throws Exception {
        try (ScriptedServer server = transport.server(ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.builder().tls(Exchanges.TRUSTING).build()) {
            ConnectOptions named = Exchanges.options(transport).pool("tenant-a");
            Exchange first = hp.connect(Servers.endpoint(server), named);
            first.request(GET);
            assertTrue(first.keepAlive());
            Exchange unnamed = hp.connect(Servers.endpoint(server), Exchanges.options(transport));
            assertEquals(0, unnamed.reusedTimes());
            unnamed.request(GET);
            assertTrue(unnamed.keepAlive());
            Exchange other = hp.connect(
                    Servers.endpoint(server), Exchanges.options(transport).pool("tenant-b"));
            assertEquals(0, other.reusedTimes());
            other.request(GET);
            assertTrue(other.keepAlive());
            Request request = Request.get(server.uri("/")).at(Servers.endpoint(server));
            assertEquals(1, hp.request(request.pool("tenant-a")).reusedTimes());
            Exchange second = hp.connect(Servers.endpoint(server), named);
            assertEquals(2, second.reusedTimes());
            second.close();
            assertEquals(3, server.connections());
        }
    }

    @Test
    void thePoolKeepsAtMostMaxIdleConnectionsAndClosesTheOldest() throws Exception {
        Signal[] closed = {new Signal(), new Signal(), new Signal()};
        AtomicInteger next = new AtomicInteger();
        Script script = peer -> {
            int own = next.getAndIncrement();
            while (peer.nextHead() != null) {
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + own);
            }
            closed[own].set();
        };
        try (ScriptedServer server = ScriptedServer.of(script);
                Httpipe hp = Httpipe.create()) {
            ConnectOptions two = ConnectOptions.DEFAULT.maxIdlePerRoute(2);
            Exchange[] exchanges = new Exchange[3];
            for (int i = 0; i < 3; i++) {
                exchanges[i] = hp.connect(Servers.endpoint(server), two);
                assertEquals("" + i, exchanges[i].request(GET).text());
            }
            for (Exchange exchange : exchanges) {
                assertTrue(exchange.keepAlive());
            }
            closed[0].await();
            assertEquals("2", hp.get(server.uri("/")).text(), "the newest first");
            Exchange again = hp.connect(Servers.endpoint(server));
            again.request(GET);
            assertTrue(again.keepAlive(Duration.ofSeconds(60), 1));
            closed[1].await();
            assertEquals(3, server.connections());
        }
    }

    @Test
    void b30_keepAliveReturnsFalseIfThePoolKeepsNoIdleConnections() throws Exception {
        AtomicInteger closed = new AtomicInteger();
        Signal allClosed = new Signal();
        Script script = peer -> {
            while (peer.nextHead() != null) {
                peer.send(OK);
            }
            if (closed.incrementAndGet() == 3) {
                allClosed.set();
            }
        };
        try (ScriptedServer server = ScriptedServer.of(script);
                Httpipe hp = Httpipe.create();
                Httpipe keepsNone = Httpipe.builder().maxIdlePerRoute(0).build()) {
            Exchange none = hp.connect(Servers.endpoint(server), ConnectOptions.DEFAULT.maxIdlePerRoute(0));
            none.request(GET);
            assertFalse(none.keepAlive());
            assertTrue(none.eof());
            Exchange explicit = hp.connect(Servers.endpoint(server));
            explicit.request(GET);
            assertFalse(explicit.keepAlive(Duration.ofSeconds(1), 0));
            Exchange client = keepsNone.connect(Servers.endpoint(server));
            client.request(GET);
            assertFalse(client.keepAlive());
            allClosed.await();
            assertEquals(3, server.connections());
        }
    }

    @Test
    void b30_keepAliveReturnsFalseAfterTheMaximumLifetime() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = Httpipe.builder().maxLifetime(Duration.ofNanos(1)).build()) {
            Exchange exchange = hp.connect(Servers.endpoint(server));
            exchange.request(GET);
            assertFalse(exchange.keepAlive());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anIdleConnectionIsClosedAtItsIdleTimeout(boolean explicit) throws Exception {
        Signal closed = new Signal();
        Script first = peer -> {
            peer.head();
            peer.send(OK);
            peer.awaitClose();
            closed.set();
        };
        try (ScriptedServer server = ScriptedServer.of(first, ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.create()) {
            Duration idleTimeout = Duration.ofMillis(20);
            ConnectOptions options =
                    explicit ? ConnectOptions.DEFAULT : ConnectOptions.DEFAULT.idleTimeout(idleTimeout);
            Exchange exchange = hp.connect(Servers.endpoint(server), options);
            exchange.request(GET);
            assertTrue(explicit ? exchange.keepAlive(idleTimeout, 8) : exchange.keepAlive());
            closed.await();
            assertEquals(0, hp.get(server.uri("/")).reusedTimes());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nOK",
                "HTTP/1.1 200 OK\r\nConnection: foo, Close\r\nContent-Length: 2\r\n\r\nOK",
                "HTTP/1.1 200 OK\r\nConnection: foo\r\nConnection: CLOSE \r\nContent-Length: 2\r\n\r\nOK",
                "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nOK",
            })
    void b12_aConnectionThatTheServerClosesCarriesNoFurtherRequest(String last) throws Exception {
        Script script = peer -> {
            peer.head();
            peer.send(OK);
            peer.head();
            peer.send(last);
            peer.awaitClose();
        };
        try (ScriptedServer server = ScriptedServer.of(script, script, ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.create()) {
            Exchange first = hp.connect(Servers.endpoint(server));
            first.request(GET);
            first.request(GET);
            assertTrue(first.eof());
            assertFalse(first.keepAlive());
            Exchange second = hp.connect(Servers.endpoint(server));
            assertEquals(0, second.reusedTimes());
            second.request(GET);
            second.request(GET);
            HttpipeException e = assertThrows(
                    HttpipeException.class,
                    () -> second.sendRequest(Request.post("/").body("x")));
            assertTrue(e.safeToRetry(), "nothing was sent: " + e);
            assertEquals(0, e.bytesSent());
            assertEquals(Phase.SEND, e.phase());
            assertThrows(IllegalStateException.class, () -> second.sendRequest(GET));
            assertEquals("OK", hp.get(server.uri("/")).text());
            assertEquals(5, server.heads().size());
        }
    }

    @Test
    void b12_aConnectionIsNotKeptAfterARequestWithConnectionClose() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.request(GET.header("Connection", "Close"));
            assertFalse(exchange.keepAlive());
        }
    }

    @ParameterizedTest
    @EnumSource
    void b2_bytesAfterAResponseAreNeverTheNextResponse(Transports transport) throws Exception {
        byte[] body = new byte[5000];
        String head = "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n";
        Signal headRead = new Signal();
        Signal stale = new Signal();
        Script script = peer -> {
            peer.head();
            peer.send(head);
            headRead.await();
            peer.send(body);
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nSTALE");
            stale.set();
            peer.awaitClose();
        };
        try (ScriptedServer server = transport.server(script);
                Httpipe hp = Httpipe.create();
                Exchange exchange = Exchanges.connect(transport, hp, server)) {
            exchange.sendRequest(GET);
            exchange.readResponse(ResponseFilter.ofHeader((status, headers) -> false));
            headRead.set();
            stale.await();
            assertEquals(5000, exchange.readResponse().body().length);
            HttpipeException e = assertThrows(HttpipeException.class, () -> exchange.sendRequest(GET));
            assertTrue(e.safeToRetry());
            assertEquals(1, server.heads().size());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aClosedConnectionIsNoticedBeforeAnythingIsSent(Transports transport) throws Exception {
        Signal gone = new Signal();
        Script script = peer -> {
            peer.head();
            peer.send(OK);
            if (transport == Transports.UNIX) {
                peer.cut();
            } else {
                peer.closeAndAwaitAcknowledgement();
            }
            gone.set();
        };
        try (ScriptedServer server = transport.server(script);
                Httpipe hp = Httpipe.create();
                Exchange exchange = Exchanges.connect(transport, hp, server)) {
            exchange.request(GET);
            gone.await();
            HttpipeException e = assertThrows(
                    HttpipeException.class,
                    () -> exchange.request(Request.post("/").body("x")));
            assertTrue(e.safeToRetry(), e.getMessage());
            assertEquals(0, e.bytesSent());
        }
    }

    @ParameterizedTest
    @EnumSource
    void closeReadsAShortRestToKeepTheConnection(Transports transport) throws Exception {
        String rest = "x".repeat(20_000);
        String chunked =
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4E20\r\n" + rest + "\r\n0\r\nA: b\r\n\r\n";
        String counted = "HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n" + rest;
        try (ScriptedServer server = transport.server(ScriptedServer.inTurn(chunked, counted, OK));
                Httpipe hp = Httpipe.create()) {
            for (int i = 0; i < 3; i++) {
                try (Exchange exchange = Exchanges.connect(transport, hp, server)) {
                    assertEquals(i, exchange.reusedTimes());
                    exchange.sendRequest(GET);
                    exchange.read();
                    exchange.read();
                    exchange.readResponse(ResponseFilter.ofBody(chunk -> false));
                }
            }
            assertEquals(1, server.connections());
        }
    }

    /** The server's response, and how many tokens are read before the exchange is closed. */
    enum UnreadRest {
        MUCH("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nsome", 3),
        SLOWLY("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsome", 3),
        SLOW_TRAILERS("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n0\r\nA: b\r\n", 3),
        UNTIL_CLOSE("HTTP/1.1 200 OK\r\nX-A: b\r\n\r\nsome", 3),
        THE_HEAD("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsome", 0),
        AFTER_CLOSE("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nsome", 2);

        final String sent;
        final int tokens;

        UnreadRest(String sent, int tokens) {
            this.sent = sent;
            this.tokens = tokens;
        }
    }

    @ParameterizedTest
    @EnumSource
    void closeClosesTheConnectionIfTooMuchIsUnread(UnreadRest rest) throws Exception {
        Signal closed = new Signal();
        Script script = peer -> {
            peer.head();
            peer.send(rest.sent);
            peer.awaitClose();
            closed.set();
        };
        try (ScriptedServer server = ScriptedServer.of(script, ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.create()) {
            Exchange exchange = hp.connect(Servers.endpoint(server));
            exchange.sendRequest(GET);
            for (int i = 0; i < rest.tokens; i++) {
                exchange.read();
            }
            exchange.close();
            closed.await();
            exchange.close();
            assertFalse(exchange.eof());
            assertEquals(0, hp.get(server.uri("/")).reusedTimes());
        }
    }

    @Test
    void abortClosesTheConnectionInAnyState() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = Httpipe.create()) {
            Exchange ready = hp.connect(Servers.endpoint(server));
            ready.abort();
            ready.abort();
            Exchange done = hp.connect(Servers.endpoint(server));
            assertEquals(0, done.reusedTimes());
            done.request(GET);
            done.abort();
            done.close();
            assertTrue(done.eof());
            assertEquals(0, hp.get(server.uri("/")).reusedTimes());
            assertEquals(3, server.connections());
        }
    }
}
