package io.httpipe.fuzz;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Normalizes the spelling of field names (docs/requests.md, "How names are spelled"). */
final class ReferenceFieldNames {
    private static final Pattern WORD = Pattern.compile("(^|-)([a-z])");

    /** The names that do not follow the rule of one capital letter at the start of each word. */
    private static final Map<String, String> EXCEPTIONS = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

    static {
        // From the IANA registry of HTTP field names, except for SOAPAction.
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
                .forEach(name -> EXCEPTIONS.put(name, name));
        // Not registered.
        List.of(("AS2-From AS2-To AS2-Version DNT DPR ECT Message-ID RTT Sec-CH-DPR Sec-CH-Device-Memory"
                                + " Sec-CH-Prefers-Color-Scheme Sec-CH-Prefers-Reduced-Motion Sec-CH-UA"
                                + " Sec-CH-UA-Arch Sec-CH-UA-Bitness Sec-CH-UA-Form-Factors"
                                + " Sec-CH-UA-Full-Version Sec-CH-UA-Full-Version-List Sec-CH-UA-Mobile"
                                + " Sec-CH-UA-Model Sec-CH-UA-Platform Sec-CH-UA-Platform-Version"
                                + " Sec-CH-UA-WoW64 Sec-CH-Viewport-Width Sec-CH-Width SourceMap"
                                + " X-DNS-Prefetch-Control X-HTTP-Method-Override X-Real-IP X-UA-Compatible"
                                + " X-XSS-Protection")
                        .split(" ", -1))
                .forEach(name -> EXCEPTIONS.put(name, name));
    }

    private ReferenceFieldNames() {}

    /** Returns the usual spelling of a name: {@code X-Foo}, or its exception. */
    static String normalize(String name) {
        String exception = EXCEPTIONS.get(name);
        return exception != null
                ? exception
                : WORD.matcher(name.toLowerCase(Locale.ROOT))
                        .replaceAll((MatchResult word) -> word.group().toUpperCase(Locale.ROOT));
    }
}
