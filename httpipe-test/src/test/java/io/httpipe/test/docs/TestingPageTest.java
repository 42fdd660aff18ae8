package io.httpipe.test.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Checks that each Java example of docs/testing.md is a part of a test in this package, whatever its indentation. */
class TestingPageTest {
    private static final Pattern JAVA_BLOCK = Pattern.compile("(?s)```java\n(.*?)```");
    private static final Path SOURCES = Path.of("src/test/java/io/httpipe/test/docs");

    @Test
    void everyExampleIsCompiledAndRun() throws IOException {
        List<String> sources = new ArrayList<>();
        try (Stream<Path> files = Files.list(SOURCES)) {
            for (Path file : files.filter(path -> path.toString().endsWith("ExampleTest.java"))
                    .toList()) {
                sources.add(withoutIndentation(Files.readString(file)));
            }
        }
        List<String> examples = JAVA_BLOCK
                .matcher(Files.readString(Path.of("../docs/testing.md")))
                .results()
                .map((MatchResult block) -> withoutIndentation(block.group(1)))
                .toList();

        assertTrue(examples.size() >= 4, "examples: " + examples.size());
        assertEquals(
                List.of(),
                examples.stream()
                        .filter(example -> sources.stream().noneMatch(source -> source.contains(example)))
                        .toList());
    }

    private static String withoutIndentation(String code) {
        StringBuilder lines = new StringBuilder();
        code.lines().map(String::strip).filter(line -> !line.isEmpty()).forEach(line -> lines.append(line).append('\n'));
        return lines.toString();
    }
}
