package io.httpipe.internal.connect;

import java.lang.ref.WeakReference;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Holds the JDK's contexts for {@link TlsSettings}, with their session caches. All equal settings share one object, as
 * long as any settings, route or connection refers to it. Thread-safe.
 */
public final class TlsContext {
    /**
     * How many sessions are kept for resumption. A server adds one with each ticket, which can have 32 KiB. The JDK
     * would keep 20,480 of them for a day.
     */
    private static final int SESSIONS = 512;

    private static final X509Certificate[] NONE = new X509Certificate[0];

    /**
     * A context refers to the settings that are its key. An entry therefore stays as long as anything refers to its
     * context. Guarded by the lock below.
     */
    private static final Map<TlsSettings, WeakReference<TlsContext>> KNOWN = new WeakHashMap<>();

    private static final ReentrantLock KNOWN_LOCK = new ReentrantLock();

    final TlsSettings settings;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable SSLContext context;

    /** For names with an underscore, which the JDK does not verify. */
    private volatile @Nullable SSLContext underscoreContext;

    /** The trust anchors, at which verified chains end. Set before a context is set, and only if keys are pinned. */
    private X509Certificate[] authorities = NONE;

    private TlsContext(TlsSettings settings) {
        this.settings = settings;
        this.context = settings.given;
    }

    /** Returns the context of these settings, which have no server name. */
    static TlsContext of(TlsSettings settings) {
        KNOWN_LOCK.lock();
        try {
            WeakReference<TlsContext> reference = KNOWN.get(settings);
            TlsContext known = reference == null ? null : reference.get();
            if (known == null) {
                known = new TlsContext(settings);
                // The map may still have an equal key, whose context has been garbage collected. Without the removal,
                // put would keep that key. The new context does not refer to it, so the entry could be lost.
                KNOWN.remove(settings);
                KNOWN.put(settings, new WeakReference<>(known));
            }
            return known;
        } finally {
            KNOWN_LOCK.unlock();
        }
    }

    /**
     * Returns the JDK's context. It is created at its first use, because creation takes a tenth of a second.
     *
     * @param underscores whether it is for names with an underscore
     */
    public SSLContext sslContext(boolean underscores) throws SSLException {
        SSLContext known = underscores ? underscoreContext : context;
        if (known == null) {
            lock.lock();
            try {
                known = underscores ? underscoreContext : context;
                if (known == null) {
                    known = create(underscores);
                    if (underscores) {
                        underscoreContext = known;
                    } else {
                        context = known;
                    }
                }
            } finally {
                lock.unlock();
            }
        }
        return known;
    }

    private SSLContext create(boolean underscores) throws SSLException {
        if (underscores && (settings.given != null || isPlain(settings.trust))) {
            throw new SSLException("a host name with an underscore cannot be verified with "
                    + (settings.given == null ? "a plain X509TrustManager" : "an SSLContext")
                    + " of the application; set a Tls.serverName without an underscore, or use Tls.DEFAULT.trust(..)"
                    + " with certificates or an X509ExtendedTrustManager");
        }
        try {
            TrustManager[] managers = managers(underscores);
            SSLContext created = SSLContext.getInstance("TLS");
            created.init(settings.keys == null ? null : settings.keys.managers(), managers, null);
            created.getClientSessionContext().setSessionCacheSize(SESSIONS);
            return created;
        } catch (GeneralSecurityException | RuntimeException e) {
            // Security providers throw both, for example for a trust store that cannot be read.
            throw new SSLException("TLS cannot be set up", e);
        }
    }

    /** Whether the JDK checks the name after this manager, instead of leaving that to the manager. */
    private static boolean isPlain(@Nullable Object trust) {
        return trust instanceof X509TrustManager && !(trust instanceof X509ExtendedTrustManager);
    }

    /** Returns null for the JVM's own trust managers. */
    private TrustManager @Nullable [] managers(boolean underscores) throws GeneralSecurityException {
        TrustManager[] managers = null;
        if (!settings.verify) {
            return new TrustManager[] {new TrustAll()};
        } else if (settings.trust instanceof X509TrustManager manager) {
            managers = new TrustManager[] {manager};
        } else if (settings.trust != null || underscores || settings.pins != null) {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(settings.trust instanceof Set<?> certificates ? store(certificates) : null);
            managers = factory.getTrustManagers();
            if (settings.pins != null && managers[0] instanceof X509TrustManager manager) {
                authorities = manager.getAcceptedIssuers();
            }
        }
        return underscores && managers != null ? UnderscoreTrustManager.around(managers) : managers;
    }

    private static KeyStore store(Set<?> certificates) throws GeneralSecurityException {
        KeyStore store = ClientKeys.emptyStore();
        for (Object certificate : certificates) {
            store.setCertificateEntry("ca-" + store.size(), (X509Certificate) certificate);
        }
        return store;
    }

    /** Fails if keys are pinned, and none of them is in the verified chain of the server. */
    void requirePinned(SSLEngine engine) throws SSLException {
        if (settings.pins != null) {
            X509Certificate[] issuers =
                    settings.trust instanceof X509TrustManager manager ? manager.getAcceptedIssuers() : authorities;
            settings.pins.require(
                    engine.getSession().getPeerCertificates(), issuers == null ? new X509Certificate[0] : issuers);
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
            return NONE;
        }
    }
}
