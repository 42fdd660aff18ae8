package io.httpipe;

import io.httpipe.internal.connect.CallStep;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.TlsIdentity;
import io.httpipe.internal.connect.UnderscoreTrustManager;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

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
    public static final Tls DEFAULT = new Tls(null, null, null, true, true);

    private final @Nullable KeyStore trust;
    private final KeyManager @Nullable [] keys;
    private final @Nullable String serverName;
    private final boolean verify;
    private final boolean sessionReuse;
    private final Context context;

    /** For names with an underscore, which the JDK does not verify. */
    private final Context underscoreContext;

    private Tls(
            @Nullable KeyStore trust,
            KeyManager @Nullable [] keys,
            @Nullable String serverName,
            boolean verify,
            boolean sessionReuse) {
        this(
                trust,
                keys,
                serverName,
                verify,
                sessionReuse,
                new Context(trust, keys, verify, false),
                new Context(trust, keys, verify, true));
    }

    private Tls(
            @Nullable KeyStore trust,
            KeyManager @Nullable [] keys,
            @Nullable String serverName,
            boolean verify,
            boolean sessionReuse,
            Context context,
            Context underscoreContext) {
        this.trust = trust;
        this.keys = keys;
        this.serverName = serverName;
        this.verify = verify;
        this.sessionReuse = sessionReuse;
        this.context = context;
        this.underscoreContext = underscoreContext;
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
            return new Tls(store, keys, serverName, verify, sessionReuse);
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
            return new Tls(trust, factory.getKeyManagers(), serverName, verify, sessionReuse);
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
        return new Tls(
                trust,
                keys,
                UriParser.host("serverName", serverName),
                verify,
                sessionReuse,
                context,
                underscoreContext);
    }

    /**
     * Whether the certificate must be trusted and fit the name. Without it anybody on the way can read and change
     * everything; {@link #trust} is nearly always what is really wanted.
     *
     * @param verify true by default
     * @return a changed copy
     */
    public Tls verify(boolean verify) {
        return verify == this.verify ? this : new Tls(trust, keys, serverName, verify, sessionReuse);
    }

    /**
     * Whether a handshake may take up the session of an earlier one with the same server; it may by default. Switched
     * off, each handshake proves the server's identity anew.
     *
     * @param sessionReuse true by default
     * @return a changed copy
     */
    public Tls sessionReuse(boolean sessionReuse) {
        return sessionReuse == this.sessionReuse ? this : new Tls(trust, keys, serverName, verify, sessionReuse);
    }

    /** Its options, without anything of a key or a certificate. */
    @Override
    public String toString() {
        return "Tls[trust=%s, clientCertificate=%b, serverName=%s, verify=%b, sessionReuse=%b]"
                .formatted(
                        trust == null ? "the JVM's" : "own",
                        keys != null,
                        serverName == null ? "the host's" : serverName,
                        verify,
                        sessionReuse);
    }

    /** What a handshake with a host needs. Where it is not to be had, the handshake is what the call has failed in. */
    TlsIdentity plan(String host, CallTimeouts budget) throws SSLException {
        try {
            return plan(host);
        } catch (SSLException e) {
            budget.enter(CallStep.HANDSHAKE);
            throw e;
        }
    }

    TlsIdentity plan(String host) throws SSLException {
        String name = serverName == null ? host : serverName;
        Context own = verify && TlsIdentity.isUnderscored(name) ? underscoreContext : context;
        return new TlsIdentity(own.get(), verify, name, sessionReuse);
    }

    /** The JDK's context, with its session cache; made at first use, for it takes a tenth of a second. */
    private static final class Context {
        /**
         * Sessions that are kept to be resumed. A server adds one with each ticket that it sends, as large as 32 KiB,
         * and the JDK would keep 20,480 for a day.
         */
        private static final int SESSIONS = 512;

        private final @Nullable KeyStore trust;
        private final KeyManager @Nullable [] keys;
        private final boolean verify;
        private final boolean underscores;
        private final ReentrantLock lock = new ReentrantLock();
        private volatile @Nullable SSLContext made;

        Context(@Nullable KeyStore trust, KeyManager @Nullable [] keys, boolean verify, boolean underscores) {
            this.trust = trust;
            this.keys = keys;
            this.verify = verify;
            this.underscores = underscores;
        }

        SSLContext get() throws SSLException {
            SSLContext known = made;
            if (known == null) {
                lock.lock();
                try {
                    known = made == null ? make() : made;
                    made = known;
                } finally {
                    lock.unlock();
                }
            }
            return known;
        }

        private SSLContext make() throws SSLException {
            try {
                TrustManager[] managers = null;
                if (!verify) {
                    managers = new TrustManager[] {new TrustAll()};
                } else if (trust != null || underscores) {
                    TrustManagerFactory factory =
                            TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
                    factory.init(trust);
                    managers = factory.getTrustManagers();
                    if (underscores) {
                        managers = UnderscoreTrustManager.around(managers);
                    }
                }
                SSLContext context = SSLContext.getInstance("TLS");
                context.init(keys, managers, null);
                context.getClientSessionContext().setSessionCacheSize(SESSIONS);
                return context;
            } catch (GeneralSecurityException | RuntimeException e) {
                // The security provider's, such as that of a trust store which cannot be read.
                throw new SSLException("TLS cannot be set up", e);
            }
        }
    }

    /** For {@link #verify} switched off; an extended one, lest JSSE adds checks of its own. */
    private static final class TrustAll extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
