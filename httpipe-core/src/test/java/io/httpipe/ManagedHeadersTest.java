package io.httpipe;

import static io.httpipe.RequestRefusalsTest.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.RequestRecorder;
import io.httpipe.testing.Servers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests the rows of the second table in docs/requests.md: what the client sends if the caller sets fields that control
 * the framing of a request or its connection.
 */
@Timeout(30)
class ManagedHeadersTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    private static final String DEFAULTS = "User-Agent: httpipe/0.1\r\nAccept: */*\r\n";

    /** The bytes of two equal requests, and the number of connections that they used. */
    private record Sent(String first, String second, int connections) {}

    private static Sent sendTwice(UnaryOperator<Request> change) throws Exception {
        return sendTwice(change, OK);
    }

    private static Sent sendTwice(UnaryOperator<Request> change, String answer) throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(answer);
                Httpipe hp = Httpipe.create()) {
            Request request = change.apply(Request.get("http://h/").at(Servers.endpoint(server)));
            hp.request(request);
            hp.request(request);
            return new Sent(server.heads().get(0), server.heads().get(1), server.connections());
        }
    }

    /** Sends a request with a call and again with an exchange; both must write the same bytes. Returns these bytes. */
    private static String wire(UnaryOperator<Request> change) throws Exception {
        List<String> wires = new ArrayList<>();
        for (boolean step : new boolean[] {false, true}) {
            RequestRecorder recorder = new RequestRecorder();
            try (ScriptedServer server = ScriptedServer.of(recorder)) {
                Request request = change.apply(Request.get("http://h/").at(Servers.endpoint(server)));
                try (Httpipe hp = Httpipe.create();
                        Exchange exchange = step ? hp.connect(Servers.endpoint(server)) : null) {
                    if (exchange == null) {
                        hp.request(request);
                    } else {
                        exchange.request(request);
                    }
                }
                wires.add(recorder.received());
            }
        }
        assertEquals(wires.get(0), wires.get(1));
        return wires.get(0);
    }

    private static String get(String host, String... fields) {
        StringBuilder lines = new StringBuilder("GET / HTTP/1.1\r\nHost: " + host + "\r\n");
        for (String field : fields) {
            lines.append(field).append("\r\n");
        }
        return lines + DEFAULTS;
    }

    @ParameterizedTest
    @CsvSource({
        "own.test, own.test",
        "OWN.test:8080, OWN.test:8080",
        "' padded ', padded",
        "10.0.0.1, 10.0.0.1",
        "[2001:db8::1]:81, [2001:db8::1]:81",
        "a_b.test., a_b.test.",
        "'', ''"
    })
    void aHostHeaderReplacesTheHostOfTheUri(String host, String sent) throws Exception {
        assertEquals(get(sent) + "\r\n", wire(request -> request.header("host", host)));
        assertEquals(
                get(sent) + "\r\n", wire(request -> request.header("Host", "x").addHeader("HOST", host)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a b",
                "evil,good",
                "evil, good",
                "user@host",
                "user:secret@host",
                "host/path",
                "host?q",
                "host#f",
                "http://host",
                "host:",
                "host:x",
                "host:0",
                "host:65536",
                "host:80:80",
                ":80",
                "::1",
                "[::1",
                "[::1]x",
                "[host]",
                "127.1",
                "a..b",
                ".",
                "*",
                "a%00b",
                "h\u00f6st"
            })
    void aHostHeaderThatIsNotAValidHostIsRefused(String host) {
        Request request = Request.get("http://h/");
        assertRefused("Host: ", () -> request.header("Host", host));
        assertRefused("Host: ", () -> request.addHeader("host", host));
    }

    @Test
    void everyRequestHasExactlyOneHost() throws Exception {
        Request request = Request.get("http://h/");
        assertRefused("values: ", () -> request.header("host"));
        assertRefused("values: ", () -> request.header("Host", "a", "b"));
        assertRefused("values: ", () -> request.exactHeader("hOST"));
        assertRefused("Host: ", () -> request.exactHeader("hOST", "a b"));
        assertEquals(get("b") + "\r\n", wire(r -> r.addHeader("Host", "a").addHeader("host", "b")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length",
                "content-length",
                "CONTENT_LENGTH",
                "Content_length",
                "Transfer-Encoding",
                "transfer_encoding",
                "TRANSFER-ENCODING",
                "Expect",
                "EXPECT"
            })
    void theCallerCannotSetFramingOrExpect(String name) {
        for (Request request :
                List.of(Request.get("http://h/"), Request.post("http://h/").body("hello"))) {
            assertRefused("name: ", () -> request.header(name, "5"));
            assertRefused("name: ", () -> request.header(name, "chunked", "5"));
            assertRefused("name: ", () -> request.header(name, ""));
            assertRefused("name: ", () -> request.header(name));
            assertRefused("name: ", () -> request.addHeader(name, "100-continue"));
            assertRefused("name: ", () -> request.exactHeader(name, "5"));
            assertRefused("name: ", () -> request.exactHeader(name));
        }
    }

    @Test
    void framingFollowsFromTheBodyOnly() throws Exception {
        String head = "POST / HTTP/1.1\r\nHost: h\r\n" + DEFAULTS;
        UnaryOperator<Request> post = request -> Request.post("http://h/").at(request.endpoint());
        assertEquals(head + "Content-Length: 0\r\n\r\n", wire(post));
        assertEquals(
                head + "Content-Length: 2\r\n\r\nhi",
                wire(request -> post.apply(request).body("hi")));
        assertEquals(
                head + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
                wire(request -> post.apply(request).body(Body.writing(out -> out.write(new byte[] {'h', 'i'})))));
    }

    @Test
    void onlyExpectContinueSendsExpect() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    assertEquals(
                            "POST / HTTP/1.1\r\nHost: h\r\n" + DEFAULTS
                                    + "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n",
                            peer.head());
                    peer.send("HTTP/1.1 100 Continue\r\n\r\n");
                    assertEquals("hi", peer.body(2));
                    peer.send(OK);
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.create()) {
            Request request =
                    Request.post("http://h/").at(Servers.endpoint(server)).body("hi");
            assertEquals(
                    "OK",
                    hp.request(request.expectContinue(Duration.ofSeconds(20))).text());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"close", "Close", "keep-alive, CLOSE", "x , close"})
    void connectionCloseIsSentAndEndsTheConnection(String value) throws Exception {
        String head = get("h", "Connection: " + value) + "\r\n";
        assertEquals(new Sent(head, head, 2), sendTwice(request -> request.header("Connection", value)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"keep-alive", "Keep-Alive", "X-Hop", "x-one, x-two", "closed", ", ,", ""})
    void otherConnectionOptionsAreSentAndChangeNothing(String value) throws Exception {
        String head = get("h", "Connection: " + value) + "\r\n";
        assertEquals(new Sent(head, head, 1), sendTwice(request -> request.header("Connection", value)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length",
                "close, content-length",
                "TRANSFER-ENCODING",
                "keep-alive,host",
                "expect",
                "\"close\"",
                "a b",
                "close; x",
                "cl\u00f6se"
            })
    void aConnectionOptionThatWouldRemoveAFieldFromTheRequestIsRefused(String value) {
        Request request = Request.get("http://h/");
        assertRefused("Connection: ", () -> request.header("connection", value));
        assertRefused("Connection: ", () -> request.header("Connection", "close", value));
        assertRefused("Connection: ", () -> request.addHeader("Connection", value));
        assertRefused("Connection: ", () -> request.exactHeader("conNECTION", value));
    }

    @Test
    void http10SendsKeepAliveUnlessTheCallerSetsConnection() throws Exception {
        String head = "GET / HTTP/1.0\r\nHost: h\r\n";
        UnaryOperator<Request> old = request -> request.version(Version.HTTP_1_0);
        String kept = head + DEFAULTS + "Connection: keep-alive\r\n\r\n";
        assertEquals(new Sent(kept, kept, 1), sendTwice(old));
        String closed = head + "Connection: close\r\n" + DEFAULTS + "\r\n";
        assertEquals(new Sent(closed, closed, 2), sendTwice(r -> old.apply(r).header("Connection", "close")));
        // Now only the Connection header of the server counts.
        String silent = head + DEFAULTS + "\r\n";
        assertEquals(new Sent(silent, silent, 1), sendTwice(r -> old.apply(r).withoutHeader("Connection")));
        String answer = "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nOK";
        assertEquals(new Sent(silent, silent, 2), sendTwice(r -> old.apply(r).withoutHeader("Connection"), answer));
    }

    @Test
    void withoutHeaderRemovesConnection() throws Exception {
        assertEquals(
                get("h") + "\r\n", wire(r -> r.header("Connection", "close").withoutHeader("connection")));
    }

    @Test
    void teIsSentWithTheConnectionOptionTe() throws Exception {
        String bothRequests = get("h", "TE: trailers") + "Connection: TE\r\n\r\n";
        assertEquals(new Sent(bothRequests, bothRequests, 1), sendTwice(request -> request.header("TE", "trailers")));
        assertEquals(bothRequests, wire(request -> request.addHeader("te", " trailers ")));
        assertEquals(
                get("h", "TE: trailers", "Connection: te, close") + "\r\n",
                wire(request -> request.header("TE", "trailers").header("Connection", "te, close")));
        assertEquals(
                get("h", "Connection: close", "TE: Trailers") + "Connection: TE\r\n\r\n",
                wire(request -> request.header("Connection", "close").header("TE", "Trailers")));
        assertEquals(
                get("h") + "\r\n",
                wire(request -> request.header("TE", "trailers").withoutHeader("Te")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "trailers, gzip", "deflate;q=0.5", "chunked", "identity", "", "trailers;q=1"})
    void aTeWithACodingThatTheClientCannotDecodeIsRefused(String value) {
        Request request = Request.get("http://h/");
        assertRefused("TE: ", () -> request.header("TE", value));
        assertRefused("TE: ", () -> request.header("te", "trailers", value));
        assertRefused("TE: ", () -> request.addHeader("Te", value));
        assertRefused("TE: ", () -> request.exactHeader("tE", value));
    }

    @Test
    void anUnsupportedTransferCodingInAResponseIsAnError() throws Exception {
        String answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n";
        try (ScriptedServer server = ScriptedServer.answering(answer);
                Httpipe hp = Httpipe.create()) {
            Request request = Request.get(server.uri("/")).header("TE", "trailers");
            assertThrows(MalformedResponseException.class, () -> hp.request(request));
        }
    }

    @Test
    void otherHopByHopHeadersAreSentUnchanged() throws Exception {
        String head = get("h", "Trailer: X-Sum", "Keep-Alive: timeout=1", "Proxy-Connection: close") + "\r\n";
        assertEquals(
                new Sent(head, head, 1),
                sendTwice(request -> request.header("Trailer", "X-Sum")
                        .header("Keep-Alive", "timeout=1")
                        .header("Proxy-Connection", "close")));
    }

    @Test
    void upgradeIsSentWithTheConnectionOptionUpgrade() throws Exception {
        String head = get("h", "Upgrade: h2c") + "Connection: Upgrade\r\n\r\n";
        assertEquals(new Sent(head, head, 1), sendTwice(request -> request.header("upgrade", "h2c")));
        assertEquals(
                get("h", "Connection: close, upgrade", "Upgrade: a, b") + "\r\n",
                wire(request -> request.header("Connection", "close, upgrade").header("Upgrade", "a, b")));
        assertEquals(
                get("h", "TE: trailers", "Upgrade: a") + "Connection: TE, Upgrade\r\n\r\n",
                wire(request -> request.header("TE", "trailers").header("Upgrade", "a")));
        assertEquals(
                get("h") + "\r\n",
                wire(request -> request.header("Upgrade", "a").withoutHeader("upgrade")));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void switchingProtocolsEndsTheConnectionWhetherRequestedOrNot(boolean requested) throws Exception {
        UnaryOperator<Request> change = request -> requested ? request.header("Upgrade", "x") : request;
        String answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
        assertEquals(2, sendTwice(change, answer).connections());
        try (ScriptedServer server = ScriptedServer.answering(answer + "HTTP/1.1 200 OK\r\n\r\nevil");
                Httpipe hp = Httpipe.create()) {
            Request request = change.apply(Request.get(server.uri("/")));
            Response response = hp.request(request);
            assertEquals(101, response.status());
            assertEquals("", response.text());
            try (Exchange exchange = hp.connect(Servers.endpoint(server))) {
                assertEquals(0, exchange.reusedTimes());
                assertEquals(101, exchange.request(request).status());
                assertFalse(exchange.keepAlive());
            }
        }
        Script early = peer -> {
            peer.head();
            peer.send(answer);
            peer.awaitClose();
        };
        try (ScriptedServer server = ScriptedServer.of(early);
                Httpipe hp = Httpipe.create()) {
            Request request = change.apply(Request.post(server.uri("/"))).body(new byte[10_000_000]);
            assertEquals(101, hp.request(request).status());
        }
    }

    @Test
    void defaultHeadersCanBeReplacedOrRemoved() throws Exception {
        String start = "GET / HTTP/1.1\r\nHost: h\r\n";
        assertEquals(
                start + "\r\n",
                wire(request -> request.withoutHeader("User-Agent").withoutHeader("accept")));
        assertEquals(
                start + "User-Agent: \r\nAccept: a/b\r\nAccept: c/d\r\n\r\n",
                wire(request -> request.header("user-agent", "").header("Accept", "a/b", "c/d")));
    }

    @Test
    void overAUnixSocketTheHostIsThatOfTheUriOrLocalhost(@TempDir Path directory) throws Exception {
        try (ScriptedServer server =
                        ScriptedServer.unix(directory.resolve("evil\r\nHost: x"), ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.create()) {
            hp.request(Request.get("/").at(Servers.endpoint(server)));
            hp.request(Request.get("http://h:81/").at(Servers.endpoint(server)).pool("a\r\nb"));
            assertEquals(List.of(get("localhost") + "\r\n", get("h:81") + "\r\n"), server.heads());
        }
    }
}
