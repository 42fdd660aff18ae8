package io.httpipe.soak;

/**
 * The behaviour that a request asks of the server. The path of the request contains it. Both sides derive the response
 * from it.
 *
 * @param behaviour   how the server handles the request
 * @param id          the number of the request, which is unique in the soak
 * @param seed        the seed of the response
 * @param maxArrivals how many times the request may arrive
 */
record RequestSpec(ServerBehaviour behaviour, long id, long seed, int maxArrivals) {
    String path() {
        return "/" + behaviour + "/" + id + "/" + Long.toHexString(seed) + "/" + maxArrivals;
    }

    static RequestSpec parse(String path) {
        String[] parts = path.substring(1).split("/", -1);
        ServerBehaviour behaviour = ServerBehaviour.valueOf(parts[0]);
        return new RequestSpec(
                behaviour, Long.parseLong(parts[1]), Long.parseUnsignedLong(parts[2], 16), Integer.parseInt(parts[3]));
    }

    /** Returns the valid response to this request. */
    ResponseSpec response() {
        return ResponseSpec.of(seed);
    }

    /** The seed of the request body. */
    long bodySeed() {
        return ~seed;
    }
}
