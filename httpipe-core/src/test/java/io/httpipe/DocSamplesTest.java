package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.test.server.ScriptedServer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The samples of pages in {@code docs}, compiled as a user's code, outside of our packages. */
@Timeout(60)
class DocSamplesTest {
    private static final Pattern JAVA_BLOCK = Pattern.compile("(?s)```java\n(.*?)```");

    @TempDir
    Path folder;

    private Class<?> compile(String page, String... replacements) throws Exception {
        StringBuilder program = new StringBuilder("""
                import io.httpipe.*;
                import java.net.InetAddress;
                import java.nio.file.Path;
                import java.time.Duration;

                public class Samples {
                """);
        int count = 0;
        String text = Files.readString(Path.of("../docs").resolve(page));
        for (MatchResult block : JAVA_BLOCK.matcher(text).results().toList()) {
            program.append(
                    "public static void sample%d() throws Exception {%n%s}%n".formatted(++count, block.group(1)));
        }
        String source = program.append("}\n").toString();
        for (int i = 0; i < replacements.length; i += 2) {
            source = source.replace(replacements[i], replacements[i + 1]);
        }
        Path file = Files.writeString(folder.resolve("Samples.java"), source);
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        String classes = Path.of(Httpipe.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .toString();
        int result = ToolProvider.getSystemJavaCompiler()
                .run(null, errors, errors, "-cp", classes, "-d", folder.toString(), file.toString());
        assertEquals(0, result, errors::toString);
        try (URLClassLoader loader = new URLClassLoader(
                new URL[] {folder.toUri().toURL()}, getClass().getClassLoader())) {
            return loader.loadClass("Samples");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"connecting.md", "tls.md"})
    void samplesCompile(String page) throws Exception {
        compile(page);
    }

    @Test
    void theSampleOfSocketsAndResolversConnects() throws Exception {
        PrintStream out = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try (ScriptedServer server = ScriptedServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) {
            Class<?> samples =
                    compile("connecting.md", "10.0.0.7", "127.0.0.1", "localhost:9090", "localhost:" + server.port());
            System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
            samples.getMethod("sample1").invoke(null);
        } finally {
            System.setOut(out);
        }
        assertEquals("200", printed.toString(StandardCharsets.UTF_8).strip());
    }
}
