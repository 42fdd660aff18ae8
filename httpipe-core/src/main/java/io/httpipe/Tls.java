package io.httpipe;

import io.httpipe.internal.connect.ClientKeys;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.connect.PemReader;
import io.httpipe.internal.connect.PinnedKeys;
import io.httpipe.internal.connect.TlsSettings;
import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.Ascii;
import io.httpipe.internal.wire.UriParser;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.X509KeyManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

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
 * <p>There is no option for a {@code HostnameVerifier}. If a server has a certificate for another name, set that name
 * with {@link #serverName}; the client then verifies it. No ALPN extension is sent (RFC 7301), because the protocol is
 * HTTP/1.1.
 *
 * <p>Two {@code Tls} with the same settings are equal, and share connections and sessions. Certificates and keys are
 * compared by their content. An {@link SSLContext}, a trust manager and a key manager are compared as objects.
 *
 * <p>Immutable and thread-safe. Messages and {@link #toString} show no keys and no passwords.
 */
public final class Tls {
    /** The JVM's trust store, verification on, no client certificate, sessions resumed. */
    public static final Tls DEFAULT = new Tls(TlsSettings.DEFAULT);

    private final TlsSettings settings;

    private Tls(TlsSettings settings) {
        this.settings = settings;
    }

    /**
     * Uses an SSL context of the application, with its trust, its keys and its sessions. The name of the host is always
     * verified: after the handshake, the certificate must list the name among its alternative names, even if the
     * context ignores names. For a host name with an underscore, the call throws {@link TlsFailedException}.
     *
     * @param context enables TLS 1.2 or 1.3; its older protocols are not used
     * @return settings with this context. {@code trust}, {@code clientCertificate} and {@code verify(false)} throw
     *         {@link IllegalStateException}, because the context decides about them
     * @throws IllegalArgumentException if the context has not been initialised, or enables older protocols only
     */
    public static Tls of(SSLContext context) {
        List<String> protocols = new ArrayList<>();
        try {
            Collections.addAll(
                    protocols,
                    Arguments.notNull("context", context)
                            .getDefaultSSLParameters()
                            .getProtocols());
        } catch (IllegalStateException e) {
            throw new IllegalArgumentException("context: call its init method first", e);
        }
        String enabled = protocols.toString();
        protocols.retainAll(Set.of("TLSv1.3", "TLSv1.2"));
        if (protocols.isEmpty()) {
            throw new IllegalArgumentException("context: enables neither TLSv1.3 nor TLSv1.2, but " + enabled);
        }
        return new Tls(TlsSettings.of(context, List.copyOf(protocols)));
    }

    /**
     * Uses the settings that a source returns, so that a certificate can be replaced without a new client.
     *
     * @param source called once by this method, and later at most once a second
     * @return settings that follow the source. All methods that change them throw {@link IllegalStateException}; change
     *         what the source returns
     * @throws IOException if the source throws an {@code IOException}
     */
    public static Tls of(TlsSource source) throws IOException {
        return of(source, NanoClock::now);
    }

    /** Follows a source, with this clock. */
    static Tls of(TlsSource source, LongSupplier clock) throws IOException {
        TlsSettings first = settings(Arguments.notNull("source", source));
        return new Tls(TlsSettings.of(first, () -> settings(source), clock));
    }

    private static TlsSettings settings(TlsSource source) throws IOException {
        return Arguments.notNull("source.current()", source.current()).settings;
    }

    /**
     * Trusts only the certificates in a PEM file.
     *
     * @param pem read once, by this call; at most 1 MiB
     * @return a changed copy
     * @throws IOException              if the file cannot be read
     * @throws IllegalArgumentException if it contains no certificate
     * @throws IllegalStateException    if these settings use an {@link SSLContext}
     */
    public Tls trust(Path pem) throws IOException {
        String name = "pem: " + Arguments.notNull("pem", pem);
        return trusting(name, PemReader.text(name, pem));
    }

    /**
     * Trusts only the certificates in a text.
     *
     * @param pem certificates in PEM (RFC 7468), at most 1 MiB. Other text and other kinds of blocks are ignored
     * @return a changed copy
     * @throws IllegalArgumentException if it contains no certificate
     * @throws IllegalStateException    if these settings use an {@link SSLContext}
     */
    public Tls trustPem(String pem) {
        return trusting("pem", Arguments.notNull("pem", pem));
    }

    private Tls trusting(String name, String pem) {
        return new Tls(settings.trust(Set.copyOf(PemReader.certificates(name, pem))));
    }

    /**
     * Trusts only the certificates in a key store, as the JDK does: each trusted certificate, and the first certificate
     * of each key.
     *
     * @param store read once, by this call
     * @return a changed copy
     * @throws IllegalArgumentException if it contains no certificate, or has not been loaded
     * @throws IllegalStateException    if these settings use an {@link SSLContext}
     */
    public Tls trust(KeyStore store) {
        Set<X509Certificate> certificates = new HashSet<>();
        try {
            for (String alias :
                    Collections.list(Arguments.notNull("store", store).aliases())) {
                if (store.getCertificate(alias) instanceof X509Certificate certificate) {
                    certificates.add(certificate);
                }
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("store: it cannot be read", e);
        }
        if (certificates.isEmpty()) {
            throw new IllegalArgumentException("store: it contains no certificate");
        }
        return new Tls(settings.trust(Set.copyOf(certificates)));
    }

    /**
     * Lets a trust manager of the application decide which certificates are trusted. The name of the host is always
     * verified: after the handshake, the certificate must list the name among its alternative names. A host name with
     * an underscore needs an {@link javax.net.ssl.X509ExtendedTrustManager}.
     *
     * @param manager must be thread-safe
     * @return a changed copy
     * @throws IllegalStateException if these settings use an {@link SSLContext}, or if {@code verify(false)} was set
     */
    public Tls trust(X509TrustManager manager) {
        return new Tls(settings.trust(Arguments.notNull("manager", manager)));
    }

    /**
     * Sends the certificate in this key store to servers that request one.
     *
     * @param store    contains a private key with its certificate chain
     * @param password for the keys in the store
     * @return a changed copy
     * @throws IllegalArgumentException if the keys cannot be read with this password
     * @throws IllegalStateException    if these settings use an {@link SSLContext}
     */
    public Tls clientCertificate(KeyStore store, char[] password) {
        try {
            return new Tls(settings.keys(
                    ClientKeys.of(Arguments.notNull("store", store), Arguments.notNull("password", password))));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("store: its keys cannot be used", e);
        }
    }

    /**
     * Sends the certificate in a PEM file to servers that request one.
     *
     * {@snippet :
     * Tls tls = Tls.DEFAULT.clientCertificate(Path.of("tls.crt"), Path.of("tls.key"));
     * }
     *
     * <p>The key can be in PKCS#8 ({@code PRIVATE KEY}, or {@code ENCRYPTED PRIVATE KEY} with PBES2), PKCS#1 ({@code
     * RSA PRIVATE KEY}) or SEC 1 ({@code EC PRIVATE KEY}).
     *
     * @param chain    the client's certificate first, then those of its issuers in order
     * @param key      the private key; can be the same file
     * @param password for an encrypted key; the array is not kept
     * @return a changed copy
     * @throws IOException              if a file cannot be read
     * @throws IllegalArgumentException if the key or the certificates cannot be used, or do not belong together
     * @throws IllegalStateException    if these settings use an {@link SSLContext}
     */
    public Tls clientCertificate(Path chain, Path key, char... password) throws IOException {
        String chainName = "chain: " + Arguments.notNull("chain", chain);
        String keyName = "key: " + Arguments.notNull("key", key);
        return proving(chainName, PemReader.text(chainName, chain), keyName, PemReader.text(keyName, key), password);
    }

    /**
     * Sends the certificate in a text to servers that request one, as {@link #clientCertificate(Path, Path, char...)}
     * does.
     *
     * @param chain    certificates in PEM
     * @param key      a private key in PEM; can be the same text
     * @param password for an encrypted key; the array is not kept
     * @return a changed copy
     * @throws IllegalArgumentException if the key or the certificates cannot be used, or do not belong together
     * @throws IllegalStateException    if these settings use an {@link SSLContext}
     */
    public Tls clientCertificatePem(String chain, String key, char... password) {
        return proving("chain", Arguments.notNull("chain", chain), "key", Arguments.notNull("key", key), password);
    }

    private Tls proving(String chainName, String chain, String keyName, String key, char[] password) {
        return new Tls(settings.keys(
                ClientKeys.ofPem(chainName, chain, keyName, key, Arguments.notNull("password", password))));
    }

    /**
     * Lets a key manager of the application choose the certificate for servers that request one.
     *
     * @param manager must be thread-safe
     * @return a changed copy
     * @throws IllegalStateException if these settings use an {@link SSLContext}
     */
    public Tls clientCertificate(X509KeyManager manager) {
        return new Tls(settings.keys(ClientKeys.of(Arguments.notNull("manager", manager))));
    }

    /**
     * Uses only these protocols.
     *
     * @param protocols such as {@code TLSv1.3}. The JVM refuses TLS 1.1 and 1.0, unless its security properties have
     *                  been changed
     * @return a changed copy
     * @throws IllegalArgumentException if there is no name, or if the JVM does not know one of them
     */
    public Tls protocols(String... protocols) {
        List<String> supported = new ArrayList<>(List.of(settings.supported().getProtocols()));
        supported.removeIf(name -> !name.startsWith("TLS"));
        return new Tls(settings.protocols(checked("protocols", protocols, supported, supported.toString())));
    }

    /**
     * Offers only these cipher suites, in this order.
     *
     * @param cipherSuites such as {@code TLS_AES_256_GCM_SHA384}. TLS 1.3 has suites of its own
     * @return a changed copy
     * @throws IllegalArgumentException if there is no name, or if the JVM does not know one of them
     */
    public Tls cipherSuites(String... cipherSuites) {
        List<String> supported = List.of(settings.supported().getCipherSuites());
        return new Tls(settings.cipherSuites(
                checked("cipherSuites", cipherSuites, supported, "SSLContext.getSupportedSSLParameters()")));
    }

    private static List<String> checked(String argument, String[] names, List<String> supported, String where) {
        if (Arguments.notNull(argument, names).length == 0) {
            throw new IllegalArgumentException(argument + ": at least one name is needed");
        }
        for (String name : names) {
            if (!supported.contains(Arguments.notNull(argument, name))) {
                throw new IllegalArgumentException("%s: %s is not in %s".formatted(argument, Ascii.quote(name), where));
            }
        }
        return List.of(names);
    }

    /**
     * Accepts a server only if one of these public keys is in a verified chain of certificates, from the server's
     * certificate to a trusted authority. A resumed session is checked too.
     *
     * <p>No part of a request is sent before this check. A client certificate is sent before it, in the handshake. If
     * these settings use an {@link SSLContext}, or a trust manager that lists no issuers, the key of the root counts
     * only if the server sends the root certificate.
     *
     * @param pins SHA-256 of public keys (SubjectPublicKeyInfo) in Base64, with or without {@code sha256/} before it;
     *             at least one of them for a spare key that is not in use. If a server is refused, the message of the
     *             {@link TlsFailedException} shows the pins of its keys
     * @return a changed copy
     * @throws IllegalArgumentException if there are fewer than two different pins, or one is malformed
     * @throws IllegalStateException    if {@code verify(false)} was set
     */
    public Tls pins(String... pins) {
        for (String pin : Arguments.notNull("pins", pins)) {
            Arguments.notNull("pins", pin);
        }
        return new Tls(settings.pins(new PinnedKeys(pins)));
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
     * Sets whether the certificate must be trusted and match the name. Without verification, anybody on the network
     * path can read and change all data. In nearly all cases, {@link #trust(Path)} is the better choice.
     *
     * @param verify true by default
     * @return a changed copy
     * @throws IllegalStateException for {@code false}, if an {@link SSLContext} or a trust manager verifies, or if keys
     *                               are pinned
     */
    public Tls verify(boolean verify) {
        return changed(settings.verify(verify));
    }

    /**
     * Sets whether a handshake may resume the session of an earlier handshake with the same server. Without resumption,
     * the server proves its identity in each handshake, and the session is removed from its {@link SSLContext} when the
     * connection is closed.
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

    /** Whether the other object has the same settings. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Tls tls && settings.equals(tls.settings);
    }

    @Override
    public int hashCode() {
        return settings.hashCode();
    }

    /** Returns the settings, without the contents of keys and certificates. */
    @Override
    public String toString() {
        return "Tls" + settings;
    }
}
