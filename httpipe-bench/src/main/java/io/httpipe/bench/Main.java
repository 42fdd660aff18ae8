package io.httpipe.bench;

import io.httpipe.bench.clients.Contender;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Runs the benchmarks on the JDK of this program, with the options of the script {@code run}. */
public final class Main {
    private Pace pace = Pace.FULL;
    private Pattern scenarios = Pattern.compile(".*");
    private List<Contender> contenders = List.of(Contender.values());

    private Main() {}

    /**
     * Runs the benchmarks.
     *
     * @param args the folder of nginx's socket and of the file to upload, the results file, and the script's options
     */
    public static void main(String[] args) throws Exception {
        Main main = new Main();
        for (int i = 2; i < args.length; i++) {
            switch (args[i]) {
                case "--quick" -> main.pace = Pace.QUICK;
                case "--rounds" -> main.pace = main.pace.withRounds(Integer.parseInt(args[++i]));
                case "--seconds" ->
                    main.pace = main.pace.withLength(Duration.ofMillis((long) (1000 * Double.parseDouble(args[++i]))));
                case "--scenario" -> main.scenarios = Pattern.compile(args[++i]);
                case "--client" -> main.contenders = named(args[++i]);
                default -> throw new IllegalArgumentException("there is no option " + args[i]);
            }
        }
        main.run(Path.of(args[0]), Path.of(args[1]));
    }

    private void run(Path folder, Path file) throws Exception {
        ServerAddresses addresses = ServerAddresses.nginx(folder);
        Jars jars = Jars.read(file.resolveSibling("tree"));
        Results results = new Results();
        Facts.of(pace).forEach(results::fact);
        Runner runner = new Runner(contenders, addresses, pace, results);
        for (Scenario scenario : Scenarios.all(folder, jars, Integer.MAX_VALUE)) {
            if (scenarios.matcher(scenario.id()).matches()
                    && !(pace.isQuick() && Scenarios.TOO_LONG.contains(scenario.id()))) {
                runner.run(scenario);
            }
        }
        Parts.run(scenarios, pace.isQuick(), results);
        results.write(file);
    }

    private static List<Contender> named(String titles) {
        return Arrays.stream(titles.split(","))
                .map(title -> Contender.valueOf(title.toUpperCase(Locale.ROOT)))
                .toList();
    }
}
