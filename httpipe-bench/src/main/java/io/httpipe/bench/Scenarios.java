package io.httpipe.bench;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** All kinds of work, in the order in which they are done. */
final class Scenarios {
    private Scenarios() {}

    static List<Scenario> all() {
        return Stream.of(small()).flatMap(s -> s).toList();
    }

    private static Stream<Scenario> small() {
        return IntStream.of(1, 64, 1000, 5000)
                .mapToObj(threads -> new Load(
                        "get-" + threads,
                        threads,
                        false,
                        false,
                        (client, site) -> client.get(site.kept().resolve("13"))));
    }
}
