package io.httpipe.internal.connect;

/** Gives the fuzz targets access to package-private parts of the connections. */
public final class ConnectInternals {
    private ConnectInternals() {}

    /** Returns a private key in PKCS#8. */
    public static byte[] pkcs8(PemReader.Block block) {
        return PrivateKeys.pkcs8("key", block, new char[0]);
    }
}
