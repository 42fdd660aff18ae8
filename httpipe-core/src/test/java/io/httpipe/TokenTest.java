package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Servers;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Transports;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads a response as tokens: which tokens, in which order, and when. */
@Timeout(60)
class TokenTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    /** Each framing of a response, and all its tokens. */
    enum Framing {
        LENGTH(
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
                "status HTTP/1.1 200 OK",
                "header Content-Length [5] Content-Length: 5",
                "header end",
                "body hello",
                "body end",
                "eof"),
        LENGTH_ZERO(
                "HTTP/1.1 404 Not Found\r\ncontent-length:0\r\n\r\n",
                "status HTTP/1.1 404 Not Found",
                "header Content-Length [0] content-length:0",
                "header end",
                "body end",
                "eof"),
        CHUNKED(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nx-sum:  6 \r\nX-Sum: six\r\n\r\n",
                "status HTTP/1.1 200 OK",
                "header Transfer-Encoding [chunked] Transfer-Encoding: chunked",
                "header end",
                "body hello",
                "body !",
                "body end",
                "trailer X-Sum [6] x-sum:  6",
                "trailer X-Sum [six] X-Sum: six",
                "eof"),
        CHUNKED_EMPTY(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "status HTTP/1.1 200 OK",
                "header Transfer-Encoding [chunked] Transfer-Encoding: chunked",
                "header end",
                "body end",
                "eof"),
        UNTIL_CLOSE(
                "HTTP/1.1 200 OK\r\n\r\nhello",
                "status HTTP/1.1 200 OK",
                "header end",
                "body hello",
                "body end",
                "eof"),
        UNTIL_CLOSE_EMPTY("HTTP/1.0 200\r\n\r\n", "status HTTP/1.0 200 ", "header end", "body end", "eof"),
        NO_CONTENT(
                "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
                "status HTTP/1.1 204 No Content",
                "header Content-Length [5] Content-Length: 5",
                "header end",
                "body end",
                "eof"),
        NOT_MODIFIED(
                "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nTransfer-Encoding: chunked\r\n\r\n",
                "status HTTP/1.1 304 Not Modified",
                "header ETag [\"a\"] ETag: \"a\"",
                "header Transfer-Encoding [chunked] Transfer-Encoding: chunked",
                "header end",
                "body end",
                "eof"),
        SWITCHING(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
                "status HTTP/1.1 101 Switching Protocols",
                "header Upgrade [x] Upgrade: x",
                "header end",
                "body end",
                "eof");

        final String wire;
        final List<String> tokens;

        Framing(String wire, String... tokens) {
            this.wire = wire;
            this.tokens = List.of(tokens);
        }

        boolean keepsTheConnection() {
            return this != UNTIL_CLOSE && this != UNTIL_CLOSE_EMPTY && this != SWITCHING && this != NO_CONTENT;
        }
    }

    @ParameterizedTest
    @EnumSource
    void eachFramingYieldsItsTokens(Framing framing) throws Exception {
        Script script = peer -> {
            peer.head();
            peer.send(framing.wire);
            if (framing.keepsTheConnection()) {
                peer.awaitClose();
            }
        };
        for (Transports transport : Transports.values()) {
            try (ScriptedServer server = transport.server(script);
                    Httpipe hp = Httpipe.create();
                    Exchange exchange = Exchanges.connect(transport, hp, server)) {
                exchange.sendRequest(Request.get("/"));
                assertEquals(framing.tokens, Tokens.rest(exchange), transport.name());
                assertTrue(exchange.eof());
                assertInstanceOf(Token.Eof.class, exchange.read());
                assertInstanceOf(Token.Eof.class, exchange.read());
                assertEquals(framing.keepsTheConnection(), exchange.keepAlive());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"LENGTH_ZERO", "NO_CONTENT", "NOT_MODIFIED", "CHUNKED_EMPTY"})
    void aResponseToAHeadRequestHasNoBodyWhateverItsFraming(Framing framing) throws Exception {
        String head = framing.wire.substring(0, framing.wire.indexOf("\r\n\r\n") + 4);
        try (ScriptedServer server = ScriptedServer.answering(head);
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.sendRequest(Request.head("/"));
            assertEquals(framing.tokens, Tokens.rest(exchange));
            assertEquals(framing.keepsTheConnection(), exchange.keepAlive());
        }
    }

    @Test
    void b3_a100WithHeadersIsATokenOfItsOwn() throws Exception {
        String answer = "HTTP/1.1 100 Continue\r\nX-Early: 1\r\nX-More: 2\r\n\r\n" + OK;
        try (ScriptedServer server = ScriptedServer.answering(answer);
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.sendRequest(Request.get("/"));
            List<String> tokens = Tokens.rest(exchange);
            assertEquals("informational 100 Continue X-Early: 1|X-More: 2|", tokens.getFirst());
            assertEquals("status HTTP/1.1 200 OK", tokens.get(1));
            assertTrue(exchange.keepAlive());
        }
    }

    @Test
    void b2_informationalHeadsAreNotTheResponse() throws Exception {
        String answer = "HTTP/1.1 102 Processing\r\n\r\n"
                + "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nLink: </b>\r\nContent-Length: 0\r\n\r\n"
                + OK;
        try (ScriptedServer server = ScriptedServer.answering(answer);
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.sendRequest(Request.get("/"));
            assertEquals(
                    List.of(
                            "informational 102 Processing ",
                            "informational 103 Early Hints Link: </a>|Link: </b>|Content-Length: 0|",
                            "status HTTP/1.1 200 OK",
                            "header Content-Length [2] Content-Length: 2",
                            "header end",
                            "body OK",
                            "body end",
                            "eof"),
                    Tokens.rest(exchange));
            Response passedOver = exchange.request(Request.get("/"));
            assertEquals(200, passedOver.status());
            assertEquals("OK", passedOver.text());
        }
    }

    @Test
    void tooManyInformationalHeadsAreRefused() throws Exception {
        String answer = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(101) + OK;
        try (ScriptedServer server = ScriptedServer.answering(answer);
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.sendRequest(Request.get("/"));
            for (int i = 0; i < 100; i++) {
                assertInstanceOf(Token.Informational.class, exchange.read());
            }
            assertThrows(MalformedResponseException.class, exchange::read);
            assertThrows(IllegalStateException.class, exchange::read, "closed");
        }
    }

    @Test
    void theSampleOfTheManualIsReadInTokensOfTenBytes() throws Exception {
        String echo = "GET /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Resty/HTTPipe-1.00\r\nAccept: */*\r\n\r\n";
        String answer = "HTTP/1.1 200 OK\r\nServer: openresty/1.5.12.1\r\nDate: Tue, 10 Jun 2014 07:29:57 GMT\r\n"
                + "Content-Type: text/plain\r\nConnection: keep-alive\r\nContent-Length: 84\r\n\r\n" + echo;
        for (Transports transport : Transports.values()) {
            try (ScriptedServer server = transport.server(ScriptedServer.inTurn(answer));
                    Httpipe hp = Httpipe.builder().chunkSize(10).build();
                    Exchange exchange = Exchanges.connect(transport, hp, server)) {
                exchange.sendRequest(Request.get("/echo"));
                assertEquals(
                        List.of(
                                "status HTTP/1.1 200 OK",
                                "header Server [openresty/1.5.12.1] Server: openresty/1.5.12.1",
                                "header Date [Tue, 10 Jun 2014 07:29:57 GMT] Date: Tue, 10 Jun 2014 07:29:57 GMT",
                                "header Content-Type [text/plain] Content-Type: text/plain",
                                "header Connection [keep-alive] Connection: keep-alive",
                                "header Content-Length [84] Content-Length: 84",
                                "header end",
                                "body GET /echo ",
                                "body HTTP/1.1\r\n",
                                "body Host: 127.",
                                "body 0.0.1\r\nUse",
                                "body r-Agent: R",
                                "body esty/HTTPi",
                                "body pe-1.00\r\nA",
                                "body ccept: */*",
                                "body \r\n\r\n",
                                "body end",
                                "eof"),
                        Tokens.rest(exchange));
            }
        }
    }

    @Test
    void aChunkSizeAppliesUntilItIsChanged() throws Exception {
        String answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "F\r\n123456789012345\r\nF\r\nabcdefghijklmno\r\n0\r\n\r\n";
        try (ScriptedServer server = ScriptedServer.answering(answer);
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.sendRequest(Request.get("/"));
            exchange.read(4);
            exchange.read();
            exchange.read();
            List<String> bodies = new ArrayList<>();
            bodies.add(Tokens.text(exchange.read()));
            bodies.add(Tokens.text(exchange.read(10)));
            bodies.addAll(Tokens.rest(exchange));
            assertEquals(
                    List.of(
                            "body 1234",
                            "body 5678901234",
                            "body 5",
                            "body abcdefghij",
                            "body klmno",
                            "body end",
                            "eof"),
                    bodies);
            exchange.sendRequest(Request.get("/"));
            exchange.readResponse(ResponseFilter.ofBody(chunk -> {
                bodies.add(new String(chunk, StandardCharsets.ISO_8859_1));
                return true;
            }));
            assertEquals(List.of("1234567890", "12345", "abcdefghij", "klmno"), bodies.subList(7, 11));
        }
    }

    @Test
    void aHugeChunkSizeAllocatesOnlyForBytesThatArrive() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = Httpipe.builder().chunkSize(Integer.MAX_VALUE).build();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.sendRequest(Request.get("/"));
            assertEquals("body OK", Tokens.rest(exchange).get(3));
        }
    }

    @ParameterizedTest
    @EnumSource
    void b21_aBodyTokenHasTheArrivedBytesWithoutWaitingForMore(Transports transport) throws Exception {
        String[] heads = {
            "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n",
            "HTTP/1.1 200 OK\r\nX: y\r\n\r\n",
        };
        for (String head : heads) {
            Signal gotThree = new Signal();
            Signal gotSix = new Signal();
            Script script = peer -> {
                peer.head();
                peer.send(head);
                peer.send("abc");
                gotThree.await();
                peer.send("def");
                gotSix.await();
                if (head.contains("chunked")) {
                    peer.send("\r\n0\r\n\r\n");
                }
            };
            try (ScriptedServer server = transport.server(script);
                    Httpipe hp = Httpipe.create();
                    Exchange exchange = Exchanges.connect(transport, hp, server)) {
                exchange.sendRequest(Request.get("/"));
                for (int i = 0; i < 3; i++) {
                    exchange.read();
                }
                assertArrayEquals(bytes("abc"), collect(exchange, 3));
                gotThree.set();
                assertArrayEquals(bytes("def"), collect(exchange, 3));
                gotSix.set();
                assertEquals(List.of("body end", "eof"), Tokens.rest(exchange));
            }
        }
    }

    /** Reads this many bytes of a body. They are mostly in one token, but need not all arrive at once. */
    private static byte[] collect(Exchange exchange, int count) throws Exception {
        StringBuilder gathered = new StringBuilder();
        while (gathered.length() < count) {
            gathered.append(new String(((Token.Body) exchange.read()).data(), StandardCharsets.ISO_8859_1));
        }
        return bytes(gathered.toString());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-Fold: a,\r\n b\r\n", "X-Fold: a,\r\n\t b \r\n", "X-Fold:\r\n a, b\r\n"})
    void b22_aFoldedLineIsOneField(String field) throws Exception {
        String folded = "HTTP/1.1 200 OK\r\n" + field + "X-Evil: c\r\n transfer-Encoding: chunked\r\n"
                + "Content-Length: 2\r\n\r\nOK";
        try (ScriptedServer server = ScriptedServer.answering(folded);
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.sendRequest(Request.get("/"));
            exchange.read();
            Token.Header fold = (Token.Header) exchange.read();
            assertEquals("X-Fold", fold.name());
            assertEquals("a, b", fold.value().replaceAll("[ \t]+", " "));
            assertFalse(fold.line().contains("\n") || fold.line().contains("\r"), fold.line());
            Token.Header evil = (Token.Header) exchange.read();
            assertEquals("X-Evil", evil.name());
            assertEquals("c transfer-Encoding: chunked", evil.value().replaceAll("[ \t]+", " "));
            Response rest = exchange.readResponse();
            assertEquals("OK", rest.text());
            assertFalse(rest.headers().contains("Transfer-Encoding"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length : 2", "Content-Length\t: 2", "Content Length: 2", ": 2", "Content-Length"})
    void b23_aSpaceBeforeTheColonIsRefused(String field) throws Exception {
        try (ScriptedServer server = ScriptedServer.answering("HTTP/1.1 200 OK\r\n" + field + "\r\n\r\nOK");
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.sendRequest(Request.get("/"));
            MalformedResponseException e = assertThrows(MalformedResponseException.class, exchange::read);
            assertTrue(e.getMessage().contains("malformed field name"), e.getMessage());
            assertThrows(IllegalStateException.class, exchange::keepAlive, "closed");
        }
    }

    @Test
    void b24_valuesAreTrimmedAndMayBeEmpty() throws Exception {
        String answer =
                "HTTP/1.1 200 OK\r\nX-Empty:\r\nX-Space: \t \r\nX-Tail: a b \t\r\nContent-Length: 2 \t\r\n\r\nOK";
        try (ScriptedServer server = ScriptedServer.answering(answer);
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.sendRequest(Request.get("/"));
            exchange.read();
            assertEquals(new Token.Header("X-Empty", "", "X-Empty:"), exchange.read());
            assertEquals(new Token.Header("X-Space", "", ""), withoutLine(exchange.read()));
            assertEquals(new Token.Header("X-Tail", "a b", "X-Tail: a b"), exchange.read());
            assertEquals(new Token.Header("Content-Length", "2", "Content-Length: 2"), exchange.read());
            Response rest = exchange.readResponse();
            assertEquals("", rest.headers().first("x-empty"));
            assertEquals("", rest.headers().first("x-space"));
            assertEquals("OK", rest.text());
        }
    }

    private static Token withoutLine(Token token) {
        Token.Header header = (Token.Header) token;
        return new Token.Header(header.name(), header.value(), "");
    }
}
