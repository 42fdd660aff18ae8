package io.httpipe.internal.policy;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.Origin;
import io.httpipe.internal.wire.SetCookie;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Keeps cookies in memory and decides which requests they go with (RFC 6265bis, sections 5.7 and 5.8). Thread-safe. A
 * site has at most 180 cookies, and all sites together have at most 3,000. No callback is called under the lock, except
 * the clock.
 */
public final class CookieJar implements Cookies {
    static final int MAX_OF_SITE = 180;
    static final int MAX = 3000;

    private static final Set<String> SAFE_METHODS = Set.of("GET", "HEAD", "OPTIONS", "TRACE", "QUERY");

    /** Called for each cookie that is refused. Must be thread-safe. */
    public interface Refusals {
        void refused(String origin, String name, String reason);
    }

    /** Whether a domain is a public suffix with several labels; null if these suffixes are not known. */
    private final @Nullable Predicate<String> suffixes;

    /** The current time in milliseconds since 1970. */
    private final LongSupplier clock;

    private final ReentrantLock lock = new ReentrantLock();

    /** The cookies of each site. */
    private final Map<String, List<StoredCookie>> sites = new HashMap<>();

    private int size;
    private long created;
    private long uses;
    private volatile @Nullable Refusals refusals;

    public CookieJar(@Nullable Predicate<String> suffixes, LongSupplier clock) {
        this.suffixes = suffixes;
        this.clock = clock;
    }

    public void onRefused(Refusals listener) {
        refusals = listener;
    }

    @Override
    public void received(Outgoing request, FieldLines fields) {
        for (int i = fields.indexOf("Set-Cookie", 0); i >= 0; i = fields.indexOf("Set-Cookie", i + 1)) {
            set(request.origin(), request.path(), fields.value(i));
        }
    }

    /** Keeps the cookie of a {@code Set-Cookie} value. Returns why the cookie was refused; null if it was not. */
    public @Nullable String set(Origin origin, String path, String text) {
        SetCookie given = SetCookie.parse(text, clock.getAsLong());
        String why = given.refusal();
        if (why == null) {
            why = put(origin, path, given);
        }
        tell(origin.toString(), given.name(), why);
        return why;
    }

    private void tell(String origin, String name, @Nullable String why) {
        Refusals listener = refusals;
        if (why != null && listener != null) {
            listener.refused(origin, printable(name), why);
        }
    }

    private @Nullable String put(Origin origin, String path, SetCookie given) {
        String host = origin.host();
        String domain = given.domain();
        boolean hostOnly = domain.isEmpty() || domain.equals(host) && (CookieScope.isAlone(host) || isSuffix(domain));
        if (!hostOnly && !CookieScope.domainMatches(host, domain)) {
            return "its Domain is neither the host nor a parent of it";
        }
        if (!hostOnly && isSuffix(domain)) {
            return "its Domain is a public suffix";
        }
        if (!hostOnly && !site(host).equals(site(domain))) {
            return "there is a public suffix between its Domain and the host";
        }
        if (given.secure() && !origin.secure()) {
            return "it is Secure and comes from http";
        }
        String named = given.path();
        String defaultPath = CookieScope.defaultPath(CookieScope.comparable(path, StandardCharsets.UTF_8));
        boolean usesDefault = named == null || named.isEmpty();
        if (usesDefault && !CookieScope.isAttribute(defaultPath)) {
            return "it has no Path, and the path of the request is too long, or has a semicolon or other characters that a"
                    + " Path cannot have";
        }
        StoredCookie cookie = new StoredCookie(
                given.name(),
                given.value(),
                hostOnly ? host : domain,
                hostOnly,
                usesDefault ? defaultPath : Objects.requireNonNull(named),
                given.expires(),
                given.secure(),
                given.httpOnly(),
                given.sameSite());
        String why = cookie.refusal(named != null);
        return why == null ? put(cookie, origin.secure()) : why;
    }

    /** Adds the cookies of a file, except those that have expired. */
    public void restore(List<StoredCookie> cookies) {
        for (StoredCookie cookie : cookies) {
            if (cookie.isExpired(clock.getAsLong())) {
                continue;
            }
            boolean wide = !cookie.hostOnly && (CookieScope.isAlone(cookie.domain) || isSuffix(cookie.domain));
            String why = wide
                    ? "its domain is an address, a public suffix, or a name that ends with a dot or is too long"
                    : cookie.refusal(true);
            if (why == null) {
                why = put(cookie, true);
            }
            tell((cookie.secure ? "https://" : "http://") + cookie.domain, cookie.name, why);
        }
    }

