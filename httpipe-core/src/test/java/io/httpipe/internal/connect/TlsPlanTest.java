package io.httpipe.internal.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a TLS engine asks for and verifies; every host that a URI may hold gets one. */
class TlsPlanTest {
    private static SSLEngine engine(String serverName, boolean verify) throws Exception {
        return new TlsPlan(SSLContext.getDefault(), verify, serverName, true).engine(443);
    }

    @Test
    void asksForTheServersNameAndVerifiesIt() throws Exception {
        SSLEngine engine = engine("example.com", true);
        assertEquals(
                List.of(new SNIHostName("example.com")),
                engine.getSSLParameters().getServerNames());
        assertEquals("HTTPS", engine.getSSLParameters().getEndpointIdentificationAlgorithm());
        assertEquals("example.com", engine.getPeerHost());
        assertEquals(443, engine.getPeerPort());
    }

    @Test
    void verifiesNothingWhereThatIsSwitchedOff() throws Exception {
        assertNull(engine("example.com", false).getSSLParameters().getEndpointIdentificationAlgorithm());
    }

    @Test
    void leavesTheLastDotOfAFullNameOut() throws Exception {
        SSLEngine engine = engine("example.com.", true);
        assertEquals(
                List.of(new SNIHostName("example.com")),
                engine.getSSLParameters().getServerNames());
        assertEquals("example.com", engine.getPeerHost());
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1", "a_b", "_x.example.com", "-a", "a-.b"})
    void asksForNoNameWhereTheHostIsAnAddressOrNoHostNameAndVerifiesItAllTheSame(String host) throws Exception {
        SSLEngine engine = engine(host, true);
        assertEquals(List.of(), engine.getSSLParameters().getServerNames());
        assertEquals("HTTPS", engine.getSSLParameters().getEndpointIdentificationAlgorithm());
        assertEquals(host, engine.getPeerHost());
    }

    @Test
    void speaksTls12And13Only() throws Exception {
        assertEquals(List.of("TLSv1.3", "TLSv1.2"), List.of(engine("h", true).getEnabledProtocols()));
    }
}
