package io.httpipe.test.docs;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each Java example of docs/testing.md is a part of a test, which the build compiles and runs. */
class TestingPageTest {
    private static final Path REPOSITORY = Path.of("..");
    private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
    private static final List<String> FOLDERS = List.of(
            "httpipe-test/src/test/java/io/httpipe/test/docs",
            "httpipe-test-server/src/test/java/io/httpipe/test/server/docs",
            "httpipe-it/src/test/java/io/httpipe/it/docs");

    private static String withoutLayout(String text) {
        return text.lines().map(String::strip).filter(line -> !line.isEmpty()).collect(Collectors.joining("\n"));
    }

    private static List<String> tests() throws IOException {
        StringBuilder all = new StringBuilder();
        for (String folder : FOLDERS) {
            Path path = REPOSITORY.resolve(folder);
            if (Files.isDirectory(path)) {
                try (Stream<Path> files = Files.list(path)) {
                    for (Path file : files.sorted().toList()) {
                        all.append(withoutLayout(Files.readString(file))).append("\f");
                    }
                }
            }
        }
        return List.of(all.toString().split("\f"));
    }

    @Test
    void eachExampleIsInATest() throws Exception {
        List<String> tests = tests();
        Matcher blocks = BLOCK.matcher(Files.readString(REPOSITORY.resolve("docs/testing.md")));
        int examples = 0;
        while (blocks.find()) {
            // The tests need no registry, so they build an image instead.
            String example = withoutLayout(blocks.group(1).replace("NginxContainer.stock()", "StockNginx.container()"));
            assertTrue(
                    tests.stream().anyMatch(test -> test.contains(example)),
                    "no test in a folder docs contains this example of docs/testing.md:\n" + blocks.group(1));
            examples++;
        }
        assertTrue(examples > 0, "docs/testing.md has no examples");
    }
}
