package io.httpipe.soak;

import io.httpipe.Body;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;

/** Makes request bodies of {@link GeneratedBytes}, each of a random kind. */
final class RandomBody {
    private RandomBody() {}

    /** Returns a body of this many bytes; {@code replayable} asks for one that can be sent twice. */
    static Body of(SplittableRandom random, long seed, int length, boolean replayable) {
        if (replayable) {
            return Body.of(GeneratedBytes.of(seed, length));
        }
        return switch (random.nextInt(5)) {
            case 0 -> Body.of(GeneratedBytes.stream(seed, length, Long.MAX_VALUE));
            case 1 -> Body.of(GeneratedBytes.stream(seed, length, Long.MAX_VALUE), length);
            case 2 -> Body.of(pieces(seed, length));
            case 3 -> Body.writing(out -> out.write(GeneratedBytes.of(seed, length)));
            default ->
                Body.writing(length, out -> {
                    byte[] whole = GeneratedBytes.of(seed, length);
                    int middle = length / 2;
                    out.write(whole, 0, middle);
                    out.flush();
                    out.write(whole, middle, length - middle);
                });
        };
    }

    private static Iterator<byte[]> pieces(long seed, int length) {
        byte[] whole = GeneratedBytes.of(seed, length);
        List<byte[]> pieces = new ArrayList<>();
        for (int at = 0; at < length; at += 9_999) {
            pieces.add(Arrays.copyOfRange(whole, at, Math.min(length, at + 9_999)));
        }
        return pieces.iterator();
    }
}
