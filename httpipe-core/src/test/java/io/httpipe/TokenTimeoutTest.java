package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Servers;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Transports;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** After a read has timed out, the next read continues without any loss. */
@Timeout(120)
class TokenTimeoutTest {
    private static final Timeouts SHORT_TIMEOUTS = Timeouts.DEFAULT.read(Duration.ofMillis(3));

    /** A response in each framing. */
    enum Framing {
        LENGTH("HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 5\r\n\r\nhello"),
        CHUNKED("HTTP/1.1 100 Go on\r\nX-B: c\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nX-Sum: 5\r\nX-T: u\r\n\r\n"),
        UNTIL_CLOSE("HTTP/1.0 200 OK\r\nX-A: b\r\n\r\nhello");

        final String wire;

        Framing(String wire) {
            this.wire = wire;
        }
    }

    /** Each response has one pause, each time before another byte. The pause lasts until the client has timed out. */
    @ParameterizedTest
    @CsvSource({"TCP,LENGTH", "TCP,CHUNKED", "TCP,UNTIL_CLOSE", "TLS,LENGTH", "TLS,CHUNKED", "TLS,UNTIL_CLOSE"})
    void noTokenIsLostWhereverTheServerPauses(Transports transport, Framing framing) throws Exception {
        BlockingQueue<Stop> stops = new ArrayBlockingQueue<>(1);
        Script script = peer -> {
            while (peer.nextHead() != null) {
                Stop stop = stops.take();
                peer.send(framing.wire.substring(0, stop.at));
                stop.reached.set();
                stop.goOn.await();
                peer.send(framing.wire.substring(stop.at));
                if (framing == Framing.UNTIL_CLOSE) {
                    return;
                }
            }
        };
        try (ScriptedServer server = transport.server(script);
                Httpipe hp = Httpipe.create()) {
            List<String> expected = allTokens(transport, framing);
            for (int at = 0; at < framing.wire.length(); at++) {
                Stop stop = new Stop(at, new Signal(), new Signal());
                stops.put(stop);
                try (Exchange exchange = Exchanges.connect(transport, hp, server)) {
                    exchange.setTimeouts(SHORT_TIMEOUTS);
                    exchange.sendRequest(Request.get("/"));
                    stop.reached.await();
                    RetryingReader reader = new RetryingReader(stop.goOn::set);
                    assertEquals(expected, reader.readAll(exchange), "stopped at " + at);
                    assertTrue(reader.timeouts > 0);
                }
            }
        }
    }

    private record Stop(int at, Signal reached, Signal goOn) {}

    /** Returns the tokens of a response without pauses. */
    private static List<String> allTokens(Transports transport, Framing framing) throws Exception {
        Script script = peer -> {
            peer.head();
            peer.send(framing.wire);
        };
        try (ScriptedServer server = transport.server(script);
                Httpipe hp = Httpipe.create();
                Exchange exchange = Exchanges.connect(transport, hp, server)) {
            exchange.sendRequest(Request.get("/"));
            return new RetryingReader(() -> {}).readAll(exchange);
        }
    }

    /** Reads tokens, and runs a callback after each timeout. */
    private static final class RetryingReader {
        private final Runnable onTimeout;
        private int timeouts;

        RetryingReader(Runnable onTimeout) {
            this.onTimeout = onTimeout;
        }

        List<String> readAll(Exchange exchange) throws IOException {
            List<String> tokens = new ArrayList<>();
            while (true) {
                try {
                    Token token = exchange.read();
                    Tokens.addJoined(tokens, token);
                    if (token instanceof Token.Eof) {
                        return tokens;
                    }
                } catch (TimedOutException e) {
                    timeouts++;
                    onTimeout.run();
                }
            }
        }
    }

    /** A relay before the TLS server forwards one byte at a time, so reads time out within a record too. */
    @ParameterizedTest
    @EnumSource
    void noTokenIsLostWithinATlsRecord(Framing framing) throws Exception {
        Semaphore permits = new Semaphore(1 << 20);
        Script answer = peer -> {
            peer.head();
            peer.send(Framing.LENGTH.wire);
            peer.head();
            peer.send(framing.wire);
        };
        try (ScriptedServer server = Transports.TLS.server(answer);
                ScriptedServer relay = ScriptedServer.of(peer -> relay(peer, server.port(), permits));
                Httpipe hp = Httpipe.create();
                Exchange exchange = Exchanges.connect(Transports.TLS, hp, relay)) {
            // Starts after the session tickets, which would cause timeouts too.
            exchange.request(Request.get("/"));
            permits.drainPermits();
            exchange.setTimeouts(SHORT_TIMEOUTS);
            exchange.sendRequest(Request.get("/"));
            RetryingReader reader = new RetryingReader(permits::release);
            assertEquals(allTokens(Transports.TLS, framing), reader.readAll(exchange));
            assertTrue(reader.timeouts > framing.wire.length(), "as many as there are bytes: " + reader.timeouts);
        }
    }

