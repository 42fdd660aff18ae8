package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The tests of all modules are deterministic: random numbers come from seeds in the code. */
class DeterminismTest {
    private static final Pattern LUCK = Pattern.compile(String.join(
            "|",
            "new (?:Splittable)?Random\\(\\)",
            "new SecureRandom\\b",
            "\\bThreadLocalRandom\\b",
            "\\bUUID\\.randomUUID\\b",
            "\\bMath\\.random\\b",
            "\\bCollections\\.shuffle\\([^,()]*\\)",
            "Random\\(System\\.",
            "@Property\\b(?!\\(seed = \")"));

    @Test
    void noTestUsesUnseededRandomInput() throws IOException {
        List<String> lucky = new ArrayList<>();
        int files = 0;
        for (Path file : testSources()) {
            files++;
            Matcher luck = LUCK.matcher(Files.readString(file));
            while (luck.find()) {
                lucky.add(file.getFileName() + ": " + luck.group());
            }
        }
        assertTrue(files > 150, files + " files");
        assertEquals(List.of(), lucky);
    }

    /** {@return the test sources of all modules} Skips {@code target}, where another JVM may be writing. */
    private static List<Path> testSources() throws IOException {
        List<Path> sources = new ArrayList<>();
        Path project = Path.of("").toAbsolutePath().getParent();
        for (Path folder : List.of(project, project.resolve("extensions"))) {
            try (DirectoryStream<Path> modules = Files.newDirectoryStream(folder)) {
                for (Path module : modules) {
                    Path tests = module.resolve("src/test");
                    if (!Files.isDirectory(tests)) {
                        continue;
                    }
                    try (Stream<Path> files = Files.walk(tests)) {
                        files.filter(file -> file.toString().endsWith(".java"))
                                .filter(file -> !file.endsWith("DeterminismTest.java"))
                                .forEach(sources::add);
                    }
                }
            }
        }
        return sources;
    }
}
