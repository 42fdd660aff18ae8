package io.httpipe.test.server;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Makes TLS contexts. */
final class TlsContexts {
    private TlsContexts() {}

    static SSLContext of(@Nullable TestCertificate own, KeyStore trusted) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            KeyManager[] keys = own == null ? null : new KeyManager[] {new Shown(own)};
            context.init(keys, new TrustManager[] {trustManager(trusted)}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK cannot make a TLS context", e);
        }
    }

    static X509TrustManager trustManager(KeyStore trusted) {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(trusted);
            for (TrustManager manager : factory.getTrustManagers()) {
                if (manager instanceof X509TrustManager x509) {
                    return x509;
                }
            }
            throw new IllegalStateException("this JDK has no trust manager for X.509");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK cannot make a trust manager", e);
        }
    }

    /**
     * A key manager that always sends its certificate. The key managers of the JDK would not send it if the other side
     * lists the issuers that it accepts, and none of them is an issuer in the chain.
     */
    private static final class Shown extends X509ExtendedKeyManager {
        private static final String ALIAS = "own";

        private final TestCertificate own;

        Shown(TestCertificate own) {
            this.own = own;
        }

        private @Nullable String alias(String keyType) {
            return keyType.startsWith(own.key().getAlgorithm()) ? ALIAS : null;
        }

        private @Nullable String alias(String... keyTypes) {
            for (String keyType : keyTypes) {
                if (alias(keyType) != null) {
                    return ALIAS;
                }
            }
            return null;
        }

        @Override
        public @Nullable String chooseEngineServerAlias(
                String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
            return alias(keyType);
        }

        @Override
        public @Nullable String chooseServerAlias(
                String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return alias(keyType);
        }

        @Override
        public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
            return new String[] {ALIAS};
        }

        @Override
        public @Nullable String chooseClientAlias(
                String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return alias(keyTypes);
        }

        @Override
        public @Nullable String chooseEngineClientAlias(
                String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
            return alias(keyTypes);
        }

        @Override
        public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
            return new String[] {ALIAS};
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return own.chain().toArray(X509Certificate[]::new);
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return own.key();
        }
    }
}
