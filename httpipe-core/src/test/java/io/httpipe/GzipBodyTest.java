package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.AnsweringServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** {@link Body#gzip}: request bodies that are compressed as they are sent. */
@Timeout(60)
class GzipBodyTest {
    private static final String TEXT = "A line of a report.\n".repeat(5000);

    @TempDir
    Path folder;

    /** Returns the decoded body of a request, whose bytes are characters of ISO 8859-1. */
    private static String decoded(AnsweringServer.Received request) throws Exception {
        byte[] body = request.body().getBytes(StandardCharsets.ISO_8859_1);
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(body))) {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    private static AnsweringServer server() throws Exception {
        return new AnsweringServer(request -> AnsweringServer.ok("ok"));
    }

    @Test
    void aBodyInMemoryHasItsCompressedLength() throws Exception {
        try (AnsweringServer server = server();
                Httpipe hp = Httpipe.create()) {
            Request request = Request.post(server.uri("/")).body(Body.gzip(Body.of(TEXT)));
            for (int i = 0; i < 2; i++) {
                hp.request(request);
                assertEquals(TEXT, decoded(server.last()));
                assertEquals("gzip", server.last().field("Content-Encoding"));
                String length = assertNotNullValue(server.last().field("Content-Length"));
                assertEquals(server.last().body().length(), Integer.parseInt(length));
                assertTrue(Integer.parseInt(length) < TEXT.length() / 20, length);
            }
        }
    }

    private static String assertNotNullValue(String value) {
        assertNotNull(value);
        return value;
    }

    @Test
    void anyOtherBodyIsSentInChunks() throws Exception {
        Path file = Files.writeString(folder.resolve("report"), TEXT);
        byte[] bytes = TEXT.getBytes(StandardCharsets.UTF_8);
        try (AnsweringServer server = server();
                Httpipe hp = Httpipe.create()) {
            for (Body body : new Body[] {
                Body.of(file),
                Body.of(new ByteArrayInputStream(bytes)),
                Body.of(() -> new ByteArrayInputStream(bytes), bytes.length),
                Body.of(TEXT.repeat(12)),
                Body.writing(out -> {
                    out.write(bytes, 0, 10);
                    out.flush();
                    out.write(bytes, 10, bytes.length - 10);
                    out.close();
                })
            }) {
                hp.request(Request.post(server.uri("/")).body(Body.gzip(body)));
                assertTrue(decoded(server.last()).startsWith(TEXT), body::toString);
                assertEquals("chunked", server.last().field("Transfer-Encoding"));
                assertEquals("gzip", server.last().field("Content-Encoding"));
            }
        }
    }

    @Test
    void theCallersHeaderIsUsed() throws Exception {
        try (AnsweringServer server = server();
                Httpipe hp = Httpipe.create()) {
            Request request = Request.post(server.uri("/")).body(Body.gzip(Body.of(TEXT)));
            hp.request(request.header("Content-Encoding", "x-gzip"));
            assertEquals("x-gzip", server.last().field("Content-Encoding"));
            hp.request(request.withoutHeader("Content-Encoding"));
            assertNull(server.last().field("Content-Encoding"));
        }
    }

    /** The small form is compressed at once, the others while they are sent. */
    @Test
    void aFormKeepsItsContentType() throws Exception {
        String form = "application/x-www-form-urlencoded";
        Multipart parts = Body.multipart().text("a", "b");
        try (AnsweringServer server = server();
                Httpipe hp =
                        Httpipe.builder().header("Content-Type", "text/plain").build()) {
            Request request = Request.post(server.uri("/"));
            hp.request(request.body(Body.gzip(Body.form("a", "b"))));
            assertEquals(form, server.last().field("Content-Type"));
            assertEquals("a=b", decoded(server.last()));
            hp.request(request.body(Body.gzip(Body.form("a", "b".repeat(1 << 20)))));
            assertEquals(form, server.last().field("Content-Type"));
            assertEquals("chunked", server.last().field("Transfer-Encoding"));
            hp.request(request.body(Body.gzip(parts)));
            assertEquals(
                    "multipart/form-data; boundary=" + parts.boundary(),
                    server.last().field("Content-Type"));
            hp.request(request.body(Body.gzip(Body.of(TEXT))));
            assertEquals("text/plain", server.last().field("Content-Type"));
        }
    }

    @Test
    void aGzipBodyCanBeSentAgainIfItsOriginalBodyCan() throws Exception {
        try (AnsweringServer server = server();
                Httpipe hp = Httpipe.create()) {
            Request once = Request.post(server.uri("/")).body(Body.gzip(Body.writing(out -> out.write(1))));
            hp.request(once);
            assertThrows(IllegalStateException.class, () -> hp.request(once));
            Body repeatable = Body.gzip(Body.writing(out -> out.write(1)).repeatable());
            Request again = Request.post(server.uri("/")).body(repeatable);
            hp.request(again);
            hp.request(again);
            assertEquals("Body[gzip of repeatable writer]", repeatable.toString());
        }
    }

    @Test
    void aFormOfPartsThatCanBeReadOnceIsCompressed() throws Exception {
        byte[] bytes = TEXT.getBytes(StandardCharsets.UTF_8);
        try (AnsweringServer server = server();
                Httpipe hp = Httpipe.create()) {
            Multipart form = Body.multipart()
                    .text("a", "b")
                    .part("stream", Body.of(new ByteArrayInputStream(bytes)))
                    .part("list", Body.of(List.of(bytes, bytes).iterator()))
                    .part("written", Body.writing(out -> {
                        out.write(bytes);
                        out.close();
                    }))
                    .part("last", Body.of("end"));
            Request request = Request.post(server.uri("/")).body(Body.gzip(form));
            hp.request(request).orThrow();
            String sent = decoded(server.last());
            String start = "--" + form.boundary() + "\r\nContent-Disposition: form-data; name=";
            assertTrue(sent.startsWith(start + "\"a\"\r\n\r\nb\r\n"), sent.substring(0, 200));
            assertTrue(sent.contains(start + "\"stream\"\r\n\r\n" + TEXT + "\r\n" + start + "\"list\"\r\n\r\n" + TEXT
                    + TEXT + "\r\n" + start + "\"written\"\r\n\r\n" + TEXT + "\r\n" + start + "\"last\"\r\n\r\n"));
            assertTrue(sent.endsWith("\r\n\r\nend\r\n--" + form.boundary() + "--\r\n"));
            assertEquals("gzip", server.last().field("Content-Encoding"));
            assertThrows(IllegalStateException.class, () -> hp.request(request));
        }
    }

    /** A server would decode a body once, and a part not at all. */
    @Test
    void noBodyIsCompressedTwiceAndNoPartAlone() {
        for (Body gzip : List.of(
                Body.gzip(Body.of(TEXT)),
                Body.gzip(Body.form("a", "b")),
                Body.gzip(Body.of(() -> InputStream.nullInputStream())).progress(p -> {}),
                Body.gzip(Body.of(TEXT)).tee(OutputStream::nullOutputStream))) {
            assertEquals("body is compressed already", refusal(() -> Body.gzip(gzip)));
            assertEquals(
                    "body: a part cannot be compressed; compress the whole multipart body with Body.gzip",
                    refusal(() -> Body.multipart().part("a", gzip)));
        }
    }

    private static String refusal(Executable call) {
        return assertThrows(IllegalArgumentException.class, call).getMessage();
    }

    @Test
    void aFileThatIsCompressedAlreadyIsSentAsItIs() throws Exception {
        ByteArrayOutputStream gz = new ByteArrayOutputStream();
        Body.gzip(Body.of(TEXT)).writeTo(gz);
        Path file = Files.write(folder.resolve("report.gz"), gz.toByteArray());
        String content = gz.toString(StandardCharsets.ISO_8859_1);
        try (AnsweringServer server = server();
                Httpipe hp = Httpipe.create()) {
            hp.request(Request.post(server.uri("/")).body(Body.multipart().file("f", file)));
            assertTrue(server.last().body().contains("\r\n\r\n" + content + "\r\n--"));
            hp.request(
                    Request.post(server.uri("/")).body(Body.gzip(Body.of(file)).tee(OutputStream::nullOutputStream)));
            assertEquals("gzip", server.last().field("Content-Encoding"));
            assertEquals(content, decoded(server.last()));
        }
    }

    @Test
    void progressCountsThePlainBytesInsideAndTheCompressedOnesOutside() throws Exception {
        List<Progress> part = new ArrayList<>();
        List<Progress> plain = new ArrayList<>();
        List<Progress> compressed = new ArrayList<>();
        Path file = Files.writeString(folder.resolve("report"), TEXT);
        try (AnsweringServer server = server();
                Httpipe hp = Httpipe.create()) {
            Body form = Body.multipart().text("a", "b").part("f", Body.of(file).progress(part::add));
            Body body = Body.gzip(form.progress(plain::add)).progress(compressed::add);
            hp.request(Request.post(server.uri("/")).body(body)).orThrow();
            assertEquals(TEXT.length(), part.getLast().bytes());
            assertEquals(TEXT.length(), part.getLast().total());
            assertEquals(decoded(server.last()).length(), plain.getLast().bytes());
            assertEquals(plain.getLast().total(), plain.getLast().bytes());
            assertEquals(server.last().body().length(), compressed.getLast().bytes());
            assertEquals(-1, compressed.getLast().total());
        }
    }

    @Test
    void bytesThatAreOnlyHashedAreNoProgress() throws Exception {
        List<Progress> reports = new ArrayList<>();
        Body file = Body.of(Files.writeString(folder.resolve("report"), TEXT));
        ByteArrayOutputStream hashed = new ByteArrayOutputStream();
        Body.gzip(file.progress(reports::add)).content().copyTo(hashed);
        assertTrue(hashed.size() > 0);
        assertEquals(List.of(), reports);
    }

    @Test
    void aBodyThatFailsEndsTheCall() throws Exception {
        try (AnsweringServer server = server();
                Httpipe hp = Httpipe.create()) {
            Body failing = Body.gzip(Body.writing(out -> {
                out.write(1);
                throw new java.io.FileNotFoundException("gone");
            }));
            RequestBodyException e = assertThrows(
                    RequestBodyException.class,
                    () -> hp.request(Request.post(server.uri("/")).body(failing)));
            assertEquals("gone", e.getCause().getMessage());
        }
    }
}
