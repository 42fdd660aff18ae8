package io.httpipe.internal.policy;

import java.io.IOException;
import java.util.Map;

/** The value of an Authorization field, with callbacks for the response. Immutable, except {@link DigestAnswer}. */
class Answer {
    private final String value;

    Answer(String value) {
        this.value = value;
    }

    final String value() {
        return value;
    }

    /**
     * Called when the server has accepted the answer and has sent Authentication-Info.
     *
     * @param info the parameters of Authentication-Info
     * @throws ServerProofException if the parameters show that the server does not know the password
     */
    void accepted(Map<String, String> info) throws IOException {}

    /**
     * Called after a response that is no challenge. If this answers a challenge and gets no response, also called
     * before another answer to the same challenge is made.
     */
    void used() {}

    /** Called when the server has refused the answer, and no other answer follows. */
    void refused() {}

    /** Returns only the scheme, because the rest may be secret. */
    @Override
    public final String toString() {
        return value.substring(0, value.indexOf(' ')) + " ***";
    }
}
