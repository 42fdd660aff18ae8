package io.httpipe.internal.policy;

import io.httpipe.internal.wire.Origin;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The policies of a client or a request. A request's policies replace the client's one by one.
 *
 * @param redirects      null if not set
 * @param authenticators null if not set
 * @param retries        null if not set
 * @param cookies        null if not set
 * @param initiator      the origin of the page that leads to the request; null if not set
 */
public record Policies(
        @Nullable RedirectRules redirects,
        @Nullable List<Authenticator> authenticators,
        @Nullable RetryRules retries,
        @Nullable Cookies cookies,
        @Nullable Origin initiator) {
    public static final Policies NONE = new Policies(null, null, null, null, null);

    public Policies withRedirects(RedirectRules newRedirects) {
        return new Policies(newRedirects, authenticators, retries, cookies, initiator);
    }

    public Policies withAuthenticators(List<Authenticator> newAuthenticators) {
        return new Policies(redirects, List.copyOf(newAuthenticators), retries, cookies, initiator);
    }

    public Policies withRetries(RetryRules newRetries) {
        return new Policies(redirects, authenticators, newRetries, cookies, initiator);
    }

    public Policies withCookies(Cookies newCookies) {
        return new Policies(redirects, authenticators, retries, newCookies, initiator);
    }

    public Policies withInitiator(Origin newInitiator) {
        return new Policies(redirects, authenticators, retries, cookies, newInitiator);
    }

    /** Returns these policies, and the client's where these are not set. */
    public Policies orElse(Policies client) {
        return new Policies(
                redirects == null ? client.redirects : redirects,
                authenticators == null ? client.authenticators : authenticators,
                retries == null ? client.retries : retries,
                cookies == null ? client.cookies : cookies,
                initiator == null ? client.initiator : initiator);
    }

    /** Whether no policy can do anything. */
    public boolean isIdle() {
        return (redirects == null || redirects.maxHops() == 0)
                && (authenticators == null || authenticators.isEmpty())
                && (retries == null || retries.attempts() == 1)
                && (cookies == null || cookies.equals(Cookies.NONE));
    }
}
