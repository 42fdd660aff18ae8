package io.httpipe.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Body;
import io.httpipe.Exchange;
import io.httpipe.Httpipe;
import io.httpipe.Request;
import io.httpipe.RequestBodyException;
import io.httpipe.Response;
import io.httpipe.ResponseFilter;
import io.httpipe.Token;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sends a request and reads its response step by step. A test's name starts with the name in the manual. */
class ManualReadingIT {
    private static final Request OK = Request.get("/simple-ok");

    @AutoClose
    private final Httpipe hp = Clients.create();

    @ParameterizedTest
    @EnumSource
    void send_request_thenReadTheResponse(Transport transport) throws Exception {
        try (Exchange exchange = transport.connect(hp)) {
            assertThrows(IllegalStateException.class, exchange::read, "before send_request");
            exchange.sendRequest(Request.post("/body").body("hello"));
            assertEquals("hello", exchange.readResponse().text());
        }
    }

    @Test
    void send_request_err_ifTheBodyFails() throws Exception {
        try (Exchange exchange = hp.connect(Transport.TCP.endpoint())) {
            Body failing = Body.writing(out -> {
                throw new IOException("no more");
            });
            RequestBodyException e = assertThrows(
                    RequestBodyException.class,
                    () -> exchange.sendRequest(Request.post("/body").body(failing)));
            assertTrue(e.getMessage().contains("no more"), e.getMessage());
        }
    }

    @ParameterizedTest
    @EnumSource
    void read_response_returnsStatusHeadersAndBody(Transport transport) throws Exception {
        try (Exchange exchange = transport.connect(hp)) {
            exchange.sendRequest(Request.get("/chunked?n=20000"));
            Response res = exchange.readResponse();
            assertEquals(200, res.status());
            assertEquals("chunked", res.headers().first("Transfer-Encoding"));
            assertEquals(DigitBody.text(20_000), res.text());
        }
    }

    @Test
    void read_response_header_filter_canStopBeforeTheBody() throws Exception {
        try (Exchange exchange = hp.connect(Transport.TCP.endpoint())) {
            exchange.sendRequest(Request.get("/length?n=1000"));
            Response head = exchange.readResponse(ResponseFilter.ofHeader((status, headers) -> {
                assertEquals("1000", headers.first("Content-Length"));
                return status != 200;
            }));
            assertEquals(200, head.status());
            assertEquals("", head.text());
            assertFalse(exchange.eof());
            assertEquals(DigitBody.text(1000), exchange.readResponse().text(), "reading goes on");
            assertTrue(exchange.eof());
        }
    }

    @Test
    void read_response_body_filter_receivesTheChunks() throws Exception {
        try (Exchange exchange = hp.connect(Transport.TCP.endpoint())) {
            exchange.sendRequest(Request.get("/chunked?n=20000"));
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            Response res = exchange.readResponse(ResponseFilter.ofBody(chunk -> {
                body.write(chunk);
                return true;
            }));
            assertEquals("", res.text());
            assertArrayEquals(DigitBody.bytes(20_000), body.toByteArray());
            assertTrue(exchange.keepAlive());
        }
    }

    @Test
    void read_response_body_filter_canStopAfterAChunk() throws Exception {
        try (Exchange exchange = hp.connect(Transport.TCP.endpoint())) {
            exchange.sendRequest(Request.get("/chunked?sizes=16,1000"));
            int[] length = {0};
            exchange.readResponse(ResponseFilter.ofBody(chunk -> {
                length[0] = chunk.length;
                return false;
            }));
            assertEquals(16, length[0]);
            assertFalse(exchange.eof());
            assertEquals(1000, exchange.readResponse().body().length);
        }
    }

    @Test
    void read_returnsOneTokenAfterAnother() throws Exception {
        try (Exchange exchange = hp.connect(Transport.TCP.endpoint())) {
            exchange.sendRequest(Request.get("/trailers"));
            Token.StatusLine line = assertInstanceOf(Token.StatusLine.class, exchange.read());
            assertEquals(200, line.status());
            Token token = exchange.read();
            while (token instanceof Token.Header header) {
                assertEquals(header.name() + ": " + header.value(), header.line());
                token = exchange.read();
            }
            assertInstanceOf(Token.HeaderEnd.class, token);
            StringBuilder body = new StringBuilder();
            token = exchange.read();
            while (token instanceof Token.Body piece) {
                body.append(new String(piece.data(), US_ASCII));
                token = exchange.read(2);
            }
            assertEquals("hello", body.toString());
            assertInstanceOf(Token.BodyEnd.class, token);
            assertEquals(
                    "X-Checksum",
                    assertInstanceOf(Token.Trailer.class, exchange.read()).name());
            assertInstanceOf(Token.Eof.class, exchange.read());
            assertInstanceOf(Token.Eof.class, exchange.read(), "the end is reported again");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/status/204", "/length?n=0", "/chunked?n=0", "/until-close?n=0", "/until-close?n=8192"})
    void read_alwaysReturnsABodyEnd(String path) throws Exception {
        try (Exchange exchange = hp.connect(Transport.TCP.endpoint())) {
            exchange.sendRequest(Request.get(path));
            Token before = exchange.read();
            for (Token token = before; !(token instanceof Token.Eof); token = exchange.read()) {
                before = token;
            }
            assertInstanceOf(Token.BodyEnd.class, before);
        }
    }

    @Test
    void read_returnsInformationalHeadsToo() throws Exception {
        try (Exchange exchange = hp.connect(Transport.TCP.endpoint())) {
            exchange.sendRequest(Request.get("/early-hints"));
            Token.Informational hints = assertInstanceOf(Token.Informational.class, exchange.read());
            assertEquals(103, hints.status());
            assertEquals("</style.css>; rel=preload; as=style", hints.headers().first("Link"));
            assertEquals(
                    200,
                    assertInstanceOf(Token.StatusLine.class, exchange.read()).status());
        }
    }

    @Test
    void eof_isTrueWhenAllDataHasBeenConsumed() throws Exception {
        try (Exchange exchange = hp.connect(Transport.TCP.endpoint())) {
            assertFalse(exchange.eof());
            exchange.sendRequest(Request.get("/length?n=100"));
            assertFalse(exchange.eof());
            assertInstanceOf(Token.StatusLine.class, exchange.read());
            assertFalse(exchange.eof());
            exchange.readResponse();
            assertTrue(exchange.eof());
            exchange.sendRequest(OK);
            assertFalse(exchange.eof(), "the next response is another one");
            assertNull(exchange.readResponse().headers().first("Transfer-Encoding"));
            assertTrue(exchange.eof());
        }
    }
}
