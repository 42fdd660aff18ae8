package io.httpipe.internal.policy;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.connect.ProxyIdentity;
import io.httpipe.internal.wire.Origin;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The policies of a client or a request. Each policy that a request sets replaces the same policy of the client.
 *
 * @param redirects      null if not set
 * @param authenticators null if not set
 * @param retries        null if not set
 * @param cookies        null if not set
 * @param initiator      the origin of the page that leads to the request; null if not set
 * @param proxies        null if not set
 * @param decoding       null if not set
 */
public record Policies(
        @Nullable RedirectRules redirects,
        @Nullable List<Authenticator> authenticators,
        @Nullable RetryRules retries,
        @Nullable Cookies cookies,
        @Nullable Origin initiator,
        @Nullable ProxyChoice proxies,
        @Nullable DecodingRules decoding) {
    public static final Policies NONE = new Policies(null, null, null, null, null, null, null);

    public Policies withRedirects(RedirectRules newRedirects) {
        return new Policies(newRedirects, authenticators, retries, cookies, initiator, proxies, decoding);
    }

    public Policies withAuthenticators(List<Authenticator> newAuthenticators) {
        return new Policies(redirects, List.copyOf(newAuthenticators), retries, cookies, initiator, proxies, decoding);
    }

    public Policies withRetries(RetryRules newRetries) {
        return new Policies(redirects, authenticators, newRetries, cookies, initiator, proxies, decoding);
    }

    public Policies withCookies(Cookies newCookies) {
        return new Policies(redirects, authenticators, retries, newCookies, initiator, proxies, decoding);
    }

    public Policies withInitiator(Origin newInitiator) {
        return new Policies(redirects, authenticators, retries, cookies, newInitiator, proxies, decoding);
    }

    public Policies withProxies(ProxyChoice newProxies) {
        return new Policies(redirects, authenticators, retries, cookies, initiator, newProxies, decoding);
    }

    public Policies withDecoding(DecodingRules newDecoding) {
        return new Policies(redirects, authenticators, retries, cookies, initiator, proxies, newDecoding);
    }

    /** Returns these policies, and the client's where these are not set. */
    public Policies orElse(Policies client) {
        return new Policies(
                redirects == null ? client.redirects : redirects,
                authenticators == null ? client.authenticators : authenticators,
                retries == null ? client.retries : retries,
                cookies == null ? client.cookies : cookies,
                initiator == null ? client.initiator : initiator,
                proxies == null ? client.proxies : proxies,
                decoding == null ? client.decoding : decoding);
    }

    /** Whether no policy is in effect. */
    public boolean isIdle() {
        return proxies == null && needsOneAttempt();
    }

    /** Whether a request goes to a forward proxy for which there are credentials. */
    public static boolean needsProxyLogin(Outgoing routed) {
        ProxyIdentity proxy = routed.proxy();
        return proxy != null && proxy.isForward() && proxy.login() != null;
    }

    /** Whether all requests go through the same proxy. */
    public boolean hasProxy() {
        return proxies != null && proxies.isProxy();
    }

    /** Returns the request for the proxy that is chosen for it, or the same request if no policy chooses proxies. */
    public Outgoing route(Outgoing request) {
        return proxies == null ? request : proxies.route(request);
    }

    /** Whether no policy is in effect, except the choice of the proxy. Then only a 407 causes another attempt. */
    public boolean needsOneAttempt() {
        return (redirects == null || redirects.maxHops() == 0)
                && (authenticators == null || authenticators.isEmpty())
                && (retries == null || retries.attempts() == 1)
                && (cookies == null || cookies.equals(Cookies.NONE))
                && (decoding == null || decoding.isOff());
    }
}
