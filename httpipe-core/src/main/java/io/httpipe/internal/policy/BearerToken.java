package io.httpipe.internal.policy;

import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.wire.Arguments;

/**
 * A bearer token (RFC 6750).
 *
 * @param value    visible ASCII
 * @param lifetime how long the token is valid, in nanoseconds; {@link NanoClock#NEVER} if that is unknown
 */
public record BearerToken(String value, long lifetime) {
    /**
     * Checks the token. The error does not show it. All visible ASCII is accepted, because some servers use more
     * characters than RFC 6750 allows.
     */
    public BearerToken {
        Arguments.notNull("token", value);
        if (value.isEmpty()) {
            throw new IllegalArgumentException("token: it is empty");
        }
        for (int i = 0; i < value.length(); i++) {
            if (value.charAt(i) <= ' ' || value.charAt(i) > '~') {
                throw new IllegalArgumentException(
                        "token: the character at index %d is a space, a control character or not ASCII".formatted(i));
            }
        }
    }

    @Override
    public String toString() {
        return "BearerToken[***]";
    }
}
