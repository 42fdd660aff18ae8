package io.httpipe;

import io.httpipe.internal.policy.RedirectRules;
import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.Origin;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * Rules for redirects: which ones a client follows, and which headers it sends to another origin. An immutable value;
 * its methods return changed copies.
 *
 * {@snippet :
 * Httpipe hp = Httpipe.builder()
 *         .redirects(Redirects.NORMAL.trust("https://login.test", "https://files.test:8443"))
 *         .build();
 * }
 *
 * <p>The statuses 301, 302, 303, 307 and 308 are redirects (RFC 9110, section 15.4). A POST becomes a GET after 301 and
 * 302. Every method except HEAD becomes a GET after 303. A 303, and any change of the method, drops the body.
 * Otherwise, the method and the body stay the same. Responses with other statuses, such as 300 and 304, are returned to
 * the caller.
 *
 * <p>The client does not follow a redirect, and returns its response to the caller, in these cases:
 *
 * <ul>
 *   <li>The response has no {@code Location}.
 *   <li>The redirect leads from https to http, or to a scheme other than http and https.
 *   <li>The redirect leads to another origin, and the rules come from {@link #SAME_ORIGIN}.
 *   <li>The next request needs the body, and the body cannot be sent again.
 * </ul>
 *
 * <p>The last of {@link Response#hops} says why. If {@code Location} is malformed, if there is a loop, or if there are
 * too many redirects, the call throws {@link RedirectFailedException}.
 *
 * <p><b>Other origins.</b> An origin is a scheme, a host and a port. Another origin gets only headers that hold no
 * secrets, such as {@code Accept}, {@code Accept-Language}, {@code Range} and {@code User-Agent}, and headers that
 * describe the body, if it is sent. It does not get {@code Authorization}, {@code Cookie}, any of the remaining
 * headers, or the trailers. They are not sent during the rest of the call either, even if a later redirect leads back
 * to the first origin, because the other origin chose that redirect. Only a {@code Host} that the caller has set is
 * sent to the first origin again. These rules do not limit the cookies of a {@link CookieStore}: each request gets only
 * those that belong to its own URI.
 *
 * <p>The endpoint of {@link Request#at} is used only for the request's own origin. The settings of {@link Request#tls}
 * are used only for that origin and for {@linkplain #trust trusted} ones. Both are used again if a later redirect leads
 * back to the request's own origin. {@link Credentials} are sent to their own origins only. {@code Referer} is not
 * added.
 */
public final class Redirects {
    /**
     * Follows no redirects. This is the default. Its methods {@code maxHops}, {@code trust} and {@code keepHeaders}
     * throw {@link IllegalStateException}.
     */
    public static final Redirects NEVER = new Redirects(new RedirectRules(0, false, Set.of(), Set.of()));

    /** Follows up to 10 redirects, but never from https to http. */
    public static final Redirects NORMAL = new Redirects(new RedirectRules(10, false, Set.of(), Set.of()));

    /** Follows up to 10 redirects within an origin. */
    public static final Redirects SAME_ORIGIN = new Redirects(new RedirectRules(10, true, Set.of(), Set.of()));

    private final RedirectRules rules;

    private Redirects(RedirectRules rules) {
        this.rules = rules;
    }

    /**
     * {@return a copy that follows at most this many redirects in one call}
     *
     * @param maxHops 1 to 19; a call makes at most 20 attempts, of all kinds together
     */
    public Redirects maxHops(int maxHops) {
        requireFollowing();
        if (maxHops < 1 || maxHops > 19) {
            throw new IllegalArgumentException("maxHops: %d is not within 1 to 19".formatted(maxHops));
        }
        return new Redirects(new RedirectRules(maxHops, rules.sameOrigin(), rules.trusted(), rules.carried()));
    }

    /**
     * {@return a copy that trusts these origins like the request's own} A redirect to a trusted origin keeps the
     * trailers, the settings of {@link Request#tls}, and all headers except {@code Host}. After a redirect to an origin
     * that is not trusted, the call no longer trusts these origins.
     *
     * @param origins such as {@code https://files.test} or {@code http://[::1]:8080}; added to those trusted before
     */
    public Redirects trust(String... origins) {
        requireFollowing();
        Set<Origin> trusted = new HashSet<>(rules.trusted());
        for (String origin : Arguments.notNull("origins", origins)) {
            trusted.add(Origin.parse("origins", origin));
        }
        return new Redirects(new RedirectRules(rules.maxHops(), rules.sameOrigin(), trusted, rules.carried()));
    }

    /**
     * {@return a copy that sends these headers to every origin}
     *
     * @param names in upper or lower case; not {@code Authorization}, {@code Cookie}, {@code Proxy-Authorization} or
     *              {@code Host}
     */
    public Redirects keepHeaders(String... names) {
        requireFollowing();
        Set<String> carried = new HashSet<>(rules.carried());
        for (String name : Arguments.notNull("names", names)) {
            String lower = Arguments.token("names", name).toLowerCase(Locale.ROOT);
            if (Set.of("authorization", "cookie", "proxy-authorization", "host").contains(lower)) {
                throw new IllegalArgumentException("names: %s cannot go to every origin".formatted(name));
            }
            carried.add(lower);
        }
        return new Redirects(new RedirectRules(rules.maxHops(), rules.sameOrigin(), rules.trusted(), carried));
    }

    private void requireFollowing() {
        if (rules.maxHops() == 0) {
            throw new IllegalStateException("Redirects.NEVER follows no redirects; start with Redirects.NORMAL");
        }
    }

    RedirectRules rules() {
        return rules;
    }

    /** Returns the options. */
    @Override
    public String toString() {
        return new OptionText("Redirects")
                .with("maxHops", rules.maxHops())
                .with("sameOrigin", rules.sameOrigin())
                .with("trusted", rules.trusted())
                .with("keepHeaders", rules.carried())
                .toString();
    }
}
