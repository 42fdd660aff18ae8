package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpPrincipal;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.RequestRecorder;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Text of a response, or of a request received by a server, that a pipe or a body reader forwards into a request. */
@Timeout(30)
class ForwardedTextTest {
    private static final String SMUGGLED = "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";
    private static final String PUT =
            "PUT / HTTP/1.1\r\nHost: h\r\nUser-Agent: httpipe/0.1\r\nAccept: */*\r\nTransfer-Encoding: chunked\r\n\r\n";

    /** All bytes that reach the destination of a pipe, and the failure of the pipe; null if it succeeded. */
    private record PipeResult(String wire, HttpipeException failure) {}

    private static PipeResult pipe(String answer) throws Exception {
        RequestRecorder recorder = new RequestRecorder();
        Script once = peer -> {
            peer.head();
            peer.send(answer);
        };
        try (ScriptedServer source = ScriptedServer.of(once);
                ScriptedServer destination = ScriptedServer.of(recorder)) {
            HttpipeException failure = null;
            try (Httpipe hp = Httpipe.create();
                    StreamedResponse response = hp.stream(Request.get(source.uri("/")))) {
                response.pipe().request(Request.put(destination.uri("/")).header("Host", "h"));
            } catch (HttpipeException e) {
                failure = e;
            }
            return new PipeResult(recorder.received(), failure);
        }
    }

    private static PipeResult pipeTrailer(String line) throws Exception {
        return pipe("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n" + line + "\r\n\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X: a\rb",
                "X: a\nY: b",
                "X: a\0b",
                "X: a\u007fb",
                "X: a\u000bb",
                "X\r: a",
                "X : a",
                "X",
                ": a",
                "X Y: a",
                "\u00c4: a",
                "GET /smuggled HTTP/1.1",
                "Content-Length: 5",
                "Transfer-Encoding: chunked"
            })
    void aMalformedTrailerEndsThePipeBeforeTheLastChunk(String line) throws Exception {
        PipeResult result = pipeTrailer(line);
        assertInstanceOf(RequestBodyException.class, result.failure);
        assertInstanceOf(MalformedResponseException.class, result.failure.getCause());
        assertTrue((PUT + "1\r\nx\r\n").startsWith(result.wire), result.wire);
    }

    @ParameterizedTest
    @CsvSource({
        "'X: a', 'X: a\r\n'",
        "'X:a\tb  ', 'X: a\tb\r\n'",
        "'X: \u00e9\u0085', 'X: \u00e9\u0085\r\n'",
        "'X: a\r\n b', 'X: a   b\r\n'",
        "'Host: evil.test', ''",
        "'X: 1\r\nAuthorization: x', 'X: 1\r\n'",
        "'Cookie: a=b', ''",
        "'Content-Type: x/y', ''",
        "'Content-Range: bytes 0-1/2', ''",
        "'Connection: close', ''",
        "'Keep-Alive: timeout=0', ''",
        "'Proxy-Authorization: x', ''",
        "'TE: gzip', ''",
        "'Authorization_: x\r\nProxy_Authorization: x', 'Authorization_: x\r\n'",
        "'Forwarded: for=127.0.0.1\r\nVia: 1.1 h\r\nMax-Forwards: 0', ''",
        "'x-forwarded-for: 127.0.0.1\r\nX-Forwarded-Anything: x\r\nX_Forwarded_Host: h', ''",
        "'X-Real-IP: 127.0.0.1\r\nX_REAL_IP: 127.0.0.1', ''",
        "'Cache-Control: no-store\r\nPragma: no-cache\r\nRange: bytes=0-1', ''",
        "'If-Match: x\r\nif-none-match: *\r\nIf-Modified-Since: x\r\nIf-Unmodified-Since: x\r\nIf-Range: x', ''",
        "'Set-Cookie: a=b\r\nX: 1\r\nset_cookie: a=b', 'X: 1\r\n'",
        "'X-Forwarded: x\r\nX-If-Any: x\r\nIf: x', 'X-Forwarded: x\r\nX-If-Any: x\r\nIf: x\r\n'"
    })
    void aTrailerIsForwardedAsOneLineOrDropped(String line, String sent) throws Exception {
        PipeResult result = pipeTrailer(line);
        assertEquals(PUT + "1\r\nx\r\n0\r\n" + sent + "\r\n", result.wire);
    }

    @Test
    void chunkExtensionsAreNotForwarded() throws Exception {
        PipeResult result = pipe("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "1;a=b;c=\"d;\\\"e\"\r\nx\r\n0;last\r\nX-Sum: 1\r\n\r\n");
        assertEquals(PUT + "1\r\nx\r\n0\r\nX-Sum: 1\r\n\r\n", result.wire);
    }