    private static void relay(Peer peer, int port, Semaphore permits) throws Exception {
        try (Socket upstream = new Socket("127.0.0.1", port)) {
            Thread.ofVirtual().start(() -> {
                try {
                    peer.socket().getInputStream().transferTo(upstream.getOutputStream());
                } catch (IOException e) {
                    // The other direction reports the failure.
                }
            });
            InputStream in = upstream.getInputStream();
            for (int next = in.read(); next >= 0; next = in.read()) {
                permits.acquire();
                peer.send(new byte[] {(byte) next});
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP", "TLS"})
    void b25_theNextReadResponseReturnsWhatATimedOutOneHadRead(Transports transport) throws Exception {
        Signal goOn = new Signal();
        Script script = peer -> {
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 11\r\n\r\nhello");
            goOn.await();
            peer.send(" world");
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew");
            peer.awaitClose();
        };
        try (ScriptedServer server = transport.server(script);
                Httpipe hp = Httpipe.create();
                Exchange exchange = Exchanges.connect(transport, hp, server)) {
            exchange.setTimeouts(SHORT_TIMEOUTS);
            exchange.sendRequest(Request.get("/"));
            List<Integer> filtered = new ArrayList<>();
            ResponseFilter once = ResponseFilter.ofHeader((status, headers) -> filtered.add(status));
            for (int i = 0; i < 3; i++) {
                TimedOutException e = assertThrows(TimedOutException.class, () -> exchange.readResponse(once));
                assertTrue(e.getMessage().contains("read timeout of 3 ms"), e.getMessage());
                assertEquals(TimedOutException.Limit.READ, e.limit());
            }
            goOn.set();
            Response response = null;
            while (response == null) {
                try {
                    response = exchange.readResponse(once);
                } catch (TimedOutException e) {
                    continue;
                }
            }
            assertEquals("hello world", response.text());
            assertEquals("b", response.headers().first("X-A"));
            assertEquals(List.of(200), filtered);
            exchange.setTimeout(Duration.ofSeconds(30));
            assertEquals("new", exchange.request(Request.get("/")).text());
        }
    }

    @Test
    void b25_tokensAndFiltersGetWhatATimedOutReadResponseHadRead() throws Exception {
        Signal someSent = new Signal();
        Signal goOn = new Signal();
        Signal allSent = new Signal();
        Script script = peer -> {
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello");
            someSent.set();
            goOn.await();
            peer.send(" world");
            allSent.set();
            peer.awaitClose();
        };
        try (ScriptedServer server = ScriptedServer.of(script);
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.sendRequest(Request.get("/").timeouts(Timeouts.DEFAULT.read(Duration.ofMillis(50))));
            someSent.await();
            assertThrows(TimedOutException.class, exchange::readResponse);
            assertEquals("body he", Tokens.text(exchange.read(2)));
            StringBuilder seen = new StringBuilder();
            exchange.readResponse(ResponseFilter.ofBody(chunk -> {
                seen.append(new String(chunk, java.nio.charset.StandardCharsets.ISO_8859_1));
                return false;
            }));
            assertEquals("ll", seen.toString());
            goOn.set();
            allSent.await();
            assertEquals("o world", exchange.readResponse().text());
        }
    }

    @Test
    void overAUnixSocketATimeoutClosesTheConnection() throws Exception {
        Signal closed = new Signal();
        Script script = peer -> {
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello");
            peer.awaitClose();
            closed.set();
        };
        try (ScriptedServer server = Transports.UNIX.server(script);
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.setTimeouts(Timeouts.DEFAULT.read(Duration.ofMillis(50)));
            exchange.sendRequest(Request.get("/"));
            assertThrows(TimedOutException.class, () -> Tokens.rest(exchange));
            closed.await();
            assertThrows(IllegalStateException.class, exchange::read);
        }
    }

    @Test
    void aTimeoutBeforeTheResponseDoesNotLoseTheResponse() throws Exception {
        Signal goOn = new Signal();
        Signal sent = new Signal();
        Script script = peer -> {
            peer.head();
            goOn.await();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
            sent.set();
            peer.awaitClose();
        };
        try (ScriptedServer server = ScriptedServer.of(script);
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.setTimeouts(Timeouts.DEFAULT.read(Duration.ofMillis(50)));
            exchange.sendRequest(Request.get("/"));
            TimedOutException e = assertThrows(TimedOutException.class, exchange::read);
            assertEquals(Phase.RESPONSE_HEAD, e.phase());
            assertThrows(IllegalStateException.class, () -> exchange.sendRequest(Request.get("/")));
            assertThrows(IllegalStateException.class, exchange::keepAlive);
            goOn.set();
            sent.await();
            assertInstanceOf(Token.StatusLine.class, exchange.read());
            assertEquals("OK", exchange.readResponse().text());
            assertTrue(exchange.keepAlive());
        }
    }
}
