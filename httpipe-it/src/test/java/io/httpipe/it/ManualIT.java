package io.httpipe.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.httpipe.Body;
import io.httpipe.BodyReader;
import io.httpipe.Exchange;
import io.httpipe.Httpipe;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.StreamedResponse;
import io.httpipe.Timeouts;
import io.httpipe.Token;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The samples of the manual's synopsis, each over TCP, TLS and the Unix socket. */
class ManualIT {
    /** The manual's request, so that the responses are those of the manual, byte for byte. */
    private static final String ECHOED =
            "GET /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Resty/HTTPipe-1.00\r\nAccept: */*\r\n\r\n";

    private static final Duration FIVE_SECONDS = Duration.ofSeconds(5);

    @AutoClose
    private final Httpipe hp = Clients.create();

    private static Request asInTheManual(Request request) {
        return request.header("Host", "127.0.0.1").header("User-Agent", "Resty/HTTPipe-1.00");
    }

    @ParameterizedTest
    @EnumSource
    void simple_returnsTheEchoedRequest(Transport transport) throws Exception {
        Response response = hp.request(asInTheManual(transport.get("/echo")).timeouts(Timeouts.of(FIVE_SECONDS)));
        assertEquals(200, response.status());
        assertEquals("84", response.headers().first("Content-Length"));
        assertEquals(ECHOED, response.text());
    }

    @ParameterizedTest
    @EnumSource
    void generic_readsTheTokensOfTheManual(Transport transport) throws Exception {
        List<String> lines = new ArrayList<>();
        try (Httpipe tens = Clients.builder().chunkSize(10).build();
                Exchange exchange = transport.connect(tens)) {
            exchange.setTimeout(FIVE_SECONDS);
            exchange.sendRequest(asInTheManual(Request.get("/echo")));
            Token token;
            do {
                token = exchange.read();
                lines.add("read: " + json(token));
            } while (!(token instanceof Token.Eof));
        }
        // The X- fields that nginx adds for these tests are not in the manual, and its time differs.
        lines.removeIf(line -> line.startsWith("read: [\"header\",[\"X-"));
        lines.replaceAll(line -> line.replaceAll("\\w{3}, \\d\\d \\w{3} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT", "..."));
        assertEquals("""
                read: ["statusline","200"]
                read: ["header",["Server","nginx","Server: nginx"]]
                read: ["header",["Date","...","Date: ..."]]
                read: ["header",["Content-Type","text\\/plain","Content-Type: text\\/plain"]]
                read: ["header",["Connection","keep-alive","Connection: keep-alive"]]
                read: ["header",["Content-Length","84","Content-Length: 84"]]
                read: ["header_end"]
                read: ["body","GET \\/echo "]
                read: ["body","HTTP\\/1.1\\r\\n"]
                read: ["body","Host: 127."]
                read: ["body","0.0.1\\r\\nUse"]
                read: ["body","r-Agent: R"]
                read: ["body","esty\\/HTTPi"]
                read: ["body","pe-1.00\\r\\nA"]
                read: ["body","ccept: *\\/*"]
                read: ["body","\\r\\n\\r\\n"]
                read: ["body_end"]
                read: ["eof"]
                """, String.join("\n", lines) + "\n");
    }

    /** The token as the manual's cjson encodes it. */
    private static String json(Token token) {
        return switch (token) {
            case Token.StatusLine line -> "[\"statusline\",\"" + line.status() + "\"]";
            case Token.Header header ->
                "[\"header\",[" + quoted(header.name()) + "," + quoted(header.value()) + "," + quoted(header.line())
                        + "]]";
            case Token.HeaderEnd end -> "[\"header_end\"]";
            case Token.Body body -> "[\"body\"," + quoted(new String(body.data(), US_ASCII)) + "]";
            case Token.BodyEnd end -> "[\"body_end\"]";
            case Token.Eof end -> "[\"eof\"]";
            case Token.Informational head -> throw new AssertionError(head);
            case Token.Trailer trailer -> throw new AssertionError(trailer);
        };
    }

    private static String quoted(String text) {
        return '"'
                + text.replace("\\", "\\\\")
                        .replace("\"", "\\\"")
                        .replace("/", "\\/")
                        .replace("\r", "\\r")
                        .replace("\n", "\\n")
                + '"';
    }

    @ParameterizedTest
    @EnumSource
    void advanced_pipesOneResponseIntoTheNextRequest(Transport transport) throws Exception {
        try (StreamedResponse r0 = hp.stream(asInTheManual(transport.get("/echo")))) {
            Response r1 = r0.pipe().timeouts(Timeouts.of(FIVE_SECONDS)).request(asInTheManual(transport.post("/echo")));
            assertPiped(r1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void advanced_doesTheSameAsTheReaderGivenAsBody(Transport transport) throws Exception {
        try (StreamedResponse r0 = hp.stream(asInTheManual(transport.get("/echo")))) {
            assertPiped(hp.request(asInTheManual(transport.post("/echo")).body(Body.of(r0.body()))));
        }
    }

    private static void assertPiped(Response r1) {
        assertEquals(200, r1.status());
        assertEquals("chunked", r1.headers().first("Transfer-Encoding"));
        assertEquals(
                "POST /echo HTTP/1.1\r\n"
                        + "Host: 127.0.0.1\r\n"
                        + "User-Agent: Resty/HTTPipe-1.00\r\n"
                        + "Accept: */*\r\n"
                        + "Content-Length: 84\r\n\r\n"
                        + ECHOED,
                r1.text());
    }

    @ParameterizedTest
    @EnumSource
    void clientBodyProxy_streamsTheClientsBodyUpstream(Transport transport) throws Exception {
        try (JdkServer server = JdkServer.of(exchange -> JdkServer.respond(
                exchange, hp.request(transport.post("/body").body(Body.of(BodyReader.of(exchange))))))) {
            Request request = Request.post(server.uri("/helloworld"));
            String body = DigitBody.text(100_000);

            Response counted = hp.request(request.body(body));
            assertEquals("Content-Length: 100000", counted.headers().first("X-Framing"));
            assertEquals(body, counted.text());

            Response chunked = hp.request(request.body(Body.writing(out -> DigitBody.write(out, 100_000))));
            assertEquals("Transfer-Encoding: chunked", chunked.headers().first("X-Framing"));
            assertEquals(body, chunked.text());

            Response none = hp.request(request);
            assertEquals("Content-Length: 0", none.headers().first("X-Framing"));
            assertFalse(none.headers().contains("Transfer-Encoding"));
            assertEquals("", none.text());
        }
    }
}
