package io.httpipe;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.policy.JdkUri;
import io.httpipe.internal.policy.ProxyChoice;
import io.httpipe.internal.wire.Origin;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.util.List;

/** Calls the {@link ProxyRules} of the client, and proxy selectors of the JDK. */
final class ProxyLookup {
    private ProxyLookup() {}

    static ProxyChoice choice(ProxyRules rules) {
        return ProxyChoice.by(request -> chosen(rules, request).engine());
    }

    @SuppressWarnings("ConstantValue") // the caller's code may return null
    private static Proxy chosen(ProxyRules rules, Outgoing request) {
        Origin origin = request.origin();
        if (rules instanceof EnvironmentProxies environment) {
            return environment.proxyFor(origin.secure(), origin.host(), origin.port());
        }
        Proxy chosen = rules.proxyFor(JdkUri.of(request));
        if (chosen == null) {
            throw new IllegalStateException(
                    "the proxy rules returned null for %s; Proxy.NONE is a direct connection".formatted(origin));
        }
        return chosen;
    }

    /** Returns the first entry of a selector's list that the client supports. */
    @SuppressWarnings("ConstantValue") // the caller's code may return null
    static Proxy select(ProxySelector selector, URI uri) {
        List<java.net.Proxy> proxies = selector.select(uri);
        if (proxies == null || proxies.isEmpty()) {
            return Proxy.NONE;
        }
        for (java.net.Proxy proxy : proxies) {
            if (proxy.type() == java.net.Proxy.Type.DIRECT) {
                return Proxy.NONE;
            }
            if (proxy.address() instanceof InetSocketAddress address) {
                String host = address.getHostString();
                return proxy.type() == java.net.Proxy.Type.SOCKS
                        ? Proxy.socks5(host, address.getPort())
                        : Proxy.http(host, address.getPort());
            }
        }
        throw new IllegalStateException("the proxy selector returned no proxy that can be used: " + proxies);
    }
}
