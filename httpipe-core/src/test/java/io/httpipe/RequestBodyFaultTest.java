package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.httpipe.testing.Recorder;
import io.httpipe.testing.ScriptedServer;
import io.httpipe.testing.SilentStream;
import io.httpipe.testing.Transports;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Request bodies that differ from what was announced, and bytes that must never be sent. */
@Timeout(60)
class RequestBodyFaultTest {
    private static final String HEAD = "POST / HTTP/1.1\r\nHost: h\r\nUser-Agent: httpipe/0.1\r\nAccept: */*\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    @TempDir
    Path directory;

    /** How a call failed, and the bytes that the server received until its connection was closed. */
    private record Outcome(Exception failure, String wire) {
        Outcome sentNothingOf(String body) {
            assertFalse(wire.contains(body), wire);
            return this;
        }

        void isUnsentAndNotSafeToRetry() {
            HttpipeException e = assertInstanceOf(HttpipeException.class, failure);
            assertEquals(0, e.bytesSent());
            assertFalse(e.safeToRetry());
        }

        Throwable because() {
            return assertInstanceOf(RequestBodyException.class, failure).getCause();
        }
    }

    private static Outcome failing(UnaryOperator<Request> change) throws Exception {
        Recorder recorder = new Recorder();
        try (ScriptedServer server = ScriptedServer.of(recorder);
                Httpipe hp = Httpipe.create()) {
            Request request = change.apply(Request.post(server.uri("/")).header("Host", "h"));
            Exception failure = assertThrows(Exception.class, () -> hp.request(request));
            // The client is still open, so the call itself has closed the connection.
            return new Outcome(failure, recorder.received());
        }
    }

    private static Outcome failing(Body body) throws Exception {
        return failing(request -> request.body(body));
    }

    private static String sent(UnaryOperator<Request> change) throws Exception {
        Recorder recorder = new Recorder();
        try (ScriptedServer server = ScriptedServer.of(recorder)) {
            try (Httpipe hp = Httpipe.create()) {
                hp.request(change.apply(Request.post(server.uri("/")).header("Host", "h")));
            }
            return recorder.received();
        }
    }

