package io.httpipe.internal.connect;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Gives the fuzz targets access to package-private parts of the connections. */
public final class ConnectInternals {
    private ConnectInternals() {}

    /** Returns a private key in PKCS#8. */
    public static byte[] pkcs8(PemReader.Block block) {
        return PrivateKeys.pkcs8("key", block, new char[0]);
    }

    /** Asks a proxy for a tunnel. Returns false if another connection is needed for it. */
    public static boolean openTunnel(
            Transport transport, ProxyIdentity proxy, String target, @Nullable TunnelAuthentication authentication)
            throws IOException {
        return new HttpTunnel(transport, proxy, target, authentication, NanoClock.NEVER).open();
    }

    /** Asks a SOCKS5 proxy for a connection. */
    public static void shakeHands(Transport transport, String host, int port, @Nullable ProxyLogin login)
            throws IOException {
        new SocksHandshake(transport, host, port, login, NanoClock.NEVER).run();
    }
}
