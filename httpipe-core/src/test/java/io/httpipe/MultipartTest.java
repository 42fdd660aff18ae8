package io.httpipe;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.AnsweringServer;
import io.httpipe.testing.FixedSeed;
import io.httpipe.testing.Servers;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.commons.fileupload2.core.MultipartInput;
import org.apache.commons.fileupload2.core.ParameterParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Multipart bodies on the wire, and what another parser reads in them. */
@Timeout(60)
class MultipartTest {
    @TempDir
    Path folder;

    /** A part as commons-fileupload reads it, with the escapes of its names. */
    private record Part(String name, String fileName, String contentType, String content) {}

    private static AnsweringServer.Received sent(Request request) throws Exception {
        try (AnsweringServer server = new AnsweringServer(received -> AnsweringServer.ok("OK"));
                Httpipe hp = Httpipe.create()) {
            assertEquals(
                    200,
                    hp.request(request.at(Servers.endpoint(server.server()))).status());
            return server.last();
        }
    }

    private static AnsweringServer.Received sent(Body body) throws Exception {
        return sent(Request.post("http://h.test/").body(body));
    }

    private static Multipart fixed(String... boundaries) {
        return Multipart.with(List.of(boundaries).iterator()::next);
    }

    private static List<Part> parsed(AnsweringServer.Received request) throws Exception {
        String type = request.field("Content-Type");
        assertTrue(type.matches("multipart/form-data; boundary=httpipe-[0-9a-f]{32}"), type);
        return parsed(type.substring(type.indexOf('=') + 1), request.body().getBytes(ISO_8859_1));
    }

    private static List<Part> parsed(String boundary, byte[] body) throws Exception {
        MultipartInput input = MultipartInput.builder()
                .setInputStream(new ByteArrayInputStream(body))
                .setBoundary(boundary.getBytes(UTF_8))
                .get();
        input.setHeaderCharset(UTF_8);
        List<Part> parts = new ArrayList<>();
        for (boolean more = input.skipPreamble(); more; more = input.readBoundary()) {
            List<String> lines = input.readHeaders().strip().lines().toList();
            ByteArrayOutputStream content = new ByteArrayOutputStream();
            input.readBodyData(content);
            ParameterParser parser = new ParameterParser();
            Map<String, String> disposition = parser.parse(lines.getFirst(), ';');
            assertTrue(lines.getFirst().startsWith("Content-Disposition: form-data; "), lines::toString);
            assertTrue(lines.size() <= 2, lines::toString);
            String type = lines.size() == 1 ? null : lines.get(1).substring("Content-Type: ".length());
            parts.add(
                    new Part(disposition.get("name"), disposition.get("filename"), type, content.toString(ISO_8859_1)));
        }
        return parts;
    }

    @Test
    void eachKindOfPartIsSentAsABrowserSendsIt() throws Exception {
        Path page = Files.writeString(folder.resolve("page.html"), "<p>");
        Multipart body = fixed("XX")
                .text("title", "a\u00e4\nb")
                .file("page", page)
                .part("bytes", Body.of(new byte[] {1, 2}))
                .part("raw", Body.of(() -> new ByteArrayInputStream(new byte[] {3}), 1))
                .fileName("r\u00e4w.bin")
                .part("json", Body.of("{}"))
                .contentType("application/json")
                .part("form", Body.form("a", "b"));
        String expected = """
                --XX
                Content-Disposition: form-data; name="title"

                a\u00e4
                b
                --XX
                Content-Disposition: form-data; name="page"; filename="page.html"
                Content-Type: text/html

                <p>
                --XX
                Content-Disposition: form-data; name="bytes"

                \u0001\u0002
                --XX
                Content-Disposition: form-data; name="raw"; filename="r\u00e4w.bin"
                Content-Type: application/octet-stream

                \u0003
                --XX
                Content-Disposition: form-data; name="json"
                Content-Type: application/json

                {}
                --XX
                Content-Disposition: form-data; name="form"
                Content-Type: application/x-www-form-urlencoded

                a=b
                --XX--
                """.replace("\n", "\r\n").replace("\u00e4\r\n", "\u00e4\n");
        AnsweringServer.Received received = sent(body);
        assertEquals(expected, new String(received.body().getBytes(ISO_8859_1), UTF_8));
        assertEquals("multipart/form-data; boundary=XX", received.field("Content-Type"));
        assertEquals(String.valueOf(received.body().length()), received.field("Content-Length"));
        assertEquals("Body[multipart of 6 parts]", body.toString());
    }

