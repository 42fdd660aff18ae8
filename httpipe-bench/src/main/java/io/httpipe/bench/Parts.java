package io.httpipe.bench;

import io.httpipe.bench.clients.Contender;
import io.httpipe.bench.parts.ChunkedDecoderBench;
import io.httpipe.bench.parts.HeadParserBench;
import io.httpipe.bench.parts.HeadWriterBench;
import io.httpipe.bench.parts.PoolBench;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs the JMH benchmarks of httpipe's parts, each in its own JVMs unless the run is quick. */
final class Parts {
    static final String ID = "part-";

    private static final String NAME = ".*\\.(\\w+)Bench\\.(\\w+)$";

    private static final List<Class<?>> ALL =
            List.of(HeadParserBench.class, HeadWriterBench.class, ChunkedDecoderBench.class, PoolBench.class);

    private Parts() {}

    /**
     * Runs the benchmarks whose class has a matching id, for example {@code part-HeadParser}.
     *
     * @param quick for a first impression only
     */
    static void run(Pattern ids, boolean quick, Results results) throws RunnerException {
        List<Class<?>> chosen =
                ALL.stream().filter(c -> ids.matcher(id(c)).matches()).toList();
        if (chosen.isEmpty()) {
            return;
        }
        ChainedOptionsBuilder options = new OptionsBuilder()
                .mode(Mode.AverageTime)
                .timeUnit(TimeUnit.NANOSECONDS)
                .addProfiler(GCProfiler.class)
                .verbosity(VerboseMode.SILENT)
                .shouldFailOnError(true)
                .jvmArgs("-Xmx512m")
                .forks(quick ? 0 : 2)
                .warmupIterations(quick ? 1 : 3)
                .warmupTime(TimeValue.milliseconds(quick ? 100 : 1000))
                .measurementIterations(quick ? 1 : 5)
                .measurementTime(TimeValue.milliseconds(quick ? 100 : 1000));
        chosen.forEach(c -> options.include(Pattern.quote(c.getName() + ".")));
        Map<String, RunResult> sorted = new TreeMap<>();
        for (RunResult result : new Runner(options.build()).run()) {
            sorted.put(id(result), result);
        }
        sorted.forEach((id, result) -> {
            add(id, result, results);
            System.out.print(Console.table(id, List.of(Contender.HTTPIPE), results));
        });
    }

    private static String id(Class<?> benchmarks) {
        return ID + benchmarks.getSimpleName().replace("Bench", "");
    }

    /** The id of the class, with the method and the parameters. */
    private static String id(RunResult result) {
        String name = result.getParams().getBenchmark();
        StringBuilder id = new StringBuilder(ID).append(name.replaceFirst(NAME, "$1-$2"));
        for (String parameter : result.getParams().getParamsKeys()) {
            // Leading zeros, so that sorting by name sorts by size.
            id.append("-")
                    .append(String.format(Locale.ROOT, "%4s", result.getParams().getParam(parameter))
                            .replace(' ', '0'));
        }
        return id.toString();
    }

    /** For example {@code HeadParser, parse, fields 15}. */
    private static String title(RunResult result) {
        StringBuilder title =
                new StringBuilder(result.getParams().getBenchmark().replaceFirst(NAME, "$1, $2"));
        for (String parameter : result.getParams().getParamsKeys()) {
            title.append(", ")
                    .append(parameter)
                    .append(' ')
                    .append(result.getParams().getParam(parameter));
        }
        return title.toString();
    }

    private static void add(String id, RunResult result, Results results) {
        String client = Contender.HTTPIPE.title();
        results.title(id, title(result));
        results.add(new Results.Figure(
                id, client, 0, Metric.TIME, result.getPrimaryResult().getScore()));
        Result<?> allocated = result.getSecondaryResults().get("gc.alloc.rate.norm");
        if (allocated != null) {
            results.add(new Results.Figure(id, client, 0, Metric.ALLOCATED, allocated.getScore()));
        }
    }
}
