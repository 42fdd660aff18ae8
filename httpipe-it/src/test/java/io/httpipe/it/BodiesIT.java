package io.httpipe.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Body;
import io.httpipe.BodyTooLargeException;
import io.httpipe.Headers;
import io.httpipe.Httpipe;
import io.httpipe.Request;
import io.httpipe.RequestBodyException;
import io.httpipe.Response;
import io.httpipe.StreamedResponse;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies of every kind and size, in both directions. */
class BodiesIT {
    private static final int MIB_64 = 64 << 20;

    @AutoClose
    private final Httpipe hp = Clients.create();

    @ParameterizedTest
    @EnumSource
    void downloads64MebibytesAsAStream(Way way) throws Exception {
        String expected = Digits.sunk(MIB_64);
        for (String path : List.of("/length", "/chunked", "/until-close")) {
            Request request = way.get(path + "?n=" + MIB_64 + "&size=65000");
            assertEquals(expected, hp.stream(request, response -> Digits.sunk(response.body())), path);
        }
    }

    @Test
    void downloads64MebibytesIntoMemory() throws Exception {
        byte[] body = hp.request(Way.TCP.get("/length?n=" + MIB_64)).body();
        assertEquals(Digits.sunk(MIB_64), Digits.sunk(new ByteArrayInputStream(body)));
    }

    @Test
    void takesNotAByteMoreThanThatIntoMemory() throws Exception {
        BodyTooLargeException e =
                assertThrows(BodyTooLargeException.class, () -> hp.request(Way.TCP.get("/length?n=" + (MIB_64 + 1))));
        assertEquals(MIB_64, e.maxBodySize());
        Request allowed = Way.TCP.get("/length?n=" + (MIB_64 + 1)).maxBodySize(MIB_64 + 1);
        assertEquals(MIB_64 + 1, hp.request(allowed).body().length);
    }

    @ParameterizedTest
    @EnumSource
    void uploads64MebibytesWithTheirLength(Way way) throws Exception {
        Request request = way.post("/sink").body(Body.writing(MIB_64, out -> Digits.write(out, MIB_64)));
        assertEquals(Digits.sunk(MIB_64), hp.request(request).text());
    }

    @ParameterizedTest
    @EnumSource
    void uploads64MebibytesInChunks(Way way) throws Exception {
        Request request = way.post("/sink").body(Body.writing(out -> Digits.write(out, MIB_64)));
        assertEquals(Digits.sunk(MIB_64), hp.request(request).text());
    }

    @ParameterizedTest
    @EnumSource
    void uploadsAFile(Way way, @TempDir Path folder) throws Exception {
        Path file = folder.resolve("digits");
        try (OutputStream out = Files.newOutputStream(file)) {
            Digits.write(out, MIB_64);
        }
        Request request = way.request("PUT", "/sink").body(Body.of(file));
        assertEquals(Digits.sunk(MIB_64), hp.request(request).text());
        assertEquals(1, hp.request(way.get("/simple-ok")).reusedTimes());
    }

    @Test
    void announcesTheLengthOfAFile(@TempDir Path folder) throws Exception {
        Path file = Files.write(folder.resolve("digits"), Digits.of(100_000));
        Response response = hp.request(Way.TCP.post("/body").body(Body.of(file)));
        assertEquals("Content-Length: 100000", response.headers().first("X-Framing"));
        assertEquals(Digits.text(100_000), response.text());
    }

    @Test
    void failsBeforeAnythingIsSentWhereTheFileIsMissing(@TempDir Path folder) throws Exception {
        Request request = Way.TCP.post("/body").body(Body.of(folder.resolve("none")));
        RequestBodyException e = assertThrows(RequestBodyException.class, () -> hp.request(request));
        assertEquals(0, e.bytesSent());
        assertEquals("OK\n", hp.request(Way.TCP.get("/simple-ok")).text());
    }

    @Test
    void announcesWhatIsKnownOfEachKindOfBody() throws Exception {
        String text = Digits.text(20_000);
        byte[] bytes = text.getBytes(US_ASCII);
        List<byte[]> pieces = List.of(Digits.of(10_000), new byte[0], Digits.of(10_000));
        assertFraming("Content-Length: 20000", Body.of(bytes));
        assertFraming("Content-Length: 20000", Body.of(text));
        assertFraming("Content-Length: 20000", Body.of(new ByteArrayInputStream(bytes), bytes.length));
        assertFraming("Content-Length: 20000", Body.writing(bytes.length, out -> out.write(bytes)));
        assertFraming("Transfer-Encoding: chunked", Body.of(new ByteArrayInputStream(bytes)));
        assertFraming("Transfer-Encoding: chunked", Body.of(pieces.iterator()));
        assertFraming("Transfer-Encoding: chunked", Body.writing(out -> out.write(bytes)));
    }

    private void assertFraming(String framing, Body body) throws Exception {
        Response response = hp.request(Way.TCP.post("/body").body(body));
        assertEquals(framing, response.headers().first("X-Framing"));
        assertEquals(Digits.text(20_000), response.text());
    }

    @ParameterizedTest
    @ValueSource(ints = {9_999, 10_001})
    void sendsNoBodyOfAnotherLengthThanAnnounced(int length) throws Exception {
        Body body = Body.of(new ByteArrayInputStream(Digits.of(length)), 10_000);
        assertThrows(
                RequestBodyException.class,
                () -> hp.request(Way.TCP.post("/sink").body(body)));
        assertEquals(0, hp.request(Way.TCP.get("/simple-ok")).reusedTimes());
    }

