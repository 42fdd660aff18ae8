package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Events do not depend on how their stream is split. */
class EventsPropertiesTest {
    @Property(seed = "16", tries = 1000)
    void anySplitGivesTheSameEvents(@ForAll("streams") List<String> lines, @ForAll Random random) {
        byte[] stream = Bytes.of(String.join("", lines));
        int[] cuts = InputSplitter.random(random, stream.length);
        assertEquals(ReferenceEventParser.parse(stream), EventsFuzzTarget.events(stream, cuts, Integer.MAX_VALUE));
    }

    @Provide
    Arbitrary<List<String>> streams() {
        return Arbitraries.of(
                        "data: a",
                        "data:b",
                        "data",
                        "\u00ef\u00bb\u00bf",
                        "id: 1",
                        "id",
                        "id: \0",
                        "retry: 5",
                        "event: x",
                        ": c",
                        "\n",
                        "\n",
                        "\n\n",
                        "\r",
                        "\r\n",
                        "\r\n\r\n",
                        "\u00e2\u0082",
                        "\u00ff",
                        ":",
                        " ")
                .list()
                .ofMaxSize(40);
    }
}
