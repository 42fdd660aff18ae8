package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.Body;
import io.httpipe.Httpipe;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.StreamedResponse;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The original's t/10-chunkin.t: a body of unknown length from one response into the next request. */
class OriginalChunkinIT {
    private static final Request SOURCE = Transport.TCP.get("/chunked?sizes=3,9,27,81,243,729");
    private static final Request TARGET = Transport.TCP.post("/body?chunked=1");

    @AutoClose
    private final Httpipe hp = Clients.create();

    private static void assertChunked(int length, Response response) {
        assertEquals(200, response.status());
        assertEquals("Transfer-Encoding: chunked", response.headers().first("X-Framing"));
        assertEquals("chunked", response.headers().first("Transfer-Encoding"));
        assertEquals(DigitBody.text(length), response.text());
    }

    @Test
    void t10_chunkin_test1_aReaderIsSentInChunks() throws Exception {
        try (StreamedResponse source = hp.stream(SOURCE)) {
            assertEquals("chunked", source.headers().first("Transfer-Encoding"));
            assertChunked(1092, hp.request(TARGET.body(Body.of(source.body()))));
        }
    }

    @Test
    void t10_chunkin_test2_anEmptyReaderIsSentAsTheLastChunkOnly() throws Exception {
        try (StreamedResponse source = hp.stream(Transport.TCP.get("/chunked?n=0"))) {
            assertEquals("chunked", source.headers().first("Transfer-Encoding"));
            Response response = hp.request(TARGET.body(Body.of(source.body())));
            assertChunked(0, response);
            assertEquals("0", response.headers().first("X-Body-Length"));
        }
    }

    @Test
    void t10_chunkin_test3_thePipeSendsInChunks() throws Exception {
        try (StreamedResponse source = hp.stream(SOURCE)) {
            assertChunked(1092, source.pipe().request(TARGET));
        }
    }
}
