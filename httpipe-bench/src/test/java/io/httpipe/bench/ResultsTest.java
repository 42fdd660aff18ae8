package io.httpipe.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsTest {
    private final Results results = new Results();

    private void add(String client, int round, double value) {
        results.add(new Results.Figure("get", client, round, Metric.CPU, value));
    }

    @Test
    void theMedianOfAnEvenNumberOfRoundsIsTheMeanOfTheMiddleTwo() {
        add("a", 0, 9);
        add("a", 1, 1);
        assertEquals(OptionalDouble.of(5), results.median("get", "a", Metric.CPU));
        add("a", 2, 2);
        assertEquals(OptionalDouble.of(2), results.median("get", "a", Metric.CPU));
    }

    @Test
    void withoutRoundsThereIsNoMedian() {
        assertEquals(OptionalDouble.empty(), results.median("get", "a", Metric.CPU));
    }

    @Test
    void aRatioIsTheMedianOfTheRatiosWithinEachRound() {
        add("floor", 0, 1);
        add("floor", 1, 10);
        add("floor", 2, 100);
        add("a", 2, 100);
        add("a", 1, 20);
        add("a", 0, 3);
        assertEquals(OptionalDouble.of(2), results.ratio("get", "a", "floor", Metric.CPU));
    }

    @Test
    void writtenResultsCanBeReadAgain(@TempDir Path folder) throws IOException {
        add("a", 0, 1.5);
        Path file = folder.resolve("results.tsv");
        results.write(file);
        assertEquals(OptionalDouble.of(1.5), Results.read(file).median("get", "a", Metric.CPU));
    }
}
