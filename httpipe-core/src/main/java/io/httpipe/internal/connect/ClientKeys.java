package io.httpipe.internal.connect;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.X509KeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Holds the keys with which a client proves who it is, and their certificates. Two objects are equal if their aliases,
 * keys and certificates are equal, or if they use the same key manager of the application. Immutable and thread-safe.
 */
public final class ClientKeys {
    /** The password of a store that exists in memory only. */
    private static final char[] PASSWORD = "memory".toCharArray();

    /** Aliases, each with its private key and certificates; or one key manager. */
    private final List<?> content;

    /** Null if they are created from the content. */
    private final KeyManager @Nullable [] managers;

    private ClientKeys(List<?> content, KeyManager @Nullable [] managers) {
        this.content = content;
        this.managers = managers;
    }

    public static ClientKeys of(X509KeyManager manager) {
        return new ClientKeys(List.of(manager), new KeyManager[] {manager});
    }

    /** Returns all keys of a store. The password must open each of them. */
    public static ClientKeys of(KeyStore store, char[] password) throws GeneralSecurityException {
        KeyManager[] managers = managers(store, password);
        List<Object> content = new ArrayList<>();
        for (String alias : Collections.list(store.aliases())) {
            Key key = store.isKeyEntry(alias) ? store.getKey(alias, password) : null;
            Certificate[] chain = store.getCertificateChain(alias);
            if (key instanceof PrivateKey && chain != null) {
                content.add(alias);
                content.add(key);
                content.add(List.of(chain));
            }
        }
        return new ClientKeys(content, managers);
    }

    /**
     * Returns one key with its certificates.
     *
     * @param chainName the name of the chain in messages
     * @param chain     a text in PEM: the certificate of the key, and then those of its issuers in order
     * @param keyName   the name of the key in messages
     * @param key       a text in PEM that contains the private key
     * @param password  for an encrypted key; empty if there is none
     * @throws IllegalArgumentException if they cannot be used; the message shows nothing of the key
     */
    public static ClientKeys ofPem(String chainName, String chain, String keyName, String key, char[] password) {
        List<X509Certificate> certificates = PemReader.certificates(chainName, chain);
        for (int i = 1; i < certificates.size(); i++) {
            if (!certificates
                    .get(i - 1)
                    .getIssuerX500Principal()
                    .equals(certificates.get(i).getSubjectX500Principal())) {
                throw new IllegalArgumentException(("%s: certificate %d has not issued certificate %d; the client's own"
                                + " certificate must be the first, and its issuers must follow in order")
                        .formatted(chainName, i + 1, i));
            }
        }
        if (Set.copyOf(certificates).size() < certificates.size()) {
            throw new IllegalArgumentException(chainName + ": a certificate occurs twice; leave out the second one");
        }
        PrivateKey privateKey =
                PrivateKeys.read(keyName, key, password, certificates.getFirst().getPublicKey());
        return new ClientKeys(List.of("client", privateKey, certificates), null);
    }

    private static KeyManager[] managers(KeyStore store, char[] password) throws GeneralSecurityException {
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, password);
        return factory.getKeyManagers();
    }

    /** Returns an empty key store in memory. */
    static KeyStore emptyStore() throws GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try {
            store.load(null, null);
        } catch (IOException e) {
            throw new GeneralSecurityException(e);
        }
        return store;
    }

    KeyManager[] managers() throws GeneralSecurityException {
        if (managers != null) {
            return managers;
        }
        KeyStore store = emptyStore();
        Certificate[] chain = ((List<?>) content.get(2)).toArray(new Certificate[0]);
        store.setKeyEntry((String) content.get(0), (PrivateKey) content.get(1), PASSWORD, chain);
        return managers(store, PASSWORD);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ClientKeys that && content.equals(that.content);
    }

    @Override
    public int hashCode() {
        return content.hashCode();
    }
}
