package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Body;
import io.httpipe.Decoding;
import io.httpipe.Httpipe;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.ServerSentEvent;
import io.httpipe.ServerSentEvents;
import io.httpipe.StreamedResponse;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Content codings of nginx, Apache and Caddy: gzip, br and zstd. */
class DecodingIT {
    private static final AtomicInteger IDS = new AtomicInteger();

    @AutoClose
    private final Httpipe hp = Clients.builder().decoding(Decoding.ON).build();

    @AfterEach
    void nothingIsLeased() {
        Attempts.assertNothingLeased(hp);
    }

    private static Request get(Codings server, String path, String coding) {
        return Request.get(server.uri(path)).header("Accept-Encoding", coding);
    }

    private static String numbers(int count, String separator) {
        return IntStream.rangeClosed(1, count).mapToObj(Integer::toString).collect(Collectors.joining(separator));
    }

    /** The content of a file. */
    private static String content(String path) {
        if (path.endsWith(".json")) {
            return "[" + numbers(500_000, ",") + "]";
        }
        return numbers(path.contains("large") ? 500_000 : 100, "\n") + "\n";
    }

    private static void assertDecoded(String path, String coding, Response response) {
        assertEquals(200, response.status());
        assertEquals(coding, response.wireHeaders().first("Content-Encoding"));
        assertNull(response.headers().first("Content-Encoding"));
        assertNull(response.headers().first("Content-Length"));
        assertEquals(content(path), response.text());
    }

    @ParameterizedTest
    @CsvSource({"NGINX, gzip", "NGINX, br", "APACHE, gzip", "APACHE, br", "CADDY, gzip", "CADDY, zstd"})
    void bodiesAreDecodedAndTheirConnectionIsReused(Codings server, String coding) throws Exception {
        int requests = 0;
        for (String path : new String[] {"/small.txt", "/large.txt", "/large.json"}) {
            Request request = get(server, path, coding);
            Response response = hp.request(request);
            assertDecoded(path, coding, response);
            assertEquals(requests++, response.reusedTimes());
            String streamed = hp.stream(request, r -> {
                assertNull(r.headers().first("Content-Encoding"));
                assertEquals(coding, r.wireHeaders().first("Content-Encoding"));
                assertEquals(-1, r.body().length());
                return new String(r.body().readAllBytes(), StandardCharsets.UTF_8);
            });
            requests++;
            assertEquals(content(path), streamed);
        }
        // A response that is closed before its end.
        try (StreamedResponse response = hp.stream(get(server, "/large.txt", coding))) {
            assertEquals("1\n2\n3\n", new String(response.body().readNBytes(6), StandardCharsets.UTF_8));
        }
        assertDecoded("/small.txt", coding, hp.request(get(server, "/small.txt", coding)));
    }

    @ParameterizedTest
    @EnumSource
    void theClientAsksForWhatItCanDecode(Codings server) throws Exception {
        Response response = hp.get(server.uri("/large.json"));
        assertEquals(content("/large.json"), response.text());
        assertNotNull(response.wireHeaders().first("Content-Encoding"));
        Response plain = hp.with(options -> options.decoding(Decoding.OFF)).get(server.uri("/large.json"));
        assertNull(plain.wireHeaders().first("Content-Encoding"));
        assertEquals(response.text(), plain.text());
    }

    @ParameterizedTest
    @CsvSource({"NGINX, gzip", "NGINX, br", "APACHE, gzip", "APACHE, br", "CADDY, gzip", "CADDY, zstd"})
    void withoutDecodingTheEncodedBytesAreReturned(Codings server, String coding) throws Exception {
        Response response = hp.request(get(server, "/small.txt", coding).decoding(Decoding.OFF));
        assertEquals(coding, response.headers().first("Content-Encoding"));
        assertNotEquals(content("/small.txt").length(), response.body().length);
        assertThrows(IllegalStateException.class, response::text);
    }

    @ParameterizedTest
    @CsvSource({
        "NGINX, gzip, /pre/large.txt",
        "NGINX, br, /pre/large.txt",
        "APACHE, gzip, /pre/large.txt.gz",
        "APACHE, br, /pre/large.txt.br",
        "CADDY, gzip, /pre/large.txt",
        "CADDY, br, /pre/large.txt",
        "CADDY, zstd, /pre/large.txt"
    })
    void filesThatWereCompressedInAdvanceAreDecoded(Codings server, String coding, String path) throws Exception {
        assertDecoded(path, coding, hp.request(get(server, path, coding)));
        assertDecoded(path, coding, hp.request(get(server, path, coding)));
    }

