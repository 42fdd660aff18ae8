package io.httpipe.soak;

/**
 * What a request asks of the server, in its path: both sides derive from it what the answer is.
 *
 * @param kind what the server is to do
 * @param id   unlike any other's
 * @param seed of the answer
 * @param most how often the request may arrive
 */
record Question(Kind kind, long id, long seed, int most) {
    String path() {
        return "/" + kind + "/" + id + "/" + Long.toHexString(seed) + "/" + most;
    }

    static Question parse(String path) {
        String[] parts = path.substring(1).split("/", -1);
        Kind kind = Kind.valueOf(parts[0]);
        return new Question(
                kind, Long.parseLong(parts[1]), Long.parseUnsignedLong(parts[2], 16), Integer.parseInt(parts[3]));
    }

    /** What a well-formed answer to it is. */
    Plan plan() {
        return Plan.of(seed);
    }

    /** The seed of what it sends as its body. */
    long bodySeed() {
        return ~seed;
    }
}
