package io.httpipe.bench.clients;

import java.io.IOException;
import java.io.InputStream;

/** Sees to it that nothing else than what was asked for is measured. */
final class Answers {
    private Answers() {}

    static long check(int status, long length) throws IOException {
        if (status != 200) {
            throw new IOException("the server answered " + status);
        }
        return length;
    }

    /** Reads all there is into a small buffer, again and again. */
    static long count(InputStream in) throws IOException {
        byte[] buffer = new byte[Client.PIECE];
        long total = 0;
        for (int count; (count = in.read(buffer)) >= 0; ) {
            total += count;
        }
        return total;
    }
}
