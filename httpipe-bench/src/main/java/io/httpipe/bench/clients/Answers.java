package io.httpipe.bench.clients;

import java.io.IOException;

/** Sees to it that nothing else than what was asked for is measured. */
final class Answers {
    private Answers() {}

    static long check(int status, long length) throws IOException {
        if (status != 200) {
            throw new IOException("the server answered " + status);
        }
        return length;
    }
}
