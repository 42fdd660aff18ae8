package io.httpipe.fuzz;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Spells field names: docs/requests.md, "How names are spelled". */
final class ReferenceFieldNames {
    private static final Pattern WORD = Pattern.compile("(^|-)([a-z])");

    /** All that have a capital letter where no word starts, or none where one does. */
    private static final Map<String, String> OWN_SPELLING = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

    static {
        // The IANA registry of HTTP field names, but for SOAPAction.
        List.of(("A-IM Accept-CH ALPN AMP-Cache-Transform C-PEP C-PEP-Info Cal-Managed-ID CalDAV-Timezones"
                                + " CDN-Cache-Control CDN-Loop CMCD-Object CMCD-Request CMCD-Session CMCD-Status"
                                + " CMSD-Dynamic CMSD-Static Content-ID Content-MD5 CTA-Common-Access-Token DASL"
                                + " DAV Detached-JWS Differential-ID Dictionary-ID DPoP DPoP-Nonce EDIINT-Features"
                                + " ETag Expect-CT GetProfile HTTP2-Settings IM Include-Referred-Token-Binding-ID"
                                + " Last-Event-ID MIME-Version NEL OData-EntityId OData-Isolation"
                                + " OData-MaxVersion OData-Version Optional-WWW-Authenticate OSCORE"
                                + " OSLC-Core-Version P3P PEP PEP-Info PICS-Label ProfileObject"
                                + " Repeatability-Client-ID Repeatability-Request-ID Sec-GPC"
                                + " Sec-WebSocket-Accept Sec-WebSocket-Extensions Sec-WebSocket-Key"
                                + " Sec-WebSocket-Protocol Sec-WebSocket-Version SetProfile SLUG SOAPAction"
                                + " Status-URI TCN TE TTL URI WWW-Authenticate")
                        .split(" ", -1))
                .forEach(name -> OWN_SPELLING.put(name, name));
        // Others.
        List.of(("AS2-From AS2-To AS2-Version DNT DPR ECT GeneratedResponse-ID RTT Sec-CH-DPR Sec-CH-Device-Memory"
                                + " Sec-CH-Prefers-Color-Scheme Sec-CH-Prefers-Reduced-Motion Sec-CH-UA"
                                + " Sec-CH-UA-Arch Sec-CH-UA-Bitness Sec-CH-UA-Form-Factors"
                                + " Sec-CH-UA-Full-Version Sec-CH-UA-Full-Version-List Sec-CH-UA-Mobile"
                                + " Sec-CH-UA-Model Sec-CH-UA-Platform Sec-CH-UA-Platform-Version"
                                + " Sec-CH-UA-WoW64 Sec-CH-Viewport-Width Sec-CH-Width SourceMap"
                                + " X-DNS-Prefetch-Control X-HTTP-Method-Override X-Real-IP X-UA-Compatible"
                                + " X-XSS-Protection")
                        .split(" ", -1))
                .forEach(name -> OWN_SPELLING.put(name, name));
    }

    private ReferenceFieldNames() {}

    /** A name as it is usually spelled: {@code X-Foo}, or in a way of its own. */
    static String usual(String name) {
        String own = OWN_SPELLING.get(name);
        return own != null
                ? own
                : WORD.matcher(name.toLowerCase(Locale.ROOT))
                        .replaceAll((MatchResult word) -> word.group().toUpperCase(Locale.ROOT));
    }
}
