package io.httpipe.bench;

import io.httpipe.bench.clients.Contender;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Measures how long a new JVM with only the client takes to get its first response. */
record JvmStart(String id, String title, Jars jars) implements Scenario {
    @Override
    public Map<Metric, Double> turn(Contender contender, ServerAddresses addresses, Pace pace) throws Exception {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:auto",
                "-cp",
                jars.classPath(contender),
                FirstResponse.class.getName(),
                contender.name(),
                addresses.keepAlive().resolve("13").toString());
        long start = System.nanoTime();
        Process process =
                new ProcessBuilder(command).redirectError(Redirect.DISCARD).start();
        try {
            int first = process.getInputStream().read();
            long end = System.nanoTime();
            if (first != '1' || !process.waitFor(10, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException(String.join(" ", command) + " failed");
            }
            return Map.of(Metric.START, (double) end - start, Metric.JARS, (double) jars.bytes(contender));
        } finally {
            process.destroyForcibly();
        }
    }

    @Override
    public int rounds(Pace pace) {
        // Two starts of one client differ more than most clients differ from each other.
        return pace.isQuick() ? 2 : 10 * pace.rounds();
    }
}
