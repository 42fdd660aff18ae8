package io.httpipe.test.server;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * An X.509 certificate (RFC 5280) with its private key, in memory. A test can make it invalid on purpose. Immutable.
 *
 * {@snippet :
 * TestAuthority authority = TestAuthority.create();
 * TestCertificate expired = authority.newCertificate("localhost").names("localhost").validForDays(-20, -10).make();
 * ScriptedServer server = ScriptedServer.builder().tls(authority.serverContext(expired)).start();
 * }
 *
 * @param key the private key
 * @param chain the certificate, then those of its issuers
 */
public record TestCertificate(PrivateKey key, List<X509Certificate> chain) {
    /**
     * Creates a certificate. The constructor does not check that the key belongs to the certificate.
     *
     * @throws IllegalArgumentException if the chain is empty
     */
    public TestCertificate {
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("a chain has at least one certificate");
        }
        chain = List.copyOf(chain);
    }

    /**
     * Returns the builder of a self-signed certificate.
     *
     * @param commonName the name of its subject
     * @return the builder
     */
    public static Builder builder(String commonName) {
        return new Builder(commonName);
    }

    /** {@return the certificate} */
    public X509Certificate certificate() {
        return chain.getFirst();
    }

    /** {@return a copy without the certificates of the issuers} */
    public TestCertificate alone() {
        return new TestCertificate(key, List.of(certificate()));
    }

    /** {@return the certificate in PEM} */
    public String pem() {
        return pem(certificate());
    }

    /** {@return the certificate and those of its issuers in PEM} */
    public String chainPem() {
        StringBuilder text = new StringBuilder();
        chain.forEach(certificate -> text.append(pem(certificate)));
        return text.toString();
    }

    /** {@return the private key in PEM, in PKCS#8 without encryption} */
    public String keyPem() {
        return pem("PRIVATE KEY", key.getEncoded());
    }

    private static String pem(X509Certificate certificate) {
        try {
            return pem("CERTIFICATE", certificate.getEncoded());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("not a certificate: " + certificate, e);
        }
    }

    private static String pem(String label, byte[] der) {
        Base64.Encoder base64 = Base64.getMimeEncoder(64, new byte[] {'\n'});
        return "-----BEGIN " + label + "-----\n" + base64.encodeToString(der) + "\n-----END " + label + "-----\n";
    }

    /** {@return a new key store that trusts this certificate} */
    public KeyStore trustStore() {
        try {
            KeyStore store = emptyStore();
            store.setCertificateEntry("trusted", certificate());
            return store;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("this JDK cannot make a key store", e);
        }
    }

    /**
     * Returns a new key store with the key and the chain.
     *
     * @param password the password of the key
     * @return the store
     */
    public KeyStore keyStore(String password) {
        try {
            KeyStore store = emptyStore();
            store.setKeyEntry("own", key, password.toCharArray(), chain.toArray(Certificate[]::new));
            return store;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("this JDK cannot make a key store", e);
        }
    }

    /**
     * Returns a TLS context that always sends this certificate, even if it is expired or not meant for this use, and
     * that trusts the certificates of a store.
     *
     * @param trusted the certificates to trust
     * @return the context, for a server or a client
     */
    public SSLContext context(KeyStore trusted) {
        return TlsContexts.of(this, trusted);
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    /** {@return the subject, for messages; never the key} */
    @Override
    public String toString() {
        return "TestCertificate[" + certificate().getSubjectX500Principal() + "]";
    }

    /** A signature algorithm: its JDK name and its identifier in a certificate. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Algorithm(String name, byte[] identifier) {
        static final Algorithm ECDSA = new Algorithm("SHA256withECDSA", Der.hex("300a06082a8648ce3d040302"));
        static final Algorithm RSA = new Algorithm("SHA256withRSA", Der.hex("300d06092a864886f70d01010b0500"));
        static final Algorithm RSA_MD5 = new Algorithm("MD5withRSA", Der.hex("300d06092a864886f70d0101040500"));

        static Algorithm of(PrivateKey signer, boolean overMd5) {
            if (overMd5) {
                return RSA_MD5;
            }
            return signer.getAlgorithm().equals("RSA") ? RSA : ECDSA;
        }
    }

    /**
     * Settings of a new certificate. By default it is self-signed, has an elliptic curve key (P-256), and is valid from
     * yesterday for 90 days. For one thread.
     */
    public static final class Builder {
        private static final byte[] COMMON_NAME = Der.hex("0603550403");
        private static final byte[] BASIC_CONSTRAINTS = Der.hex("0603551d13");
        private static final byte[] ALTERNATIVE_NAME = Der.hex("0603551d11");
        private static final byte[] EXTENDED_KEY_USAGE = Der.hex("0603551d25");
        private static final byte[] CLIENT_AUTHENTICATION = Der.hex("06082b06010505070302");
        private static final byte[] TRUE = Der.hex("0101ff");
        private static final DateTimeFormatter UTC_TIME =
                DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

        /** The last serial number. Serial numbers are unique and have the same length. */
        private static final AtomicLong SERIALS = new AtomicLong(1L << 60);

        private final String commonName;
        private final List<byte[]> names = new ArrayList<>();
        private final List<byte[]> extensions = new ArrayList<>();
        private @Nullable TestCertificate issuer;
        private Instant from = Instant.now().minus(Duration.ofDays(1));
        private Instant until = from.plus(Duration.ofDays(90));
        private String keyAlgorithm = "EC";
        private int keySize = 256;
        private boolean overMd5;
        private @Nullable TestCertificate sameKey;

        private Builder(String commonName) {
            this.commonName = commonName;
        }

        /**
         * Sets the issuer.
         *
         * @param signer the issuer, which need not be an authority
         * @return this builder
         */
        public Builder signedBy(TestCertificate signer) {
            issuer = signer;
            return this;
        }

        /**
         * Adds alternative names.
         *
         * @param hosts host names or IP addresses
         * @return this builder
         */
        public Builder names(String... hosts) {
            for (String host : hosts) {
                boolean literal = host.indexOf(':') >= 0 || host.matches("[0-9.]+");
                names.add(literal ? address(host) : Der.tlv(0x82, Text.latin(host)));
            }
            return this;
        }

        /**
         * Adds any text as a host name, even an IP address.
         *
         * @param text the name
         * @return this builder
         */
        public Builder hostName(String text) {
            names.add(Der.tlv(0x82, Text.latin(text)));
            return this;
        }

        /**
         * Sets the validity.
         *
         * @param first when the validity begins, in days of 24 hours from now; negative for the past
         * @param last when the validity ends, in days of 24 hours from now; negative for the past
         * @return this builder
         */
        public Builder validForDays(int first, int last) {
            return validity(
                    Instant.now().plus(Duration.ofDays(first)), Instant.now().plus(Duration.ofDays(last)));
        }

        /**
         * Sets the validity.
         *
         * @param start the first moment, to the second
         * @param end the last moment, before 2050
         * @return this builder
         */
        public Builder validity(Instant start, Instant end) {
            from = start;
            until = end;
            return this;
        }

        /**
         * Makes the certificate an authority.
         *
         * @return this builder
         */
        public Builder authority() {
            extensions.add(Der.tlv(0x30, BASIC_CONSTRAINTS, TRUE, Der.tlv(0x04, Der.tlv(0x30, TRUE))));
            return this;
        }

        /**
         * Limits the certificate to client authentication.
         *
         * @return this builder
         */
        public Builder forClients() {
            extensions.add(Der.tlv(0x30, EXTENDED_KEY_USAGE, Der.tlv(0x04, Der.tlv(0x30, CLIENT_AUTHENTICATION))));
            return this;
        }

        /**
         * Signs with MD5, which is broken. The issuer needs an RSA key.
         *
         * @return this builder
         */
        public Builder overMd5() {
            overMd5 = true;
            return this;
        }

        /**
         * Uses an RSA key instead of an elliptic curve key.
         *
         * @param bits the size of the key
         * @return this builder
         */
        public Builder rsa(int bits) {
            keyAlgorithm = "RSA";
            keySize = bits;
            return this;
        }

        /**
         * Uses the key of another certificate instead of a new key. An authority that several others have signed has
         * several certificates with the same key.
         *
         * @param other the certificate that has the key
         * @return this builder
         */
        public Builder sameKeyAs(TestCertificate other) {
            sameKey = other;
            return this;
        }

        /**
         * Makes the certificate. Makes a new key for it, unless {@link #sameKeyAs} was called.
         *
         * @return the certificate
         * @throws IllegalArgumentException if the settings contradict each other
         */
        public TestCertificate make() {
            try {
                return make(keys());
            } catch (GeneralSecurityException e) {
                throw new IllegalArgumentException("no certificate for " + commonName + ": " + e.getMessage(), e);
            }
        }

        private KeyPair keys() throws GeneralSecurityException {
            if (sameKey != null) {
                return new KeyPair(sameKey.certificate().getPublicKey(), sameKey.key());
            }
            KeyPairGenerator generator = KeyPairGenerator.getInstance(keyAlgorithm);
            generator.initialize(keySize);
            return generator.generateKeyPair();
        }

        private TestCertificate make(KeyPair keys) throws GeneralSecurityException {
            PrivateKey signer = issuer == null ? keys.getPrivate() : issuer.key();
            Algorithm algorithm = Algorithm.of(signer, overMd5);
            byte[] toBeSigned = toBeSigned(keys, algorithm);
            Signature signature = Signature.getInstance(algorithm.name);
            signature.initSign(signer);
            signature.update(toBeSigned);
            byte[] signed =
                    Der.tlv(0x30, toBeSigned, algorithm.identifier, Der.tlv(0x03, new byte[] {0}, signature.sign()));
            List<X509Certificate> chain = new ArrayList<>();
            chain.add((X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(signed)));
            if (issuer != null) {
                chain.addAll(issuer.chain());
            }
            return new TestCertificate(keys.getPrivate(), chain);
        }

        private byte[] toBeSigned(KeyPair keys, Algorithm algorithm) {
            byte[] name = commonName.getBytes(StandardCharsets.UTF_8);
            byte[] subject = Der.tlv(0x30, Der.tlv(0x31, Der.tlv(0x30, COMMON_NAME, Der.tlv(0x0c, name))));
            byte[] issuedBy = issuer == null
                    ? subject
                    : issuer.certificate().getSubjectX500Principal().getEncoded();
            List<byte[]> all = new ArrayList<>(extensions);
            if (!names.isEmpty()) {
                byte[] alternatives = Der.tlv(0x30, names.toArray(byte[][]::new));
                all.add(Der.tlv(0x30, ALTERNATIVE_NAME, Der.tlv(0x04, alternatives)));
            }
            return Der.tlv(
                    0x30,
                    Der.hex("a003020102"),
                    Der.tlv(0x02, BigInteger.valueOf(SERIALS.incrementAndGet()).toByteArray()),
                    algorithm.identifier,
                    issuedBy,
                    Der.tlv(0x30, time(from), time(until)),
                    subject,
                    keys.getPublic().getEncoded(),
                    all.isEmpty() ? new byte[0] : Der.tlv(0xa3, Der.tlv(0x30, all.toArray(byte[][]::new))));
        }

        private static byte[] time(Instant moment) {
            return Der.tlv(0x17, Text.latin(UTC_TIME.format(moment)));
        }

        private static byte[] address(String literal) {
            try {
                return Der.tlv(0x87, InetAddress.getByName(literal).getAddress());
            } catch (UnknownHostException e) {
                throw new IllegalArgumentException("not an IP address: " + literal, e);
            }
        }
    }
}
