package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.RequestRecorder;
import io.httpipe.testing.Servers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Spelling of field names on the wire: the usual one, unless a header or a client keeps names as given. */
@Timeout(30)
class ExactNamesTest {
    private static final String DEFAULTS = "User-Agent: httpipe/0.1\r\nAccept: */*\r\n";

    private static final String ANSWER = "HTTP/1.1 200 OK\r\ncontent-TYPE: text/plain\r\nx-ms-Meta-orderId: 7\r\n"
            + "transfer-encoding: chunked\r\n\r\n2\r\nOK\r\n0\r\nx-sum: 1\r\n\r\n";

    private static final UnaryOperator<Request> WITH_HEADERS = request -> request.header("soapACTION", "a")
            .addHeader("x-ms-meta-orderId", "7")
            .addHeader("dnt", "1");

    private static Httpipe exact() {
        return Httpipe.builder().exactHeaderNames(true).build();
    }

    private interface Call {
        void make(Httpipe hp, Request request) throws IOException;
    }

    /** {@return the request head that the server receives} A call, a stream and an exchange must send the same head. */
    private static String sentHead(Httpipe hp, UnaryOperator<Request> change) throws Exception {
        Call stream = (client, request) -> client.stream(request, response -> response.status());
        Call exchange = (client, request) -> {
            try (Exchange open = client.connect(request.endpoint())) {
                open.request(request);
            }
        };
        List<String> heads = new ArrayList<>();
        for (Call call : List.<Call>of(Httpipe::request, stream, exchange)) {
            try (ScriptedServer server = ScriptedServer.answering(ANSWER)) {
                call.make(hp, change.apply(Request.get("http://h/")).at(Servers.endpoint(server)));
                heads.add(server.heads().getFirst());
            }
        }
        assertEquals(heads.get(0), heads.get(1));
        assertEquals(heads.get(0), heads.get(2));
        return heads.get(0);
    }

    @Test
    void namesAreSentInTheirUsualOrRegisteredSpelling() throws Exception {
        try (Httpipe hp = Httpipe.create()) {
            assertEquals(
                    "GET / HTTP/1.1\r\nHost: h\r\nSOAPAction: a\r\nX-Ms-Meta-Orderid: 7\r\nDNT: 1\r\n" + DEFAULTS
                            + "\r\n",
                    sentHead(hp, WITH_HEADERS));
        }
    }

    @Test
    void anExactHeaderIsSentAsGivenAndOthersAreNot() throws Exception {
        try (Httpipe hp = Httpipe.create()) {
            assertEquals(
                    "GET / HTTP/1.1\r\nhOST: other:81\r\nX-A: 1\r\nx-ms-meta-orderId: 7\r\nx-ms-meta-orderId: 8\r\n"
                            + "uSER-agent: me\r\nX-Ms-Meta-Orderid: 9\r\nAccept: */*\r\n\r\n",
                    sentHead(
                            hp,
                            request -> request.header("x-a", "1")
                                    .exactHeader("x-ms-meta-orderId", "7", "8")
                                    .exactHeader("uSER-agent", "me")
                                    .exactHeader("hOST", "other:81")
                                    .addHeader("x-ms-meta-orderid", "9")));
        }
    }

    @Test
    void anExactHeaderReplacesAndIsReplacedInAnyCase() {
        Request request = Request.get("http://h/").header("X-Foo", "1").exactHeader("x-FOO", "2");
        assertEquals("x-FOO: 2\n", request.headers().toString());
        assertEquals("2", request.headers().first("X-Foo"));
        assertEquals("X-Foo: 3\n", request.header("x-foo", "3").headers().toString());
        assertEquals("", request.withoutHeader("x-foo").headers().toString());
        assertEquals(
                "x-FOO: 2\nX-Bar: 1\n", request.header("x-bar", "1").headers().toString());
        assertEquals(
                "x-FOO: 2\n",
                request.header("x-bar", "1").headers().without("X-BAR").toString());
    }

    @ParameterizedTest
    @CsvSource({
        "content-LENGTH, 5, name: content-LENGTH is computed from the body",
        "transfer_Encoding, chunked, name: transfer_Encoding is computed from the body",
        "eXPECT, 100-continue, name: Expect is set by expectContinue()",
        "cONNECTION, content-length, Connection: content-length is not allowed as an option",
        "te, gzip, 'TE: \"gzip\" is not supported; the only allowed value is \"trailers\"'",
        "hOST, a b, 'Host: \"a b\" is not a host with an optional port'",
        "x y, v, 'name: \"x y\" is not a token'"
    })
    void exactHeaderRefusesTheSameInputAsHeader(String name, String value, String message) {
        Request request = Request.get("http://h/");
        for (UnaryOperator<Request> change : List.<UnaryOperator<Request>>of(
                r -> r.exactHeader(name, value), r -> r.header(name, value), r -> r.addHeader(name, value))) {
            assertEquals(
                    message,
                    assertThrows(IllegalArgumentException.class, () -> change.apply(request))
                            .getMessage());
        }
    }

