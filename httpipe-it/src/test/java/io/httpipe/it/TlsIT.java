package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.ConnectOptions;
import io.httpipe.Exchange;
import io.httpipe.Httpipe;
import io.httpipe.Phase;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.Tls;
import io.httpipe.TlsFailedException;
import io.httpipe.TlsSession;
import java.security.cert.X509Certificate;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS with nginx. Its certificate is for localhost, httpipe.test and 127.0.0.1. */
class TlsIT {
    private static final String WRONG_NAME = "https://wrong.test/simple-ok";

    @AutoClose
    private final Httpipe hp = Clients.create();

    /** A request for any host, sent to nginx. */
    private static Request atNginx(String uri) {
        return Request.get(uri).at(Nginx.host(), Nginx.tlsPort());
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "httpipe.test"})
    void sendsTheUrisHostAsServerNameAndVerifiesIt(String host) throws Exception {
        Response response = hp.request(atNginx("https://" + host + "/simple-ok"));
        assertEquals(200, response.status());
        assertEquals(host, response.headers().first("X-TLS-Server-Name"));
        assertEquals("TLSv1.3", response.headers().first("X-TLS-Protocol"));
    }

    @Test
    void verifiesAnIpAddressAndSendsNoServerName() throws Exception {
        Response response = hp.request(atNginx("https://127.0.0.1/simple-ok"));
        assertEquals(200, response.status());
        assertNull(response.headers().first("X-TLS-Server-Name"));
    }

    @Test
    void theServerNameHasNoPort() throws Exception {
        Response response = hp.request(atNginx("https://httpipe.test:9443/simple-ok"));
        assertEquals("httpipe.test", response.headers().first("X-TLS-Server-Name"));
        assertEquals(
                "httpipe.test:9443",
                hp.request(atNginx("https://httpipe.test:9443/host")).text());
    }

    @ParameterizedTest
    @ValueSource(strings = {WRONG_NAME, "https://www.httpipe.test/simple-ok", "https://127.0.0.2/simple-ok"})
    void refusesACertificateForAnotherName(String uri) {
        TlsFailedException e = assertThrows(TlsFailedException.class, () -> hp.request(atNginx(uri)));
        assertEquals(Phase.TLS, e.phase());
        assertEquals(0, e.bytesSent());
    }

    @Test
    void refusesAnUntrustedAuthority() throws Exception {
        TlsFailedException e = assertThrows(
                TlsFailedException.class,
                () -> hp.request(Transport.TLS.get("/simple-ok").tls(Tls.DEFAULT)));
        assertEquals(Phase.TLS, e.phase());
        assertEquals(0, e.bytesSent());
        assertEquals(200, hp.request(Transport.TLS.get("/simple-ok")).status());
    }

    @Test
    void verifyFalseSkipsVerification() throws Exception {
        Request unverified = atNginx(WRONG_NAME).tls(Tls.DEFAULT.verify(false));
        Response response = hp.request(unverified);
        assertEquals(200, response.status());
        assertEquals("wrong.test", response.headers().first("X-TLS-Server-Name"));
    }

    @Test
    void anUnverifiedConnectionIsNotUsedForVerifiedRequests() throws Exception {
        assertEquals(
                200,
                hp.request(atNginx(WRONG_NAME).tls(Clients.trustingTls().verify(false)))
                        .status());
        assertThrows(TlsFailedException.class, () -> hp.request(atNginx(WRONG_NAME)));

        Request right = atNginx("https://httpipe.test/simple-ok");
        assertEquals(0, hp.request(right.tls(Tls.DEFAULT.verify(false))).reusedTimes());
        assertEquals(0, hp.request(right).reusedTimes());
    }

    @Test
    void aConnectionIsReusedOnlyForItsServerName() throws Exception {
        assertEquals(0, hp.request(atNginx("https://httpipe.test/simple-ok")).reusedTimes());
        assertEquals(0, hp.request(atNginx("https://localhost/simple-ok")).reusedTimes());
        assertEquals(1, hp.request(atNginx("https://httpipe.test/simple-ok")).reusedTimes());
    }

    @Test
    void serverNameOverridesTheUrisHost() throws Exception {
        Response response = hp.request(
                atNginx("https://wrong.test/host").tls(Clients.trustingTls().serverName("httpipe.test")));
        assertEquals("wrong.test", response.text());
        assertEquals("httpipe.test", response.headers().first("X-TLS-Server-Name"));
        assertThrows(
                TlsFailedException.class,
                () -> hp.request(Transport.TLS
                        .get("/simple-ok")
                        .tls(Clients.trustingTls().serverName("wrong.test"))));
    }

    @Test
    void reusesAConnection() throws Exception {
        String connection =
                hp.request(Transport.TLS.get("/simple-ok")).headers().first("X-Connection");
        for (int i = 1; i < 5; i++) {
            Response response = hp.request(Transport.TLS.get("/chunked?n=20000"));
            assertEquals(i, response.reusedTimes());
            assertEquals(connection, response.headers().first("X-Connection"));
        }
    }

    @Test
    void tlsHandshakeReturnsTheSession() throws Exception {
        try (Exchange exchange = hp.connect(Transport.TLS.endpoint())) {
            TlsSession session = exchange.tlsHandshake();
            assertEquals("TLSv1.3", session.protocol());
            assertTrue(session.cipherSuite().startsWith("TLS_"), session::cipherSuite);
            X509Certificate certificate = assertInstanceOf(
                    X509Certificate.class, session.peerCertificates().getFirst());
            assertEquals(
                    "CN=httpipe.test", certificate.getSubjectX500Principal().getName());
            assertEquals(session, exchange.tlsHandshake(), "a second call returns the same");
            assertEquals("OK\n", exchange.request(Request.get("/simple-ok")).text());
        }
    }

    @Test
    void resumesAnEarlierSession() throws Exception {
        Tls fresh = Clients.newTrustingTls();
        assertFalse(handshakeAndRequest(fresh, "."));
        assertTrue(handshakeAndRequest(fresh, "r"));
        assertTrue(handshakeAndRequest(fresh, "r"));
    }

    @Test
    void sessionReuseFalseResumesNoSession() throws Exception {
        Tls fresh = Clients.newTrustingTls().sessionReuse(false);
        assertFalse(handshakeAndRequest(fresh, "."));
        assertFalse(handshakeAndRequest(fresh, "."));
    }

    /** Uses a new connection. Returns whether the session was resumed; nginx must report the same. */
    private boolean handshakeAndRequest(Tls tls, String expectedByNginx) throws Exception {
        try (Exchange exchange = hp.connect(Transport.TLS.endpoint())) {
            boolean resumed = exchange.tlsHandshake(tls).resumed();
            Response response = exchange.request(Request.get("/simple-ok"));
            assertEquals(expectedByNginx, response.headers().first("X-TLS-Session-Reused"));
            exchange.abort();
            return resumed;
        }
    }

    @Test
    void connectsWithTlsFromTheStart() throws Exception {
        ConnectOptions options = ConnectOptions.DEFAULT.tls(Clients.trustingTls());
        try (Exchange exchange = hp.connect(Transport.TLS.endpoint(), options)) {
            assertEquals("OK\n", exchange.request(Request.get("/simple-ok")).text());
            assertTrue(exchange.keepAlive());
        }
        try (Exchange exchange = hp.connect(Transport.TLS.endpoint(), options)) {
            assertEquals(1, exchange.reusedTimes());
            assertEquals("OK\n", exchange.request(Request.get("/simple-ok")).text());
        }
        assertEquals(2, hp.request(Transport.TLS.get("/simple-ok")).reusedTimes(), "requests use it too");
    }

    @Test
    void aPlainRequestDoesNotUseATlsConnection() throws Exception {
        assertEquals(200, hp.request(Transport.TLS.get("/simple-ok")).status());
        Request plain = Request.get("http://" + Nginx.host() + ":" + Nginx.tlsPort() + "/simple-ok");
        Response response = hp.request(plain);
        assertEquals(0, response.reusedTimes());
        assertEquals(400, response.status());
        assertTrue(response.text().contains("plain HTTP request was sent to HTTPS port"), response::text);
    }

    @Test
    void aTlsRequestDoesNotUseAPlainConnection() throws Exception {
        assertEquals(200, hp.request(Transport.TCP.get("/simple-ok")).status());
        Request secure = Request.get("https://" + Nginx.host() + ":" + Nginx.httpPort() + "/simple-ok");
        TlsFailedException e = assertThrows(TlsFailedException.class, () -> hp.request(secure));
        assertEquals(0, e.reusedTimes());
        assertEquals(0, e.bytesSent());
    }
}
