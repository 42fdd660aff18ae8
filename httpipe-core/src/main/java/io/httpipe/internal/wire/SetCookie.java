package io.httpipe.internal.wire;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One {@code Set-Cookie} value, parsed by RFC 6265bis, section 5.6. Every text can be parsed; {@link #refusal} says why
 * a cookie must not be kept. Immutable. Parsing takes a few steps for each character.
 */
public final class SetCookie {
    /** The time of expiry of a cookie that has none. */
    public static final long SESSION = Long.MAX_VALUE;

    /** The largest number of bytes of a name and its value together. */
    public static final int MAX_LENGTH = 4096;

    /** An attribute with a longer value is ignored. */
    private static final int MAX_ATTRIBUTE_LENGTH = 1024;

    /** The longest lifetime of a cookie in seconds: 400 days. */
    private static final long MAX_AGE = 400 * 86_400;

    private static final String[] SAME_SITE = {"Strict", "Lax", "None"};

    private static final long EXPIRED = Long.MIN_VALUE;

    private final String name;
    private final String value;
    private final long now;
    private String domain = "";
    private @Nullable String path;
    private long expires = SESSION;
    private boolean hasMaxAge;
    private boolean secure;
    private boolean httpOnly;
    private String sameSite = "";
    private final boolean hasControl;

    private SetCookie(String name, String value, long now, boolean hasControl) {
        this.name = name;
        this.value = value;
        this.now = now;
        this.hasControl = hasControl;
    }

    /**
     * Parses a value.
     *
     * @param now the current time in milliseconds since 1970
     */
    public static SetCookie parse(String text, long now) {
        int end = end(text, 0);
        int equals = text.indexOf('=', 0, end);
        boolean named = equals >= 0;
        SetCookie cookie = new SetCookie(
                named ? trimmed(text, 0, equals) : "",
                trimmed(text, named ? equals + 1 : 0, end),
                now,
                Ascii.indexOfBadFieldValue(text) >= 0);
        while (end < text.length()) {
            int start = end + 1;
            end = end(text, start);
            equals = text.indexOf('=', start, end);
            cookie.attribute(
                    trimmed(text, start, equals < 0 ? end : equals), equals < 0 ? "" : trimmed(text, equals + 1, end));
        }
        return cookie;
    }

    /** The end of the part that starts here. */
    private static int end(String text, int start) {
        int semicolon = text.indexOf(';', start);
        return semicolon < 0 ? text.length() : semicolon;
    }

    /** Removes spaces and tabs around a part. */
    private static String trimmed(String text, int from, int to) {
        int start = from;
        int end = to;
        while (start < end && Ascii.isSpaceOrTab(text.charAt(start))) {
            start++;
        }
        while (end > start && Ascii.isSpaceOrTab(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }

    /**
     * Applies an attribute. If a name occurs several times, the last one counts. An Expires or Max-Age that cannot be
     * parsed is ignored.
     */
    private void attribute(String attribute, String given) {
        if (given.length() > MAX_ATTRIBUTE_LENGTH) {
            return;
        }
        if (attribute.equalsIgnoreCase("Expires")) {
            long seconds = hasMaxAge ? -1 : CookieDate.parse(given);
            expires = seconds < 0 ? expires : limited(seconds * 1000, now);
        } else if (attribute.equalsIgnoreCase("Max-Age")) {
            maxAge(given);
        } else if (attribute.equalsIgnoreCase("Domain")) {
            domain = (given.startsWith(".") ? given.substring(1) : given).toLowerCase(Locale.ROOT);
        } else if (attribute.equalsIgnoreCase("Path")) {
            path = given.startsWith("/") ? given : "";
        } else if (attribute.equalsIgnoreCase("Secure")) {
            secure = true;
        } else if (attribute.equalsIgnoreCase("HttpOnly")) {
            httpOnly = true;
        } else if (attribute.equalsIgnoreCase("SameSite")) {
            sameSite = "";
            for (String known : SAME_SITE) {
                sameSite = known.equalsIgnoreCase(given) ? known : sameSite;
            }
        }
    }

    /** Returns a time of expiry that is at most 400 days after now; all in milliseconds since 1970. */
    public static long limited(long expires, long now) {
        return Math.min(expires, now + MAX_AGE * 1000);
    }

    /** Applies Max-Age, a lifetime in seconds. It overrides Expires. */
    private void maxAge(String given) {
        int from = given.startsWith("-") ? 1 : 0;
        long seconds = 0;
        for (int i = from; i < given.length(); i++) {
            if (!Ascii.isDigit(given.charAt(i))) {
                return;
            }
            seconds = Math.min(MAX_AGE, seconds * 10 + given.charAt(i) - '0');
        }
        if (from < given.length()) {
            hasMaxAge = true;
            expires = from == 1 || seconds == 0 ? EXPIRED : now + seconds * 1000;
        }
    }

    /** Why the cookie is refused, whichever server sends it; null if it is not. The text does not show the value. */
    public @Nullable String refusal() {
        if (hasControl) {
            return "it has a control character or a character beyond ISO 8859-1";
        }
        if (name.isEmpty() && value.isEmpty()) {
            return "it has neither a name nor a value";
        }
        return name.length() + value.length() > MAX_LENGTH ? "its name and value have more than 4096 bytes" : null;
    }

    /** The name; may be empty. */
    public String name() {
        return name;
    }

    public String value() {
        return value;
    }

    /** The domain in lower case, without a dot in front; empty if the cookie is for its host only. */
    public String domain() {
        return domain;
    }

    /** The path; empty if the attribute stands for the default path, null if the cookie has no such attribute. */
    public @Nullable String path() {
        return path;
    }

    /** The time of expiry in milliseconds since 1970; {@link #SESSION} for none. */
    public long expires() {
        return expires;
    }

    public boolean secure() {
        return secure;
    }

    public boolean httpOnly() {
        return httpOnly;
    }

    /** {@code Strict}, {@code Lax}, {@code None}, or empty. */
    public String sameSite() {
        return sameSite;
    }
}
