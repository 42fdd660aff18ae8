package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.httpipe.ClientInternals;
import io.httpipe.Httpipe;
import io.httpipe.Proxy;
import io.httpipe.UriParts;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Fuzzes proxies from the environment. The first line of the input is a URI to call, and the second is the proxy. All
 * other lines are the list of no_proxy; see {@link TextInput#decode}. If the first line is no URI, another URI is used.
 */
public final class ProxyRulesFuzzTarget {
    /** A text of this length or more cannot be a part of the message by chance. */
    private static final int LONG_SECRET = 16;

    private ProxyRulesFuzzTarget() {}

    public static void fuzzerTestOneInput(byte[] data) {
        String[] lines = TextInput.decode(data).split("\n", 3);
        UriParts uri = uri(lines[0]);
        String proxy = lines.length > 1 ? lines[1] : "";
        String list = lines.length > 2 ? lines[2] : "";
        assertEquals(expected(uri, proxy, list), chosen(uri, proxy, list));
    }

    private static UriParts uri(String text) {
        try {
            return Httpipe.parseUri(text);
        } catch (IllegalArgumentException e) {
            return Httpipe.parseUri("http://www.example.com/");
        }
    }

    private static @Nullable Proxy expected(UriParts uri, String value, String list) {
        String stripped = value.strip();
        Proxy proxy = stripped.isEmpty()
                ? Proxy.NONE
                : ReferenceProxyRules.proxy(stripped.contains("://") ? stripped : "http://" + stripped);
        Boolean direct = list.isBlank() ? Boolean.FALSE : ReferenceProxyRules.covers(list, uri.host(), uri.port());
        return proxy == null || direct == null ? null : direct ? Proxy.NONE : proxy;
    }

    /** Returns the proxy that the client chooses; null if it refuses the environment. */
    private static @Nullable Proxy chosen(UriParts uri, String value, String list) {
        try {
            return ClientInternals.proxyFor(
                    Map.of("all_proxy", value, "no_proxy", list), uri.scheme().equals("https"), uri.host(), uri.port());
        } catch (IllegalArgumentException e) {
            TextInput.assertOneLineMessage(e);
            String secret = secret(value.strip());
            if (secret.length() >= LONG_SECRET && !list.contains(secret)) {
                assertFalse(e.getMessage().contains(secret), e.getMessage());
            }
            return null;
        }
    }

    /**
     * The text that the message about a malformed proxy must not show. Empty if there is no such text, or if another
     * part of the value contains it too.
     */
    private static String secret(String value) {
        int at = value.lastIndexOf('@');
        if (at >= 0) {
            String secret =
                    value.substring(0, at).replaceFirst("(?s)^.*?://", "").strip();
            return value.substring(at).contains(secret) ? "" : secret;
        }
        // Without an at sign, the text after a colon may be a password. An address in brackets has colons too.
        String rest = value.replaceFirst("(?i)^(https?|socks(4a?|5h?)?)://", "");
        int colon = rest.indexOf(':');
        String secret = colon < 0 || rest.startsWith("[") ? "" : rest.substring(colon + 1);
        return rest.substring(0, colon + 1).contains(secret) ? "" : secret;
    }
}
