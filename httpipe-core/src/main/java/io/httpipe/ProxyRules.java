package io.httpipe;

import io.httpipe.internal.wire.Arguments;
import java.net.ProxySelector;
import java.net.URI;
import java.util.Map;

/**
 * Chooses the proxy of each request. Implementations must be thread-safe, and return soon.
 *
 * {@snippet :
 * Httpipe hp = Httpipe.builder().proxies(ProxyRules.environment()).build();
 * Httpipe other = Httpipe.builder()
 *         .proxies(uri -> Httpipe.parseUri(uri.toString()).host().endsWith(".internal") ? Proxy.NONE : proxy)
 *         .build();
 * }
 */
@FunctionalInterface
public interface ProxyRules {
    /**
     * Returns the proxy for a request. Called at least once for each attempt of a call, also for a retry and after a
     * redirect or a 401. Not called after a 407, because the request then goes to the same proxy again. Not called for
     * a request with {@link Request#at} or {@link Request#proxy}. If this method throws an exception, the call throws
     * the same exception. If it returns null, the call throws an {@link IllegalStateException}.
     *
     * @param uri the URI of the request; characters that a {@link URI} cannot have are percent-encoded. For a host with
     *            an underscore, such as {@code my_service}, {@link URI#getHost} is null and {@link URI#getPort} is -1;
     *            {@link Httpipe#parseUri} returns both
     * @return {@link Proxy#NONE} for a direct connection. Otherwise a proxy. Create each {@code Proxy} only once and
     *         return it each time, because it remembers which kind of authentication the proxy asked for
     */
    Proxy proxyFor(URI uri);

    /**
     * {@return rules from the environment variables of this process, as for {@link #environment(Map)}}
     *
     * @throws IllegalArgumentException if a variable is invalid
     */
    static ProxyRules environment() {
        return environment(System.getenv());
    }

    /**
     * Returns rules from environment variables. The name of a variable can be in lower case or in upper case; lower
     * case takes precedence. An empty variable counts as missing.
     *
     * <ul>
     *   <li>{@code http_proxy}, {@code https_proxy}: the proxies for the two schemes, as URIs like those of
     *       {@link Proxy#of(String)}. Without a scheme, the proxy is an HTTP proxy. {@code HTTP_PROXY} is ignored if
     *       there is a {@code REQUEST_METHOD}, because a CGI server sets {@code HTTP_PROXY} from a header of the
     *       request.
     *   <li>{@code all_proxy}: the proxy for a scheme without a variable of its own.
     *   <li>{@code no_proxy}: origins that need no proxy, separated by commas or spaces; at most 1,000 entries and
     *       65,536 characters in all. Each of {@code example.com}, {@code .example.com} and {@code *.example.com}
     *       matches {@code example.com} and all names below it. An address ({@code 10.1.2.3}, {@code fd00::1}) or a
     *       network ({@code 10.0.0.0/8}, {@code fd00::/8}) matches only hosts that are written as addresses; no name is
     *       looked up. Names and addresses may have a port ({@code example.com:8080}, {@code [fd00::1]:8080}). A
     *       {@code *} matches all origins.
     * </ul>
     *
     * <p>Without any of these variables, all connections are direct.
     *
     * @param environment read once, by this call
     * @return the rules
     * @throws IllegalArgumentException if a variable is invalid; the message shows the value without user name and
     *                                  password
     */
    static ProxyRules environment(Map<String, String> environment) {
        return EnvironmentProxies.of(Arguments.notNull("environment", environment));
    }

    /**
     * {@return rules that ask a selector of the JDK} The client uses the first entry of the selector's list that it
     * supports: a direct connection, an HTTP proxy or a SOCKS5 proxy. {@link ProxySelector#connectFailed} is not
     * called, and the other proxies of the list are not tried.
     *
     * @param selector such as {@code ProxySelector.getDefault()}, for the system properties of the JDK
     * @throws IllegalArgumentException if {@code selector} is null
     */
    static ProxyRules of(ProxySelector selector) {
        Arguments.notNull("selector", selector);
        return uri -> ProxyLookup.select(selector, uri);
    }
}
