package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Body;
import io.httpipe.Httpipe;
import io.httpipe.Multipart;
import io.httpipe.Request;
import io.httpipe.Response;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Forms that are read by other programs: busboy in Node, Lua in nginx, and Python's Werkzeug in httpbin. */
class FormIT {
    /** Texts that a parser could misread, and line ends. */
    private static final List<String> TEXTS = List.of(
            "plain",
            "a\"b",
            "one\r\ntwo\nthree\rfour",
            "\"; filename=\"evil\"\r\nX-Evil: 1\r\n\r\n",
            "ümläut, €, 😀",
            "%22 %0D%0A 100% %",
            "back\\slash",
            "semi;colon=equals, comma & plus+",
            "  spaces  ",
            "tab\there",
            "--boundary--");

    private static final byte[] LARGE = new byte[8 << 20];

    static {
        new Random(19).nextBytes(LARGE);
    }

    @AutoClose
    private final Httpipe hp = Clients.create();

    @TempDir
    private Path folder;

    /** A name as the WHATWG's form encoding sends it. The parsers leave these escapes as they are. */
    private static String escaped(String name) {
        return name.replace("\"", "%22").replace("\r", "%0D").replace("\n", "%0A");
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String field(String name, String value) {
        return "field %s %s\n".formatted(base64(name), base64(value));
    }

    private static String file(String name, String fileName, String type, byte[] content) throws IOException {
        String facts = DigitBody.lengthAndMd5(new ByteArrayInputStream(content)).strip();
        return "file %s %s %s %s\n".formatted(base64(name), base64(fileName), type, facts);
    }

    private String node(Body body) throws IOException {
        Response response = hp.request(Request.post(Node.uri("/form")).body(body));
        assertEquals(200, response.status(), response::text);
        return response.text();
    }

    /** Asserts that Node gets these parts, in a body with a known length or in chunks. */
    private void assertParts(boolean known, String parts, Multipart form) throws IOException {
        String text = node(form);
        String framing = text.substring(0, text.indexOf('\n'));
        assertTrue(known ? framing.matches("length \\d+") : framing.equals("chunked"), framing);
        assertEquals(parts, text.substring(framing.length() + 1));
    }

    @Test
    void busboyReadsNamesAndValuesOfParts() throws Exception {
        Multipart form = Body.multipart();
        StringBuilder expected = new StringBuilder();
        for (String text : TEXTS) {
            form = form.text(text, text);
            expected.append(field(escaped(text), text));
        }
        assertParts(true, expected.toString(), form);
    }

    @Test
    void busboyReadsNamesOfFiles() throws Exception {
        Multipart form = Body.multipart();
        StringBuilder expected = new StringBuilder();
        for (String text : TEXTS) {
            byte[] content = text.getBytes(StandardCharsets.UTF_8);
            form = form.part("file", Body.of(content)).fileName(text);
            expected.append(file("file", escaped(text), "application/octet-stream", content));
        }
        assertParts(true, expected.toString(), form);
    }

    @Test
    void busboyReadsEmptyParts() throws Exception {
        Multipart form = Body.multipart()
                .text("a", "")
                .part("b", Body.of(new byte[0]))
                .fileName("empty.txt")
                .contentType("text/plain")
                .text("c", "\r\n")
                .file("d", Files.createFile(folder.resolve("empty.bin")));
        String expected = field("a", "")
                + file("b", "empty.txt", "text/plain", new byte[0])
                + field("c", "\r\n")
                + file("d", "empty.bin", "application/octet-stream", new byte[0]);
        assertParts(true, expected, form);
    }

    @Test
    void busboyReadsLargeFiles() throws Exception {
        Path path = Files.write(folder.resolve("large.bin"), LARGE);
        Multipart form = Body.multipart()
                .text("before", "1")
                .file("file", path)
                .part("stream", Body.of(new ByteArrayInputStream(LARGE), LARGE.length))
                .fileName("stream.bin")
                .contentType("application/x-stream")
                .text("after", "2");
        String expected = field("before", "1")
                + file("file", "large.bin", "application/octet-stream", LARGE)
                + file("stream", "stream.bin", "application/x-stream", LARGE)
                + field("after", "2");
        assertParts(true, expected, form);
    }

    @Test
    void busboyReadsAStreamOfUnknownLength() throws Exception {
        Multipart form = Body.multipart()
                .text("before", "1")
                .part("stream", Body.of(new ByteArrayInputStream(LARGE)))
                .fileName("stream.bin")
                .part("written", Body.writing(out -> {
                    for (String text : TEXTS) {
                        out.write(text.getBytes(StandardCharsets.UTF_8));
                    }
                }));
        String expected = field("before", "1")
                + file("stream", "stream.bin", "application/octet-stream", LARGE)
                + field("written", String.join("", TEXTS));
        assertParts(false, expected, form);
    }

    @Test
    void busboyReadsAPlainForm() throws Exception {
        String[] pairs =
                TEXTS.stream().flatMap(text -> List.of(text, text).stream()).toArray(String[]::new);
        StringBuilder expected = new StringBuilder();
        for (String text : TEXTS) {
            expected.append(field(text, text));
        }
        String text = node(Body.form(pairs));
        assertEquals(expected.toString(), text.substring(text.indexOf('\n') + 1));
    }

    private String nginx(Body body) throws IOException {
        Response response = hp.request(Request.post(Nginx.uri("/form")).body(body));
        assertEquals(200, response.status(), response::text);
        return response.text();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void nginxReadsParts(boolean known) throws Exception {
        Multipart form = Body.multipart();
        StringBuilder expected = new StringBuilder();
        for (String text : TEXTS) {
            byte[] content = text.getBytes(StandardCharsets.UTF_8);
            Body file = known ? Body.of(content) : Body.of(new ByteArrayInputStream(content));
            form = form.text(text, text).part("file", file).fileName(text);
            expected.append(field(escaped(text), text));
            expected.append(file("file", escaped(text), "application/octet-stream", content));
        }
        form = form.part("large", Body.of(LARGE)).fileName("large.bin").text("empty", "");
        expected.append(file("large", "large.bin", "application/octet-stream", LARGE));
        expected.append(field("empty", ""));
        assertEquals(expected.toString(), nginx(form));
    }

    @Test
    void nginxReadsAPlainForm() throws Exception {
        String[] pairs =
                TEXTS.stream().flatMap(text -> List.of(text, text).stream()).toArray(String[]::new);
        String expected = TEXTS.stream().map(text -> field(text, text)).sorted().collect(Collectors.joining());
        assertEquals(expected, nginx(Body.form(pairs)));
    }

    /** A string in the JSON of httpbin. */
    private static String json(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            switch (c) {
                case '"', '\\' -> json.append('\\').append(c);
                case '\r' -> json.append("\\r");
                case '\n' -> json.append("\\n");
                case '\t' -> json.append("\\t");
                default -> {
                    if (c < 0x7f) {
                        json.append(c);
                    } else {
                        json.append("\\u%04x".formatted((int) c));
                    }
                }
            }
        }
        return json.append('"').toString();
    }

    private static void assertMember(Response response, String member) {
        assertEquals(200, response.status());
        assertTrue(response.text().contains(member), () -> member + " in " + response.text());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void werkzeugReadsParts(boolean multipart) throws Exception {
        for (String text : TEXTS) {
            Body body = multipart
                    ? Body.multipart().text(text, text).text("empty", "")
                    : Body.form(text, text, "empty", "");
            Response response = hp.request(Request.post(Httpbin.uri("/post")).body(body));
            assertMember(response, json(multipart ? escaped(text) : text) + ":" + json(text));
            assertMember(response, "\"empty\":\"\"");
            assertMember(response, "\"files\":{}");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void werkzeugReadsFiles(boolean known) throws Exception {
        for (String text : TEXTS) {
            byte[] content = text.getBytes(StandardCharsets.UTF_8);
            Body file = known ? Body.of(content) : Body.of(new ByteArrayInputStream(content));
            Multipart form = Body.multipart()
                    .text("before", "1")
                    .part("file", file)
                    .fileName(text)
                    .text("after", "2");
            Response response = hp.request(Request.post(Httpbin.uri("/post")).body(form));
            assertMember(response, "\"files\":{\"file\":" + json(text) + "}");
            assertMember(response, "\"form\":{\"after\":\"2\",\"before\":\"1\"}");
        }
    }

    @Test
    void werkzeugReadsALargeFile() throws Exception {
        Path path = Files.write(folder.resolve("large.bin"), LARGE);
        Response response = hp.request(Request.post(Httpbin.uri("/post"))
                .body(Body.multipart().file("file", path).text("after", "2")));
        String content = Base64.getEncoder().encodeToString(LARGE);
        assertMember(response, "\"files\":{\"file\":\"data:application/octet-stream;base64," + content + "\"}");
        assertMember(response, "\"form\":{\"after\":\"2\"}");
    }
}
