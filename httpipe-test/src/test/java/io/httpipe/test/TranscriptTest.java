package io.httpipe.test;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Answer;
import io.httpipe.test.server.RecordedRequest;
import io.httpipe.test.server.ScriptedServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TranscriptTest {
    private static final String FIRST = "# httpipe transcript 1\n";
    private static final String NASTY = "it's \"$HOME\" `id` $(id) \\ ; & | * ? ~ # ! é %s";

    @TempDir
    private Path folder;

    private static Transcript parse(String text) {
        return TranscriptParser.parse(text, Path.of("dir", "x.http"));
    }

    private static String refusal(String text) {
        return assertThrows(IllegalArgumentException.class, () -> parse(text)).getMessage();
    }

    @Test
    void whatIsWrittenIsReadTheSame() throws Exception {
        Transcript transcript = parse(FIRST + """
                # a comment
                > PATCH https://a.test/x?y=1
                > A: 1
                > A:
                > B: é: ü
                > @body x.request
                > @partial
                * GET https://a.test: 302
                < 999
                < C: 3
                < @body x.response
                < @trailer D: 4
                ! TimedOutException: no
                """.replace("\n", "\r\n"));
        assertEquals("PATCH", transcript.method());
        assertEquals("/x?y=1", transcript.target());
        assertEquals(3, transcript.requestHeaders().size());
        assertEquals(Path.of("dir", "x.request"), transcript.requestBody());
        assertTrue(transcript.partial());
        assertEquals(999, transcript.status());
        assertEquals("TimedOutException: no", transcript.failure());
        assertEquals(transcript, parse(transcript.text()));
        assertEquals("x.http: PATCH https://a.test/x: TimedOutException: no", transcript.toString());
        Transcript bare = parse(FIRST + "> GET http://a.test?q\n< 200");
        assertEquals("/?q", bare.target());
    }

    @Test
    void malformedTextIsRefusedWithItsLine() {
        String get = FIRST + "> GET http://a.test/\n";
        assertTrue(refusal("").contains("x.http:1: a line \"> METHOD URI\" is missing"));
        assertTrue(refusal("GET /").contains("x.http:1: the first line must be"));
        assertTrue(refusal(get).contains("x.http:2: neither"));
        assertTrue(refusal(FIRST + "> GET /x\n< 200").contains("x.http:2: not a method and a URI"));
        assertTrue(refusal(FIRST + "> GET http://a.test/a b\n< 200").contains(":2: not a method and a URI"));
        assertTrue(refusal(FIRST + "< 200\n").contains(":2: a line of the response before the request"));
        assertTrue(refusal(get + "< 20\n").contains(":3: not a status from 200 to 999: 20"));
        assertTrue(refusal(get + "< 199\n").contains(":3: not a status"));
        assertTrue(refusal(get + "< 200\n> A: 1").contains(":4: a line of the request after the response"));
        assertTrue(refusal(get + "> A 1").contains(":3: not \"Name: value\": A 1"));
        assertTrue(refusal(get + ">A: 1").contains(":3: not a line of a transcript"));
        assertTrue(refusal(get + "hello").contains(":3: not a line of a transcript: hello"));
        assertTrue(refusal(get + "> A: \0").contains(":3: the character U+0000"));
        assertTrue(refusal(get + "! x\n< 200").contains(":4: a line after the failure"));
        assertTrue(refusal(get + "> @body a\n> @body b").contains(":4: a second body"));
        for (String name : List.of("../x", "/etc/passwd", "a\\b", ".x", "a/b", "é")) {
            assertTrue(refusal(get + "> @body " + name).contains(":3: not the name of a file"), name);
        }
        assertTrue(refusal(FIRST + "#".repeat(1 << 20)).contains("more than 1 MiB"));
        assertTrue(refusal(FIRST + "#" + "\u00e9".repeat(1 << 19)).contains("more than 1 MiB"));
    }

    @Test
    void theShellSeesEachArgumentAsItIs() throws Exception {
        for (String text : List.of("plain", "", "'", "''", NASTY, "a\tb", "-n", "=x", "*")) {
            Process shell = new ProcessBuilder("sh", "-c", "printf %s " + TranscriptPrinter.quote(text)).start();
            assertEquals(text, new String(shell.getInputStream().readAllBytes(), UTF_8));
            assertEquals(0, shell.waitFor());
        }
    }

    @Test
    void curlSendsTheSameRequest() throws Exception {
        Path body = Files.writeString(folder.resolve("it's.request"), "é\u0000\r\n@");
        try (ScriptedServer server = ScriptedServer.answering(request -> Answer.of(200))) {
            Transcript transcript = new Transcript(
                    folder.resolve("x.http"),
                    "PUT",
                    server.uri("/a/../b?x=[1-3]&y={a,b}&z='"),
                    List.of(java.util.Map.entry("X-Nasty", NASTY), java.util.Map.entry("X-Empty", "")),
                    body,
                    false,
                    List.of(),
                    200,
                    List.of(),
                    null,
                    List.of(),
                    null);
            if (!hasCurl()) {
                assertTrue(transcript.curl().startsWith("curl --globoff --path-as-is --request PUT"));
                return;
            }
            Process shell = new ProcessBuilder(
                            "sh", "-c", transcript.curl().replace("curl ", "curl -q -sS --noproxy '*' "))
                    .redirectErrorStream(true)
                    .start();
            String output = new String(shell.getInputStream().readAllBytes(), UTF_8);
            assertEquals(0, shell.waitFor(), output);
            RecordedRequest request = server.takeRequest();
            assertEquals("PUT", request.method());
            assertEquals("/a/../b?x=[1-3]&y={a,b}&z='", request.target());
            assertEquals(
                    NASTY,
                    new String(
                            request.header("X-Nasty").getBytes(java.nio.charset.StandardCharsets.ISO_8859_1), UTF_8));
            assertEquals("", request.header("X-Empty"));
            assertEquals(null, request.header("Content-Type"));
            assertEquals("é\u0000\r\n@", request.text());
        }
    }

    private static boolean hasCurl() throws Exception {
        return new ProcessBuilder("sh", "-c", "command -v curl").start().waitFor() == 0;
    }

    @Test
    void theJavaCodeIsThatOfHttpipe() {
        assertEquals(
                """
                hp.request(Request.post("http://a.test/")
                        .addHeader("X", "\\"\\\\ \\u00e9")
                        .body(Body.of(Path.of("dir/x.request"))));""",
                parse(FIRST + "> POST http://a.test/\n> X: \"\\ é\n> Host: a\n> @body x.request\n< 200")
                        .java());
        assertEquals(
                "hp.request(Request.of(\"PURGE\", \"http://a.test/\"));",
                parse(FIRST + "> PURGE http://a.test/\n< 200").java());
    }
}
