package io.httpipe.internal.policy;

import java.io.IOException;
import java.util.Map;

/** The value of an Authorization field, and what the reply of the server means for it. Thread-safe. */
class Answer {
    private final String value;

    Answer(String value) {
        this.value = value;
    }

    final String value() {
        return value;
    }

    /**
     * Called when the server has accepted the answer.
     *
     * @param info the parameters of Authentication-Info
     * @throws ServerProofException if they show that the server does not know the password
     */
    void accepted(Map<String, String> info) throws IOException {}

    /** Called when the server has sent a response that is no challenge. */
    void used() {}

    /** Called when the server has refused the answer, and no other answer follows. */
    void refused() {}

    /** Returns only the scheme, because the rest may be secret. */
    @Override
    public final String toString() {
        return value.substring(0, value.indexOf(' ')) + " ***";
    }
}
