package io.httpipe.internal.connect;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Trust, keys and server name for TLS connections, with the JDK's contexts and session caches that belong to them.
 * Immutable and thread-safe.
 */
public final class TlsSettings {
    /** The JVM's trust store, verification on, no client certificate, sessions resumed. */
    public static final TlsSettings DEFAULT = new TlsSettings(null, null, null, true, true);

    private final @Nullable KeyStore trust;
    private final KeyManager @Nullable [] keys;
    private final @Nullable String serverName;
    private final boolean verify;
    private final boolean sessionReuse;
    private final Context context;

    /** For names with an underscore, which the JDK does not verify. */
    private final Context underscoreContext;

    private TlsSettings(
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

    private TlsSettings(
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

    public TlsSettings trust(KeyStore certificates) {
        return new TlsSettings(certificates, keys, serverName, verify, sessionReuse);
    }

    public TlsSettings keys(KeyManager[] managers) {
        return new TlsSettings(trust, managers, serverName, verify, sessionReuse);
    }

    /** Returns a copy with this server name; it shares the contexts and their session caches. */
    public TlsSettings serverName(String name) {
        return new TlsSettings(trust, keys, name, verify, sessionReuse, context, underscoreContext);
    }

    public TlsSettings verify(boolean on) {
        return on == verify ? this : new TlsSettings(trust, keys, serverName, on, sessionReuse);
    }

    public TlsSettings sessionReuse(boolean on) {
        return on == sessionReuse ? this : new TlsSettings(trust, keys, serverName, verify, on);
    }

    /** The options, without the content of any key or certificate. */
    @Override
    public String toString() {
        return "[trust=%s, clientCertificate=%b, serverName=%s, verify=%b, sessionReuse=%b]"
                .formatted(
                        trust == null ? "the JVM's" : "own",
                        keys != null,
                        serverName == null ? "the host's" : serverName,
                        verify,
                        sessionReuse);
    }

    /** Returns what a connection to this host needs. A failure counts as a failure of the handshake. */
    public TlsIdentity identity(String host, CallTimeouts timeouts) throws SSLException {
        try {
            return identity(host);
        } catch (SSLException e) {
            timeouts.enter(CallStep.HANDSHAKE);
            throw e;
        }
    }

    /** Returns what a connection to this host needs. */
    public TlsIdentity identity(String host) throws SSLException {
        String name = serverName == null ? host : serverName;
        Context own = verify && TlsIdentity.isUnderscored(name) ? underscoreContext : context;
        return new TlsIdentity(own.get(), verify, name, sessionReuse);
    }

    /** The JDK's context, with its session cache; created at first use, because that takes a tenth of a second. */
    private static final class Context {
        /**
         * How many sessions are kept for resumption. A server adds one with each ticket, which can have 32 KiB. The JDK
         * would keep 20,480 of them for a day.
         */
        private static final int SESSIONS = 512;

        private final @Nullable KeyStore trust;
        private final KeyManager @Nullable [] keys;
        private final boolean verify;
        private final boolean underscores;
        private final ReentrantLock lock = new ReentrantLock();
        private volatile @Nullable SSLContext created;

        Context(@Nullable KeyStore trust, KeyManager @Nullable [] keys, boolean verify, boolean underscores) {
            this.trust = trust;
            this.keys = keys;
            this.verify = verify;
            this.underscores = underscores;
        }

        SSLContext get() throws SSLException {
            SSLContext known = created;
            if (known == null) {
                lock.lock();
                try {
                    known = created == null ? create() : created;
                    created = known;
                } finally {
                    lock.unlock();
                }
            }
            return known;
        }

        private SSLContext create() throws SSLException {
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
                // Security providers throw both, for example for a trust store that cannot be read.
                throw new SSLException("TLS cannot be set up", e);
            }
        }
    }

    /**
     * Trusts everything, for {@code verify(false)}. Must extend {@link X509ExtendedTrustManager}, because JSSE adds its
     * own checks to any other trust manager.
     */
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
