package io.httpipe;

import io.httpipe.internal.policy.NoProxy;
import io.httpipe.internal.wire.ParsedUri;
import io.httpipe.internal.wire.UriParser;
import java.net.URI;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Chooses proxies by environment variables such as {@code http_proxy}. Immutable. */
final class EnvironmentProxies implements ProxyRules {
    private final Proxy http;
    private final Proxy https;
    private final NoProxy direct;

    private EnvironmentProxies(Proxy http, Proxy https, NoProxy direct) {
        this.http = http;
        this.https = https;
        this.direct = direct;
    }

    static EnvironmentProxies of(Map<String, String> environment) {
        Proxy all = proxy(environment, "all_proxy", Proxy.NONE);
        String noProxy = variable(environment, "no_proxy");
        return new EnvironmentProxies(
                proxy(environment, "http_proxy", all),
                proxy(environment, "https_proxy", all),
                noProxy == null ? NoProxy.NONE : NoProxy.parse(noProxy, environment.getOrDefault(noProxy, "")));
    }

    /**
     * Returns the name of the variable: in lower case if that variable is set, otherwise in upper case if that one is
     * set. Returns null if neither is set. In a CGI script, {@code HTTP_PROXY} counts as not set, because its value
     * comes from a header of the request.
     */
    private static @Nullable String variable(Map<String, String> environment, String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        boolean untrusted = name.equals("http_proxy") && environment.containsKey("REQUEST_METHOD");
        if (!environment.getOrDefault(name, "").isBlank()) {
            return name;
        }
        return untrusted || environment.getOrDefault(upper, "").isBlank() ? null : upper;
    }

    private static Proxy proxy(Map<String, String> environment, String name, Proxy otherwise) {
        String variable = variable(environment, name);
        if (variable == null) {
            return otherwise;
        }
        String value = environment.getOrDefault(variable, "").strip();
        return Proxy.of(variable, value.contains("://") ? value : "http://" + value);
    }

    @Override
    public Proxy proxyFor(URI uri) {
        boolean secure = "https".equalsIgnoreCase(uri.getScheme());
        int defaultPort = secure ? 443 : 80;
        String authority = uri.getRawAuthority();
        if (authority == null) {
            return proxyFor(secure, "", defaultPort);
        }
        try {
            // java.net.URI finds neither a host nor a port in my_service:8080.
            ParsedUri parsed = UriParser.parse((secure ? "https://" : "http://") + withoutUser(authority));
            return proxyFor(secure, parsed.host(), parsed.port());
        } catch (IllegalArgumentException e) {
            return proxyFor(secure, uri.getHost() == null ? "" : uri.getHost(), defaultPort);
        }
    }

    private static String withoutUser(String authority) {
        return authority.substring(authority.lastIndexOf('@') + 1);
    }

    /** Returns the proxy for an origin. The host has no brackets. */
    Proxy proxyFor(boolean secure, String host, int port) {
        return direct.covers(host, port) ? Proxy.NONE : secure ? https : http;
    }

    @Override
    public String toString() {
        return "ProxyRules[http=%s, https=%s, no_proxy=%s]".formatted(http, https, direct);
    }
}