    private static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(octets(text));
    }

    @Test
    void b18_theSurplusOfABodyLongerThanAnnouncedIsNotSent() throws Exception {
        Outcome bySmallWrites = failing(Body.writing(5, out -> {
            out.write(octets("hello"));
            out.flush();
            out.write('!');
        }));
        assertEquals(
                "the body has more than the 5 bytes that were announced",
                bySmallWrites.because().getMessage());
        assertEquals(HEAD + "Content-Length: 5\r\n\r\nhello", bySmallWrites.wire());

        Outcome byOneWrite = failing(Body.writing(5, out -> out.write(octets("hello!"))));
        assertTrue(byOneWrite.because().getMessage().contains("more than the 5"));
        byOneWrite.sentNothingOf("!");

        failing(Body.of(stream("hello!"), 5)).sentNothingOf("!").because();
        failing(Body.of(new SequenceInputStream(stream("hello"), stream("!")), 5))
                .sentNothingOf("!")
                .because();
        failing(Body.of(BodyReader.of(stream("hello!"), 5))).sentNothingOf("!").because();
        failing(Body.of(stream("!"), 0)).sentNothingOf("!").because();
    }

    @Test
    void b18_aWriterThatIgnoresTheErrorOfItsSurplusStillFails() throws Exception {
        Outcome outcome = failing(Body.writing(5, out -> {
            out.write(octets("hello"));
            assertThrows(IOException.class, () -> out.write('!'));
        }));
        assertTrue(outcome.because().getMessage().contains("more than the 5"));
        outcome.sentNothingOf("!");

        Outcome wrapped = failing(Body.writing(5, out -> {
            try {
                out.write(octets("hello!"));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }));
        assertTrue(wrapped.because().getMessage().contains("more than the 5"));
    }

    @Test
    void b18_aBodyShorterThanAnnouncedClosesTheConnection() throws Exception {
        Outcome written = failing(Body.writing(5, out -> {
            out.write(octets("hell"));
            out.flush();
        }));
        assertEquals(
                "the body has 4 bytes, but 5 were announced", written.because().getMessage());
        assertEquals(HEAD + "Content-Length: 5\r\n\r\nhell", written.wire());

        failing(Body.of(stream("hell"), 5)).because();
        failing(Body.of(new SequenceInputStream(stream("he"), stream("ll")), 5)).because();
        failing(Body.writing(1, out -> {})).because();
    }

    @ParameterizedTest
    @EnumSource(Transports.class)
    void b18_aLargeBodyOfTheWrongLengthEndsTheCallOverEachTransport(Transports below) throws Exception {
        for (int length : new int[] {99_999, 100_001}) {
            try (ScriptedServer server = below.server(peer -> {
                        peer.head();
                        peer.awaitClose();
                    });
                    Httpipe hp = below.client().build()) {
                Request request = Transports.request("POST", server).body(Body.writing(length, out -> {
                    for (int i = 0; i < 100; i++) {
                        out.write(new byte[1000]);
                    }
                }));
                assertThrows(RequestBodyException.class, () -> hp.request(request));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, 1_000_000})
    void b18_aShrunkFileIsAnErrorAndAGrownFileIsSentWithItsOldLength(int size) throws Exception {
        Path file = Files.write(directory.resolve("file"), new byte[size]);
        AtomicReference<byte[]> meanwhile = new AtomicReference<>(new byte[size + 7]);
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    while (peer.nextHead() != null) {
                        Files.write(file, meanwhile.get());
                        peer.send("HTTP/1.1 100 Continue\r\n\r\n");
                        if (peer.body(size).length() < size) {
                            return;
                        }
                        peer.send(OK);
                    }
                });
                Httpipe hp = Httpipe.create()) {
            Request request = Request.post(server.uri("/")).body(Body.of(file)).expectContinue(Duration.ofSeconds(20));
            assertEquals(200, hp.request(request).status());

            Files.write(file, new byte[size]);
            meanwhile.set(new byte[size - 1]);
            RequestBodyException e = assertThrows(RequestBodyException.class, () -> hp.request(request));
            assertEquals(1, e.reusedTimes());
        }
    }

    /** Opening a FIFO could block the caller forever. */
    @Test
    void aPathThatIsNotARegularFileIsRefusedBeforeItIsOpened() throws Exception {
        Path pipe = directory.resolve("pipe");
        assertEquals(
                0,
                new ProcessBuilder("mkfifo", pipe.toString())
                        .inheritIO()
                        .start()
                        .waitFor());
        for (Path path : List.of(pipe, directory)) {
            Outcome counted = failing(Body.of(path));
            assertEquals(path + ": not a regular file", counted.because().getMessage());
            assertEquals("", counted.wire());
            Outcome inChunks = failing(request -> request.body(Body.of(path)).trailers(() -> Headers.EMPTY));
            assertEquals(path + ": not a regular file", inChunks.because().getMessage());
            inChunks.sentNothingOf("0\r\n");
        }
    }

    @Test
    void aFileOfReportedSizeZeroWithContentIsSentInChunks() throws Exception {
        Path version = Path.of("/proc/version");
        assumeTrue(Files.exists(version), "this is not Linux");
        String wire = sent(request -> request.body(Body.of(version)));
        String text = Files.readString(version);
        String chunk = Integer.toHexString(text.length()).toUpperCase(Locale.ROOT) + "\r\n" + text + "\r\n0\r\n\r\n";
        assertEquals(HEAD + "Transfer-Encoding: chunked\r\n\r\n" + chunk, wire);
        Path empty = Files.createFile(directory.resolve("empty"));
        assertEquals(HEAD + "Content-Length: 0\r\n\r\n", sent(request -> request.body(Body.of(empty))));
    }

    @Test
    void b18_nothingCanBeWrittenAfterTheEndOfTheBody() throws Exception {
        AtomicReference<OutputStream> kept = new AtomicReference<>();
        String wire = sent(request -> request.body(Body.writing(out -> {
            out.write('a');
            kept.set(out);
        })));
        assertEquals(HEAD + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", wire);
        assertThrows(IOException.class, () -> kept.get().write('!'));
        assertThrows(IOException.class, () -> kept.get().write(octets("!")));
        assertThrows(IOException.class, () -> kept.get().flush());
    }

    @Test
    void b17_eachRequestHasExactlyOneFraming() throws Exception {
        Headers sum = Headers.of("X-Sum", "1");
        List<UnaryOperator<Request>> bodies = List.of(
                request -> request,
                request -> request.trailers(() -> sum),
                request -> request.body("x"),
                request -> request.body("x").trailers(() -> sum),
                request -> request.body(Body.of(stream("x"))),
                request -> request.body(Body.of(stream("x"), 1)),
                request -> request.body(Body.of(stream("x"), 1)).trailers(() -> sum),
                request -> request.body(Body.writing(1, out -> out.write('x'))).body("y"),
                request ->
                        request.body(Body.of(List.of(octets("x")).iterator())).trailers(() -> sum));
        for (UnaryOperator<Request> change : bodies) {
            String wire = sent(change);
            boolean counted = wire.contains("Content-Length");
            boolean chunked = wire.contains("Transfer-Encoding");
            assertTrue(counted ^ chunked, wire);
            assertEquals(chunked, wire.endsWith("\r\n0\r\n\r\n") || wire.endsWith("0\r\nX-Sum: 1\r\n\r\n"), wire);
            assertEquals(wire.indexOf("Content-Length"), wire.lastIndexOf("Content-Length"), wire);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length", "content-length", "Transfer-Encoding", "TRANSFER-ENCODING"})
    void b17_framingFieldsCannotBeSet(String name) {
        Request request = Request.post("http://h/");
        assertThrows(IllegalArgumentException.class, () -> request.header(name, "1"));
        assertThrows(IllegalArgumentException.class, () -> request.addHeader(name, "chunked"));
        assertThrows(IllegalArgumentException.class, () -> request.header(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length", "transfer-encoding", "Host", "Trailer", "authorization", "Connection"})
    void b17_framingFieldsAreRefusedInTrailers(String name) throws Exception {
        Outcome outcome = failing(request -> request.body("x").trailers(() -> Headers.of("X-Ok", "1", name, "5")));
        assertInstanceOf(IllegalArgumentException.class, outcome.failure());
        outcome.sentNothingOf("0\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\r\nX-Injected: 1", "a\nb", "a\rb", "a\u0000b", "a\u007f", "a\u0101"})
    void b16_aTrailerCannotInjectALine(String value) throws Exception {
        Outcome outcome = failing(request -> request.body("x").trailers(() -> Headers.of("X-Sum", value)));
        assertInstanceOf(IllegalArgumentException.class, outcome.failure());
        outcome.sentNothingOf("0\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-Sum: 1\r\nX-Injected", "X Sum", "X-Sum:", "", "X\u0000"})
    void b16_aTrailerNameMustBeAToken(String name) throws Exception {
        Outcome outcome = failing(request -> request.body("x").trailers(() -> Headers.of(name, "1")));
        assertInstanceOf(IllegalArgumentException.class, outcome.failure());
        outcome.sentNothingOf("0\r\n");
    }

    @Test
    void b28_http10RefusesABodyOfUnknownLengthBeforeSendingAByte() throws Exception {
        List<UnaryOperator<Request>> bodies = List.of(
                request -> request.body(Body.of(stream("x"))),
                request -> request.body(Body.writing(out -> out.write('x'))),
                request -> request.body(Body.of(List.of(octets("x")).iterator())),
                request -> request.body("x").trailers(() -> Headers.EMPTY));
        for (UnaryOperator<Request> change : bodies) {
            Outcome outcome = failing(request -> change.apply(request.version(Version.HTTP_1_0)));
            assertInstanceOf(IllegalArgumentException.class, outcome.failure());
            assertEquals("", outcome.wire());
        }
        String known = sent(request -> request.version(Version.HTTP_1_0).body(Body.of(stream("x"), 1)));
        assertTrue(known.endsWith("Connection: keep-alive\r\nContent-Length: 1\r\n\r\nx"), known);
    }

    @Test
    void b28_aPostWithoutABodySendsLengthZeroAndAGetSendsNoLength() throws Exception {
        assertEquals(HEAD + "Content-Length: 0\r\n\r\n", sent(request -> request));
        for (String method : new String[] {"PUT", "PATCH", "POST"}) {
            assertTrue(sentWith(method).endsWith("\r\nContent-Length: 0\r\n\r\n"));
        }
        for (String method : new String[] {"GET", "DELETE", "OPTIONS", "HEAD"}) {
            assertFalse(sentWith(method).contains("Content-Length"));
        }
    }

    @Test
    void b28_anEmptyQueryLeavesNoQuestionMark() throws Exception {
        for (String query : new String[] {"", "?"}) {
            assertTrue(sent(request -> request.rawQuery(query)).startsWith("POST / HTTP/1.1\r\n"));
        }
        assertTrue(sent(request -> request.query(Map.of())).startsWith("POST / HTTP/1.1\r\n"));
        assertTrue(sent(request -> request.rawQuery("?a=1")).startsWith("POST /?a=1 HTTP/1.1\r\n"));
    }

    private static String sentWith(String method) throws Exception {
        Recorder recorder = new Recorder();
        try (ScriptedServer server = ScriptedServer.of(recorder)) {
            try (Httpipe hp = Httpipe.create()) {
                hp.request(Request.of(method, server.uri("/")));
            }
            return recorder.received();
        }
    }

    @Test
    void b27_headersKeepTheirOrderAndGetOneSpelling() throws Exception {
        String wire = sent(request -> request.header("x-b", "1", "2")
                .header("X-A", "3")
                .addHeader("X-B", "4")
                .header("accept", "text/plain")
                .body("x"));
        assertEquals(
                "POST / HTTP/1.1\r\nHost: h\r\nX-B: 1\r\nX-B: 2\r\nX-A: 3\r\nX-B: 4\r\nAccept: text/plain\r\n"
                        + "User-Agent: httpipe/0.1\r\nContent-Length: 1\r\n\r\nx",
                wire);
    }

    @Test
    void b19_aSourceThatFailsMidwayClosesTheConnection() throws Exception {
        IOException broken = new IOException("disk on fire");
        Outcome outcome = failing(Body.writing(out -> {
            out.write(octets("abc"));
            out.flush();
            out.write(octets("not flushed"));
            throw broken;
        }));
        assertSame(broken, outcome.because());
        assertEquals(HEAD + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", outcome.wire());
        assertTrue(outcome.failure().getMessage().contains("disk on fire"));

        InputStream failing = new InputStream() {
            @Override
            public int read() throws IOException {
                throw broken;
            }
        };
        assertSame(
                broken,
                failing(Body.of(new SequenceInputStream(stream("abc"), failing)))
                        .because());
        assertSame(broken, failing(Body.of(failing, 3)).because());
    }

    @Test
    void b19_aRuntimeExceptionOfTheSourceClosesTheConnectionAndReachesTheCaller() throws Exception {
        IllegalStateException bug = new IllegalStateException("a bug");
        Outcome written = failing(Body.writing(out -> {
            out.write(octets("abc"));
            out.flush();
            throw bug;
        }));
        assertSame(bug, written.failure());
        assertEquals(HEAD + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", written.wire());

        Iterator<byte[]> pieces = List.of(octets("abc"), new byte[0]).stream()
                .map(piece -> {
                    if (piece.length == 0) {
                        throw bug;
                    }
                    return piece;
                })
                .iterator();
        assertSame(bug, failing(Body.of(pieces)).failure());
        InputStream buggy = new InputStream() {
            @Override
            public int read() {
                throw bug;
            }
        };
        assertSame(bug, failing(Body.of(buggy)).failure());
    }

    @ParameterizedTest
    @EnumSource(Transports.class)
    void b19_aSourceThatFailsWithinALargeBodyEndsTheCallOverEachTransport(Transports below) throws Exception {
        try (ScriptedServer server = below.server(peer -> {
                    peer.head();
                    peer.awaitClose();
                });
                Httpipe hp = below.client().build()) {
            Request request = Transports.request("POST", server).body(Body.writing(out -> {
                out.write(new byte[100_000]);
                throw new IOException("no more");
            }));
            RequestBodyException e = assertThrows(RequestBodyException.class, () -> hp.request(request));
            assertEquals("no more", e.getCause().getMessage());
            assertTrue(e.bytesSent() > 0);
            assertFalse(e.safeToRetry());
        }
    }

    /** The abandoned read may still consume bytes of the stream, which are then lost. */
    @Test
    void aBodyThatHasNotArrivedYetIsNotSafeToRetry() throws Exception {
        try (SilentStream silent = new SilentStream(0)) {
            Outcome waited = failing(request -> request.body(Body.of(silent)).timeout(Duration.ofMillis(100)));
            assertInstanceOf(TimedOutException.class, waited.failure());
            waited.isUnsentAndNotSafeToRetry();
        }
    }

    @Test
    void aBodyThatFailedBeforeAnythingWasSentIsNotSafeToRetry() throws Exception {
        List<Body> broken = List.of(
                Body.of(new Breaking(20 << 10)),
                Body.of(new Breaking(20 << 10), 30 << 10),
                Body.writing(out -> new Breaking(20 << 10).transferTo(out)));
        for (Body body : broken) {
            Outcome outcome = failing(body);
            outcome.because();
            outcome.isUnsentAndNotSafeToRetry();
        }
    }

    /** The source would fail again. */
    @Test
    void aRepeatableBodyWhoseSourceFailedIsNotSafeToRetry() throws Exception {
        // A directory can be opened and has a size, but cannot be read.
        Body file = Body.of(directory);
        for (boolean chunked : new boolean[] {false, true}) {
            Outcome outcome = failing(request ->
                    chunked ? request.body(file).trailers(() -> Headers.of("X-Sum", "1")) : request.body(file));
            outcome.because();
            outcome.isUnsentAndNotSafeToRetry();
        }
    }

    /** Returns some bytes, always reports more as available, and then fails. */
    private static final class Breaking extends InputStream {
        private int left;

        Breaking(int bytes) {
            left = bytes;
        }

        @Override
        public int read() throws IOException {
            if (left-- == 0) {
                throw new IOException("no more");
            }
            return 'x';
        }

        @Override
        public int read(byte[] into, int offset, int count) throws IOException {
            int given = Math.min(left, count);
            if (given == 0) {
                throw new IOException("no more");
            }
            left -= given;
            return given;
        }

        @Override
        public int available() {
            return 1;
        }
    }
}
