package io.httpipe.fuzz;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Splits an input into the pieces in which it may arrive. The cuts of an input are ascending: each is the number of
 * bytes that have arrived so far, and the last one is the length of the input. The random cuts of
 * {@link #cutsFor} depend only on the input, so that findings can be reproduced.
 */
final class InputSplitter {
    private InputSplitter() {}

    /** Returns four ways to cut the input: whole, byte by byte, and twice at random. */
    static List<int[]> cutsFor(byte[] bytes) {
        Random random = seededRandom(bytes);
        return List.of(
                whole(bytes.length),
                everyByte(bytes.length),
                random(random, bytes.length),
                random(random, bytes.length));
    }

    static Random seededRandom(byte[] bytes) {
        return new Random(Arrays.hashCode(bytes));
    }

    static int[] whole(int length) {
        return new int[] {length};
    }

    static int[] everyByte(int length) {
        int[] cuts = new int[length + 1];
        for (int i = 0; i <= length; i++) {
            cuts[i] = i;
        }
        return cuts;
    }

    static int[] random(Random random, int length) {
        int[] cuts = new int[1 + random.nextInt(8)];
        for (int i = 0; i < cuts.length; i++) {
            cuts[i] = random.nextInt(length + 1);
        }
        Arrays.sort(cuts);
        cuts[cuts.length - 1] = length;
        return cuts;
    }

    /** Returns the pieces between the cuts, without empty ones. */
    static List<byte[]> pieces(byte[] bytes, int[] cuts) {
        List<byte[]> pieces = new ArrayList<>();
        int start = 0;
        for (int cut : cuts) {
            if (cut > start) {
                pieces.add(Arrays.copyOfRange(bytes, start, cut));
                start = cut;
            }
        }
        return pieces;
    }
}
