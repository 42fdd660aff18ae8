package io.httpipe.internal.connect;

import io.httpipe.internal.wire.UriParser;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Opens connections through proxies. Thread-safe. */
final class ProxyDialer {
    private ProxyDialer() {}

    /**
     * Opens a transport to an origin through a proxy. If requests name their origin ({@link
     * ProxyIdentity.Kind#FORWARD}), opens a transport to the proxy itself.
     *
     * @param dialer connects to the proxy
     * @param origin an unresolved internet address
     * @param tls    the TLS settings for the origin; null for none
     */
    static Transport dial(
            Dialer dialer, ProxyIdentity proxy, SocketAddress origin, @Nullable TlsIdentity tls, CallTimeouts timeouts)
            throws IOException {
        timeouts.goesThrough(proxy);
        InetSocketAddress inet = (InetSocketAddress) origin;
        ProxyLogin login = proxy.login();
        TunnelAuthentication authentication =
                login == null || proxy.kind() != ProxyIdentity.Kind.TUNNEL ? null : login.begin(proxy, timeouts);
        while (true) {
            Transport connected = dialer.dial(proxy.address(), null, timeouts);
            boolean opened = false;
            try {
                long expiresAt = timeouts.enter(CallStep.PROXY);
                Transport toProxy = proxy.tls() == null ? connected : secured(connected, proxy, expiresAt, timeouts);
                if (passes(toProxy, proxy, inet, authentication, expiresAt)) {
                    Transport toOrigin = tls == null
                            ? toProxy
                            : Dialer.secure(toProxy, proxy.sessionPort(inet.getPort()), tls, timeouts);
                    opened = true;
                    return toOrigin;
                }
            } finally {
                if (!opened) {
                    connected.close();
                }
            }
        }
    }

    /**
     * Asks the proxy to connect to the origin, unless requests name their origin. Returns false if that needs another
     * connection to the proxy.
     */
    private static boolean passes(
            Transport toProxy,
            ProxyIdentity proxy,
            InetSocketAddress origin,
            @Nullable TunnelAuthentication authentication,
            long expiresAt)
            throws IOException {
        String host = origin.getHostString();
        if (proxy.kind() == ProxyIdentity.Kind.TUNNEL) {
            String target = UriParser.authority(host) + ":" + origin.getPort();
            return new HttpTunnel(toProxy, proxy, target, authentication, expiresAt).open();
        }
        if (proxy.kind() == ProxyIdentity.Kind.SOCKS5) {
            new SocksHandshake(toProxy, host, origin.getPort(), proxy.login(), expiresAt).run();
        }
        return true;
    }

    private static Transport secured(Transport connected, ProxyIdentity proxy, long expiresAt, CallTimeouts timeouts)
            throws IOException {
        InetSocketAddress address = proxy.address();
        TlsSettings settings = proxy.tls() == null ? TlsSettings.DEFAULT : proxy.tls();
        try {
            TlsIdentity identity = settings.identity(address.getHostString(), timeouts);
            return TlsTransport.handshake(connected, identity, address.getPort(), expiresAt);
        } catch (EOFException e) {
            throw new ProxyRefusedException(
                    "the proxy closed the connection during the TLS handshake with the proxy itself", 0, true);
        } catch (SSLException e) {
            timeouts.enter(CallStep.PROXY);
            throw new SSLException("TLS with the proxy itself failed: " + e.getMessage(), e);
        }
    }
}
