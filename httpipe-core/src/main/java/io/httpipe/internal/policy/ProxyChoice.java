package io.httpipe.internal.policy;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.connect.ProxyIdentity;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Chooses the proxy of each request. Thread-safe. */
public final class ProxyChoice {
    private final @Nullable ProxyIdentity always;
    private final @Nullable Function<Outgoing, @Nullable ProxyIdentity> rules;

    private ProxyChoice(@Nullable ProxyIdentity always, @Nullable Function<Outgoing, @Nullable ProxyIdentity> rules) {
        this.always = always;
        this.rules = rules;
    }

    /** Chooses one proxy for all requests; null for direct connections. */
    public static ProxyChoice of(@Nullable ProxyIdentity always) {
        return new ProxyChoice(always, null);
    }

    /** Asks these rules for each request. They return null for a direct connection. */
    public static ProxyChoice by(Function<Outgoing, @Nullable ProxyIdentity> rules) {
        return new ProxyChoice(null, rules);
    }

    /** Whether all requests go through the same proxy. */
    boolean isProxy() {
        return always != null;
    }

    /** Returns the request for its proxy. A request that sets the address to connect to uses no proxy. */
    Outgoing route(Outgoing request) {
        if (request.hasAddress() || !request.hasHost()) {
            return request;
        }
        ProxyIdentity chosen = rules == null ? always : rules.apply(request);
        return chosen == null ? withoutCredentials(request) : request.through(chosen);
    }

    /** Removes {@code Proxy-Authorization}, because an origin must not get the credentials for a proxy. */
    private static Outgoing withoutCredentials(Outgoing request) {
        String credentials = AuthFields.PROXY.credentials();
        return request.fields().contains(credentials)
                ? request.withFields(request.requestFields().keeping(name -> !name.equalsIgnoreCase(credentials)))
                : request;
    }
}
