package io.httpipe.test.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestReaderTest {
    private static String body(String request) throws IOException {
        RequestReader reader = new RequestReader(new ByteArrayInputStream(Text.latin(request)), 200, 100);
        RequestReader.Head head = reader.head();
        if (head == null) {
            return "";
        }
        RequestReader.BodyReader body = reader.new BodyReader(head);
        body.upTo(Long.MAX_VALUE);
        return Text.latin(body.content.toByteArray());
    }

    private static String unescape(String text) {
        return text.translateEscapes();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "400 | GET / HTTP/1.1 \\r\\n\\r\\n",
                "400 | GET /\\r\\n\\r\\n",
                "400 | G@T / HTTP/1.1\\r\\n\\r\\n",
                "400 | GET /\\tx HTTP/1.1\\r\\n\\r\\n",
                "505 | GET / HTTP/2.0\\r\\n\\r\\n",
                "400 | GET / HTTP/1.1\\r\\nA\\r\\n\\r\\n",
                "400 | GET / HTTP/1.1\\r\\nA : b\\r\\n\\r\\n",
                "400 | GET / HTTP/1.1\\r\\n a: b\\r\\n\\r\\n",
                "400 | GET / HTTP/1.1\\r\\nA: b\\nc\\r\\n\\r\\n",
                "400 | GET / HTTP/1.1\\r\\nContent-Length: 1\\r\\nContent-Length: 2\\r\\n\\r\\n",
                "400 | GET / HTTP/1.1\\r\\nContent-Length: +1\\r\\n\\r\\n",
                "400 | GET / HTTP/1.1\\r\\nContent-Length:\\r\\n\\r\\n",
                "400 | GET / HTTP/1.1\\r\\nContent-Length: 1234567890123456789\\r\\n\\r\\n",
                "400 | GET / HTTP/1.1\\r\\nContent-Length: 1\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n",
                "501 | GET / HTTP/1.1\\r\\nTransfer-Encoding: gzip, chunked\\r\\n\\r\\n",
                "413 | GET / HTTP/1.1\\r\\nContent-Length: 101\\r\\n\\r\\n",
                "400 | GET / HTTP/1.1\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\nx\\r\\n",
                "400 | GET / HTTP/1.1\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n1 x\\r\\n",
                "400 | GET / HTTP/1.1\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n1\\r\\nab\\r\\n",
                "400 | GET / HTTP/1.1\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n1\\rx",
                "400 | GET / HTTP/1.1\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0000000000000001\\r\\n",
                "413 | GET / HTTP/1.1\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\nfffffffffffffff\\r\\n",
                "400 | GET / HTTP/1.1\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\nA\\r\\n\\r\\n",
            })
    void aWrongRequestIsRefused(int status, String request) {
        RequestReader.BadRequestException refused =
                assertThrows(RequestReader.BadRequestException.class, () -> body(unescape(request)));

        assertEquals(status, refused.status, () -> String.valueOf(refused.getMessage()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "G",
                "GET / HTTP/1.1\\r\\n",
                "GET / HTTP/1.1\\r\\nContent-Length: 2\\r\\n\\r\\na",
                "GET / HTTP/1.1\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n2\\r\\na",
                "GET / HTTP/1.1\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n2\\r\\nab\\r\\n0\\r\\n",
            })
    void aRequestThatBreaksOffIsAnEndOfFile(String request) {
        assertThrows(EOFException.class, () -> body(unescape(request)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | ''",
                "'' | GET / HTTP/1.1\\r\\n\\r\\nrest",
                "ab | GET / HTTP/1.0\\r\\nContent-Length: 2\\r\\ncontent-length:\\t2 \\r\\n\\r\\nabc",
                "ab | GET * HTTP/1.1\\r\\nTransfer-Encoding: CHUNKED\\r\\n\\r\\n01 ;x\\r\\na\\r\\n1\\r\\nb\\r\\n0\\r\\n\\r\\n",
            })
    void aGoodRequestIsRead(String body, String request) throws IOException {
        assertEquals(body, body(unescape(request)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /", "GET / HTTP/1.1\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0;"})
    void anEndlessLineIsRefused(String start) {
        String message = String.valueOf(assertThrows(
                        RequestReader.BadRequestException.class, () -> body(unescape(start) + "a".repeat(1 << 20)))
                .getMessage());

        assertTrue(message.length() < 400, message);
    }
}
