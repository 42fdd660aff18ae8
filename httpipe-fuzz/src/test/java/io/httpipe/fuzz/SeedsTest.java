package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Each seed through its target, without a fuzzer: what was found once stays mended. */
class SeedsTest {
    @TestFactory
    Stream<DynamicTest> noSeedIsAFinding() {
        return Arrays.stream(FuzzTarget.values()).flatMap(target -> tests(target).stream());
    }

    private static List<DynamicTest> tests(FuzzTarget target) {
        try {
            List<byte[]> seeds = Seeds.of(target);
            assertFalse(seeds.isEmpty());
            return IntStream.range(0, seeds.size())
                    .mapToObj(i -> DynamicTest.dynamicTest(
                            target.id() + ": " + Octets.escape(seeds.get(i)), () -> target.run(seeds.get(i))))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void everyOctetCanBeWrittenInASeed() {
        byte[] all = new byte[256];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }
        assertArrayEquals(all, Octets.unescape(Octets.escape(all)));
    }
}