    private @Nullable String put(StoredCookie cookie, boolean secureOrigin) {
        long now = clock.getAsLong();
        String site = site(cookie.domain);
        lock.lock();
        try {
            List<StoredCookie> all = sites.get(site);
            if (all == null) {
                all = new ArrayList<>();
                sites.put(site, all);
            }
            String why = replace(all, cookie, secureOrigin, now);
            if (all.size() > MAX_OF_SITE && evict(List.of(all), MAX_OF_SITE, true, now) == cookie) {
                why = "the site has 180 Secure cookies";
            }
            if (all.isEmpty()) {
                sites.remove(site);
            }
            if (size > MAX) {
                evict(sites.values(), MAX, false, now);
                dropEmpty();
            }
            return why;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Adds a cookie, and removes the one that it replaces. A cookie that has expired is not added.
     *
     * @return why the cookie is refused; null if it is not
     */
    private @Nullable String replace(List<StoredCookie> all, StoredCookie cookie, boolean secureOrigin, long now) {
        StoredCookie old = null;
        for (StoredCookie each : all) {
            boolean hides = each.secure && each.name.equals(cookie.name) && !secureOrigin && !each.isExpired(now);
            if (hides
                    && CookieScope.pathMatches(cookie.comparablePath, each.comparablePath)
                    && (CookieScope.domainMatches(each.domain, cookie.domain)
                            || CookieScope.domainMatches(cookie.domain, each.domain))) {
                return "http cannot replace a Secure cookie";
            }
            old = each.isSameAs(cookie) ? each : old;
        }
        cookie.created = old == null ? ++created : old.created;
        cookie.used = ++uses;
        size -= all.remove(old) ? 1 : 0;
        if (!cookie.isExpired(now)) {
            all.add(cookie);
            size++;
        }
        return null;
    }

    /**
     * Removes the expired cookies from these lists. If there are still too many cookies, also removes the one that has
     * been unused for longest, and returns it.
     *
     * @param insecureFirst whether a cookie without Secure is removed before all cookies with Secure
     */
    private @Nullable StoredCookie evict(
            Collection<List<StoredCookie>> lists, int max, boolean insecureFirst, long now) {
        StoredCookie victim = null;
        List<StoredCookie> home = List.of();
        int count = 0;
        for (List<StoredCookie> all : lists) {
            for (int i = all.size() - 1; i >= 0; i--) {
                StoredCookie each = all.get(i);
                if (each.isExpired(now)) {
                    all.remove(i);
                    size--;
                    continue;
                }
                count++;
                boolean goesFirst = victim == null
                        || (insecureFirst && each.secure != victim.secure ? victim.secure : each.used < victim.used);
                home = goesFirst ? all : home;
                victim = goesFirst ? each : victim;
            }
        }
        if (count <= max) {
            return null;
        }
        home.remove(victim);
        size--;
        return victim;
    }

    private void dropEmpty() {
        for (Iterator<List<StoredCookie>> i = sites.values().iterator(); i.hasNext(); ) {
            if (i.next().isEmpty()) {
                i.remove();
            }
        }
    }

    @Override
    public @Nullable String header(Outgoing request, @Nullable Origin initiator) {
        Origin origin = request.origin();
        String path = CookieScope.comparable(request.path(), StandardCharsets.UTF_8);
        String site = site(origin.host());
        boolean crossSite = initiator != null && !isSameSite(initiator, origin, site);
        boolean unsafe = crossSite && !SAFE_METHODS.contains(request.method());
        List<StoredCookie> sent = new ArrayList<>();
        lock.lock();
        try {
            List<StoredCookie> all = sites.get(site);
            if (all == null) {
                return null;
            }
            long now = clock.getAsLong();
            for (StoredCookie each : all) {
                boolean ofSite = each.sameSite.equals("Strict") || unsafe && !each.sameSite.equals("None");
                if ((each.hostOnly
                                ? origin.host().equals(each.domain)
                                : CookieScope.domainMatches(origin.host(), each.domain))
                        && CookieScope.pathMatches(path, each.comparablePath)
                        && (origin.secure() || !each.secure)
                        && !(crossSite && ofSite)
                        && !each.isExpired(now)) {
                    each.used = ++uses;
                    sent.add(each);
                }
            }
        } finally {
            lock.unlock();
        }
        return sent.isEmpty() ? null : join(sent);
    }

    private static String join(List<StoredCookie> sent) {
        Collections.sort(sent);
        StringBuilder header = new StringBuilder();
        for (StoredCookie each : sent) {
            header.append(header.isEmpty() ? "" : "; ");
            header.append(each.name).append(each.name.isEmpty() ? "" : "=").append(each.value);
        }
        return header.toString();
    }

    private boolean isSameSite(Origin initiator, Origin origin, String site) {
        return initiator.secure() == origin.secure()
                && (initiator.host().equals(origin.host())
                        || suffixes != null && site(initiator.host()).equals(site));
    }

    /** The public suffix of a host with the label in front of it; the host itself if it has no such label. */
    private String site(String host) {
        String site = host;
        int dot = CookieScope.isAlone(host) ? -1 : host.indexOf('.');
        while (dot >= 0) {
            String parent = site.substring(dot + 1);
            if (isSuffix(parent)) {
                return site;
            }
            site = parent;
            dot = site.indexOf('.');
        }
        return site;
    }

    private boolean isSuffix(String domain) {
        return domain.indexOf('.') < 0 || suffixes != null && suffixes.test(domain);
    }

    /** All cookies that have not expired, in the order of {@link StoredCookie#created}. */
    public List<StoredCookie> all() {
        Map<Long, StoredCookie> live = new TreeMap<>();
        lock.lock();
        try {
            evict(sites.values(), MAX, false, clock.getAsLong());
            dropEmpty();
            for (List<StoredCookie> all : sites.values()) {
                for (StoredCookie each : all) {
                    live.put(each.created, each);
                }
            }
        } finally {
            lock.unlock();
        }
        return new ArrayList<>(live.values());
    }

    public void remove(Set<StoredCookie> cookies) {
        lock.lock();
        try {
            size = 0;
            for (List<StoredCookie> all : sites.values()) {
                all.removeAll(cookies);
                size += all.size();
            }
            dropEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** The first 60 characters of a name, with {@code ?} for each control character, so that logs can show it. */
    private static String printable(String name) {
        StringBuilder start = new StringBuilder();
        for (int i = 0; i < Math.min(name.length(), 60); i++) {
            start.append(Character.isISOControl(name.charAt(i)) ? '?' : name.charAt(i));
        }
        return start.toString();
    }
}
