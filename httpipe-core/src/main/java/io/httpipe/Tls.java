package io.httpipe;

import io.httpipe.internal.connect.TlsSettings;
import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.UriParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.KeyManagerFactory;

/**
 * TLS settings for {@code https}. The protocol is TLS 1.2 or 1.3.
 *
 * {@snippet :
 * Tls internal = Tls.DEFAULT.trust(Path.of("/etc/ssl/internal-ca.pem"));
 * Httpipe hp = Httpipe.builder().tls(internal).build();
 * }
 *
 * <p>By default, the certificate is verified against the JVM's trust store and the name of the host, even if the name
 * contains an underscore.
 *
 * <p>Create one {@code Tls} and keep it: sessions are resumed only between requests with the same object, or with a
 * copy that {@link #serverName} made from it. Immutable and thread-safe.
 */
public final class Tls {
    /** The JVM's trust store, verification on, no client certificate, sessions resumed. */
    public static final Tls DEFAULT = new Tls(TlsSettings.DEFAULT);

    private final TlsSettings settings;

    private Tls(TlsSettings settings) {
        this.settings = settings;
    }

    /**
     * Trusts only the certificates in a PEM file.
     *
     * @param pem read once, by this call
     * @return a changed copy
     * @throws IOException              if the file cannot be read
     * @throws IllegalArgumentException if it contains no certificate
     */
    public Tls trust(Path pem) throws IOException {
        try (InputStream in = Files.newInputStream(Arguments.notNull("pem", pem))) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("ca-" + store.size(), certificate);
            }
            if (store.size() == 0) {
                throw new IllegalArgumentException("pem: no certificate in " + pem);
            }
            return new Tls(settings.trust(store));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("pem: no certificates could be read from " + pem, e);
        }
    }

    /**
     * Sends the certificate in this key store to servers that request one.
     *
     * @param store    contains a private key with its certificate chain
     * @param password for the keys in the store
     * @return a changed copy
     * @throws IllegalArgumentException if the keys cannot be read with this password
     */
    public Tls clientCertificate(KeyStore store, char[] password) {
        try {
            KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(Arguments.notNull("store", store), Arguments.notNull("password", password));
            return new Tls(settings.keys(factory.getKeyManagers()));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("store: its keys cannot be used", e);
        }
    }

    /**
     * Sends this name to the server (SNI; RFC 6066, section 3) and verifies it, instead of the URI's host.
     *
     * @param serverName a name, or an IP literal without brackets, which is verified but not sent
     * @return a changed copy, with the same session cache
     * @throws IllegalArgumentException if it is not a host name or address
     */
    public Tls serverName(String serverName) {
        return new Tls(settings.serverName(UriParser.host("serverName", serverName)));
    }

    /**
     * Sets whether the certificate must be trusted and match the name. Without verification, anyone on the network path
     * can read and change everything. In nearly all cases, {@link #trust} is the better choice.
     *
     * @param verify true by default
     * @return a changed copy
     */
    public Tls verify(boolean verify) {
        return changed(settings.verify(verify));
    }

    /**
     * Sets whether a handshake may resume the session of an earlier handshake with the same server. Without resumption,
     * the server proves its identity in each handshake.
     *
     * @param sessionReuse true by default
     * @return a changed copy
     */
    public Tls sessionReuse(boolean sessionReuse) {
        return changed(settings.sessionReuse(sessionReuse));
    }

    @SuppressWarnings("ReferenceEquality") // the same instance means that nothing has changed
    private Tls changed(TlsSettings newSettings) {
        return newSettings == settings ? this : new Tls(newSettings);
    }

    TlsSettings settings() {
        return settings;
    }

    /** Returns the settings, without the contents of keys and certificates. */
    @Override
    public String toString() {
        return "Tls" + settings;
    }
}
