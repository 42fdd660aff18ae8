package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Servers;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Transports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One connection used step by step: requests, responses, and the order of the steps. */
@Timeout(60)
class ExchangeTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    private static final String CHUNKED = "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "5\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 11\r\n\r\n";

    @ParameterizedTest
    @EnumSource
    void b1_aSecondRequestOnOneExchangeGetsItsOwnResponse(Transports transport) throws Exception {
        String none = "HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n";
        String head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
        try (ScriptedServer server = transport.server(ScriptedServer.inTurn(CHUNKED, OK, none, head, CHUNKED, OK));
                Httpipe hp = Httpipe.create();
                Exchange exchange = Exchanges.connect(transport, hp, server)) {
            for (int round = 0; round < 2; round++) {
                Response chunked = exchange.request(Request.get("/chunked"));
                assertEquals(201, chunked.status());
                assertEquals("hello world", chunked.text());
                assertEquals("11", chunked.trailers().first("X-Sum"));
                assertTrue(exchange.eof());
                Response plain = exchange.request(Request.post("/plain"));
                assertEquals(200, plain.status());
                assertEquals("OK", plain.text());
                assertEquals(Headers.EMPTY, plain.trailers());
                if (round == 0) {
                    Response empty = exchange.request(Request.delete("/none"));
                    assertEquals(204, empty.status());
                    assertEquals("1", empty.headers().first("X-A"));
                    assertEquals("", empty.text());
                    assertEquals("", exchange.request(Request.head("/head")).text());
                }
            }
            assertEquals(0, exchange.reusedTimes());
            assertTrue(exchange.keepAlive());
            assertEquals(1, server.connections());
            List<String> lines = server.heads().stream()
                    .map(h -> h.lines().findFirst().orElseThrow())
                    .toList();
            assertEquals(
                    List.of(
                            "GET /chunked HTTP/1.1",
                            "POST /plain HTTP/1.1",
                            "DELETE /none HTTP/1.1",
                            "HEAD /head HTTP/1.1",
                            "GET /chunked HTTP/1.1",
                            "POST /plain HTTP/1.1"),
                    lines);
        }
    }

    /** {@link ScriptedServer#answering} reads no request bodies, so this test uses its own script. */
    @ParameterizedTest
    @EnumSource
    void bodiesAreSentWithALengthOrChunked(Transports transport) throws Exception {
        List<String> bodies = new ArrayList<>();
        Script script = peer -> {
            peer.head();
            bodies.add(peer.body(4));
            peer.send(OK);
            peer.head();
            bodies.add(peer.body("3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n".length()));
            peer.send(OK);
            peer.awaitClose();
        };
        try (ScriptedServer server = transport.server(script);
                Httpipe hp = Httpipe.create();
                Exchange exchange = Exchanges.connect(transport, hp, server)) {
            exchange.request(Request.put("/").body("four"));
            exchange.request(Request.put("/").body("abc").trailers(() -> Headers.of("X-T", "1")));
            assertEquals(List.of("four", "3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n"), bodies);
            assertTrue(server.heads().get(0).contains("Content-Length: 4\r\n"));
            assertTrue(server.heads().get(1).contains("Transfer-Encoding: chunked\r\n"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void b28_theHostHeaderHasThePortAndIsLocalhostOnAUnixSocket(Transports transport) throws Exception {
        try (ScriptedServer server = transport.server(ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.create();
                Exchange exchange = Exchanges.connect(transport, hp, server)) {
            exchange.request(Request.get("/a"));
            exchange.request(Request.get("http://elsewhere.test/b"));
            exchange.request(Request.get("/c").header("Host", "own.test:7"));
            String own = transport == Transports.UNIX ? "localhost" : "127.0.0.1:" + server.port();
            // Port 80 is not the default over TLS, so it is sent: RFC 9110, section 7.2.
            String other = transport == Transports.TLS ? "elsewhere.test:80" : "elsewhere.test";
            assertTrue(server.heads().get(0).startsWith("GET /a HTTP/1.1\r\nHost: " + own + "\r\n"));
            assertTrue(server.heads().get(1).startsWith("GET /b HTTP/1.1\r\nHost: " + other + "\r\n"));
            assertTrue(server.heads().get(2).startsWith("GET /c HTTP/1.1\r\nHost: own.test:7\r\n"));
            assertEquals(1, server.connections(), "the URI does not change the connection");
        }
    }

    @Test
    void theHostHeaderIsTheSameAsForACall() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect("127.0.0.1", server.port())) {
            exchange.request(Request.get("/a"));
            hp.get(server.uri("/a"));
            assertEquals(server.heads().get(0), server.heads().get(1));
        }
    }

    @Test
    void anExchangeCanUseHttp10() throws Exception {
        String kept = "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nOK";
        String last = "HTTP/1.0 200 OK\r\n\r\nuntil the close";
        Script script = peer -> {
            peer.head();
            peer.send(kept);
            peer.head();
            peer.send(last);
        };
        try (ScriptedServer server = ScriptedServer.of(script);
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            Request request = Request.get("/").version(Version.HTTP_1_0);
            Response first = exchange.request(request);
            assertEquals(Version.HTTP_1_0, first.version());
            assertEquals("OK", first.text());
            assertEquals("until the close", exchange.request(request).text());
            assertTrue(exchange.eof());
            assertFalse(exchange.keepAlive());
            assertTrue(server.heads().getFirst().startsWith("GET / HTTP/1.0\r\n"));
            assertTrue(server.heads().getFirst().contains("Connection: keep-alive\r\n"));
        }
    }

    @Test
    void aResponseCanBeReadPartlyAsTokens() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(CHUNKED);
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.sendRequest(Request.get("/"));
            assertFalse(exchange.eof());
            assertInstanceOf(Token.StatusLine.class, exchange.read());
            assertInstanceOf(Token.Header.class, exchange.read());
            assertInstanceOf(Token.HeaderEnd.class, exchange.read());
            assertArrayEquals(new byte[] {'h', 'e'}, ((Token.Body) exchange.read(2)).data());
            assertFalse(exchange.eof());
            Response rest = exchange.readResponse();
            assertEquals(201, rest.status());
            assertEquals("llo world", rest.text());
            assertEquals("11", rest.trailers().first("X-Sum"));
            assertTrue(exchange.eof());
        }
    }

    @Test
    void anEarlyResponseIsRead() throws Exception {
        String refusal = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nno!";
        Signal done = new Signal();
        Script script = peer -> {
            peer.head();
            peer.send(refusal);
            done.await();
        };
        try (ScriptedServer server = ScriptedServer.of(script);
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.sendRequest(Request.post("/").body(new byte[64 << 20]));
            Response response = exchange.readResponse();
            assertEquals(413, response.status());
            assertEquals("no!", response.text());
            assertFalse(exchange.keepAlive(), "the request was not sent whole");
            done.set();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP", "UNIX"})
    void anExchangeUsesAnAttachedChannel(Transports transport) throws Exception {
        Signal closed = new Signal();
        Script script = peer -> {
            while (peer.nextHead() != null) {
                peer.send(OK);
            }
            closed.set();
        };
        try (ScriptedServer server = transport.server(script);
                Httpipe hp = Httpipe.create();
                SocketChannel channel = transport == Transports.UNIX
                        ? SocketChannel.open(Servers.endpoint(server).address())
                        : SocketChannel.open(new InetSocketAddress("127.0.0.1", server.port()))) {
            channel.configureBlocking(false);
            Exchange exchange = hp.attach(channel);
            assertEquals("OK", exchange.request(Request.get("/1")).text());
            assertEquals("OK", exchange.request(Request.get("/2")).text());
            String host = transport == Transports.UNIX ? "localhost" : "127.0.0.1:" + server.port();
            assertTrue(server.heads().get(1).startsWith("GET /2 HTTP/1.1\r\nHost: " + host + "\r\n"));
            assertFalse(exchange.keepAlive(), "it has no pool");
            closed.await();
            assertFalse(channel.isOpen());
            assertTrue(exchange.eof());
        }
    }

    /** {@link NetworkInterface} returns addresses with a zone. */
    @Test
    void anAttachedChannelMayUseAnAddressWithAZone() throws Exception {
        InetAddress zoned = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address ->
                        address.isLoopbackAddress() && address.getHostAddress().indexOf('%') >= 0)
                .findFirst()
                .orElse(null);
        assumeTrue(zoned != null, "there is no IPv6");
        try (ServerSocketChannel listener = ServerSocketChannel.open().bind(new InetSocketAddress(zoned, 0));
                SocketChannel channel = SocketChannel.open(
                        new InetSocketAddress(zoned, listener.socket().getLocalPort()));
                SocketChannel server = listener.accept();
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.attach(channel)) {
            assertTrue(channel.getRemoteAddress().toString().contains("%"));
            exchange.sendRequest(Request.get("/"));
            ByteBuffer received = ByteBuffer.allocate(1024);
            server.read(received);
            server.write(ByteBuffer.wrap(OK.getBytes(StandardCharsets.ISO_8859_1)));
            assertEquals("OK", exchange.readResponse().text());
            String head = new String(received.array(), 0, received.position(), StandardCharsets.ISO_8859_1);
            assertTrue(head.matches("GET / HTTP/1.1\r\nHost: \\[[0-9a-f:]+\\]:[0-9]+\r\n(?s).*"), head);
        }
    }

    @Test
    void attachRefusesAChannelThatIsNotConnected() throws Exception {
        try (Httpipe hp = Httpipe.create();
                SocketChannel channel = SocketChannel.open()) {
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> hp.attach(channel));
            assertEquals("connected: it is not connected", e.getMessage());
        }
    }

    @Test
    void aClosingClientLetsAnExchangeFinish() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp =
                        Httpipe.builder().closeGrace(Duration.ofSeconds(50)).build();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            Thread closing = Thread.ofVirtual().start(hp::close);
            assertThrows(IllegalStateException.class, () -> {
                while (true) {
                    hp.connect(Servers.endpoint(server)).close();
                }
            });
            assertEquals("OK", exchange.request(Request.get("/")).text());
            assertFalse(exchange.keepAlive());
            assertTrue(exchange.eof());
            closing.join();
        }
    }

    @Test
    @SuppressWarnings("try") // closing early is what is tested
    void anExchangeOfAClosedClientFails() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = Httpipe.builder().closeGrace(Duration.ofMillis(1)).build()) {
            Exchange used = hp.connect(Servers.endpoint(server));
            Exchange unused = hp.connect(Servers.endpoint(server));
            hp.close();
            CancelledException e = assertThrows(CancelledException.class, () -> used.request(Request.post("/")));
            assertEquals(CancelledException.Reason.CLIENT_CLOSED, e.reason());
            assertFalse(e.safeToRetry());
            assertFalse(unused.keepAlive());
        }
    }

    /** Each state of an exchange, and the calls that it allows. */
    enum ExchangeState {
        READY("tlsHandshake, sendRequest, keepAlive or close", "tlsHandshake", "sendRequest", "keepAlive"),
        HEAD("read or readResponse", "read", "readResponse"),
        FIELDS("read or readResponse", "read", "readResponse"),
        BODY("read or readResponse", "read", "readResponse"),
        TRAILERS("read", "read"),
        DONE("sendRequest, keepAlive or close", "read", "sendRequest", "keepAlive"),
        CLOSED("nothing: the exchange is over");

        final String expected;
        final List<String> allowed;

        ExchangeState(String expected, String... allowed) {
            this.expected = expected;
            this.allowed = List.of(allowed);
        }

        Exchange reach(Httpipe hp, ScriptedServer server) throws IOException {
            Exchange exchange = hp.connect(Servers.endpoint(server));
            if (this == READY) {
                return exchange;
            }
            exchange.sendRequest(Request.get("/"));
            int tokens = List.of(0, 0, 1, 3, 6, 8, 8).get(ordinal());
            for (int i = 0; i < tokens; i++) {
                exchange.read();
            }
            if (this == CLOSED) {
                exchange.close();
            }
            return exchange;
        }
    }

    @ParameterizedTest
    @EnumSource
    void aCallOutOfOrderReportsTheExpectedCalls(ExchangeState state) throws Exception {
        String withTrailer =
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + "2\r\nab\r\n1\r\nc\r\n0\r\nX-Sum: 3\r\n\r\n";
        try (ScriptedServer server = ScriptedServer.answering(withTrailer);
                Httpipe hp = Httpipe.create();
                Exchange exchange = state.reach(hp, server)) {
            for (String call : List.of("tlsHandshake", "sendRequest", "read", "readResponse", "keepAlive")) {
                if (!state.allowed.contains(call)) {
                    IllegalStateException e = assertThrows(
                            IllegalStateException.class, () -> call(exchange, call), call + " in " + state);
                    assertEquals("expected " + state.expected, e.getMessage(), call);
                }
            }
            if (state != ExchangeState.READY && state != ExchangeState.CLOSED) {
                Token last = null;
                for (int i = 0; i < 10; i++) {
                    last = exchange.read();
                }
                assertInstanceOf(Token.Eof.class, last, "the refused calls had no effect");
            }
        }
    }

    private static void call(Exchange exchange, String call) throws IOException {
        switch (call) {
            case "tlsHandshake" -> exchange.tlsHandshake();
            case "sendRequest" -> exchange.sendRequest(Request.get("/"));
            case "read" -> exchange.read();
            case "readResponse" -> exchange.readResponse();
            default -> exchange.keepAlive();
        }
    }

    @Test
    void argumentsAreChecked() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            assertThrows(IllegalArgumentException.class, () -> exchange.setTimeout(Duration.ZERO));
            assertThrows(IllegalArgumentException.class, () -> exchange.read(0));
            assertThrows(IllegalArgumentException.class, () -> exchange.keepAlive(Duration.ZERO, 1));
            assertThrows(IllegalArgumentException.class, () -> exchange.keepAlive(Duration.ofSeconds(1), -1));
            assertThrows(IllegalArgumentException.class, () -> ConnectOptions.DEFAULT.maxIdlePerRoute(-1));
            assertEquals("OK", exchange.request(Request.get("/")).text());
            Response kept = exchange.request(Request.get("/"));
            assertSame(Version.HTTP_1_1, kept.version());
        }
    }
}