    @Test
    void aBodyWithoutPartsIsOnlyItsEnd() throws Exception {
        assertEquals("--XX--\r\n", sent(fixed("XX")).body());
    }

    @Test
    void aPartOfUnknownLengthMakesChunks() throws Exception {
        AnsweringServer.Received received = sent(Body.multipart()
                .text("a", "b")
                .part("stream", Body.of(new ByteArrayInputStream("from a stream".getBytes(UTF_8)))));
        assertEquals("chunked", received.field("Transfer-Encoding"));
        assertNull(received.field("Content-Length"));
        assertEquals(
                List.of(new Part("a", null, null, "b"), new Part("stream", null, null, "from a stream")),
                parsed(received));
    }

    /** Below and above the size from which the kernel sends a file. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 32_767, 32_768, 65_536, 1_000_003})
    void filesOfAnySizeArriveWhole(int size) throws Exception {
        byte[] content = new byte[size];
        new FixedSeed(MultipartTest.class, 3).random(size).nextBytes(content);
        Path file = Files.write(folder.resolve("data.unknown-type"), content);
        AnsweringServer.Received received =
                sent(Body.multipart().file("one", file).text("between", "x").file("two", file));
        String text = new String(content, ISO_8859_1);
        assertEquals(
                List.of(
                        new Part("one", "data.unknown-type", "application/octet-stream", text),
                        new Part("between", null, null, "x"),
                        new Part("two", "data.unknown-type", "application/octet-stream", text)),
                parsed(received));
        assertEquals(String.valueOf(received.body().length()), received.field("Content-Length"));
        Request chunked = Request.post("http://h.test/").trailers(() -> Headers.EMPTY);
        assertEquals(
                List.of(new Part("one", "data.unknown-type", "application/octet-stream", text)),
                parsed(sent(chunked.body(Body.multipart().file("one", file)))));
    }

    @Test
    void aBoundaryThatOccursInAPartIsNotUsed() throws Exception {
        Multipart body = fixed("XX", "YY", "ZZ").text("a", "has XX").part("b", Body.of("YY"));
        assertEquals("ZZ", body.boundary());
        assertTrue(sent(body).body().startsWith("--ZZ\r\n"));
    }

    @Test
    void eachCopyHasABoundaryOfItsOwnAndKeepsIt() throws Exception {
        Multipart first = Body.multipart().text("a", "b");
        Multipart second = first.text("c", "d");
        assertNotEquals(first.boundary(), second.boundary());
        assertEquals(first.boundary(), first.boundary());
        assertEquals(sent(first).body(), sent(first).body());
    }

    @Test
    void noNameAddsAHeaderOrAPart() throws Exception {
        String evil = "a\"; x=y\r\nX-Evil: 1\r\n\r\n--XX\r\n";
        String escaped = "a%22; x=y%0D%0AX-Evil: 1%0D%0A%0D%0A--XX%0D%0A";
        Multipart body = Body.multipart().part(evil, Body.of("content")).fileName(evil);
        assertEquals(List.of(new Part(escaped, escaped, "application/octet-stream", "content")), parsed(sent(body)));
    }

    /** The parser of commons-fileupload would read a backslash as an escape, so the test compares the lines. */
    @ParameterizedTest
    @ValueSource(strings = {"\\", "ends in one\\", "two\\\\in a row", "C:\\a.txt", "\\\\server\\", "\\\""})
    void backslashesAreSentAsTheyAre(String name) throws Exception {
        Multipart body = fixed("XX").part(name, Body.of("1")).fileName(name).text("next", "2");
        MultipartInput input = MultipartInput.builder()
                .setInputStream(new ByteArrayInputStream(sent(body).body().getBytes(ISO_8859_1)))
                .setBoundary("XX".getBytes(UTF_8))
                .get();
        assertTrue(input.skipPreamble());
        String expected = "Content-Disposition: form-data; name=\"%1$s\"; filename=\"%1$s\"".formatted(escaped(name));
        assertEquals(expected, input.readHeaders().lines().findFirst().orElseThrow());
        input.discardBodyData();
        assertTrue(input.readBoundary());
        assertEquals(
                "Content-Disposition: form-data; name=\"next\"",
                input.readHeaders().strip());
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        input.readBodyData(content);
        assertEquals("2", content.toString(UTF_8));
        assertFalse(input.readBoundary());
    }

