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
 * How {@code https} is spoken: TLS 1.2 or 1.3, the certificate verified against the JVM's trust store and the host's
 * name, unless told otherwise here. A name with an underscore is verified too.
 *
 * {@snippet :
 * Tls internal = Tls.DEFAULT.trust(Path.of("/etc/ssl/internal-ca.pem"));
 * Httpipe hp = Httpipe.builder().tls(internal).build();
 * }
 *
 * <p>Make one and keep it: sessions are resumed only between requests that use the same value or one derived from it by
 * {@link #serverName}. Immutable and thread-safe.
 */
public final class Tls {
    /** The JVM's trust store, verification on, no client certificate, sessions resumed. */
    public static final Tls DEFAULT = new Tls(TlsSettings.DEFAULT);

    private final TlsSettings settings;

    private Tls(TlsSettings settings) {
        this.settings = settings;
    }

    /**
     * Trusts the certificates in a PEM file, and those alone.
     *
     * @param pem read now, not again later
     * @return a changed copy
     * @throws IOException              if the file cannot be read
     * @throws IllegalArgumentException if it holds no certificate
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
     * Shows the certificate in this key store to servers that ask for one.
     *
     * @param store    a private key with its certificate chain
     * @param password of its keys
     * @return a changed copy
     * @throws IllegalArgumentException if the store does not open its keys to this password
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
     * Asks for this name, and verifies it, in place of the URI's host.
     *
     * @param serverName a name, or an IP literal without brackets, which is verified but not asked for
     * @return a changed copy, with the same session cache
     * @throws IllegalArgumentException if it is not a host name or address
     */
    public Tls serverName(String serverName) {
        return new Tls(settings.serverName(UriParser.host("serverName", serverName)));
    }

    /**
     * Whether the certificate must be trusted and fit the name. Without it anybody on the way can read and change
     * everything; {@link #trust} is nearly always what is really wanted.
     *
     * @param verify true by default
     * @return a changed copy
     */
    public Tls verify(boolean verify) {
        return changed(settings.verify(verify));
    }

    /**
     * Whether a handshake may take up the session of an earlier one with the same server; it may by default. Switched
     * off, each handshake proves the server's identity anew.
     *
     * @param sessionReuse true by default
     * @return a changed copy
     */
    public Tls sessionReuse(boolean sessionReuse) {
        return changed(settings.sessionReuse(sessionReuse));
    }

    @SuppressWarnings("ReferenceEquality") // the same settings mean that nothing has changed
    private Tls changed(TlsSettings other) {
        return other == settings ? this : new Tls(other);
    }

    TlsSettings settings() {
        return settings;
    }

    /** Returns the options, without anything of a key or a certificate. */
    @Override
    public String toString() {
        return "Tls" + settings;
    }
}
