package io.httpipe.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Httpipe;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compiles and runs every Java sample of the README, with the port of an echo server instead of 9090. The samples are
 * compiled as a user's code, outside of our packages. The first line of a sample with preview API names its JDKs.
 */
class ReadmeTest {
    private static final Pattern JAVA_BLOCK = Pattern.compile("(?s)```java\n(.*?)```");
    private static final Pattern PREVIEW = Pattern.compile("// JDK (\\d+)(?: to (\\d+))?, with --enable-preview\n.*");

    /** The samples without preview API, in the order of the README. */
    private static final List<String> NAMES = List.of("smallest", "deadline", "fanOut", "pipe", "tokens", "policies");

    private static final String IMPORTS = """
            import io.httpipe.*;
            import java.io.PrintStream;
            import java.time.Duration;
            import java.util.List;
            import java.util.concurrent.*;

            """;

    @TempDir
    Path folder;

    private final List<String> samples = new ArrayList<>();
    private final List<PreviewSample> previewSamples = new ArrayList<>();

    private record PreviewSample(int firstJdk, int lastJdk, String code) {}

    @BeforeEach
    void readSamples() throws IOException {
        String readme = Files.readString(Path.of("../README.md"));
        for (MatchResult block : JAVA_BLOCK.matcher(readme).results().toList()) {
            String code = block.group(1);
            Matcher preview = PREVIEW.matcher(code);
            if (preview.lookingAt()) {
                int firstJdk = Integer.parseInt(preview.group(1));
                int lastJdk = preview.group(2) == null ? firstJdk : Integer.parseInt(preview.group(2));
                previewSamples.add(new PreviewSample(firstJdk, lastJdk, code));
            } else {
                samples.add(code);
            }
        }
    }

    @Test
    void samplesCompileAndDoWhatTheReadmeSays() throws Exception {
        try (EchoServer server = EchoServer.start();
                Httpipe hp = Httpipe.create();
                URLClassLoader loader = new URLClassLoader(
                        new URL[] {folder.toUri().toURL()}, getClass().getClassLoader())) {
            compileSamples(server);
            Class<?> readme = loader.loadClass("Readme");
            String echoed = Echoed.get("/echo", server);

            assertEquals(echoed, printed(readme, "smallest", hp));

            assertEquals(
                    Echoed.get("/echo?user=1", server) + Echoed.get("/echo?cart=1", server),
                    printed(readme, "deadline", hp));

            assertEquals(echoed.repeat(3), printed(readme, "fanOut", hp));

            assertEquals(
                    Echoed.post("Content-Length: " + echoed.length(), server) + echoed, printed(readme, "pipe", hp));

            String tokens = printed(readme, "tokens", hp);
            assertTrue(tokens.startsWith("200" + System.lineSeparator()) && tokens.endsWith(echoed), tokens);

            String policies = printed(readme, "policies", hp);
            assertTrue(policies.contains("Authorization: Basic dXNlcjpwYXNzd29yZA=="), policies);
            assertTrue(policies.endsWith(" 200]"), policies);
        }
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_21, max = JRE.JAVA_25)
    void theScopeOfThisJdkCompilesAndGetsBothResponses() throws Exception {
        int jdk = Runtime.version().feature();
        List<PreviewSample> fitting = previewSamples.stream()
                .filter(sample -> sample.firstJdk() <= jdk && jdk <= sample.lastJdk())
                .toList();
        assertEquals(1, fitting.size(), "samples for JDK " + jdk);
        try (EchoServer server = EchoServer.start()) {
            String program = IMPORTS
                    + "class Scope {\n"
                    + "public static void main(String[] args) throws Exception {\n"
                    + "try (Httpipe hp = Httpipe.create()) {\n"
                    + withPort(fitting.getFirst().code(), server)
                    + "}}}\n";
            Path file = Files.writeString(folder.resolve("Scope.java"), program);
            assertEquals(
                    Echoed.get("/echo?user=1", server) + Echoed.get("/echo?cart=1", server), PreviewProgram.run(file));
        }
    }

    /** Writes a class Readme with one method for each sample, and compiles it for JDK 21. */
    private void compileSamples(EchoServer server) throws IOException {
        assertEquals(NAMES.size(), samples.size(), "samples without preview API");
        StringBuilder source = new StringBuilder(IMPORTS).append("public class Readme {\n");
        for (int i = 0; i < NAMES.size(); i++) {
            source.append("public static void ")
                    .append(NAMES.get(i))
                    .append("(Httpipe ")
                    .append(samples.get(i).contains("Httpipe hp = ") ? "unused" : "hp")
                    .append(", PrintStream out) throws Exception {\n")
                    .append(withPort(samples.get(i), server).replace("System.out.", "out."))
                    .append("}\n");
        }
        Path file = Files.writeString(folder.resolve("Readme.java"), source.append("}\n"));
        int errors = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-proc:none", "--release", "21", "-d", folder.toString(), file.toString());
        assertEquals(0, errors, source::toString);
    }

    private static String withPort(String code, EchoServer server) {
        return code.replace("9090", server.base().substring(server.base().lastIndexOf(':') + 1));
    }

    private static String printed(Class<?> readme, String sample, Httpipe hp) throws ReflectiveOperationException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        readme.getMethod(sample, Httpipe.class, PrintStream.class)
                .invoke(null, hp, new PrintStream(bytes, true, UTF_8));
        return bytes.toString(UTF_8);
    }
}
