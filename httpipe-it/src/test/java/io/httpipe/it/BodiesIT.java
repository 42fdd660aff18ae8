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
    void downloads64MebibytesAsAStream(Transport transport) throws Exception {
        String expected = DigitBody.lengthAndMd5(MIB_64);
        for (String path : List.of("/length", "/chunked", "/until-close")) {
            Request request = transport.get(path + "?n=" + MIB_64 + "&size=65000");
            assertEquals(expected, hp.stream(request, response -> DigitBody.lengthAndMd5(response.body())), path);
        }
    }

    @Test
    void downloads64MebibytesIntoMemory() throws Exception {
        byte[] body = hp.request(Transport.TCP.get("/length?n=" + MIB_64)).body();
        assertEquals(DigitBody.lengthAndMd5(MIB_64), DigitBody.lengthAndMd5(new ByteArrayInputStream(body)));
    }

    @Test
    void refusesALargerBodyUnlessTheRequestAllowsIt() throws Exception {
        BodyTooLargeException e = assertThrows(
                BodyTooLargeException.class, () -> hp.request(Transport.TCP.get("/length?n=" + (MIB_64 + 1))));
        assertEquals(MIB_64, e.maxBodySize());
        Request allowed = Transport.TCP.get("/length?n=" + (MIB_64 + 1)).maxBodySize(MIB_64 + 1);
        assertEquals(MIB_64 + 1, hp.request(allowed).body().length);
    }

    @ParameterizedTest
    @EnumSource
    void uploads64MebibytesWithAContentLength(Transport transport) throws Exception {
        Request request = transport.post("/sink").body(Body.writing(MIB_64, out -> DigitBody.write(out, MIB_64)));
        assertEquals(DigitBody.lengthAndMd5(MIB_64), hp.request(request).text());
    }

    @ParameterizedTest
    @EnumSource
    void uploads64MebibytesInChunks(Transport transport) throws Exception {
        Request request = transport.post("/sink").body(Body.writing(out -> DigitBody.write(out, MIB_64)));
        assertEquals(DigitBody.lengthAndMd5(MIB_64), hp.request(request).text());
    }

    @ParameterizedTest
    @EnumSource
    void uploadsAFile(Transport transport, @TempDir Path folder) throws Exception {
        Path file = folder.resolve("digits");
        try (OutputStream out = Files.newOutputStream(file)) {
            DigitBody.write(out, MIB_64);
        }
        Request request = transport.request("PUT", "/sink").body(Body.of(file));
        assertEquals(DigitBody.lengthAndMd5(MIB_64), hp.request(request).text());
        assertEquals(1, hp.request(transport.get("/simple-ok")).reusedTimes());
    }

    @Test
    void sendsTheLengthOfAFile(@TempDir Path folder) throws Exception {
        Path file = Files.write(folder.resolve("digits"), DigitBody.bytes(100_000));
        Response response = hp.request(Transport.TCP.post("/body").body(Body.of(file)));
        assertEquals("Content-Length: 100000", response.headers().first("X-Framing"));
        assertEquals(DigitBody.text(100_000), response.text());
    }

    @Test
    void aMissingFileFailsBeforeAnythingIsSent(@TempDir Path folder) throws Exception {
        Request request = Transport.TCP.post("/body").body(Body.of(folder.resolve("none")));
        RequestBodyException e = assertThrows(RequestBodyException.class, () -> hp.request(request));
        assertEquals(0, e.bytesSent());
        assertEquals("OK\n", hp.request(Transport.TCP.get("/simple-ok")).text());
    }

    @Test
    void sendsTheLengthIfItIsKnownAndChunksOtherwise() throws Exception {
        String text = DigitBody.text(20_000);
        byte[] bytes = text.getBytes(US_ASCII);
        List<byte[]> pieces = List.of(DigitBody.bytes(10_000), new byte[0], DigitBody.bytes(10_000));
        assertFraming("Content-Length: 20000", Body.of(bytes));
        assertFraming("Content-Length: 20000", Body.of(text));
        assertFraming("Content-Length: 20000", Body.of(new ByteArrayInputStream(bytes), bytes.length));
        assertFraming("Content-Length: 20000", Body.writing(bytes.length, out -> out.write(bytes)));
        assertFraming("Transfer-Encoding: chunked", Body.of(new ByteArrayInputStream(bytes)));
        assertFraming("Transfer-Encoding: chunked", Body.of(pieces.iterator()));
        assertFraming("Transfer-Encoding: chunked", Body.writing(out -> out.write(bytes)));
    }

    private void assertFraming(String framing, Body body) throws Exception {
        Response response = hp.request(Transport.TCP.post("/body").body(body));
        assertEquals(framing, response.headers().first("X-Framing"));
        assertEquals(DigitBody.text(20_000), response.text());
    }

    @ParameterizedTest
    @ValueSource(ints = {9_999, 10_001})
    void failsIfTheBodyDoesNotHaveItsAnnouncedLength(int length) throws Exception {
        Body body = Body.of(new ByteArrayInputStream(DigitBody.bytes(length)), 10_000);
        assertThrows(
                RequestBodyException.class,
                () -> hp.request(Transport.TCP.post("/sink").body(body)));
        assertEquals(0, hp.request(Transport.TCP.get("/simple-ok")).reusedTimes());
    }

    @Test
    void sendsTrailersAfterTheBody() throws Exception {
        Request request =
                Transport.TCP.post("/body").body("hello").trailers(() -> Headers.of("X-Checksum", "5d41402abc4b2a76"));
        Response response = hp.request(request);
        assertEquals("Transfer-Encoding: chunked", response.headers().first("X-Framing"));
        assertEquals("hello", response.text());
        assertEquals(1, hp.request(Transport.TCP.get("/simple-ok")).reusedTimes());
    }

    @ParameterizedTest
    @EnumSource
    void sendsTheBodyAfter100Continue(Transport transport) throws Exception {
        // Longer than any test: only a 100 Continue can end the wait.
        Request request = transport.post("/sink").expectContinue(Duration.ofHours(1));
        assertEquals(
                DigitBody.lengthAndMd5(100_000),
                hp.request(request.body(DigitBody.bytes(100_000))).text());
        Response chunked = hp.request(request.body(Body.writing(out -> DigitBody.write(out, 100_000))));
        assertEquals(DigitBody.lengthAndMd5(100_000), chunked.text());
        assertEquals(1, chunked.reusedTimes());
    }

    @ParameterizedTest
    @EnumSource
    void sendsNoBodyIfTheServerRefusesIt(Transport transport) throws Exception {
        AtomicBoolean writerCalled = new AtomicBoolean();
        Body body = Body.writing(1025, out -> writerCalled.set(true));
        Response response = hp.request(
                transport.post("/small").expectContinue(Duration.ofHours(1)).body(body));
        assertEquals(413, response.status());
        assertFalse(writerCalled.get());
    }

    @ParameterizedTest
    @EnumSource
    void stopsSendingWhenTheResponseArrives(Transport transport) throws Exception {
        // A tebibyte: the call ends only because the client stops sending.
        long endless = 1L << 40;
        Body body = Body.writing(endless, out -> DigitBody.write(out, endless));
        Response response = hp.request(transport.post("/small").body(body));
        assertEquals(413, response.status());
        assertTrue(response.text().contains("413 Request Entity Too Large"), response::text);
        assertEquals(0, hp.request(transport.get("/simple-ok")).reusedTimes());
    }

    @ParameterizedTest
    @EnumSource
    void pipes64MebibytesFromOneResponseIntoTheNextRequest(Transport transport) throws Exception {
        String expected = DigitBody.lengthAndMd5(MIB_64);
        for (String path : List.of("/length", "/chunked", "/until-close")) {
            try (StreamedResponse source = hp.stream(transport.get(path + "?n=" + MIB_64 + "&size=65000"))) {
                assertEquals(
                        expected, source.pipe().request(transport.post("/sink")).text(), path);
            }
        }
    }

    @Test
    void pipesThreeTimesInARow() throws Exception {
        try (StreamedResponse one = hp.stream(Transport.TCP.get("/chunked?n=1000000"));
                StreamedResponse two = one.pipe().stream(Transport.TLS.post("/body?chunked=1"));
                StreamedResponse three = two.pipe().stream(Transport.UNIX.post("/body"))) {
            assertEquals("Transfer-Encoding: chunked", two.headers().first("X-Framing"));
            assertEquals("Transfer-Encoding: chunked", three.headers().first("X-Framing"));
            Response last = three.pipe().request(Transport.TCP.post("/body"));
            assertEquals("Content-Length: 1000000", last.headers().first("X-Framing"));
            assertEquals(DigitBody.text(1_000_000), last.text());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/status/204", "/status/304"})
    void pipesAnEmptyBodyIfTheSourceHasNone(String path) throws Exception {
        try (StreamedResponse source = hp.stream(Transport.TCP.get(path))) {
            Response response = source.pipe().request(Transport.TCP.post("/body"));
            assertEquals("Content-Length: 0", response.headers().first("X-Framing"));
            assertEquals("0", response.headers().first("X-Body-Length"));
        }
        try (StreamedResponse head = hp.stream(Transport.TCP.request("HEAD", "/length?n=1000"))) {
            Response response = head.pipe().request(Transport.TCP.post("/body"));
            assertEquals("Content-Length: 0", response.headers().first("X-Framing"));
        }
    }

    @Test
    void readsAStreamInChunksOfAGivenSize() throws Exception {
        try (StreamedResponse response = hp.stream(Transport.TCP.get("/length?n=100000"))) {
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
            assertEquals(DigitBody.text(100_000), body.toString());
            assertNull(response.body().readChunk(1), "the end is reported again");
        }
    }

    @Test
    void returnsArrivedBytesWithoutWaitingForMore() throws Exception {
        // The server sends one byte, and nothing more for an hour. A read that waits for more bytes times out.
        try (StreamedResponse response = hp.stream(Transport.TCP.get("/drip?n=2&ms=3600000"));
                InputStream body = response.body()) {
            assertEquals(1, body.read(new byte[8192]));
        }
    }
}
