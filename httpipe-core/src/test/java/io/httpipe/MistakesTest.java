package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Servers;
import io.httpipe.testing.TestCertificates;
import io.httpipe.testing.Threads;
import io.httpipe.testing.Transports;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Typical mistakes of callers, and the messages that explain them. */
@Timeout(60)
class MistakesTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    private static final String UNTIL_CLOSE = "HTTP/1.1 200 OK\r\n\r\n";

    private static Script sending(String answer) {
        return peer -> {
            peer.head();
            peer.send(answer);
            peer.end();
        };
    }

    private static String location(ScriptedServer server) {
        return " (" + Servers.endpoint(server) + ")";
    }

    @Test
    void theErrorOfABodyTooLargeForMemoryNamesItsSizeTheLimitAndARemedy() throws Exception {
        String head = "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n";
        try (ScriptedServer server = ScriptedServer.of(sending(head));
                Httpipe hp = Httpipe.create()) {
            BodyTooLargeException e = assertThrows(BodyTooLargeException.class, () -> hp.get(server.uri("/")));
            assertEquals(
                    "the response body has 1073741824 bytes, more than the 64 MiB of Limits.maxBodySize; "
                            + "use stream() or raise maxBodySize" + location(server),
                    e.getMessage());
            assertEquals(Phase.RESPONSE_BODY, e.phase());
            assertEquals(64 << 20, e.maxBodySize());
        }
    }

    @Test
    void theErrorOfABodyTooLargeNamesTheLimit() throws Exception {
        String three = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
        Limits two = Limits.DEFAULT.maxBodySize(2);
        try (ScriptedServer counted = ScriptedServer.of(sending(three));
                ScriptedServer uncounted = ScriptedServer.of(sending(UNTIL_CLOSE + "abc"));
                Httpipe hp = Httpipe.builder().limits(two).build()) {
            assertTooLarge(
                    "the response body has 3 bytes, more than the 2 bytes of Limits.maxBodySize; "
                            + "use stream() or raise maxBodySize" + location(counted),
                    () -> hp.get(counted.uri("/")));
            assertTooLarge(
                    "the response body has more than the 2 bytes of Limits.maxBodySize; "
                            + "use stream() or raise maxBodySize" + location(uncounted),
                    () -> hp.get(uncounted.uri("/")));
            assertTooLarge(
                    "the response body has 3 bytes, more than the 1 bytes of Request.maxBodySize" + location(counted),
                    () -> hp.request(Request.get(counted.uri("/")).maxBodySize(1)));
            assertTooLarge(
                    "the response body has more than the 1 bytes of Request.maxBodySize" + location(uncounted),
                    () -> hp.stream(
                            Request.get(uncounted.uri("/")).maxBodySize(1),
                            response -> response.body().readAllBytes()));
            assertTooLarge(
                    "the response body has 3 bytes, more than the 2 bytes of Limits.maxBodySize; "
                            + "use read() or raise maxBodySize" + location(counted),
                    () -> hp.connect(Servers.endpoint(counted)).request(Request.get("/")));
            assertTooLarge(
                    "the response body has more than the 1 bytes of Request.maxBodySize" + location(uncounted),
                    () -> Tokens.rest(
                            connectAndSend(hp, uncounted, Request.get("/").maxBodySize(1))));
        }
    }

    @Test
    void theErrorOfABodyTooLargeForAnArraySaysSo() throws Exception {
        String head = "HTTP/1.1 200 OK\r\nContent-Length: 4294967296\r\n\r\n";
        try (ScriptedServer server = ScriptedServer.of(sending(head));
                Httpipe hp = Httpipe.create()) {
            assertTooLarge(
                    "the response body has 4294967296 bytes, more than the 2147483630 bytes that fit into an array; "
                            + "use stream()" + location(server),
                    () -> hp.request(Request.get(server.uri("/")).maxBodySize(1L << 40)));
        }
    }

    private static Exchange connectAndSend(Httpipe hp, ScriptedServer server, Request request) throws IOException {
        Exchange exchange = hp.connect(Servers.endpoint(server));
        exchange.sendRequest(request);
        return exchange;
    }

    private static void assertTooLarge(String message, Executable call) {
        BodyTooLargeException e = assertThrows(BodyTooLargeException.class, call);
        assertEquals(message, e.getMessage());
        assertEquals(Phase.RESPONSE_BODY, e.phase());
    }

    @Test
    void theErrorOfANullArgumentNamesTheArgument() {
        assertEquals("uri is null", refusal(() -> Request.get((String) null)));
        assertEquals("method is null", refusal(() -> Request.of(null, "http://h/")));
        assertEquals("request is null", refusal(() -> Httpipe.create().request(null)));
        assertEquals("request is null", refusal(() -> Httpipe.create().download(null, Path.of("file"))));
        assertEquals("timeouts is null", refusal(() -> Httpipe.builder().timeouts(null)));
        assertEquals(
                "requests[0] is null",
                refusal(() -> FanOut.over(Httpipe.create()).all(Arrays.asList((Request) null))));
    }

    @Test
    void theErrorOfAnOpenerThatReturnsNullSaysSo() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(peer -> peer.awaitClose());
                Httpipe hp = Httpipe.create()) {
            Request post = Request.post(server.uri("/"));
            for (Body body : List.of(Body.of(() -> null), Body.of("x").tee(() -> null))) {
                assertEquals("the result of opener is null", refusal(() -> hp.request(post.body(body))));
                assertEquals(
                        "the result of opener is null", refusal(() -> body.writeTo(OutputStream.nullOutputStream())));
            }
        }
    }

    private static String refusal(Executable call) {
        return assertThrows(IllegalArgumentException.class, call).getMessage();
    }

    /** As documented in {@link BodyReader}. */
    @Test
    void aBodyReadTwiceIsEmptyTheSecondTime() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(sending(OK));
                Httpipe hp = Httpipe.create();
                StreamedResponse response = hp.stream(Request.get(server.uri("/")))) {
            assertEquals(2, response.body().readAllBytes().length);
            assertEquals(0, response.body().readAllBytes().length);
            assertEquals(-1, response.body().read());
            assertNull(response.body().readChunk(10));
        }
    }

    @Test
    void theErrorOfAnInterruptedCallSaysSo() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(sending(OK));
                Httpipe hp = Httpipe.create()) {
            Thread.currentThread().interrupt();
            CancelledException e = assertThrows(CancelledException.class, () -> hp.get(server.uri("/")));
            assertTrue(Thread.interrupted());
            assertEquals(CancelledException.Reason.INTERRUPT, e.reason());
            assertEquals("cancelled by an interrupt while waiting for a connection" + location(server), e.getMessage());
        }
    }

    @ParameterizedTest
    @EnumSource
    void theErrorOfAPipeWhoseSourceAnotherThreadClosesSaysSo(Threads threads) throws Exception {
        String half = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nhalf";
        try (ScriptedServer from = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send(half);
                    peer.awaitClose();
                });
                ScriptedServer to = ScriptedServer.of(Peer::awaitClose);
                Httpipe hp = Httpipe.create()) {
            StreamedResponse source = hp.stream(Request.get(from.uri("/")));
            FutureTask<Response> piping = new FutureTask<>(() -> source.pipe().request(Request.put(to.uri("/"))));
            Thread piper = threads.start(piping);
            Threads.awaitWithin(piper, "Http1Conversation", "readBody");
            source.close();
            Throwable e = assertThrows(ExecutionException.class, () -> piping.get(20, TimeUnit.SECONDS))
                    .getCause();
            assertEquals(RequestBodyException.class, e.getClass());
            assertTrue(
                    e.getMessage()
                            .startsWith("the source of the request body failed: "
                                    + "the response was closed by another thread while reading the response body"
                                    + location(from)),
                    e.getMessage());
            CancelledException cause = (CancelledException) e.getCause();
            assertEquals(CancelledException.Reason.RESPONSE_CLOSED, cause.reason());
        }
    }

    @ParameterizedTest
    @EnumSource
    void theErrorOfAnExchangeAbortedByItsBodyWriterSaysSo(Transports transport) throws Exception {
        try (ScriptedServer server = transport.server(Peer::awaitClose);
                Httpipe hp = transport.client().build()) {
            Exchange exchange = Exchanges.connect(transport, hp, server);
            Request request = Request.post("/").body(Body.writing(1, out -> {
                exchange.abort();
                out.write('x');
            }));
            CancelledException e = assertThrows(CancelledException.class, () -> exchange.sendRequest(request));
            assertEquals("the exchange was closed while sending the request" + location(server), e.getMessage());
            assertEquals(CancelledException.Reason.RESPONSE_CLOSED, e.reason());
            assertEquals(List.of(), hp.stats());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "HTTP/1.0 400 \r\n\r\n"})
    void theErrorOfHttpsToAnHttpPortAsksWhetherThePortSpeaksHttp(String answer) throws Exception {
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.read();
                    peer.send(answer);
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.create()) {
            String uri = "https://127.0.0.1:" + server.port() + "/";
            TlsFailedException e = assertThrows(TlsFailedException.class, () -> hp.get(uri));
            assertTrue(
                    e.getMessage().startsWith("the server speaks plain HTTP; should the URI begin with http://?"),
                    e.getMessage());
            assertTrue(e.getMessage().endsWith(" while in the TLS handshake" + location(server)), e.getMessage());
            assertFalse(e.safeToRetry());
        }
    }

    /** Query and userinfo are not shown because they may contain secrets. */
    @ParameterizedTest
    @CsvSource({
        "http://127.0.0.1:9090/page/13, GET http://127.0.0.1:9090/page/13",
        "http://h.test/?token=secret,   GET http://h.test/",
        "http://h.test:80/a,            GET http://h.test/a",
        "https://h.test/a,              GET https://h.test/a",
        "https://h.test:80/a,           GET https://h.test:80/a",
        "http://[::1]:81/,              GET http://[::1]:81/",
        "/a?token=secret,               GET /a"
    })
    void toStringOfARequestShowsItsUriWithoutTheQuery(String uri, String shown) {
        assertEquals(shown, Request.get(uri).toString());
        assertEquals(shown + " at [::1]:8080", Request.get(uri).at("::1", 8080).toString());
        assertEquals(
                shown + " at unix:/run/app.sock",
                Request.get(uri).at(Endpoint.unix(Path.of("/run/app.sock"))).toString());
    }

    @Test
    void aTimeoutHasNoCause() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(Peer::awaitClose);
                Httpipe hp = Httpipe.builder()
                        .timeouts(Timeouts.DEFAULT.read(Duration.ofMillis(20)))
                        .build()) {
            TimedOutException e = assertThrows(TimedOutException.class, () -> hp.get(server.uri("/")));
            assertEquals(
                    "exceeded the read timeout of 20 ms while waiting for the response head" + location(server),
                    e.getMessage());
            assertNull(e.getCause());
            assertEquals(TimedOutException.Limit.READ, e.limit());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, 2147483647, false, route",
        "1, 2,          false, route",
        "2147483647, 1, false, client",
        "2, 1,          false, client",
        "2, 1,          true,  client"
    })
    void theErrorOfACallWithoutAConnectionNamesTheLimitThatItWaitedFor(
            int maxConnectionsPerRoute, int maxConnections, boolean otherRoute, String limited) throws Exception {
        try (ScriptedServer server = ScriptedServer.of(Peer::awaitClose);
                ScriptedServer other = ScriptedServer.of(Peer::awaitClose);
                Httpipe hp = Httpipe.builder()
                        .maxConnectionsPerRoute(maxConnectionsPerRoute)
                        .maxConnections(maxConnections)
                        .timeouts(Timeouts.DEFAULT.acquire(Duration.ofMillis(20)))
                        .build();
                Exchange holder = hp.connect(Servers.endpoint(server))) {
            assertFalse(holder.eof());
            String uri = (otherRoute ? other : server).uri("/");
            TimedOutException e = assertThrows(TimedOutException.class, () -> hp.get(uri));
            String start =
                    "exceeded the acquire timeout of 20 ms (1 of 1 connections of the %s are in use, longest by an exchange with %s for "
                            .formatted(limited, Servers.endpoint(server));
            assertTrue(e.getMessage().startsWith(start), e.getMessage());
            assertTrue(e.getMessage().contains(" ms; 0 other calls wait for the route)"), e.getMessage());
            assertEquals(TimedOutException.Limit.ACQUIRE, e.limit());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "BR", "identity, gzip"})
    void textOfACompressedBodyIsRefused(String coding) throws Exception {
        String answer = "HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: 2\r\n\r\nOK".formatted(coding);
        try (ScriptedServer server = ScriptedServer.of(sending(answer));
                Httpipe hp = Httpipe.create()) {
            Response response = hp.get(server.uri("/"));
            IllegalStateException e = assertThrows(IllegalStateException.class, response::text);
            assertEquals(
                    "the body has Content-Encoding: \"" + coding + "\", which text() does not decode; see Decoding",
                    e.getMessage());
            assertArrayEquals("OK".getBytes(StandardCharsets.US_ASCII), response.body());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Encoding: identity\r\nContent-Length: 2\r\n\r\nOK",
                "Content-Encoding:\r\nContent-Length: 2\r\n\r\nOK",
                "Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n"
            })
    void textOfAnUncompressedBodyIsReturned(String fieldsAndBody) throws Exception {
        try (ScriptedServer server = ScriptedServer.of(sending("HTTP/1.1 200 OK\r\n" + fieldsAndBody));
                Httpipe hp = Httpipe.create()) {
            String text = hp.get(server.uri("/")).text();
            assertEquals(fieldsAndBody.endsWith("OK") ? "OK" : "", text);
        }
    }

    @Test
    void toStringShowsTheOptionsOnOneLine() throws Exception {
        String timeouts = "timeouts=Timeouts[acquire=PT10S, connect=PT10S, send=PT30S, read=PT30S]";
        String tls =
                "Tls[trust=the JVM's, clientCertificate=false, serverName=the host's, verify=true, sessionReuse=true]";
        Httpipe hp = Httpipe.create();
        hp.close();
        assertEquals(
                "Httpipe[" + timeouts + ", timeout=none, limits=" + Limits.DEFAULT + ", tls=" + tls
                        + ", maxConnectionsPerRoute=none, maxConnections=none, maxIdlePerRoute=64, maxIdleConnections=256"
                        + ", idleTimeout=PT1M, maxLifetime=none"
                        + ", chunkSize=8192, closeGrace=PT5S, traceLeaks=false"
                        + ", exactHeaderNames=false, closed=true]",
                hp.toString());
        Httpipe.Builder builder = Httpipe.builder()
                .maxConnectionsPerRoute(2)
                .timeout(Duration.ofSeconds(3))
                .maxLifetime(Duration.ofMinutes(1));
        String limited =
                ", maxConnectionsPerRoute=2, maxConnections=none, maxIdlePerRoute=64, maxIdleConnections=256, idleTimeout=PT1M, maxLifetime=PT1M";
        assertTrue(builder.toString().startsWith("Httpipe.Builder[" + timeouts + ", timeout=PT3S, "));
        assertTrue(builder.toString().contains(limited), builder.toString());
        try (Httpipe built = builder.build()) {
            assertTrue(built.toString().startsWith("Httpipe[" + timeouts + ", timeout=PT3S, "), built.toString());
            assertTrue(built.toString().contains(limited), built.toString());
            assertTrue(built.toString().endsWith(", closed=false]"), built.toString());
        }
        assertEquals("FanOut[concurrency=64, timeout=none]", FanOut.over(hp).toString());
        assertEquals(
                "FanOut[concurrency=2, timeout=PT1S]",
                FanOut.over(hp).concurrency(2).timeout(Duration.ofSeconds(1)).toString());
        assertEquals(tls, Tls.DEFAULT.toString());
        assertEquals(
                "ConnectOptions[pool=a, timeouts=null, maxIdlePerRoute=null, idleTimeout=null, tls=" + tls
                        + ", proxy=null]",
                ConnectOptions.DEFAULT.pool("a").tls(Tls.DEFAULT).toString());
    }

    @Test
    void toStringOfTlsOptionsShowsNoKeysOrPasswords() throws Exception {
        KeyStore empty = KeyStore.getInstance("PKCS12");
        empty.load(null, null);
        Tls tls = Tls.DEFAULT
                .trust(TestCertificates.get().authority())
                .clientCertificate(empty, "secret".toCharArray())
                .serverName("h.test")
                .sessionReuse(false);
        assertEquals(
                "Tls[trust=own, clientCertificate=true, serverName=h.test, verify=true, sessionReuse=false]",
                tls.toString());
    }

    @Test
    void toStringOfABodyShowsItsKindAndLengthButNoContent() {
        assertEquals("Body[6 bytes]", Body.of("secret").toString());
        assertEquals("Body[file a.txt]", Body.of(Path.of("a.txt")).toString());
        assertEquals("Body[stream]", Body.of(InputStream.nullInputStream()).toString());
        assertEquals(
                "Body[stream of 3 bytes]",
                Body.of(InputStream.nullInputStream(), 3).toString());
        assertEquals("Body[writer]", Body.writing(out -> {}).toString());
        assertEquals("Body[writer of 3 bytes]", Body.writing(3, out -> {}).toString());
    }

    @ParameterizedTest
    @EnumSource
    void toStringOfAnExchangeShowsItsEndpointAndState(Transports transport) throws Exception {
        try (ScriptedServer server = transport.server(Peer::awaitClose);
                Httpipe hp = transport.client().build();
                Exchange exchange = Exchanges.connect(transport, hp, server)) {
            String where = "Exchange[" + Servers.endpoint(server) + (transport == Transports.TLS ? ", TLS" : "")
                    + ", reused 0x, ";
            assertEquals(where + "expects tlsHandshake, sendRequest, keepAlive or close]", exchange.toString());
            exchange.sendRequest(Request.get("/"));
            assertEquals(where + "expects read or readResponse]", exchange.toString());
            exchange.abort();
            assertEquals(where + "expects nothing: the exchange is over]", exchange.toString());
        }
    }
}
