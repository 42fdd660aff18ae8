package io.httpipe.soak;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A short soak, so that it cannot rot; {@code dev/soak} runs a long one. */
class SoakTest {
    @Test
    void goodAnswersArriveIntactBadOnesAreToldAndNothingGrows(@TempDir Path directory) throws Exception {
        Duration time = Duration.ofSeconds(Long.getLong("soak.seconds", 5));
        long seed = Long.getLong("soak.seed", 1);
        int callers = Integer.getInteger("soak.callers", 200);
        PrintStream report = System.getProperty("soak.seconds") == null
                ? new PrintStream(OutputStream.nullOutputStream())
                : System.out;
        new Soak(time, seed, callers, directory, report).run();
    }
}
