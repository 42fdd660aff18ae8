package io.httpipe.internal.policy;

import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.ProxyIdentity;
import io.httpipe.internal.connect.ProxyLogin;
import io.httpipe.internal.connect.TunnelAuthentication;
import io.httpipe.internal.wire.Origin;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** A user name and a password for one proxy. Remembers what the proxy has asked for. Thread-safe. */
public final class ProxyCredentials extends ProxyLogin {
    /** RFC 1929, section 2. */
    private static final int MAX_SOCKS_BYTES = 255;

    private final List<Authenticator> authenticators;

    private ProxyCredentials(String user, String password, List<Authenticator> authenticators) {
        super(user, password);
        this.authenticators = authenticators;
    }

    /** Returns credentials for Digest and Basic. Basic is not sent before the proxy has asked for it the first time. */
    public static ProxyCredentials http(String user, String password, String host, int port) {
        // The authenticators treat each proxy as a server without TLS, even a proxy with TLS.
        Set<Origin> proxy = Set.of(new Origin(false, host.toLowerCase(Locale.ROOT), port));
        BasicAuthenticator basic = BasicAuthenticator.of(proxy, user, password).afterFirstChallenge();
        return new ProxyCredentials(user, password, List.of(DigestAuthenticator.ofProxy(proxy, user, password), basic));
    }

    /** Returns credentials for SOCKS5. */
    public static ProxyCredentials socks(String user, String password) {
        requireShort("user", UserText.checked("user", user), 1);
        requireShort("password", UserText.checked("password", password), 0);
        return new ProxyCredentials(user, password, List.of());
    }

    private static void requireShort(String name, String text, int min) {
        int length = text.getBytes(StandardCharsets.UTF_8).length;
        if (length < min || length > MAX_SOCKS_BYTES) {
            throw new IllegalArgumentException(
                    "%s: it has %d bytes in UTF-8, and SOCKS5 allows %d to 255".formatted(name, length, min));
        }
    }

    List<Authenticator> authenticators() {
        return authenticators;
    }

    @Override
    protected TunnelAuthentication begin(ProxyIdentity proxy, CallTimeouts timeouts) {
        return new ProxyAuthentication(proxy, timeouts);
    }
}
