package io.httpipe.internal.policy;

import io.httpipe.internal.wire.Origin;
import java.util.Set;

/**
 * Says which redirects to follow, and what may be sent to other origins.
 *
 * @param maxHops    how many redirects to follow; 0 for none
 * @param sameOrigin whether to follow redirects within an origin only
 * @param trusted    the origins that get everything that the request's own origin gets
 * @param carried    the headers that go to any origin, in addition to those that hold no secrets; in lower case
 */
public record RedirectRules(int maxHops, boolean sameOrigin, Set<Origin> trusted, Set<String> carried) {
    public RedirectRules {
        trusted = Set.copyOf(trusted);
        carried = Set.copyOf(carried);
    }
}