    @Test
    void whatCannotBeSentIsRefused() {
        Multipart part = Body.multipart().text("a", "b");
        assertEquals(
                "contentType: the value must not contain \"\\r\"",
                refusal(() -> part.contentType("text/html\r\nX-Evil: 1")));
        assertEquals("contentType is empty", refusal(() -> part.contentType(" ")));
        assertEquals(
                "contentType: \"text/plain; x=\\u00e9\" is not ASCII",
                refusal(() -> part.contentType("text/plain; x=\u00e9")));
        assertEquals(
                "name: the control character U+0000 at index 1; use another name",
                refusal(() -> part.text("a\0", "b")));
        assertEquals(
                "fileName: the control character U+0085 at index 0; use another name",
                refusal(() -> part.fileName("\u0085")));
        assertEquals("name: half a surrogate pair at index 0", refusal(() -> part.text("\ud800", "b")));
        assertEquals("value: half a surrogate pair at index 0", refusal(() -> part.text("a", "\ud800")));
        assertEquals("name is null", refusal(() -> part.text(null, "b")));
        assertEquals(
                "there is no part yet; add one with text(..), file(..) or part(..)",
                assertThrows(IllegalStateException.class, () -> Body.multipart().fileName("a"))
                        .getMessage());
    }

    private static String refusal(org.junit.jupiter.api.function.Executable call) {
        return assertThrows(IllegalArgumentException.class, call).getMessage();
    }

    @Test
    void theRequestCanHaveItsOwnContentType() throws Exception {
        Multipart body = Body.multipart().text("a", "b");
        Request mixed = Request.post("http://h.test/")
                .body(body)
                .header("Content-Type", "multipart/mixed; boundary=" + body.boundary());
        assertEquals("multipart/mixed; boundary=" + body.boundary(), sent(mixed).field("Content-Type"));
        assertNull(sent(mixed.withoutHeader("Content-Type")).field("Content-Type"));
    }

    @Test
    void aBodyIsSentAgainIfAllItsPartsCanBe() throws Exception {
        AtomicInteger count = new AtomicInteger();
        Path file = Files.writeString(folder.resolve("a.txt"), "file");
        try (AnsweringServer server = new AnsweringServer(request -> switch (count.getAndIncrement()) {
                    case 0 -> AnsweringServer.redirect(307, "/end");
                    case 1 -> AnsweringServer.empty(503);
                    default -> AnsweringServer.ok("OK");
                });
                Httpipe hp = Httpipe.builder()
                        .redirects(Redirects.NORMAL)
                        .retries(Retries.of(3).random(() -> 0))
                        .build()) {
            Request put = Request.put(server.uri("/"));
            hp.request(put.body(Body.multipart().file("f", file).text("t", "x")))
                    .orThrow();
            List<AnsweringServer.Received> requests = server.requests();
            assertEquals(3, requests.size());
            assertEquals(requests.getFirst().body(), requests.getLast().body());
            assertEquals(
                    requests.getFirst().field("Content-Type"),
                    requests.getLast().field("Content-Type"));
            assertEquals(2, parsed(requests.getLast()).size());
            count.set(0);
            Body once = Body.multipart().part("s", Body.of(InputStream.nullInputStream()));
            assertEquals(307, hp.request(put.body(once)).status());
            assertThrows(IllegalStateException.class, () -> hp.request(put.body(once)));
            assertThrows(IllegalStateException.class, once::repeatable);
        }
    }

