package io.httpipe.internal.wire;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * A challenge: how a server wants a client to authenticate (RFC 9110, section 11.3). Immutable.
 *
 * @param scheme     the authentication scheme in lower case
 * @param token68    the unnamed parameter that some schemes have instead of named ones; null if there is none
 * @param parameters the named parameters in their order: the names in lower case, the values without quotes
 */
public record Challenge(String scheme, @Nullable String token68, SequencedMap<String, String> parameters) {
    public Challenge {
        parameters = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(parameters));
    }

    /** The value of a parameter with this name in lower case, or null. */
    public @Nullable String parameter(String name) {
        return parameters.get(name);
    }

    /** Whether a parameter with this name in lower case has this value, ignoring the case of the value. */
    public boolean has(String name, String value) {
        return value.equalsIgnoreCase(parameters.get(name));
    }
}
