package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.httpipe.Body;
import io.httpipe.BodyReader;
import io.httpipe.Exchange;
import io.httpipe.Httpipe;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.ResponseFilter;
import io.httpipe.StreamedResponse;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The original's t/02-filter.t. */
class OriginalFilterIT {
    private static final Request SWAP = Transport.TCP.post("/swap?expect=1024&n=32768");

    @AutoClose
    private final Httpipe hp = Clients.create();

    /** The original's filter deletes from its table of headers. In httpipe, a function returns the changed headers. */
    @Test
    void t02_filter_test1_headerFilterRemovesAHeader() throws Exception {
        try (Exchange exchange = hp.connect(Nginx.host(), Nginx.httpPort())) {
            exchange.sendRequest(Request.get("/headers"));
            Response response = exchange.readResponse(ResponseFilter.ofHeader((status, headers) -> status == 200)
                    .headers(headers -> headers.without("X-Test-A")));
            assertFalse(response.headers().contains("X-Test-A"));
            assertEquals("b", response.headers().first("X-Test-B"));
            assertEquals("OK", response.text());
        }
    }

    @Test
    void t02_filter_test2_aStreamIsCopiedInSmallChunksWithItsLength() throws Exception {
        try (StreamedResponse source = hp.stream(Transport.TCP.get("/length?n=1024"))) {
            String length = source.headers().first("Content-Length");
            assertEquals("1024", length);
            BodyReader reader = source.body();
            Body copy = Body.writing(Long.parseLong(length), out -> {
                for (byte[] chunk = reader.readChunk(5); chunk != null; chunk = reader.readChunk(5)) {
                    out.write(chunk);
                }
            });
            Response response = hp.request(SWAP.body(copy));
            assertEquals(200, response.status());
            assertEquals(32768, response.body().length);
        }
    }

    @Test
    void t02_filter_test3_thePipeCopiesBodyAndLengthByItself() throws Exception {
        try (StreamedResponse source = hp.stream(Transport.TCP.get("/length?n=1024"))) {
            Response response = source.pipe().request(SWAP);
            assertEquals(200, response.status());
            assertEquals(32768, response.body().length);
        }
    }
}
