package io.httpipe;

import static io.httpipe.RequestOutcome.HEAD;
import static io.httpipe.RequestOutcome.bytes;
import static io.httpipe.RequestOutcome.outcomeOf;
import static io.httpipe.RequestOutcome.stream;
import static io.httpipe.RequestOutcome.wireOf;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.RequestRecorder;
import io.httpipe.testing.Transports;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Request bodies that differ from their announced length, and bytes that must never be sent. */
@Timeout(60)
class RequestBodyFaultTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    @TempDir
    Path directory;

    @Test
    void b18_theSurplusOfABodyLongerThanAnnouncedIsNotSent() throws Exception {
        RequestOutcome bySmallWrites = outcomeOf(Body.writing(5, out -> {
            out.write(bytes("hello"));
            out.flush();
            out.write('!');
        }));
        assertEquals(
                "the body has more than the 5 bytes that were announced",
                bySmallWrites.sourceFailure().getMessage());
        assertEquals(HEAD + "Content-Length: 5\r\n\r\nhello", bySmallWrites.wire());

        RequestOutcome byOneWrite = outcomeOf(Body.writing(5, out -> out.write(bytes("hello!"))));
        assertTrue(byOneWrite.sourceFailure().getMessage().contains("more than the 5"));
        byOneWrite.assertNotSent("!");

        outcomeOf(Body.of(stream("hello!"), 5)).assertNotSent("!").sourceFailure();
        outcomeOf(Body.of(new SequenceInputStream(stream("hello"), stream("!")), 5))
                .assertNotSent("!")
                .sourceFailure();
        outcomeOf(Body.of(BodyReader.of(stream("hello!"), 5)))
                .assertNotSent("!")
                .sourceFailure();
        outcomeOf(Body.of(stream("!"), 0)).assertNotSent("!").sourceFailure();
    }

    /** The source of a tee is read in pieces of 32 KiB, so the announced end is also the end of a piece. */
    @Test
    void b18_aTeeWhoseBodyIsLongerThanAnnouncedIsNotSentWhole() throws Exception {
        int announced = 65_536;
        Body tee = Body.of(stream("a".repeat(2 * announced)), announced).tee(OutputStream::nullOutputStream);
        RequestOutcome outcome = outcomeOf(tee);
        assertTrue(outcome.sourceFailure().getMessage().contains("more than the 65536"));
        String body = outcome.wire().replaceFirst("(?s).*\r\n\r\n", "");
        assertTrue(body.length() < announced, body.length() + " bytes were sent");
    }

    /** On the wire, neither a chunked body nor a part has a length. */
    @Test
    void b18_aPartOfAnotherLengthThanAnnouncedFails() throws Exception {
        Body unknown = Body.of(stream("x"));
        Multipart one = Body.multipart().part("a", Body.of(stream("12345"), 10));
        assertProblem("the body has 5 bytes, but 10 were announced", one.part("b", unknown));
        Multipart both = Body.multipart().part("a", Body.of(stream("12345"), 4)).part("b", Body.of(stream("12345"), 6));
        assertProblem("the body has more than the 4 bytes that were announced", both);
        Body.Writer writer = out -> out.write(bytes("12345"));
        assertProblem("the body has 5 bytes, but 6 were announced", Body.gzip(Body.writing(6, writer)));
        Body gzip =
                Body.gzip(Body.multipart().part("a", Body.writing(4, writer)).part("b", Body.of("x")));
        assertTrue(outcomeOf(gzip).sourceFailure().getMessage().startsWith("the body has more than the "));
        RequestOutcome trailers =
                outcomeOf(request -> request.body(Body.of(stream("12345"), 6)).trailers(() -> Headers.of("T", "x")));
        assertEquals(
                "the body has 5 bytes, but 6 were announced",
                trailers.sourceFailure().getMessage());
    }

    private static void assertProblem(String problem, Body body) throws Exception {
        assertEquals(problem, outcomeOf(body).sourceFailure().getMessage());
    }

    /** ZipInputStream is such a stream: until a read has found its end, one byte is available. */
    @ParameterizedTest
    @ValueSource(ints = {1, 65_536})
    void b18_aStreamThatSeemsToHaveMoreBytesHasItsAnnouncedLength(int length) throws Exception {
        byte[] content = bytes("a".repeat(length));
        ByteArrayOutputStream zip = new ByteArrayOutputStream();
        try (ZipOutputStream out = new ZipOutputStream(zip)) {
            out.putNextEntry(new ZipEntry("entry"));
            out.write(content);
        }
        for (boolean gzip : new boolean[] {false, true}) {
            ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(zip.toByteArray()));
            in.getNextEntry();
            Body body = Body.of(in, length);
            ByteArrayOutputStream sent = new ByteArrayOutputStream();
            (gzip ? Body.gzip(body) : body.tee(OutputStream::nullOutputStream)).writeTo(sent);
            InputStream encoded = new ByteArrayInputStream(sent.toByteArray());
            assertArrayEquals(content, (gzip ? new GZIPInputStream(encoded) : encoded).readAllBytes());
        }
    }

    /** A compressed body has no length on the wire, so the server cannot notice what is missing. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 100_000 - 65_536, 99_999, 100_001})
    void b18_aCompressedStreamOfAnotherLengthThanAnnouncedFails(int announced) throws Exception {
        String text = "a".repeat(100_000);
        String problem = announced < text.length()
                ? "the body has more than the %d bytes that were announced".formatted(announced)
                : "the body has 100000 bytes, but %d were announced".formatted(announced);
        for (Body plain : List.of(Body.of(stream(text), announced), Body.of(() -> stream(text), announced))) {
            RequestOutcome outcome = outcomeOf(Body.gzip(plain));
            assertEquals(problem, outcome.sourceFailure().getMessage());
            assertFalse(outcome.wire().endsWith("\r\n0\r\n\r\n"), "the body was sent to its end");
        }
    }

    @Test
    void b18_aWriterThatIgnoresTheErrorOfItsSurplusStillFails() throws Exception {
        RequestOutcome outcome = outcomeOf(Body.writing(5, out -> {
            out.write(bytes("hello"));
            assertThrows(IOException.class, () -> out.write('!'));
        }));
        assertTrue(outcome.sourceFailure().getMessage().contains("more than the 5"));
        outcome.assertNotSent("!");

        RequestOutcome wrapped = outcomeOf(Body.writing(5, out -> {
            try {
                out.write(bytes("hello!"));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }));
        assertTrue(wrapped.sourceFailure().getMessage().contains("more than the 5"));
    }

    @Test
    void b18_aBodyShorterThanAnnouncedClosesTheConnection() throws Exception {
        RequestOutcome written = outcomeOf(Body.writing(5, out -> {
            out.write(bytes("hell"));
            out.flush();
        }));
        assertEquals(
                "the body has 4 bytes, but 5 were announced",
                written.sourceFailure().getMessage());
        assertEquals(HEAD + "Content-Length: 5\r\n\r\nhell", written.wire());

        outcomeOf(Body.of(stream("hell"), 5)).sourceFailure();
        outcomeOf(Body.of(new SequenceInputStream(stream("he"), stream("ll")), 5))
                .sourceFailure();
        outcomeOf(Body.writing(1, out -> {})).sourceFailure();
    }

    @ParameterizedTest
    @EnumSource(Transports.class)
    void b18_aLargeBodyOfTheWrongLengthEndsTheCallOverEachTransport(Transports transport) throws Exception {
        for (int length : new int[] {99_999, 100_001}) {
            try (ScriptedServer server = transport.server(peer -> {
                        peer.head();
                        peer.awaitClose();
                    });
                    Httpipe hp = transport.client().build()) {
                Request request = Transports.request("POST", server).body(Body.writing(length, out -> {
                    for (int i = 0; i < 100; i++) {
                        out.write(new byte[1000]);
                    }
                }));
                assertThrows(RequestBodyException.class, () -> hp.request(request));
            }
        }
    }

    /** A file of 40,000 bytes is sent as a single piece, which is the last one too. */
    @ParameterizedTest
    @ValueSource(ints = {1000, 40_000, 1_000_000})
    void b18_aFileThatShrinksOrGrowsBeforeItIsReadIsAnError(int size) throws Exception {
        Path file = directory.resolve("file");
        for (Body body : List.of(
                Body.of(file),
                Body.of(file).progress(p -> {}),
                Body.of(file).tee(OutputStream::nullOutputStream),
                Body.multipart().part("file", Body.of(file)))) {
            for (int change : new int[] {-1, 1, 7000}) {
                Files.write(file, new byte[size]);
                long announced = body.content().length();
                assertNotSentWhole(body, announced, 0, () -> Files.write(file, new byte[size + change]));
            }
        }
    }

    @Test
    void b18_aFileThatShrinksOrGrowsWhileItIsSentIsAnError() throws Exception {
        int moreThanTheBuffersOfBothSocketsHold = 16 << 20;
        Path file = directory.resolve("file");
        for (Body body : List.of(Body.of(file), Body.multipart().part("file", Body.of(file)))) {
            for (int change : new int[] {-1, 1}) {
                Files.write(file, new byte[moreThanTheBuffersOfBothSocketsHold]);
                long announced = body.content().length();
                assertNotSentWhole(body, announced, 1000, () -> {
                    try (RandomAccessFile changed = new RandomAccessFile(file.toFile(), "rw")) {
                        changed.setLength(moreThanTheBuffersOfBothSocketsHold + change);
                    }
                    return null;
                });
            }
        }
    }

    /** Changes the file of a body when this many bytes have arrived. */
    private static void assertNotSentWhole(Body body, long announced, int before, Callable<?> change) throws Exception {
        AtomicLong received = new AtomicLong();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    if (before == 0) {
                        change.call();
                    }
                    peer.send("HTTP/1.1 100 Continue\r\n\r\n");
                    received.set(peer.body(before).length());
                    if (before > 0) {
                        change.call();
                    }
                    received.addAndGet(peer.body((int) announced - before).length());
                    peer.send(OK);
                });
                Httpipe hp = Httpipe.create()) {
            Request request = Request.post(server.uri("/")).body(body).expectContinue(Duration.ofMinutes(1));
            assertThrows(RequestBodyException.class, () -> hp.request(request));
        }
        assertTrue(received.get() < announced, received + " of " + announced);
    }

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
            RequestOutcome counted = outcomeOf(Body.of(path));
            assertEquals(path + ": not a regular file", counted.sourceFailure().getMessage());
            assertEquals("", counted.wire());
            RequestOutcome inChunks =
                    outcomeOf(request -> request.body(Body.of(path)).trailers(() -> Headers.EMPTY));
            assertEquals(path + ": not a regular file", inChunks.sourceFailure().getMessage());
            inChunks.assertNotSent("0\r\n");
        }
    }

    @Test
    void aFileOfReportedSizeZeroWithContentIsSentInChunks() throws Exception {
        Path version = Path.of("/proc/version");
        assumeTrue(Files.exists(version), "this is not Linux");
        String wire = wireOf(request -> request.body(Body.of(version)));
        String text = Files.readString(version);
        String chunk = Integer.toHexString(text.length()).toUpperCase(Locale.ROOT) + "\r\n" + text + "\r\n0\r\n\r\n";
        assertEquals(HEAD + "Transfer-Encoding: chunked\r\n\r\n" + chunk, wire);
        Path empty = Files.createFile(directory.resolve("empty"));
        assertEquals(HEAD + "Content-Length: 0\r\n\r\n", wireOf(request -> request.body(Body.of(empty))));
    }

    @Test
    void b18_nothingCanBeWrittenAfterTheEndOfTheBody() throws Exception {
        AtomicReference<OutputStream> kept = new AtomicReference<>();
        String wire = wireOf(request -> request.body(Body.writing(out -> {
            out.write('a');
            kept.set(out);
        })));
        assertEquals(HEAD + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", wire);
        assertThrows(IOException.class, () -> kept.get().write('!'));
        assertThrows(IOException.class, () -> kept.get().write(bytes("!")));
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
                request -> request.body(Body.of(List.of(bytes("x")).iterator())).trailers(() -> sum));
        for (UnaryOperator<Request> change : bodies) {
            String wire = wireOf(change);
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
        RequestOutcome outcome =
                outcomeOf(request -> request.body("x").trailers(() -> Headers.of("X-Ok", "1", name, "5")));
        assertInstanceOf(IllegalArgumentException.class, outcome.failure());
        outcome.assertNotSent("0\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\r\nX-Injected: 1", "a\nb", "a\rb", "a\u0000b", "a\u007f", "a\u0101"})
    void b16_aTrailerCannotInjectALine(String value) throws Exception {
        RequestOutcome outcome = outcomeOf(request -> request.body("x").trailers(() -> Headers.of("X-Sum", value)));
        assertInstanceOf(IllegalArgumentException.class, outcome.failure());
        outcome.assertNotSent("0\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-Sum: 1\r\nX-Injected", "X Sum", "X-Sum:", "", "X\u0000"})
    void b16_aTrailerNameMustBeAToken(String name) throws Exception {
        RequestOutcome outcome = outcomeOf(request -> request.body("x").trailers(() -> Headers.of(name, "1")));
        assertInstanceOf(IllegalArgumentException.class, outcome.failure());
        outcome.assertNotSent("0\r\n");
    }

    @Test
    void b28_http10RefusesABodyOfUnknownLengthBeforeSendingAByte() throws Exception {
        List<UnaryOperator<Request>> bodies = List.of(
                request -> request.body(Body.of(stream("x"))),
                request -> request.body(Body.writing(out -> out.write('x'))),
                request -> request.body(Body.of(List.of(bytes("x")).iterator())),
                request -> request.body("x").trailers(() -> Headers.EMPTY));
        for (UnaryOperator<Request> change : bodies) {
            RequestOutcome outcome = outcomeOf(request -> change.apply(request.version(Version.HTTP_1_0)));
            assertInstanceOf(IllegalArgumentException.class, outcome.failure());
            assertEquals("", outcome.wire());
        }
        String known = wireOf(request -> request.version(Version.HTTP_1_0).body(Body.of(stream("x"), 1)));
        assertTrue(known.endsWith("Connection: keep-alive\r\nContent-Length: 1\r\n\r\nx"), known);
    }

    @Test
    void b28_aPostWithoutABodySendsLengthZeroAndAGetSendsNoLength() throws Exception {
        assertEquals(HEAD + "Content-Length: 0\r\n\r\n", wireOf(request -> request));
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
            assertTrue(wireOf(request -> request.rawQuery(query)).startsWith("POST / HTTP/1.1\r\n"));
        }
        assertTrue(wireOf(request -> request.query(Map.of())).startsWith("POST / HTTP/1.1\r\n"));
        assertTrue(wireOf(request -> request.rawQuery("?a=1")).startsWith("POST /?a=1 HTTP/1.1\r\n"));
    }

    private static String sentWith(String method) throws Exception {
        RequestRecorder recorder = new RequestRecorder();
        try (ScriptedServer server = ScriptedServer.of(recorder)) {
            try (Httpipe hp = Httpipe.create()) {
                hp.request(Request.of(method, server.uri("/")));
            }
            return recorder.received();
        }
    }

    @Test
    void b27_headersKeepTheirOrderAndGetOneSpelling() throws Exception {
        String wire = wireOf(request -> request.header("x-b", "1", "2")
                .header("X-A", "3")
                .addHeader("X-B", "4")
                .header("accept", "text/plain")
                .body("x"));
        assertEquals(
                "POST / HTTP/1.1\r\nHost: h\r\nX-B: 1\r\nX-B: 2\r\nX-A: 3\r\nX-B: 4\r\nAccept: text/plain\r\n"
                        + "User-Agent: httpipe/0.1\r\nContent-Length: 1\r\n\r\nx",
                wire);
    }
}
