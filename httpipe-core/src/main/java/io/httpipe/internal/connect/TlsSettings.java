package io.httpipe.internal.connect;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.LongSupplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Holds the settings of TLS connections, such as trust, keys, protocols and server name. They are compared by value.
 * Settings that are equal, apart from the server name, have the same {@link TlsContext}, and therefore the same session
 * cache. Immutable and thread-safe.
 */
public final class TlsSettings implements Cloneable {
    /** The JVM's trust store, verification on, no client certificate, sessions resumed. */
    public static final TlsSettings DEFAULT = new TlsSettings();

    /** The application's context; null if httpipe creates its own. */
    @Nullable
    SSLContext given;

    /** A set of certificates, or an {@link X509TrustManager} of the application; null for the JVM's trust store. */
    @Nullable
    Object trust;

    @Nullable
    ClientKeys keys;

    /** Null for the default. */
    @Nullable
    List<String> protocols;

    /** Null for the default. */
    @Nullable
    List<String> cipherSuites;

    @Nullable
    PinnedKeys pins;

    boolean verify = true;
    boolean sessionReuse = true;

    /** Null for the host of the connection. */
    private @Nullable String serverName;

    /** The source of the present settings; null if these settings never change. */
    private @Nullable TlsReload reload;

    /** Null until it is first used. */
    private volatile @Nullable TlsContext context;

    private TlsSettings() {}

    /**
     * Returns settings that use this context of the application.
     *
     * @param protocols the versions of TLS that the context enables and that may be used
     */
    public static TlsSettings of(SSLContext given, List<String> protocols) {
        TlsSettings settings = new TlsSettings();
        settings.given = given;
        settings.protocols = protocols;
        return settings;
    }

    /**
     * Returns settings that follow a source. The source has just been asked, and will be asked at most once a second.
     *
     * @param first its answer
     * @param clock times as {@link NanoClock#now} gives them
     */
    public static TlsSettings of(TlsSettings first, Callable<TlsSettings> source, LongSupplier clock) {
        TlsSettings settings = new TlsSettings();
        settings.reload = new TlsReload(first, source, clock);
        return settings;
    }

    public TlsSettings trust(Set<X509Certificate> certificates) {
        return trusting(certificates);
    }

    public TlsSettings trust(X509TrustManager manager) {
        return trusting(manager);
    }

    private TlsSettings trusting(Object trusted) {
        TlsSettings changed = copy();
        changed.trust = trusted;
        return changed.checked();
    }

    public TlsSettings keys(ClientKeys clientKeys) {
        TlsSettings changed = copy();
        changed.keys = clientKeys;
        return changed.checked();
    }

    public TlsSettings protocols(List<String> names) {
        TlsSettings changed = copy();
        changed.protocols = names;
        return changed;
    }

    public TlsSettings cipherSuites(List<String> names) {
        TlsSettings changed = copy();
        changed.cipherSuites = names;
        return changed;
    }

    public TlsSettings pins(PinnedKeys pinned) {
        TlsSettings changed = copy();
        changed.pins = pinned;
        return changed.checked();
    }

    public TlsSettings verify(boolean on) {
        if (on == verify && reload == null) {
            return this;
        }
        TlsSettings changed = copy();
        changed.verify = on;
        return changed.checked();
    }

    public TlsSettings sessionReuse(boolean on) {
        if (on == sessionReuse && reload == null) {
            return this;
        }
        TlsSettings changed = copy();
        changed.sessionReuse = on;
        return changed;
    }

    public TlsSettings serverName(String name) {
        TlsSettings changed = copy();
        changed.serverName = name;
        changed.context = context;
        return changed;
    }

    private TlsSettings copy() {
        if (reload != null) {
            throw new IllegalStateException("this Tls follows a TlsSource; change the Tls that the source returns");
        }
        try {
            TlsSettings copy = (TlsSettings) super.clone();
            copy.context = null;
            return copy;
        } catch (CloneNotSupportedException e) {
            throw new AssertionError(e);
        }
    }

