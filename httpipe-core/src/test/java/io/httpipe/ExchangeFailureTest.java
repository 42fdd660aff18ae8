package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ClosedPort;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Servers;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Transports;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Failures of an exchange: the exception, and that the connection is closed. */
@Timeout(60)
class ExchangeFailureTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    private static void assertOver(Exchange exchange) {
        IllegalStateException e = assertThrows(IllegalStateException.class, exchange::read);
        assertEquals("expected nothing: the exchange is over", e.getMessage());
        assertThrows(IllegalStateException.class, exchange::keepAlive);
        assertFalse(exchange.eof());
    }

    @ParameterizedTest
    @CsvSource({"TCP,false", "TLS,false", "UNIX,false", "TCP,true", "TLS,true", "UNIX,true"})
    void theRequestDeadlineBoundsTheWholeRequestAndClosesTheConnection(Transports transport, boolean inBody)
            throws Exception {
        Signal closed = new Signal();
        Script script = peer -> {
            peer.head();
            peer.send(inBody ? "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n" : "HTTP/1.1 2");
            peer.awaitClose();
            closed.set();
        };
        try (ScriptedServer server = transport.server(script);
                Httpipe hp = Httpipe.create();
                Exchange exchange = Exchanges.connect(transport, hp, server)) {
            exchange.sendRequest(Request.get("/").timeout(Duration.ofMillis(200)));
            TimedOutException e = assertThrows(TimedOutException.class, () -> Tokens.rest(exchange));
            assertTrue(e.getMessage().contains("deadline of "), e.getMessage());
            assertOver(exchange);
            closed.await();
        }
    }

    @Test
    void theClientDeadlineAppliesToEachRequest() throws Exception {
        Script script = peer -> {
            peer.head();
            peer.send(OK);
            peer.head();
            peer.awaitClose();
        };
        try (ScriptedServer server = ScriptedServer.of(script);
                Httpipe hp = Httpipe.builder().timeout(Duration.ofSeconds(1)).build();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            assertEquals("OK", exchange.request(Request.get("/")).text());
            TimedOutException e = assertThrows(TimedOutException.class, () -> exchange.request(Request.get("/")));
            assertTrue(e.getMessage().contains("deadline of "), e.getMessage());
            assertOver(exchange);
        }
    }

    @Test
    void aNewTimeoutAppliesToAResponseInProgress() throws Exception {
        Script script = peer -> {
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\n\r\n");
            peer.awaitClose();
        };
        try (ScriptedServer server = ScriptedServer.of(script);
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.sendRequest(Request.get("/"));
            exchange.read();
            exchange.read();
            exchange.setTimeout(Duration.ofMillis(20));
            TimedOutException first = assertThrows(TimedOutException.class, exchange::read);
            assertTrue(first.getMessage().contains("read timeout of 20 ms"), first.getMessage());
            exchange.setTimeouts(Timeouts.DEFAULT.read(Duration.ofMillis(30)));
            TimedOutException second = assertThrows(TimedOutException.class, exchange::read);
            assertTrue(second.getMessage().contains("read timeout of 30 ms"), second.getMessage());
        }
    }

    @Test
    void requestTimeoutsOverrideExchangeTimeouts() throws Exception {
        Script script = peer -> {
            peer.head();
            peer.awaitClose();
        };
        try (ScriptedServer server = ScriptedServer.of(script);
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.setTimeout(Duration.ofSeconds(50));
            exchange.sendRequest(Request.get("/").timeouts(Timeouts.DEFAULT.read(Duration.ofMillis(20))));
            exchange.setTimeout(Duration.ofSeconds(40));
            TimedOutException e = assertThrows(TimedOutException.class, exchange::read);
            assertTrue(e.getMessage().contains("read timeout of 20 ms"), e.getMessage());
        }
    }

    @Test
    void anInterruptedThreadCancelsTheNextStep() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = Httpipe.create()) {
            Exchange exchange = hp.connect(Servers.endpoint(server));
            Thread.currentThread().interrupt();
            assertThrows(CancelledException.class, () -> exchange.request(Request.get("/")));
            assertTrue(Thread.currentThread().isInterrupted());
            assertThrows(CancelledException.class, () -> hp.connect(Servers.endpoint(server)));
            assertTrue(Thread.interrupted());
            assertOver(exchange);
        }
    }

    /** The same six-byte body in each framing. */
    enum Framing {
        LENGTH("Content-Length: 6\r\n\r\n", "abcdef"),
        CHUNKED("Transfer-Encoding: chunked\r\n\r\n", "2\r\nab\r\n4\r\ncdef\r\n0\r\n\r\n"),
        UNTIL_CLOSE("Connection: close\r\n\r\n", "abcdef");

        final String wire;

        Framing(String fields, String body) {
            wire = "HTTP/1.1 200 OK\r\n" + fields + body;
        }

        ScriptedServer serve() throws IOException {
            return ScriptedServer.of(peer -> {
                if (peer.nextHead() != null) {
                    peer.send(wire);
                }
                if (this != UNTIL_CLOSE) {
                    peer.awaitClose();
                }
            });
        }
    }

    @ParameterizedTest
    @EnumSource
    void maxBodySizeBoundsTheTokens(Framing framing) throws Exception {
        try (ScriptedServer server = framing.serve();
                Httpipe hp = Httpipe.builder().chunkSize(2).build()) {
            Exchange enough = hp.connect(Servers.endpoint(server));
            enough.sendRequest(Request.get("/").maxBodySize(6));
            assertEquals("eof", Tokens.rest(enough).getLast());
            enough.abort();

            Exchange exchange = hp.connect(Servers.endpoint(server));
            exchange.sendRequest(Request.get("/").maxBodySize(5));
            StringBuilder seen = new StringBuilder();
            BodyTooLargeException e = assertThrows(BodyTooLargeException.class, () -> {
                for (Token token = exchange.read(); ; token = exchange.read()) {
                    seen.append(token instanceof Token.Body ? Tokens.text(token) + "." : "");
                }
            });
            assertEquals(framing == Framing.LENGTH ? "" : "body ab.body cd.", seen.toString());
            assertEquals(Phase.RESPONSE_BODY, e.phase());
            assertOver(exchange);
        }
    }

    @ParameterizedTest
    @EnumSource
    void maxBodySizeBoundsAResponse(Framing framing) throws Exception {
        try (ScriptedServer server = framing.serve();
                Httpipe hp = Httpipe.create()) {
            Exchange enough = hp.connect(Servers.endpoint(server));
            assertEquals(
                    "abcdef", enough.request(Request.get("/").maxBodySize(6)).text());
            enough.abort();
            Exchange exchange = hp.connect(Servers.endpoint(server));
            assertThrows(
                    BodyTooLargeException.class,
                    () -> exchange.request(Request.get("/").maxBodySize(5)));
            assertOver(exchange);
            Exchange filtered = hp.connect(Servers.endpoint(server));
            filtered.sendRequest(Request.get("/").maxBodySize(5));
            assertThrows(
                    BodyTooLargeException.class, () -> filtered.readResponse(ResponseFilter.ofBody(chunk -> true)));
            assertOver(filtered);
        }
    }

    @ParameterizedTest
    @EnumSource
    void theClientLimitAppliesToResponsesInMemoryUnlessTheRequestOverridesIt(Framing framing) throws Exception {
        Limits limits = Limits.DEFAULT.maxBodySize(5);
        try (ScriptedServer server = framing.serve();
                Httpipe hp = Httpipe.builder().limits(limits).build()) {
            Exchange exchange = hp.connect(Servers.endpoint(server));
            assertThrows(BodyTooLargeException.class, () -> exchange.request(Request.get("/")));
            assertOver(exchange);
            Exchange own = hp.connect(Servers.endpoint(server));
            assertEquals("abcdef", own.request(Request.get("/").maxBodySize(6)).text());
            own.abort();
            Exchange filtered = hp.connect(Servers.endpoint(server));
            filtered.sendRequest(Request.get("/"));
            filtered.readResponse(ResponseFilter.ofBody(chunk -> true));
            assertTrue(filtered.eof(), "what is not kept in memory needs no limit");
            filtered.abort();
            Exchange tokens = hp.connect(Servers.endpoint(server));
            tokens.sendRequest(Request.get("/"));
            assertEquals("eof", Tokens.rest(tokens).getLast());
            tokens.abort();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ICY 200 OK\r\n\r\n",
                "junkHTTP/1.1 200 OK\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+2\r\nab\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 1\r\n\r\n",
            })
    void aMalformedResponseEndsTheExchange(String answer) throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(answer);
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.sendRequest(Request.get("/"));
            assertThrows(MalformedResponseException.class, () -> Tokens.rest(exchange));
            assertOver(exchange);
        }
    }

    @Test
    void aFailedConnectIsReported() throws Exception {
        try (ClosedPort nobody = new ClosedPort();
                Httpipe hp = Httpipe.create()) {
            ConnectFailedException tcp =
                    assertThrows(ConnectFailedException.class, () -> hp.connect("127.0.0.1", nobody.port()));
            assertEquals(Phase.CONNECT, tcp.phase());
            assertTrue(tcp.safeToRetry());
            Endpoint nowhere =
                    Endpoint.unix(Files.createTempDirectory("httpipe").resolve("nobody"));
            ConnectFailedException unix = assertThrows(ConnectFailedException.class, () -> hp.connect(nowhere));
            assertEquals(nowhere, unix.endpoint());
        }
    }

    @Test
    void aBodyThatFailsEndsTheExchange() throws Exception {
        Signal closed = new Signal();
        Script script = peer -> {
            peer.awaitClose();
            closed.set();
        };
        try (ScriptedServer server = ScriptedServer.of(script);
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            Request request = Request.put("/").body(Body.writing(out -> {
                out.write('a');
                out.flush();
                throw new IOException("no more");
            }));
            RequestBodyException e = assertThrows(RequestBodyException.class, () -> exchange.sendRequest(request));
            assertInstanceOf(IOException.class, e.getCause());
            closed.await();
            assertOver(exchange);
        }
    }

    @Test
    void aBodyOfUnknownLengthIsRefusedForHttp10BeforeAnythingIsSent() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            Request request = Request.put("/").version(Version.HTTP_1_0).body(Body.writing(out -> out.write('a')));
            assertThrows(IllegalArgumentException.class, () -> exchange.sendRequest(request));
            assertOver(exchange);
            assertEquals("OK", hp.get(server.uri("/")).text());
            assertEquals(1, server.heads().size());
        }
    }
}
