package io.httpipe.test.server;

import java.security.KeyStore;
import javax.net.ssl.SSLContext;
import javax.net.ssl.X509TrustManager;

/**
 * A certificate authority in memory, for TLS in tests. Immutable and thread-safe.
 *
 * {@snippet :
 * TestAuthority authority = TestAuthority.create();
 * ScriptedServer server = ScriptedServer.builder().tls(authority.serverContext()).start();
 * HttpClient client = HttpClient.newBuilder().sslContext(authority.clientContext()).build();
 * }
 */
public final class TestAuthority {
    private final TestCertificate own;

    private TestAuthority(TestCertificate own) {
        this.own = own;
    }

    /** {@return a new authority, which is valid from yesterday for 90 days} */
    public static TestAuthority create() {
        return new TestAuthority(
                TestCertificate.builder("httpipe test authority").authority().make());
    }

    /** {@return the certificate of the authority, with its key} */
    public TestCertificate certificate() {
        return own;
    }

    /**
     * Returns the builder of a certificate that this authority signs.
     *
     * @param commonName the name of its subject
     * @return the builder
     */
    public TestCertificate.Builder newCertificate(String commonName) {
        return TestCertificate.builder(commonName).signedBy(own);
    }

    /**
     * Makes the certificate of a server.
     *
     * @param names the host names and IP addresses of the server
     * @return the certificate
     */
    public TestCertificate server(String... names) {
        if (names.length == 0) {
            throw new IllegalArgumentException("the certificate of a server needs a name, such as \"localhost\"");
        }
        return newCertificate(names[0]).names(names).make();
    }

    /**
     * Makes the certificate of a client.
     *
     * @param name the common name of its subject
     * @return the certificate
     */
    public TestCertificate client(String name) {
        return newCertificate(name).forClients().make();
    }

    /** {@return the context of a server for {@code localhost}, {@code 127.0.0.1} and {@code ::1}} */
    public SSLContext serverContext() {
        return serverContext(server("localhost", "127.0.0.1", "::1"));
    }

    /**
     * Returns the context of a server. It trusts the client certificates of this authority.
     *
     * @param certificate the certificate of the server, which another authority may have signed
     * @return the context
     */
    public SSLContext serverContext(TestCertificate certificate) {
        return TlsContexts.of(certificate, trustStore());
    }

    /** {@return the context of a client that trusts this authority} */
    public SSLContext clientContext() {
        return TlsContexts.of(null, trustStore());
    }

    /**
     * Returns the context of a client that trusts this authority and sends a certificate if the server requests it.
     *
     * @param certificate the certificate of the client
     * @return the context
     */
    public SSLContext clientContext(TestCertificate certificate) {
        return TlsContexts.of(certificate, trustStore());
    }

    /** {@return a new key store with the certificate of this authority} */
    public KeyStore trustStore() {
        return own.trustStore();
    }

    /** {@return a trust manager that trusts this authority, for clients that need one in addition to the context} */
    public X509TrustManager trustManager() {
        return TlsContexts.trustManager(trustStore());
    }

    /** {@return the certificate of this authority in PEM} */
    public String pem() {
        return own.pem();
    }
}
