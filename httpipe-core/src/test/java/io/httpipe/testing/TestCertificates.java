package io.httpipe.testing;

import io.httpipe.test.server.TestCertificate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;

/** A certificate authority and certificates of all kinds. They are made in each test run, so none expires. */
public final class TestCertificates {
    private static final TestCertificates ONCE = new TestCertificates();

    private final Map<String, TestCertificate> identities = new ConcurrentHashMap<>();

    private TestCertificates() {}

    public static TestCertificates get() {
        return ONCE;
    }

    /**
     * Returns the identity with this name. All except the authorities and the clients are servers for localhost and
     * 127.0.0.1, unless the name states what is wrong with them.
     */
    public TestCertificate identity(String alias) {
        TestCertificate known = identities.get(alias);
        if (known == null) {
            // Not computeIfAbsent, because one identity needs others. If one is made twice, the first is kept.
            TestCertificate made = make(alias);
            known = identities.putIfAbsent(alias, made);
            return known == null ? made : known;
        }
        return known;
    }

    private TestCertificate make(String alias) {
        TestCertificate.Builder maker = TestCertificate.builder(alias);
        TestCertificate.Builder here = TestCertificate.builder(alias).names("localhost", "127.0.0.1");
        return switch (alias) {
            case "ca", "other-ca" -> maker.authority().make();
            case "expired-ca" ->
                maker.authority()
                        .signedBy(identity("ca"))
                        .validForDays(-20, -10)
                        .make();
            case "intermediate" -> maker.authority().signedBy(identity("ca")).make();
            case "good" -> here.signedBy(identity("ca")).make();
            case "through-an-intermediate" ->
                here.signedBy(identity("intermediate")).make();
            case "without-its-intermediate" ->
                here.signedBy(identity("intermediate")).make().alone();
            case "by-an-expired-authority" ->
                here.signedBy(identity("expired-ca")).make();
            case "by-no-authority" -> here.signedBy(identity("good")).make();
            case "untrusted" -> here.signedBy(identity("other-ca")).make();
            case "expired" ->
                here.signedBy(identity("ca")).validForDays(-20, -10).make();
            case "not-yet-valid" ->
                here.signedBy(identity("ca")).validForDays(10, 20).make();
            case "for-clients-only" ->
                here.signedBy(identity("ca")).forClients().make();
            case "self-signed" -> here.make();
            case "rsa-ca" -> maker.authority().rsa(2048).make();
            case "over-md5" -> here.signedBy(identity("rsa-ca")).overMd5().make();
            case "over-sha256" -> here.signedBy(identity("rsa-ca")).make();
            case "rsa-512" -> here.signedBy(identity("ca")).rsa(512).make();
            case "wrong-host" ->
                maker.names("elsewhere.test", "127.0.0.2")
                        .signedBy(identity("ca"))
                        .make();
            case "stolen" ->
                new TestCertificate(here.make().key(), identity("good").chain());
            case "client-a", "client-b" ->
                maker.forClients().signedBy(identity("ca")).make();
            case "client-of-another-authority" ->
                maker.forClients().signedBy(identity("other-ca")).make();
            default -> throw new IllegalArgumentException("nobody is called " + alias);
        };
    }

    /** {@return a server context with a valid certificate for {@code localhost} and {@code 127.0.0.1}} */
    public SSLContext server() {
        return server("good");
    }

    /** {@return a server context with the certificate of this identity} */
    public SSLContext server(String alias) {
        return server(identity(alias));
    }

    /** {@return a server context that trusts client certificates of the authority} */
    public SSLContext server(TestCertificate own) {
        return server(own, store("ca"));
    }

    /** {@return a server context that trusts client certificates of these authorities} */
    public SSLContext server(TestCertificate own, KeyStore authorities) {
        return own.context(authorities);
    }

    /** {@return a key store with the certificate, or with key and certificate, for {@code password}} */
    public KeyStore store(String alias) {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            TestCertificate identity = identity(alias);
            if (alias.startsWith("client")) {
                Certificate[] chain = identity.chain().toArray(Certificate[]::new);
                store.setKeyEntry(alias, identity.key(), "password".toCharArray(), chain);
            } else {
                store.setCertificateEntry(alias, identity.certificate());
            }
            return store;
        } catch (GeneralSecurityException | IOException e) {
            throw new AssertionError(e);
        }
    }

    /** {@return a PEM file with the certificate of the authority} */
    public Path authority() {
        return pem("ca");
    }

    /** {@return a PEM file with these certificates} */
    public Path pem(String... aliases) {
        StringBuilder pem = new StringBuilder();
        try {
            for (String alias : aliases) {
                pem.append(pemText(identity(alias).certificate()));
            }
            Path file = Files.createTempFile("httpipe", ".pem");
            file.toFile().deleteOnExit();
            return Files.writeString(file, pem);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** {@return the certificate in PEM} */
    public static String pemText(X509Certificate certificate) {
        Base64.Encoder base64 = Base64.getMimeEncoder(64, new byte[] {'\n'});
        try {
            return "-----BEGIN CERTIFICATE-----\n" + base64.encodeToString(certificate.getEncoded())
                    + "\n-----END CERTIFICATE-----\n";
        } catch (CertificateEncodingException e) {
            throw new AssertionError(e);
        }
    }
}