    @Test
    void anExactConnectionHeaderIsHonored() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
                Httpipe hp = exact()) {
            Request request = Request.get(server.uri("/")).exactHeader("cONNECTION", "cLOSE");
            hp.request(request);
            hp.request(request);
            assertEquals(2, server.connections());
            hp.request(Request.get(server.uri("/")).header("te", "trailers"));
            assertTrue(server.heads().get(2).contains("\r\nte: trailers\r\n"), server.heads()::toString);
            assertTrue(server.heads().get(2).contains("\r\nConnection: TE\r\n"), server.heads()::toString);
        }
    }

    @Test
    void anExactNamesClientSendsAllNamesAsGiven() throws Exception {
        try (Httpipe hp = exact()) {
            assertEquals(
                    "GET / HTTP/1.1\r\nhost: x\r\nsoapACTION: a\r\nx-ms-meta-orderId: 7\r\ndnt: 1\r\naccept: a/b\r\n"
                            + "User-Agent: httpipe/0.1\r\n\r\n",
                    sentHead(
                            hp,
                            request -> WITH_HEADERS
                                    .apply(request)
                                    .header("host", "x")
                                    .header("accept", "a/b")));
        }
    }

    @Test
    void theSameRequestIsSpelledPerClient() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(ANSWER);
                Httpipe exact = exact();
                Httpipe usual = Httpipe.create()) {
            Request request = Request.get(server.uri("/")).header("x-foo", "1");
            for (Httpipe hp : List.of(usual, exact, usual, exact)) {
                hp.request(request);
            }
            List<Boolean> lower = server.heads().stream()
                    .map(head -> head.contains("x-foo: 1"))
                    .toList();
            assertEquals(List.of(false, true, false, true), lower);
            assertEquals("X-Foo: 1\n", request.headers().toString());
        }
    }

    @Test
    void anExactNamesClientReturnsResponseNamesAsReceived() throws Exception {
        String received = "content-TYPE: text/plain\nx-ms-Meta-orderId: 7\ntransfer-encoding: chunked\n";
        try (ScriptedServer server = ScriptedServer.answering(ANSWER);
                Httpipe hp = exact();
                Httpipe usual = Httpipe.create()) {
            Request request = Request.get(server.uri("/"));
            Response response = hp.request(request);
            assertEquals(received, response.headers().toString());
            assertEquals("7", response.headers().first("X-MS-META-ORDERID"));
            assertEquals("x-sum: 1\n", response.trailers().toString());
            assertEquals(
                    "content-TYPE: text/plain\ntransfer-encoding: chunked\n",
                    response.headers().without("x-ms-meta-orderid").toString());
            try (StreamedResponse stream = hp.stream(request)) {
                assertEquals(received, stream.headers().toString());
                stream.body().readAllBytes();
                assertEquals("x-sum: 1\n", stream.trailers().toString());
            }
            try (Exchange exchange = hp.connect(Servers.endpoint(server))) {
                AtomicReference<Headers> seen = new AtomicReference<>();
                exchange.sendRequest(request);
                Response filtered = exchange.readResponse(ResponseFilter.ofHeader((status, headers) -> {
                            seen.set(headers);
                            return true;
                        })
                        .headers(headers -> headers.without("content-type")));
                assertEquals(received, seen.get().toString());
                assertEquals(
                        "x-ms-Meta-orderId: 7\ntransfer-encoding: chunked\n",
                        filtered.headers().toString());
                assertEquals("x-sum: 1\n", filtered.trailers().toString());
            }
            Headers usually = usual.request(request).headers();
            assertEquals(
                    "Content-Type: text/plain\nX-Ms-Meta-Orderid: 7\nTransfer-Encoding: chunked\n", usually.toString());
            assertNotEquals(usually, response.headers());
            assertNull(usually.first("X-None"));
        }
    }

    @Test
    void anExactNamesClientReturnsTokenNamesAsReceived() throws Exception {
        String early = "HTTP/1.1 103 Early\r\nLINK: a\r\n\r\n";
        try (ScriptedServer server = ScriptedServer.answering(early + ANSWER);
                Httpipe hp = exact();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.sendRequest(Request.get("/"));
            List<String> names = new ArrayList<>();
            for (Token token = exchange.read(); !(token instanceof Token.Eof); token = exchange.read()) {
                switch (token) {
                    case Token.Informational informational ->
                        informational.headers().forEach((Map.Entry<String, String> line) -> names.add(line.getKey()));
                    case Token.Header header -> names.add(header.name() + "/" + header.line());
                    case Token.Trailer trailer -> names.add(trailer.name());
                    default -> {}
                }
            }
            assertEquals(
                    List.of(
                            "LINK",
                            "content-TYPE/content-TYPE: text/plain",
                            "x-ms-Meta-orderId/x-ms-Meta-orderId: 7",
                            "transfer-encoding/transfer-encoding: chunked",
                            "x-sum"),
                    names);
        }
    }

    @Test
    void aPipeSpellsTrailersLikeItsClient() throws Exception {
        assertTrue(piped(Httpipe.create()).endsWith("\r\n0\r\nX-Sum: 1\r\n\r\n"));
        assertTrue(piped(exact()).endsWith("\r\n0\r\nx-sum: 1\r\n\r\n"));
    }

    private static String piped(Httpipe client) throws Exception {
        RequestRecorder recorder = new RequestRecorder();
        try (ScriptedServer source = ScriptedServer.answering(ANSWER);
                ScriptedServer destination = ScriptedServer.of(recorder)) {
            try (client;
                    StreamedResponse response = client.stream(Request.get(source.uri("/")))) {
                response.pipe().request(Request.put(destination.uri("/")));
            }
            return recorder.received();
        }
    }

    @Test
    void namesAddedByAnExactNamesClientKeepTheirUsualSpelling() throws Exception {
        RequestRecorder recorder = new RequestRecorder();
        try (ScriptedServer server = ScriptedServer.of(recorder)) {
            try (Httpipe hp = exact()) {
                hp.request(Request.post(server.uri("/"))
                        .header("host", "h")
                        .body("hi".getBytes(StandardCharsets.US_ASCII))
                        .trailers(() -> Headers.of("x-sum", "1", "SOAPaction", "2")));
            }
            assertEquals(
                    "POST / HTTP/1.1\r\nhost: h\r\n" + DEFAULTS
                            + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nx-sum: 1\r\nSOAPaction: 2\r\n\r\n",
                    recorder.received());
        }
    }
}
