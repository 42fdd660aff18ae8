package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.Limits;
import io.httpipe.fuzz.ReferenceChunkParser.Ending;
import io.httpipe.fuzz.ReferenceChunkParser.ParsedBody;
import io.httpipe.fuzz.ReferenceHeadParser.ParsedHead;
import io.httpipe.internal.wire.WireLimits;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Generated heads and chunked bodies are parsed correctly, whatever bytes follow and however they are cut. */
class WirePropertiesTest {
    private static final WireLimits LIMITS = new WireLimits(
            Limits.DEFAULT.headBytes(), 1_000, 100, Limits.DEFAULT.chunkLine(), Limits.DEFAULT.trailerBytes());

    @Property(seed = "1", tries = 1000)
    void aParsedHeadEqualsTheGeneratedOne(
            @ForAll("heads") ParsedHead head, @ForAll boolean loneLf, @ForAll byte[] following, @ForAll Random random) {
        byte[] encoded = Bytes.of(MessageArbitraries.encode(head, loneLf ? "\n" : "\r\n"));
        byte[] input = Bytes.join(encoded, following);
        ParseResult<ParsedHead> expected = new ParseResult.Complete<>(head, encoded.length);
        assertEquals(expected, HeadFuzzTarget.read(LIMITS, input, 0, InputSplitter.random(random, input.length)));
        assertEquals(expected, HeadFuzzTarget.read(LIMITS, input, 0, InputSplitter.everyByte(input.length)));
    }

    @Provide
    Arbitrary<ParsedHead> heads() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 9),
                        Arbitraries.integers().between(100, 999),
                        MessageArbitraries.values(),
                        MessageArbitraries.fields())
                .as(ParsedHead::new);
    }

    @Property(seed = "2", tries = 1000)
    void aParsedChunkedBodyEqualsTheGeneratedOne(
            @ForAll("bodies") String body,
            @ForAll("fields") List<FieldLine> trailers,
            @ForAll byte[] following,
            @ForAll Random random) {
        byte[] encoded = Bytes.of(MessageArbitraries.chunked(body, trailers, random));
        byte[] input = Bytes.join(encoded, following);
        ParsedBody expected = new ParsedBody(Ending.COMPLETE, body, trailers, encoded.length);
        assertEquals(expected, ChunksFuzzTarget.read(LIMITS, input, 0, InputSplitter.random(random, input.length)));
        assertEquals(expected, ChunksFuzzTarget.read(LIMITS, input, 0, InputSplitter.everyByte(input.length)));
    }

    @Provide
    Arbitrary<String> bodies() {
        return MessageArbitraries.bodies();
    }

    @Provide
    Arbitrary<List<FieldLine>> fields() {
        return MessageArbitraries.fields();
    }
}
