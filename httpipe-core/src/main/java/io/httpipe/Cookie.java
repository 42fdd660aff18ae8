package io.httpipe;

import io.httpipe.internal.policy.StoredCookie;
import io.httpipe.internal.wire.SetCookie;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A cookie of a {@link CookieStore} (RFC 6265bis). {@link #toString} does not show its value.
 *
 * {@snippet :
 * cookies.removeIf(cookie -> cookie.name().equals("session") && cookie.domain().equals("example.com"));
 * }
 *
 * @param name     the name; may be empty
 * @param value    the value; may be empty if the name is not
 * @param domain   the host that the cookie is for, in lower case
 * @param hostOnly whether the cookie is for that host only, without its subdomains
 * @param path     the path that the cookie is for, with everything below it
 * @param expires  when the cookie expires; null if it lasts as long as its store
 * @param secure   whether the cookie is only for https
 * @param httpOnly whether the server has hidden the cookie from scripts, which has no effect here
 * @param sameSite {@code Strict}, {@code Lax}, {@code None}, or an empty text; see {@link Request#initiator}
 */
public record Cookie(
        String name,
        String value,
        String domain,
        boolean hostOnly,
        String path,
        @Nullable Instant expires,
        boolean secure,
        boolean httpOnly,
        String sameSite) {
    static Cookie of(StoredCookie cookie) {
        return new Cookie(
                cookie.name,
                cookie.value,
                cookie.domain,
                cookie.hostOnly,
                cookie.path,
                cookie.expires == SetCookie.SESSION ? null : Instant.ofEpochMilli(cookie.expires),
                cookie.secure,
                cookie.httpOnly,
                cookie.sameSite);
    }

    /** Returns everything but the value. */
    @Override
    public String toString() {
        return new OptionText("Cookie")
                .with("name", name)
                .with("domain", domain)
                .with("hostOnly", hostOnly)
                .with("path", path)
                .with("expires", expires)
                .with("secure", secure)
                .with("httpOnly", httpOnly)
                .with("sameSite", sameSite)
                .toString();
    }
}
