package io.httpipe.fuzz;

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Runs Jazzer on one target after another, each in its own JVM, and prints the results. A target stops at its first
 * finding, which is also printed as a line for the seeds. The exit code is 1 if there was any finding.
 *
 * <pre>
 * Fuzz (all | target) (seconds | keep) folder corpus
 * </pre>
 *
 * <p>Logs and findings are written to the folder. Inputs that reach new code are added to the corpus, and the next run
 * starts from there. {@code keep} does not fuzz. It reduces all inputs to a few that reach the same code. It writes
 * those that are not seeds to {@code <target>.corpus} in the folder, one on each line. {@code dev/fuzz} then moves that
 * file to the test resources, where every build replays it.
 */
final class Fuzz {
    private static final Pattern EXECUTIONS = Pattern.compile("stat::number_of_executed_units: ([0-9]+)");
    private static final Pattern FINDING = Pattern.compile("Test unit written to (.+)");
    private static final Pattern COVERAGE = Pattern.compile("cov: ([0-9]+) ft: [0-9]+ corp: ([0-9]+)");

    /** Detectors that Jazzer enables by default. None applies to this project, and each costs time at the start. */
    private static final List<String> DISABLED_DETECTORS = List.of(
            "BigDecimal",
            "ClojureLangHooks",
            "Deserialization",
            "ExpressionLanguageInjection",
            "FilePathTraversal",
            "LdapInjection",
            "NamingContextLookup",
            "OsCommandInjection",
            "ReflectiveCall",
            "RegexInjection",
            "RegexRoadblocks",
            "ScriptEngineInjection",
            "ServerSideRequestForgery",
            "SqlInjection",
            "TemplateInjection",
            "UnsafeSanitizer",
            "XPathInjection",
            "XmlParserSsrfGuidance");

    private final Path folder;
    private final Path corpus;
    private long executions;

    private Fuzz(Path folder, Path corpus) {
        this.folder = folder;
        this.corpus = corpus;
    }

    public static void main(String... args) throws Exception {
        Fuzz fuzz = new Fuzz(Files.createDirectories(Path.of(args[2])), Path.of(args[3]));
        List<FuzzTarget> targets = Arrays.stream(FuzzTarget.values())
                .filter(t -> args[0].equals("all") || args[0].equals(t.id()))
                .toList();
        if (targets.isEmpty()) {
            throw new IllegalArgumentException("no target " + args[0] + "; there are "
                    + Arrays.stream(FuzzTarget.values()).map(FuzzTarget::id).toList());
        }
        boolean nothingFound = true;
        for (FuzzTarget target : targets) {
            if (args[1].equals("keep")) {
                fuzz.keep(target, System.out);
            } else {
                nothingFound &= fuzz.run(target, Integer.parseInt(args[1]), System.out);
            }
        }
        System.out.printf("fuzz: %d executions in all%n", fuzz.executions);
        System.exit(nothingFound ? 0 : 1);
    }

    /** Fuzzes a target. Returns whether there was no finding. */
    private boolean run(FuzzTarget target, int seconds, PrintStream out) throws IOException, InterruptedException {
        Path dictionary = Files.writeString(folder.resolve("http.dict"), Seeds.dictionary());
        Path log = folder.resolve(target.id() + ".log");
        int exit = runJazzer(
                target,
                log,
                List.of("-max_total_time=" + seconds, "-dict=" + dictionary, "-seed=0", "-print_final_stats=1"),
                List.of(grownInputs(target), givenInputs(target)));

        String output = Files.readString(log);
        Matcher coverage = COVERAGE.matcher(output);
        String reached = "";
        while (coverage.find()) {
            reached = ", %s edges by %s inputs".formatted(coverage.group(1), coverage.group(2));
        }
        Matcher units = EXECUTIONS.matcher(output);
        long executed = units.find() ? Long.parseLong(units.group(1)) : 0;
        executions += executed;
        out.printf("fuzz %s: %d executions in at most %d s%s%n", target.id(), executed, seconds, reached);
        if (exit != 0) {
            printFinding(output, out);
        }
        return exit == 0;
    }

    /**
     * Finds a few inputs that together reach every edge that any input reaches. Writes those of them that are not
     * seeds.
     */
    private void keep(FuzzTarget target, PrintStream out) throws IOException, InterruptedException {
        Path merged = Files.createDirectories(folder.resolve("least").resolve(target.id()));
        for (Path old : files(merged)) {
            Files.delete(old);
        }
        Path log = folder.resolve(target.id() + ".merge.log");
        int exit = runJazzer(
                target,
                log,
                List.of("-merge=1", "-use_counters=0"),
                List.of(merged, givenInputs(target), grownInputs(target)));
        if (exit != 0) {
            throw new IOException("merging failed: " + log);
        }
        Set<String> seeds = Seeds.of(target).stream().map(Bytes::escape).collect(Collectors.toSet());
        Set<String> lines =
                new TreeSet<>(Comparator.comparingInt(String::length).thenComparing(line -> line));
        for (Path file : files(merged)) {
            String line = Bytes.escape(Files.readAllBytes(file));
            if (!line.isBlank() && !line.startsWith("# ") && !seeds.contains(line)) {
                lines.add(line);
            }
        }
        Path kept = Files.write(folder.resolve(target.id() + ".corpus"), lines);
        out.printf("fuzz %s: keeps %d inputs: %s%n", target.id(), lines.size(), kept);
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.toList();
        }
    }

    /** Writes each seed and each kept input to its own file. Returns their folder. */
    private Path givenInputs(FuzzTarget target) throws IOException {
        Path given = Files.createDirectories(folder.resolve("seeds").resolve(target.id()));
        List<byte[]> inputs = new ArrayList<>(Seeds.of(target));
        inputs.addAll(Seeds.kept(target));
        for (int i = 0; i < inputs.size(); i++) {
            Files.write(given.resolve("seed-" + i), inputs.get(i));
        }
        return given;
    }

    private Path grownInputs(FuzzTarget target) throws IOException {
        return Files.createDirectories(corpus.resolve(target.id()));
    }

    private int runJazzer(FuzzTarget target, Path log, List<String> options, List<Path> inputs)
            throws IOException, InterruptedException {
        Path findings = Files.createDirectories(folder.resolve("findings").resolve(target.id()));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx600m",
                "-XX:+UseSerialGC",
                "-XX:+EnableDynamicAgentLoading",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + target.type().getName(),
                "--instrumentation_includes=io.httpipe.**",
                "--instrumentation_excludes=io.httpipe.fuzz.**",
                "--custom_hook_excludes=io.httpipe.fuzz.**",
                "--disabled_hooks=" + disabledHooks(),
                "--reproducer_path=" + findings,
                "-artifact_prefix=" + findings + "/",
                "-max_len=" + target.maxLength(),
                "-timeout=30"));
        command.addAll(options);
        inputs.forEach(folder -> command.add(folder.toString()));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start()
                .waitFor();
    }

    private static String disabledHooks() {
        return DISABLED_DETECTORS.stream()
                .map(name -> "com.code_intelligence.jazzer.sanitizers." + name)
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static void printFinding(String log, PrintStream out) throws IOException {
        out.println(log.substring(Math.max(0, log.length() - 8000)));
        Matcher finding = FINDING.matcher(log);
        while (finding.find()) {
            out.printf("As a seed:%n%s%n", Bytes.escape(Files.readAllBytes(Path.of(finding.group(1)))));
        }
    }
}
