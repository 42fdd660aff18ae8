package io.httpipe.internal.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.StandardConstants;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The name that a TLS engine sends and verifies. Every host that a URI may have gets an engine. */
class TlsIdentityTest {
    private static SSLEngine engine(String serverName, boolean verify) throws Exception {
        return TlsSettings.DEFAULT.verify(verify).identity(serverName).engine(443);
    }

    @Test
    void sendsTheServerNameAndVerifiesIt() throws Exception {
        SSLEngine engine = engine("example.com", true);
        assertEquals(
                List.of(new SNIHostName("example.com")),
                engine.getSSLParameters().getServerNames());
        assertEquals("HTTPS", engine.getSSLParameters().getEndpointIdentificationAlgorithm());
        assertEquals("example.com", engine.getPeerHost());
        assertEquals(443, engine.getPeerPort());
    }

    @Test
    void verifiesNothingIfVerificationIsOff() throws Exception {
        assertNull(engine("example.com", false).getSSLParameters().getEndpointIdentificationAlgorithm());
    }

    @Test
    void removesTheDotAtTheEndOfAFullName() throws Exception {
        SSLEngine engine = engine("example.com.", true);
        assertEquals(
                List.of(new SNIHostName("example.com")),
                engine.getSSLParameters().getServerNames());
        assertEquals("example.com", engine.getPeerHost());
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1", "-a", "a-.b"})
    void sendsNoServerNameForAnAddressOrInvalidHostNameButVerifiesIt(String host) throws Exception {
        SSLEngine engine = engine(host, true);
        assertEquals(List.of(), engine.getSSLParameters().getServerNames());
        assertEquals("HTTPS", engine.getSSLParameters().getEndpointIdentificationAlgorithm());
        assertEquals(host, engine.getPeerHost());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a_b", "_x.example.com", "my_account.example.com.", "a.b_c.example.com"})
    void sendsANameWithAnUnderscoreUnchanged(String host) throws Exception {
        String name = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
        SNIServerName sent =
                engine(host, true).getSSLParameters().getServerNames().getFirst();
        assertEquals(StandardConstants.SNI_HOST_NAME, sent.getType());
        assertEquals(name, new String(sent.getEncoded(), StandardCharsets.US_ASCII));
        assertEquals("type=host_name (0), value=" + name, sent.toString());
        assertEquals(List.of(), engine(host, false).getSSLParameters().getServerNames(), "only if it is verified");
    }

    @Test
    void namesWithAnUnderscoreDoNotShareSessions() throws Exception {
        String peer = engine("a_b.example.com", true).getPeerHost();
        assertTrue(peer.matches("x[0-9a-f]{40}\\.example\\.com"), peer);
        assertEquals(peer, engine("A_B.example.com.", true).getPeerHost().replace("EXAMPLE", "example"));
        for (String other : List.of("a-b.example.com", "a_c.example.com", "a__b.example.com", "b.example.com")) {
            assertNotEquals(peer, engine(other, true).getPeerHost());
        }
        assertNotEquals(engine("a_b", true).getPeerHost(), engine("a_c", true).getPeerHost());
    }

    @Test
    void verifiesANameWithAnUnderscoreOrFails() throws Exception {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init((KeyStore) null);
        TrustManager[] managers = UnderscoreTrustManager.around(factory.getTrustManagers());
        X509ExtendedTrustManager trustManager = (X509ExtendedTrustManager) managers[0];
        assertEquals(1, managers.length);
        X509Certificate[] chain = trustManager.getAcceptedIssuers();
        SSLEngine other = engine("example.com", true);
        for (Executable check : List.<Executable>of(
                () -> trustManager.checkServerTrusted(chain, "RSA"),
                () -> trustManager.checkServerTrusted(chain, "RSA", (Socket) null),
                () -> trustManager.checkServerTrusted(chain, "RSA", other))) {
            assertEquals(
                    "no name to verify",
                    assertThrows(CertificateException.class, check).getMessage());
        }
        assertThrows(
                GeneralSecurityException.class, () -> UnderscoreTrustManager.around(new TrustManager[] {new Simple()}));
    }

    /** A trust manager that accepts no engine, so that it cannot know the server. */
    private static final class Simple implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    @Test
    void supportsOnlyTls12And13() throws Exception {
        assertEquals(List.of("TLSv1.3", "TLSv1.2"), List.of(engine("h", true).getEnabledProtocols()));
    }
}
