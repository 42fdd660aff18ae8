package io.httpipe.internal.wire;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Normalizes the spelling of field names, and compares names in bytes.
 *
 * <p>The usual spelling has an upper case letter at the start and after each hyphen, and lower case elsewhere:
 * {@code Content-Type}, {@code Foo-Bar}. A table holds the names that are spelled differently, such as {@code ETag}. It
 * also holds the most common names, so that they need no new string.
 */
public final class FieldNames {
    /** The table has far more slots than names, so that there are few collisions. */
    private static final int SLOT_BITS = 9;

    private static final int SLOTS = 1 << SLOT_BITS;

    /** Common names that follow the rule. */
    private static final String COMMON =
            "Accept Accept-Encoding Accept-Language Accept-Ranges Access-Control-Allow-Origin Age Allow Alt-Svc"
                    + " Authorization Cache-Control Connection Content-Disposition Content-Encoding Content-Language"
                    + " Content-Length Content-Location Content-Range Content-Security-Policy Content-Type Cookie Date"
                    + " Expect Expires Forwarded From Host If-Match If-Modified-Since If-None-Match If-Range"
                    + " Idempotency-Key Keep-Alive Last-Modified Link Location Max-Forwards Origin Pragma"
                    + " Proxy-Authenticate Proxy-Authorization Range Referer Referrer-Policy Retry-After Server"
                    + " Set-Cookie Strict-Transport-Security Trailer Transfer-Encoding Upgrade User-Agent Vary Via"
                    + " Warning X-Content-Type-Options X-Forwarded-For X-Frame-Options X-Powered-By X-Request-Id";

    /** Exceptions in the IANA registry of HTTP field names. {@code SOAPAction} is spelled as in SOAP 1.1. */
    private static final String REGISTERED =
            " A-IM ALPN AMP-Cache-Transform Accept-CH C-PEP C-PEP-Info CDN-Cache-Control CDN-Loop CMCD-Object"
                    + " CMCD-Request CMCD-Session CMCD-Status CMSD-Dynamic CMSD-Static CTA-Common-Access-Token"
                    + " Cal-Managed-ID CalDAV-Timezones Content-ID Content-MD5 DASL DAV DPoP DPoP-Nonce Detached-JWS"
                    + " Dictionary-ID Differential-ID EDIINT-Features ETag Expect-CT GetProfile HTTP2-Settings IM"
                    + " Include-Referred-Token-Binding-ID Last-Event-ID MIME-Version NEL OData-EntityId OData-Isolation"
                    + " OData-MaxVersion OData-Version OSCORE OSLC-Core-Version Optional-WWW-Authenticate P3P PEP"
                    + " PEP-Info PICS-Label ProfileObject Repeatability-Client-ID Repeatability-Request-ID SLUG"
                    + " SOAPAction Sec-GPC Sec-WebSocket-Accept Sec-WebSocket-Extensions Sec-WebSocket-Key"
                    + " Sec-WebSocket-Protocol Sec-WebSocket-Version SetProfile Status-URI TCN TE TTL URI"
                    + " WWW-Authenticate";

    /** Exceptions that are not registered. Their specification, or common use, spells them this way. */
    private static final String WELL_KNOWN =
            " AS2-From AS2-To AS2-Version DNT DPR ECT Message-ID RTT Sec-CH-DPR Sec-CH-Device-Memory"
                    + " Sec-CH-Prefers-Color-Scheme Sec-CH-Prefers-Reduced-Motion Sec-CH-UA Sec-CH-UA-Arch"
                    + " Sec-CH-UA-Bitness Sec-CH-UA-Form-Factors Sec-CH-UA-Full-Version Sec-CH-UA-Full-Version-List"
                    + " Sec-CH-UA-Mobile Sec-CH-UA-Model Sec-CH-UA-Platform Sec-CH-UA-Platform-Version Sec-CH-UA-WoW64"
                    + " Sec-CH-Viewport-Width Sec-CH-Width SourceMap X-DNS-Prefetch-Control X-HTTP-Method-Override"
                    + " X-Real-IP X-UA-Compatible X-XSS-Protection";

    private static final String[] TABLE = new String[SLOTS];

    static {
        for (String name : (COMMON + REGISTERED + WELL_KNOWN).split(" ", -1)) {
            int slot = slot(name);
            while (TABLE[slot] != null) {
                slot = slot + 1 & SLOTS - 1;
            }
            TABLE[slot] = name;
        }
    }

    private FieldNames() {}

    /** Returns the usual spelling of a name. */
    public static String normalize(String name) {
        String known = lookUp(name);
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

    /** Returns the usual spelling of the name in these bytes. */
    static String normalize(byte[] bytes, int from, int to) {
        for (int slot = slot(bytes, from, to); TABLE[slot] != null; slot = slot + 1 & SLOTS - 1) {
            if (matches(TABLE[slot], bytes, from, to)) {
                return TABLE[slot];
            }
        }
        return normalize(new String(bytes, from, to - from, StandardCharsets.ISO_8859_1));
    }

    /** Whether these bytes are this name, ignoring case. */
    static boolean matches(String name, byte[] bytes, int from, int to) {
        if (to - from != name.length()) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            if (Ascii.toLowerCase(name.charAt(i)) != Ascii.toLowerCase(bytes[from + i])) {
                return false;
            }
        }
        return true;
    }

    private static @Nullable String lookUp(String name) {
        for (int slot = slot(name); TABLE[slot] != null; slot = slot + 1 & SLOTS - 1) {
            if (TABLE[slot].equalsIgnoreCase(name)) {
                return TABLE[slot];
            }
        }
        return null;
    }

    private static int slot(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
        return slot(bytes, 0, bytes.length);
    }

    /** Hashes the length and the first, middle and last letters, which differ enough among the names of the table. */
    private static int slot(byte[] bytes, int from, int to) {
        if (from == to) {
            return 0;
        }
        int hash = Ascii.toLowerCase(bytes[from]) * 31 + Ascii.toLowerCase(bytes[to - 1]);
        hash = hash * 31 + Ascii.toLowerCase(bytes[from + (to - from >>> 1)]);
        return (hash * 31 + to - from) * 0x9e3779b9 >>> 32 - SLOT_BITS;
    }
}
