package io.httpipe.internal.wire;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Spells field names the usual way: {@code Content-Type}, {@code ETag}, {@code Foo-Bar}; each letter that starts a
 * word between hyphens is upper case, the others lower case. Names that most messages carry come from a table, without
 * a new string.
 */
public final class FieldNames {
    /** A power of two well above the number of names, so that the table has few collisions. */
    private static final int SLOTS = 256;

    private static final String[] KNOWN = new String[SLOTS];

    static {
        String known =
                "Accept Accept-Encoding Accept-Language Accept-Ranges Access-Control-Allow-Origin Age Allow Alt-Svc"
                        + " Authorization Cache-Control Connection Content-Disposition Content-Encoding Content-Language"
                        + " Content-Length Content-Location Content-Range Content-Security-Policy Content-Type Cookie Date"
                        + " ETag Expect Expires Forwarded From Host If-Match If-Modified-Since If-None-Match If-Range"
                        + " Idempotency-Key Keep-Alive Last-Modified Link Location Max-Forwards Origin Pragma"
                        + " Proxy-Authenticate Proxy-Authorization Range Referer Referrer-Policy Retry-After Server Set-Cookie"
                        + " Strict-Transport-Security Te Trailer Transfer-Encoding Upgrade User-Agent Vary Via Warning"
                        + " Www-Authenticate X-Content-Type-Options X-Forwarded-For X-Frame-Options X-Powered-By X-Request-Id";
        for (String name : known.split(" ", -1)) {
            int slot = slot(name);
            while (KNOWN[slot] != null) {
                slot = slot + 1 & SLOTS - 1;
            }
            KNOWN[slot] = name;
        }
    }

    private FieldNames() {}

    /** The usual spelling of a name. */
    public static String normalize(String name) {
        String known = known(name);
        if (known != null) {
            return known;
        }
        char[] chars = name.toLowerCase(Locale.ROOT).toCharArray();
        for (int i = 0; i < chars.length; i++) {
            if (i == 0 || chars[i - 1] == '-') {
                chars[i] = Character.toUpperCase(chars[i]);
            }
        }
        return new String(chars);
    }

    /** The usual spelling of the name at these octets. */
    static String normalize(byte[] bytes, int from, int to) {
        for (int slot = slot(bytes, from, to); KNOWN[slot] != null; slot = slot + 1 & SLOTS - 1) {
            if (matches(KNOWN[slot], bytes, from, to)) {
                return KNOWN[slot];
            }
        }
        return normalize(new String(bytes, from, to - from, StandardCharsets.ISO_8859_1));
    }

    /** Whether these octets are this name, in any case. */
    static boolean matches(String name, byte[] bytes, int from, int to) {
        if (to - from != name.length()) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            if (Ascii.lower(name.charAt(i)) != Ascii.lower(bytes[from + i])) {
                return false;
            }
        }
        return true;
    }

    private static @Nullable String known(String name) {
        for (int slot = slot(name); KNOWN[slot] != null; slot = slot + 1 & SLOTS - 1) {
            if (KNOWN[slot].equalsIgnoreCase(name)) {
                return KNOWN[slot];
            }
        }
        return null;
    }

    private static int slot(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
        return slot(bytes, 0, bytes.length);
    }

    /** Length, first, middle and last letter tell the known names apart well enough. */
    private static int slot(byte[] bytes, int from, int to) {
        if (from == to) {
            return 0;
        }
        int hash = Ascii.lower(bytes[from]) * 31 + Ascii.lower(bytes[to - 1]);
        hash = hash * 31 + Ascii.lower(bytes[from + (to - from >>> 1)]);
        return (hash * 31 + to - from) * 0x9e3779b9 >>> 24;
    }
}