    /** Returns this object. Fails if two of its settings contradict each other. */
    private TlsSettings checked() {
        if (given != null && (trust != null || keys != null)) {
            throw new IllegalStateException("the SSLContext of this Tls decides about trust and keys;"
                    + " give them to the SSLContext, or start from Tls.DEFAULT");
        }
        if (!verify && isForeign()) {
            throw new IllegalStateException("verify: false has no effect on an SSLContext or trust manager of the"
                    + " application; use Tls.DEFAULT.verify(false) without them");
        }
        if (!verify && pins != null) {
            throw new IllegalStateException(
                    "pins are compared with the verified chain; with verify(false) there is none."
                            + " Use trust(..) to accept a server of your own");
        }
        return this;
    }

    /** Whether code of the application decides which servers are trusted. */
    boolean isForeign() {
        return given != null || trust instanceof X509TrustManager;
    }

    /**
     * Returns all protocols and cipher suites that the provider of TLS supports. It does not enable all of them by
     * default.
     *
     * @throws IllegalStateException if there is no provider
     */
    public SSLParameters supported() {
        try {
            SSLContext jdk = given;
            if (jdk == null) {
                jdk = SSLContext.getInstance("TLS");
                // This does not load the JVM's trust store, which would take long.
                jdk.init(new KeyManager[0], new TrustManager[0], null);
            }
            return jdk.getSupportedSSLParameters();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("TLS cannot be set up", e);
        }
    }

    /** Returns the settings as they are at this moment, without a source. */
    TlsSettings present(CallTimeouts timeouts) throws IOException {
        return reload == null ? this : reload.current(timeouts);
    }

    /** Whether these settings follow a source, so that a call may have to wait for it. */
    public boolean isReloaded() {
        return reload != null;
    }

    /** Returns the identity for a connection to this host. A failure counts as a failure of the handshake. */
    public TlsIdentity identity(String host, CallTimeouts timeouts) throws IOException {
        TlsSettings current = present(timeouts);
        try {
            return current.identity(host);
        } catch (SSLException e) {
            timeouts.enter(CallStep.HANDSHAKE);
            throw e;
        }
    }

    /** Returns the identity for a connection to this host, without asking a source. */
    public TlsIdentity identity(String host) throws SSLException {
        TlsContext known = context;
        if (known == null) {
            known = TlsContext.of(withoutName());
            context = known;
        }
        TlsIdentity identity = new TlsIdentity(known, serverName == null ? host : serverName);
        known.sslContext(identity.isUnderscored());
        return identity;
    }

    private TlsSettings withoutName() {
        if (serverName == null) {
            return this;
        }
        TlsSettings copy = copy();
        copy.serverName = null;
        return copy;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || other instanceof TlsSettings that
                        && Objects.equals(given, that.given)
                        && verify == that.verify
                        && sessionReuse == that.sessionReuse
                        && Objects.equals(trust, that.trust)
                        && Objects.equals(keys, that.keys)
                        && Objects.equals(protocols, that.protocols)
                        && Objects.equals(cipherSuites, that.cipherSuites)
                        && Objects.equals(pins, that.pins)
                        && Objects.equals(serverName, that.serverName)
                        && Objects.equals(reload, that.reload);
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                given, verify, sessionReuse, trust, keys, protocols, cipherSuites, pins, serverName, reload);
    }

    /** The options, without the content of any key or certificate. */
    @Override
    public String toString() {
        if (reload != null) {
            return "[source, now " + reload + "]";
        }
        String trusted = trust == null ? "the JVM's" : "own";
        return "[trust=" + (given == null ? trusted : "the SSLContext's")
                + ", clientCertificate=" + (given == null ? String.valueOf(keys != null) : "the SSLContext's")
                + ", serverName=" + (serverName == null ? "the host's" : serverName)
                + ", verify=" + verify
                + ", sessionReuse=" + sessionReuse
                + (protocols == null ? "" : ", protocols=" + protocols)
                + (cipherSuites == null ? "" : ", cipherSuites=" + cipherSuites)
                + (pins == null ? "" : ", pins=" + pins)
                + "]";
    }
}
