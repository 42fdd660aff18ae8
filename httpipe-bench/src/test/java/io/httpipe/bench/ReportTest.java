package io.httpipe.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
    private final Results results = new Results();

    @TempDir
    private Path folder;

    @BeforeEach
    void measure() {
        results.fact("Machine", "a fast one");
        results.title("get-64", "GET, 64 threads");
        results.add(new Results.Figure("get-64", "httpipe", 0, Metric.CPU, 9_000));
        results.add(new Results.Figure("get-64", "floor", 0, Metric.CPU, 10_000));
        results.note("get-64", "JDK", "turns that failed: 2");
        results.title("upload", "Upload");
        results.add(new Results.Figure("upload", "httpipe", 0, Metric.CPU, 11_000_000));
        results.add(new Results.Figure("upload", "floor", 0, Metric.CPU, 10_000_000));
    }

    private String page() throws IOException {
        results.write(folder.resolve("results-21.tsv"));
        results.write(folder.resolve("results-25.tsv"));
        Report.main(new String[] {
            folder.toString(),
            folder.resolve("results-25.tsv").toString(),
            folder.resolve("results-21.tsv").toString()
        });
        return Files.readString(folder.resolve("benchmarks.md"));
    }

    @Test
    void aTableHasARowForEachMeasuredClient() throws IOException {
        String page = page();
        String table = """
                ### GET, 64 threads

                | | cpu us | x |
                |---|--:|--:|
                | httpipe | 9.00 | 0.90 |
                | floor | 10.0 | 1.00 |
                | JDK (turns that failed: 2) | | |
                """;
        assertTrue(page.contains(table), page);
        assertTrue(page.contains("- Machine: a fast one\n"), page);
        assertTrue(page.indexOf("## JDK 21\n") < page.indexOf("## JDK 25\n"), page);
    }

    @Test
    void timesOfLongWorkAreInMilliseconds() throws IOException {
        assertTrue(page().contains("| | cpu ms | x |\n|---|--:|--:|\n| httpipe | 11.0 | 1.10 |\n"));
    }

    @Test
    void targetsAreReachedMissedOrNotMeasured() throws IOException {
        String page = page();
        String processor = "processor time, to the floor |";
        assertTrue(
                page.contains("| GET of 13 bytes, 64 threads | " + processor
                        + " at most 0.90 | 0.90 | reached | at most 1.05 | 0.90 | reached |\n"),
                page);
        assertTrue(
                page.contains("| Upload from memory | " + processor
                        + " at most 1.05 | 1.10 | **missed** | at most 1.05 | 1.10 | **missed** |\n"),
                page);
        assertTrue(
                page.contains(
                        "| Pipe | " + processor + " at most 1.05 | not measured | | at most 1.05 | not measured | |\n"),
                page);
    }

    @Test
    void thePageShowsEachChart() throws IOException {
        String page = page();
        try (var files = Files.list(folder.resolve("benchmarks"))) {
            for (Path chart : files.toList()) {
                assertTrue(page.contains("](benchmarks/" + chart.getFileName() + ")"), chart.toString());
                assertTrue(Files.readString(chart).contains("<svg"), chart.toString());
            }
        }
        String small = Files.readString(folder.resolve("benchmarks/small.svg"));
        assertTrue(small.contains("JDK 25") && small.contains("httpipe"), small);
        assertFalse(small.contains("Helidon"), small);
        assertEquals(4, page.split("!\\[", -1).length - 1);
    }
}