    @ParameterizedTest
    @CsvSource({"NGINX, gzip", "NGINX, br", "APACHE, gzip", "APACHE, br", "CADDY, gzip", "CADDY, zstd"})
    void aHeadAndAnUnchangedFileHaveNothingToDecode(Codings server, String coding) throws Exception {
        Request get = get(server, "/large.txt", coding);
        Response head = hp.request(Request.of("HEAD", server.uri("/large.txt")).header("Accept-Encoding", coding));
        assertEquals(200, head.status());
        assertEquals(coding, head.headers().first("Content-Encoding"));
        assertEquals(0, head.body().length);
        Response whole = hp.request(get);
        String tag = whole.headers().first("ETag");
        assertNotNull(tag);
        Response unchanged = hp.request(get.header("If-None-Match", tag));
        assertEquals(304, unchanged.status());
        assertEquals(0, unchanged.body().length);
        Response again = hp.request(get);
        assertDecoded("/large.txt", coding, again);
        assertEquals(3, again.reusedTimes());
    }

    /** The ranges are those of the compressed file. */
    @ParameterizedTest
    @CsvSource({
        "APACHE, gzip, /pre/large.txt.gz",
        "APACHE, br, /pre/large.txt.br",
        "CADDY, gzip, /pre/large.txt",
        "CADDY, br, /pre/large.txt",
        "CADDY, zstd, /pre/large.txt"
    })
    void aRangeIsLeftAsItIs(Codings server, String coding, String path) throws Exception {
        Request get = get(server, path, coding);
        byte[] file = hp.request(get.decoding(Decoding.OFF)).body();
        Response part = hp.request(get.header("Range", "bytes=1000-1999"));
        assertEquals(206, part.status());
        assertEquals(coding, part.headers().first("Content-Encoding"));
        assertEquals("bytes 1000-1999/" + file.length, part.headers().first("Content-Range"));
        assertArrayEquals(Arrays.copyOfRange(file, 1000, 2000), part.body());
    }

    @ParameterizedTest
    @CsvSource({
        "NGINX, gzip, false",
        "NGINX, br, false",
        "NGINX, zstd, true",
        "APACHE, gzip, false",
        "APACHE, br, false",
        "CADDY, zstd, true"
    })
    void anEventArrivesBeforeTheNextOneIsSent(Codings server, String coding, boolean byUpstream) throws Exception {
        int id = IDS.incrementAndGet();
        String path = "/events?n=4&id=" + id + (byUpstream ? "&coding=" + coding : "");
        try (StreamedResponse response = hp.stream(get(server, path, coding));
                ServerSentEvents events = response.events()) {
            assertEquals(coding, response.wireHeaders().first("Content-Encoding"));
            Iterator<ServerSentEvent> iterator = events.iterator();
            for (int i = 1; i <= 4; i++) {
                assertEquals("event " + i, iterator.next().data());
                hp.get(Codings.NGINX.uri("/next?id=" + id));
            }
            assertFalse(iterator.hasNext());
            assertEquals("4", events.lastEventId());
        }
    }

    @ParameterizedTest
    @CsvSource({"NGINX, gzip", "NGINX, br", "APACHE, gzip", "APACHE, br", "CADDY, gzip", "CADDY, zstd"})
    void aPipeCarriesTheCodingOn(Codings server, String coding) throws Exception {
        String path = "/large.txt";
        try (StreamedResponse source = hp.stream(get(server, path, coding))) {
            Response echo = source.pipe().request(Request.post(Codings.APACHE.uri("/echo")));
            assertDecoded(path, coding, echo);
        }
        // Apache has an input filter for gzip only.
        if (coding.equals("gzip")) {
            try (StreamedResponse source = hp.stream(get(server, path, coding))) {
                Response decoded = source.pipe().request(Request.post(Codings.APACHE.uri("/decoded")));
                assertNull(decoded.wireHeaders().first("Content-Encoding"));
                assertEquals(content(path), decoded.text());
            }
        }
        try (StreamedResponse source = hp.stream(get(server, path, coding))) {
            Response echo = source.pipe().decoded().request(Request.post(Codings.APACHE.uri("/echo")));
            assertNull(echo.wireHeaders().first("Content-Encoding"));
            assertEquals(content(path), echo.text());
        }
    }

    /**
     * Apache sends the length of the request body as the length of the response. So a request that it decodes must not
     * have a length.
     */
    @Test
    void aServerDecodesWhatIsCompressedWhileItIsSent() throws Exception {
        for (String path : new String[] {"/small.txt", "/large.json"}) {
            byte[] plain = content(path).getBytes(StandardCharsets.UTF_8);
            Body chunks = Body.gzip(Body.of(new ByteArrayInputStream(plain)));
            Response decoded =
                    hp.request(Request.post(Codings.APACHE.uri("/decoded")).body(chunks));
            assertEquals(content(path), decoded.text());
            Response echo = hp.request(Request.post(Codings.APACHE.uri("/echo")).body(Body.gzip(Body.of(plain))));
            assertDecoded(path, "gzip", echo);
            assertTrue(echo.requestSentWhole());
        }
    }
}
