package io.httpipe.soak;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs a short soak with a fixed number of calls; {@code dev/soak} runs one for a given time. */
class SoakTest {
    private static final int ROUNDS = 2;
    private static final int CALLS = 15;

    @Test
    void goodResponsesArriveIntactAndBadOnesFailAndNothingLeaks(@TempDir Path directory) throws Exception {
        Long seconds = Long.getLong("soak.seconds");
        List<SoakRound> rounds =
                seconds == null ? SoakRound.counted(ROUNDS, CALLS) : SoakRound.timed(Duration.ofSeconds(seconds));
        long seed = Long.getLong("soak.seed", 1);
        int callers = Integer.getInteger("soak.callers", 200);
        System.out.printf("SoakTest: seed %d%n", seed);
        PrintStream report = seconds == null ? new PrintStream(OutputStream.nullOutputStream()) : System.out;
        new Soak(rounds, seed, callers, directory, report).run();
    }
}
