package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Runs each seed and each kept input through its target without a fuzzer, so that earlier findings stay fixed. */
class SeedsTest {
    @TestFactory
    Stream<DynamicTest> everySeedPasses() {
        return Arrays.stream(FuzzTarget.values()).flatMap(target -> tests(target).stream());
    }

    private static List<DynamicTest> tests(FuzzTarget target) {
        try {
            List<byte[]> seeds = Seeds.of(target);
            assertFalse(seeds.isEmpty());
            return seeds.stream().map(seed -> test(target, seed)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static DynamicTest test(FuzzTarget target, byte[] seed) {
        return DynamicTest.dynamicTest(target.id() + ": " + Bytes.escape(seed), () -> target.run(seed));
    }

    @ParameterizedTest
    @EnumSource
    void everyKeptInputPasses(FuzzTarget target) throws IOException {
        List<byte[]> kept = Seeds.kept(target);
        assertFalse(kept.isEmpty());
        for (byte[] input : kept) {
            try {
                target.run(input);
            } catch (Throwable e) {
                throw new AssertionError(target.id() + ": " + Bytes.escape(input), e);
            }
        }
    }

    @Test
    void everyByteCanBeWrittenInASeed() {
        byte[] all = new byte[256];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }
        assertArrayEquals(all, Bytes.unescape(Bytes.escape(all)));
    }
}
