package io.httpipe.internal.policy;

import io.httpipe.internal.wire.SetCookie;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A cookie of a {@link CookieJar}. Immutable, except {@link #created} and {@link #used}. The jar sets {@link #created}
 * once, before it adds the cookie. The lock of the jar guards {@link #used}.
 */
public final class StoredCookie implements Comparable<StoredCookie> {
    private static final String[] PREFIXES = {"__secure-", "__http-", "__host-", "__host-http-"};

    public final String name;
    public final String value;
    public final String domain;

    /** Whether the cookie is for exactly the host {@link #domain}. */
    public final boolean hostOnly;

    public final String path;

    /** The path as {@link CookieScope#comparable} returns it. */
    final String comparablePath;

    /** In milliseconds since 1970; {@link SetCookie#SESSION} for none. */
    public final long expires;

    public final boolean secure;
    public final boolean httpOnly;

    /** {@code Strict}, {@code Lax}, {@code None}, or empty. */
    public final String sameSite;

    /** Larger for newer cookies. A cookie that replaces another one takes over its number. */
    long created;

    /** Larger for cookies that were used later. */
    long used;

    StoredCookie(
            String name,
            String value,
            String domain,
            boolean hostOnly,
            String path,
            long expires,
            boolean secure,
            boolean httpOnly,
            String sameSite) {
        this.name = name;
        this.value = value;
        this.domain = domain;
        this.hostOnly = hostOnly;
        this.path = path;
        this.comparablePath = CookieScope.comparable(path, StandardCharsets.ISO_8859_1);
        this.expires = expires;
        this.secure = secure;
        this.httpOnly = httpOnly;
        this.sameSite = sameSite;
    }

    /**
     * Why no server may set this cookie (RFC 6265bis, section 5.7; the prefixes of draft-ietf-httpbis-layered-cookies);
     * null if a server may.
     *
     * @param hasPath whether the server sent a {@code Path} attribute
     */
    @Nullable
    String refusal(boolean hasPath) {
        if (sameSite.equals("None") && !secure) {
            return "it is SameSite=None without Secure";
        }
        for (int i = 0; i < PREFIXES.length; i++) {
            String prefix = PREFIXES[i];
            if (name.isEmpty() && begins(value, prefix)) {
                return "it has no name, and its value begins with a prefix of cookie names, such as __Host-";
            }
            boolean fits = secure && (i % 2 == 0 || httpOnly) && (i < 2 || hostOnly && hasPath && path.equals("/"));
            if (!fits && begins(name, prefix)) {
                return "it breaks the rules of its prefix";
            }
        }
        return null;
    }

    private static boolean begins(String text, String prefix) {
        return text.regionMatches(true, 0, prefix, 0, prefix.length());
    }

    boolean isExpired(long now) {
        return expires <= now;
    }

    /** Whether one of the two replaces the other. */
    boolean isSameAs(StoredCookie other) {
        return hostOnly == other.hostOnly
                && name.equals(other.name)
                && domain.equals(other.domain)
                && path.equals(other.path);
    }

    /** A cookie with a longer path comes first. If the paths have the same length, the older cookie comes first. */
    @Override
    public int compareTo(StoredCookie other) {
        return path.length() == other.path.length()
                ? Long.compare(created, other.created)
                : Integer.compare(other.path.length(), path.length());
    }

    /** Returns the name and the domain, but not the value. */
    @Override
    public String toString() {
        return name + " of " + domain;
    }
}