    @Test
    void aBodyThatIsRefusedForOnePartLeavesTheOthersUnsent() throws Exception {
        Body unsent = Body.of(new ByteArrayInputStream(new byte[] {'a'}));
        Body sent = Body.of(new ByteArrayInputStream(new byte[] {'b'}));
        sent.writeTo(OutputStream.nullOutputStream());
        Body both = Body.multipart().part("a", unsent).part("b", sent);
        assertThrows(IllegalStateException.class, () -> both.writeTo(OutputStream.nullOutputStream()));
        assertThrows(IllegalStateException.class, () -> sent(both));
        assertEquals("a", sent(unsent).body());
    }

    @Test
    void aBodyThatCanBeSentOnceIsOnePart() throws Exception {
        Body once = Body.of(new ByteArrayInputStream(new byte[] {'a'}));
        Multipart form = Body.multipart().part("a", once);
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> form.part("b", once));
        assertEquals("body: it can be sent only once, and is a part already: stream", e.getMessage());
        Body again = Body.of("b");
        assertEquals(3, parsed(sent(form.part("b", again).part("c", again))).size());
    }

    @Test
    void aPartThatFailsEndsTheCall() throws Exception {
        Path missing = folder.resolve("missing");
        RequestBodyException e = assertThrows(
                RequestBodyException.class, () -> sent(Body.multipart().file("f", missing)));
        assertTrue(e.getMessage().contains("missing"), e.getMessage());
        InputStream broken = new FilterInputStream(InputStream.nullInputStream()) {
            @Override
            public int read(byte[] into, int offset, int count) throws IOException {
                throw new IOException("broken");
            }
        };
        RequestBodyException cause = assertThrows(
                RequestBodyException.class,
                () -> sent(Body.multipart().text("a", "b").part("s", Body.of(broken))));
        assertEquals("broken", cause.getCause().getMessage());
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void aPartOfAnotherLengthThanAnnouncedEndsTheCall(int length) {
        InputStream five = new ByteArrayInputStream(new byte[5]);
        assertThrows(
                RequestBodyException.class,
                () -> sent(Body.multipart().part("s", Body.of(five, length)).text("a", "b")));
    }

    @Test
    void anotherParserReadsRandomPartsAsTheyWereSent() throws Exception {
        Random random = new FixedSeed(MultipartTest.class, 19).random();
        for (int run = 0; run < 300; run++) {
            Multipart body = Body.multipart();
            List<Part> expected = new ArrayList<>();
            for (int i = random.nextInt(6) + 1; i > 0; i--) {
                String name = text(random);
                byte[] content = new byte[random.nextInt(200)];
                random.nextBytes(content);
                boolean streamed = random.nextBoolean();
                body = body.part(
                        name,
                        streamed ? Body.of(() -> new ByteArrayInputStream(content), content.length) : Body.of(content));
                String fileName = random.nextBoolean() ? text(random) : null;
                body = fileName == null ? body : body.fileName(fileName);
                expected.add(new Part(
                        escaped(name),
                        fileName == null ? null : escaped(fileName),
                        fileName == null ? null : "application/octet-stream",
                        new String(content, ISO_8859_1)));
            }
            ByteArrayOutputStream written = new ByteArrayOutputStream();
            body.content().copyTo(written);
            assertEquals(expected, parsed(body.boundary(), written.toByteArray()));
            assertEquals(written.size(), body.content().length());
        }
    }

    /** Returns a text without backslashes, which browsers send unchanged but this parser reads as escapes. */
    private static String text(Random random) {
        Iterator<String> pieces = random.ints(random.nextInt(8) + 1L, 0, 12)
                .mapToObj(i -> List.of(
                                "\"", "\r", "\n", "; ", "=", "--", "\u00e4", "\ud83d\ude00", "%22", "x", "a b", "'")
                        .get(i))
                .iterator();
        StringBuilder text = new StringBuilder("n");
        pieces.forEachRemaining(text::append);
        return text.append('n').toString();
    }

    private static String escaped(String name) {
        StringBuilder escaped = new StringBuilder();
        for (char c : name.toCharArray()) {
            int at = "\"\r\n".indexOf(c);
            escaped.append(
                    at < 0
                            ? String.valueOf(c)
                            : Arrays.asList("%22", "%0D", "%0A").get(at));
        }
        return escaped.toString();
    }
}
