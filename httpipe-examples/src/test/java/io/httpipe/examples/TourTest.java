package io.httpipe.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Httpipe;
import io.httpipe.Request;
import io.httpipe.Response;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class TourTest {
    @Test
    void printsTheEchoedRequestAndAThousandAnswers() throws Exception {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try (EchoServer server = EchoServer.start()) {
            Tour.run(server.base() + "/", new PrintStream(printed, true, UTF_8));

            String text = printed.toString(UTF_8);
            assertTrue(text.contains("\n" + echoed(server, "GET /echo") + "---"), text);
            assertTrue(text.contains("1,000 answers with status 200"), text);
        }
    }

    @Test
    void echoesAGetWithItsLength() throws Exception {
        try (EchoServer server = EchoServer.start();
                Httpipe hp = Httpipe.create()) {
            Response response = hp.get(server.base() + "/echo?a=%20b");
            String echoed = echoed(server, "GET /echo?a=%20b");
            assertEquals(echoed, response.text());
            assertEquals(String.valueOf(echoed.length()), response.headers().first("Content-Length"));
        }
    }

    @Test
    void echoesAPostWithItsBodyInChunks() throws Exception {
        try (EchoServer server = EchoServer.start();
                Httpipe hp = Httpipe.create()) {
            Response response = hp.request(Request.post(server.base() + "/echo")
                    .header("x-b", "2", "1")
                    .body("a\u00fc"));
            assertEquals(
                    "POST /echo HTTP/1.1\r\nHost: " + server.base().substring("http://".length()) + "\r\n"
                            + "Accept: */*\r\nContent-Length: 3\r\nUser-Agent: httpipe/0.1\r\nX-B: 2\r\nX-B: 1\r\n\r\n"
                            + "a\u00fc",
                    response.text());
            assertEquals("chunked", response.headers().first("Transfer-Encoding"));
            assertEquals(1, hp.get(server.base() + "/echo").reusedTimes());
        }
    }

    @Test
    void answersAHeadWithoutABody() throws Exception {
        try (EchoServer server = EchoServer.start();
                Httpipe hp = Httpipe.create()) {
            Response response = hp.request(Request.head(server.base() + "/echo"));
            assertEquals(200, response.status());
            assertEquals("", response.text());
            assertEquals(1, hp.get(server.base() + "/echo").reusedTimes());
        }
    }

    private static String echoed(EchoServer server, String methodAndTarget) {
        return methodAndTarget + " HTTP/1.1\r\nHost: " + server.base().substring("http://".length()) + "\r\n"
                + "Accept: */*\r\nUser-Agent: httpipe/0.1\r\n\r\n";
    }
}