    @Test
    void aBodyThatLooksLikeALastChunkIsSentAsData() throws Exception {
        int length = SMUGGLED.length();
        String hex = Integer.toHexString(length).toUpperCase(Locale.ROOT);
        assertEquals(
                PUT.replace("Transfer-Encoding: chunked", "Content-Length: " + length) + SMUGGLED,
                pipe("HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n\r\n" + SMUGGLED).wire);
        assertEquals(PUT + hex + "\r\n" + SMUGGLED + "\r\n0\r\n\r\n", pipe("HTTP/1.1 200 OK\r\n\r\n" + SMUGGLED).wire);
        RequestRecorder recorder = new RequestRecorder();
        try (ScriptedServer server = ScriptedServer.of(recorder)) {
            try (Httpipe hp = Httpipe.create()) {
                byte[] bytes = SMUGGLED.getBytes(StandardCharsets.ISO_8859_1);
                Request put = Request.put(server.uri("/")).header("Host", "h");
                hp.request(put.body(Body.writing(out -> out.write(bytes))));
                hp.request(put.body(Body.of(List.of(bytes).iterator())));
                hp.request(put.body(SMUGGLED));
            }
            String chunked = PUT + hex + "\r\n" + SMUGGLED + "\r\n0\r\n\r\n";
            String counted = PUT.replace("Transfer-Encoding: chunked", "Content-Length: " + length) + SMUGGLED;
            assertEquals(chunked + chunked + counted, recorder.received());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "-1", "+5", "5, 5", "5 ", "0x5", "5\u0000", "9999999999999999999", "9223372036854775808"})
    void aServerExchangeWithAnInvalidContentLengthIsRefused(String length) {
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> BodyReader.of(new ExchangeWithHeader("Content-Length", length)));
        assertEquals("exchange: bad Content-Length", e.getMessage());
    }

    @Test
    void aServerExchangeBodyIsForwardedWithExactlyOneFraming() throws Exception {
        assertEquals("Content-Length: 5\r\n\r\nhello", sent(new ExchangeWithHeader("Content-Length", "5")));
        assertEquals("Content-Length: 5\r\n\r\nhello", sent(new ExchangeWithHeader("content-length", "0000005")));
        String chunked = "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
        assertEquals(chunked, sent(new ExchangeWithHeader("Transfer-Encoding", "gzip, chunked")));
        ExchangeWithHeader both = new ExchangeWithHeader("Transfer-Encoding", "identity");
        both.headers.set("Content-Length", "3");
        assertEquals(chunked, sent(both));
        // Without framing there is no body. Bytes that exist anyway must not be sent as another request.
        for (ExchangeWithHeader wrong : new ExchangeWithHeader[] {
            new ExchangeWithHeader("X", "y"),
            new ExchangeWithHeader("Content-Length", "3"),
            new ExchangeWithHeader("Content-Length", "7")
        }) {
            assertThrows(RequestBodyException.class, () -> sent(wrong));
        }
    }

    /** {@return the request after its default headers, as the server receives it} */
    private static String sent(HttpExchange exchange) throws Exception {
        RequestRecorder recorder = new RequestRecorder();
        try (ScriptedServer server = ScriptedServer.of(recorder)) {
            try (Httpipe hp = Httpipe.create()) {
                hp.request(Request.put(server.uri("/")).body(Body.of(BodyReader.of(exchange))));
            }
            String wire = recorder.received();
            return wire.substring(wire.indexOf("*/*\r\n") + 5);
        }
    }

    /** A server-side exchange with an unchecked header and the body "hello". */
    private static final class ExchangeWithHeader extends HttpExchange {
        private final Headers headers = new Headers();

        ExchangeWithHeader(String name, String value) {
            headers.set(name, value);
        }

        @Override
        public Headers getRequestHeaders() {
            return headers;
        }

        @Override
        public InputStream getRequestBody() {
            return new ByteArrayInputStream("hello".getBytes(StandardCharsets.ISO_8859_1));
        }

        @Override
        public Headers getResponseHeaders() {
            throw new UnsupportedOperationException();
        }

        @Override
        public URI getRequestURI() {
            throw new UnsupportedOperationException();
        }

        @Override
        public String getRequestMethod() {
            throw new UnsupportedOperationException();
        }

        @Override
        public HttpContext getHttpContext() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {}

        @Override
        public OutputStream getResponseBody() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void sendResponseHeaders(int code, long length) {
            throw new UnsupportedOperationException();
        }

        @Override
        public InetSocketAddress getRemoteAddress() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int getResponseCode() {
            throw new UnsupportedOperationException();
        }

        @Override
        public InetSocketAddress getLocalAddress() {
            throw new UnsupportedOperationException();
        }

        @Override
        public String getProtocol() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Object getAttribute(String name) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void setAttribute(String name, Object value) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void setStreams(InputStream in, OutputStream out) {
            throw new UnsupportedOperationException();
        }

        @Override
        public HttpPrincipal getPrincipal() {
            throw new UnsupportedOperationException();
        }
    }
}
