package io.httpipe.fuzz;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * The ways in which octets may arrive: each is a list of lengths, ascending, of what has arrived by then; the last one
 * is all. They follow from the octets alone, so that a finding can be repeated, and differ for all that differ.
 */
final class Cuts {
    private Cuts() {}

    /** Whole, octet by octet, and twice at random. */
    static List<int[]> of(byte[] octets) {
        Random random = random(octets);
        return List.of(
                whole(octets.length),
                everyOctet(octets.length),
                random(random, octets.length),
                random(random, octets.length));
    }

    static Random random(byte[] octets) {
        return new Random(Arrays.hashCode(octets));
    }

    static int[] whole(int length) {
        return new int[] {length};
    }

    static int[] everyOctet(int length) {
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

    /** The pieces between the cuts; none of them is empty. */
    static List<byte[]> pieces(byte[] octets, int[] cuts) {
        List<byte[]> pieces = new ArrayList<>();
        int from = 0;
        for (int cut : cuts) {
            if (cut > from) {
                pieces.add(Arrays.copyOfRange(octets, from, cut));
                from = cut;
            }
        }
        return pieces;
    }
}
