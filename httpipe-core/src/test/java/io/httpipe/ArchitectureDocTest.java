package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Checks that docs/architecture.md names only classes and members that exist. */
class ArchitectureDocTest {
    private static final Path ROOT = Path.of("..");
    private static final Path MAIN = Path.of("src", "main", "java");

    private static final List<String> MODULES = List.of(
            "httpipe-core", "httpipe-test-server", "httpipe-examples", "httpipe-it", "httpipe-fuzz", "httpipe-bench");

    /** From this heading on, the page also names classes of tests and of other modules. */
    private static final String TESTS_HEADING = "## Where to add tests";

    /** A class between backticks, perhaps with a member: {@code Call} or {@code ConnectionPool.acquire}. */
    private static final Pattern NAME = Pattern.compile("`([A-Z]\\w*[a-z]\\w*)(?:\\.(\\w+))?`");

    @Test
    void everyClassAndMemberExists() throws IOException {
        Map<String, String> main = new HashMap<>();
        addSources(main, MAIN);
        Map<String, String> all = new HashMap<>();
        for (String module : MODULES) {
            addSources(all, ROOT.resolve(module).resolve("src"));
        }
        String page = Files.readString(ROOT.resolve("docs/architecture.md"));
        int tests = page.indexOf(TESTS_HEADING);
        assertTrue(tests > 0, "the page has the heading " + TESTS_HEADING);
        TreeSet<String> missing = new TreeSet<>();
        int seen = 0;
        for (MatchResult name : NAME.matcher(page).results().toList()) {
            boolean test = name.start() > tests || name.group(1).endsWith("Test");
            String source = (test ? all : main).get(name.group(1));
            if (source == null || name.group(2) != null && !declares(source, name.group(2))) {
                missing.add(name.group());
            }
            seen++;
        }
        assertEquals(new TreeSet<>(), missing);
        assertTrue(seen > 80, "names on the page: " + seen);
    }

    private static boolean declares(String source, String member) {
        return Pattern.compile("\\b(?:class|enum|interface|record) " + member + "\\b|[\\w>\\]] " + member + "\\(")
                .matcher(source)
                .find();
    }

    /** Adds the sources of the top-level classes in a folder, by class name. */
    private static void addSources(Map<String, String> sources, Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                String name = file.getFileName().toString().replace(".java", "");
                sources.merge(name, Files.readString(file), String::concat);
            }
        }
    }
}