    @Test
    void sendsTrailersBehindTheBody() throws Exception {
        Request request =
                Way.TCP.post("/body").body("hello").trailers(() -> Headers.of("X-Checksum", "5d41402abc4b2a76"));
        Response response = hp.request(request);
        assertEquals("Transfer-Encoding: chunked", response.headers().first("X-Framing"));
        assertEquals("hello", response.text());
        assertEquals(1, hp.request(Way.TCP.get("/simple-ok")).reusedTimes());
    }

    @ParameterizedTest
    @EnumSource
    void sendsTheBodyWhenTheServerSaysContinue(Way way) throws Exception {
        // The wait is longer than any test; only a 100 Continue can end it.
        Request request = way.post("/sink").expectContinue(Duration.ofHours(1));
        assertEquals(
                Digits.sunk(100_000),
                hp.request(request.body(Digits.of(100_000))).text());
        Response chunked = hp.request(request.body(Body.writing(out -> Digits.write(out, 100_000))));
        assertEquals(Digits.sunk(100_000), chunked.text());
        assertEquals(1, chunked.reusedTimes());
    }

    @ParameterizedTest
    @EnumSource
    void sendsNoBodyWhereTheServerRefusesIt(Way way) throws Exception {
        AtomicBoolean asked = new AtomicBoolean();
        Body body = Body.writing(1025, out -> asked.set(true));
        Response response = hp.request(
                way.post("/small").expectContinue(Duration.ofHours(1)).body(body));
        assertEquals(413, response.status());
        assertFalse(asked.get());
    }

    @ParameterizedTest
    @EnumSource
    void stopsSendingWhenTheAnswerHasCome(Way way) throws Exception {
        // A tebibyte: the call ends because the sending does.
        long endless = 1L << 40;
        Body body = Body.writing(endless, out -> Digits.write(out, endless));
        Response response = hp.request(way.post("/small").body(body));
        assertEquals(413, response.status());
        assertTrue(response.text().contains("413 Request Entity Too Large"), response::text);
        assertEquals(0, hp.request(way.get("/simple-ok")).reusedTimes());
    }

    @ParameterizedTest
    @EnumSource
    void pipes64MebibytesFromOneResponseIntoTheNextRequest(Way way) throws Exception {
        String expected = Digits.sunk(MIB_64);
        for (String path : List.of("/length", "/chunked", "/until-close")) {
            try (StreamedResponse source = hp.stream(way.get(path + "?n=" + MIB_64 + "&size=65000"))) {
                assertEquals(expected, source.pipe().request(way.post("/sink")).text(), path);
            }
        }
    }

    @Test
    void pipesThroughThree() throws Exception {
        try (StreamedResponse one = hp.stream(Way.TCP.get("/chunked?n=1000000"));
                StreamedResponse two = one.pipe().stream(Way.TLS.post("/body?chunked=1"));
                StreamedResponse three = two.pipe().stream(Way.UNIX.post("/body"))) {
            assertEquals("Transfer-Encoding: chunked", two.headers().first("X-Framing"));
            assertEquals("Transfer-Encoding: chunked", three.headers().first("X-Framing"));
            Response last = three.pipe().request(Way.TCP.post("/body"));
            assertEquals("Content-Length: 1000000", last.headers().first("X-Framing"));
            assertEquals(Digits.text(1_000_000), last.text());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/status/204", "/status/304"})
    void pipesAnEmptyBodyWhereTheSourceHasNone(String path) throws Exception {
        try (StreamedResponse source = hp.stream(Way.TCP.get(path))) {
            Response response = source.pipe().request(Way.TCP.post("/body"));
            assertEquals("Content-Length: 0", response.headers().first("X-Framing"));
            assertEquals("0", response.headers().first("X-Body-Length"));
        }
        try (StreamedResponse head = hp.stream(Way.TCP.request("HEAD", "/length?n=1000"))) {
            Response response = head.pipe().request(Way.TCP.post("/body"));
            assertEquals("Content-Length: 0", response.headers().first("X-Framing"));
        }
    }

    @Test
    void readsAStreamAsChunksOfAChosenSize() throws Exception {
        try (StreamedResponse response = hp.stream(Way.TCP.get("/length?n=100000"))) {
            assertEquals(100_000, response.body().length());
            StringBuilder body = new StringBuilder();
            int size = 1;
            for (byte[] chunk = response.body().readChunk(size);
                    chunk != null;
                    chunk = response.body().readChunk(size)) {
                assertTrue(chunk.length >= 1 && chunk.length <= size, "a chunk of " + chunk.length);
                body.append(new String(chunk, US_ASCII));
                size *= 2;
            }
            assertEquals(Digits.text(100_000), body.toString());
            assertNull(response.body().readChunk(1), "the end stays the end");
        }
    }

    @Test
    void handsOutWhatHasArrivedWithoutWaitingForMore() throws Exception {
        // A byte, and then nothing for an hour: whoever waits for more than that runs into the timeout.
        try (StreamedResponse response = hp.stream(Way.TCP.get("/drip?n=2&ms=3600000"));
                InputStream body = response.body()) {
            assertEquals(1, body.read(new byte[8192]));
        }
    }
}
