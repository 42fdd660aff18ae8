package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.Limits;
import io.httpipe.fuzz.PlainChunks.Ending;
import io.httpipe.fuzz.PlainChunks.PlainBody;
import io.httpipe.fuzz.PlainSection.PlainHead;
import io.httpipe.internal.wire.WireLimits;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What is encoded by the grammar is parsed as it was, whatever is behind it and however it is cut. */
class WirePropertiesTest {
    private static final WireLimits LIMITS = new WireLimits(
            Limits.DEFAULT.headBytes(), 1_000, 100, Limits.DEFAULT.chunkLine(), Limits.DEFAULT.trailerBytes());

    @Property(seed = "1", tries = 1000)
    void aHeadIsParsedAsItWas(
            @ForAll("heads") PlainHead head, @ForAll boolean loneLf, @ForAll byte[] behind, @ForAll Random random) {
        byte[] octets = Octets.of(Messages.encode(head, loneLf ? "\n" : "\r\n"));
        byte[] all = Octets.join(octets, behind);
        Reading<PlainHead> expected = new Reading.Whole<>(head, octets.length);
        assertEquals(expected, HeadTarget.read(LIMITS, all, 0, Cuts.random(random, all.length)));
        assertEquals(expected, HeadTarget.read(LIMITS, all, 0, Cuts.everyOctet(all.length)));
    }

    @Provide
    Arbitrary<PlainHead> heads() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 9),
                        Arbitraries.integers().between(100, 999),
                        Messages.values(),
                        Messages.fields())
                .as(PlainHead::new);
    }

    @Property(seed = "2", tries = 1000)
    void aChunkedBodyIsParsedAsItWas(
            @ForAll("bodies") String body,
            @ForAll("fields") List<Line> trailers,
            @ForAll byte[] behind,
            @ForAll Random random) {
        byte[] octets = Octets.of(Messages.chunked(body, trailers, random));
        byte[] all = Octets.join(octets, behind);
        PlainBody expected = new PlainBody(Ending.WHOLE, body, trailers, octets.length);
        assertEquals(expected, ChunksTarget.read(LIMITS, all, 0, Cuts.random(random, all.length)));
        assertEquals(expected, ChunksTarget.read(LIMITS, all, 0, Cuts.everyOctet(all.length)));
    }

    @Provide
    Arbitrary<String> bodies() {
        return Messages.bodies();
    }

    @Provide
    Arbitrary<List<Line>> fields() {
        return Messages.fields();
    }
}
