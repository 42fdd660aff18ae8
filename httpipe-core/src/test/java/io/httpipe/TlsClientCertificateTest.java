package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Servers;
import io.httpipe.testing.Signal;
import io.httpipe.testing.TestCertificates;
import java.io.IOException;
import java.util.List;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that ask for a client certificate, with clients that have one or not. */
@Timeout(60)
class TlsClientCertificateTest {
    private static final TestCertificates CERTIFICATES = TestCertificates.get();

    private static Tls tlsFor(String client) {
        return client == null
                ? newTls()
                : newTls().clientCertificate(CERTIFICATES.store(client), "password".toCharArray());
    }

    /** Uses separate sessions, because a resumed session includes the client certificate. */
    private static Tls newTls() {
        try {
            return Tls.DEFAULT.trust(CERTIFICATES.authority());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Answers with the name in the client certificate. */
    private static ScriptedServer serverThatAsks(String version, boolean required, Signal refused) throws IOException {
        return Servers.tlsWith(
                CERTIFICATES.server(),
                socket -> {
                    socket.setEnabledProtocols(new String[] {version});
                    socket.setWantClientAuth(true);
                    if (required) {
                        socket.setNeedClientAuth(true);
                    }
                },
                peer -> {
                    SSLSocket socket = (SSLSocket) peer.socket();
                    try {
                        socket.startHandshake();
                    } catch (IOException e) {
                        refused.set();
                        return;
                    }
                    while (peer.nextHead() != null) {
                        String name = name(socket.getSession());
                        peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + name.length() + "\r\n\r\n" + name);
                    }
                });
    }

    private static String name(SSLSession session) {
        try {
            return session.getPeerPrincipal().getName();
        } catch (SSLPeerUnverifiedException e) {
            return "nobody";
        }
    }

    @ParameterizedTest
    @CsvSource({
        "TLSv1.2, client-a, true",
        "TLSv1.3, client-a, true",
        "TLSv1.2, client-b, false",
        "TLSv1.3, client-b, false"
    })
    void theClientSendsItsCertificateIfTheServerAsks(String version, String client, boolean required) throws Exception {
        try (ScriptedServer server = serverThatAsks(version, required, new Signal());
                Httpipe hp = Httpipe.builder().tls(tlsFor(client)).build()) {
            for (int i = 0; i < 2; i++) {
                Response response = hp.get(server.uri("localhost", "/"));
                assertEquals("CN=" + client, response.text());
                assertEquals(i, response.reusedTimes());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aMissingCertificateIsAcceptedIfTheServerDoesNotRequireIt(String version) throws Exception {
        try (ScriptedServer server = serverThatAsks(version, false, new Signal());
                Httpipe hp = Httpipe.builder().tls(tlsFor(null)).build()) {
            assertEquals("nobody", hp.get(server.uri("localhost", "/")).text());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "TLSv1.2, GET,",
        "TLSv1.2, POST,",
        "TLSv1.2, GET, client-of-another-authority",
        "TLSv1.3, GET,",
        "TLSv1.3, POST,",
        "TLSv1.3, GET, client-of-another-authority"
    })
    void aMissingCertificateFailsTlsIfTheServerRequiresIt(String version, String method, String client)
            throws Exception {
        try (ScriptedServer server = serverThatAsks(version, true, new Signal());
                Httpipe hp = Httpipe.builder().tls(tlsFor(client)).build()) {
            for (int i = 1; i <= 2; i++) {
                Request request = Request.of(method, server.uri("localhost", "/"));
                TlsFailedException e = assertThrows(TlsFailedException.class, () -> hp.request(request));
                assertTrue(e.getMessage().contains("alert"), e.getMessage());
                // Over TLS 1.3 the client finishes and sends its request before the server checks the certificate.
                boolean late = version.equals("TLSv1.3");
                assertEquals(late, e.bytesSent() > 0);
                assertEquals(late, e.phase() != Phase.TLS, e.getMessage());
                assertFalse(e.safeToRetry(), "the server would refuse it again");
                assertEquals(i, server.connections(), "it is not tried again");
                assertEquals(List.of(), hp.stats(), "and not pooled");
                assertEquals(List.of(), server.heads());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void anExchangeWithoutTheRequiredCertificateEndsWithoutARequest(String version) throws Exception {
        Signal refused = new Signal();
        try (ScriptedServer server = serverThatAsks(version, true, refused);
                Httpipe hp = Httpipe.builder().tls(tlsFor(null)).build()) {
            Exchange exchange = hp.connect("localhost", server.port());
            if (version.equals("TLSv1.2")) {
                assertThrows(TlsFailedException.class, exchange::tlsHandshake);
            } else {
                assertEquals(version, exchange.tlsHandshake().protocol());
                refused.await();
                assertFalse(exchange.keepAlive());
            }
            assertEquals(List.of(), hp.stats());
        }
    }

    /** Over TLS 1.3 the alert arrives after the client has finished its handshake. */
    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST"})
    void anExchangeReportsAnAlertThatArrivedBeforeItsRequest(String method) throws Exception {
        Signal refused = new Signal();
        try (ScriptedServer server = serverThatAsks("TLSv1.3", true, refused);
                Httpipe hp = Httpipe.builder().tls(tlsFor(null)).build()) {
            Exchange exchange = hp.connect("localhost", server.port());
            exchange.tlsHandshake();
            refused.await();
            Request request = Request.of(method, "/");
            TlsFailedException e = assertThrows(
                    TlsFailedException.class,
                    () -> exchange.sendRequest(method.equals("GET") ? request : request.body(Body.of("a body"))));
            assertTrue(e.getMessage().contains("certificate_required"), e.getMessage());
            assertEquals(0, e.bytesSent());
            assertFalse(e.safeToRetry());
            assertEquals(List.of(), hp.stats());
            assertEquals(List.of(), server.heads());
            exchange.close();
        }
    }

    @Test
    void closingAnExchangeWithAnUnreadAlertIsNotAnError() throws Exception {
        Signal refused = new Signal();
        try (ScriptedServer server = serverThatAsks("TLSv1.3", true, refused);
                Httpipe hp = Httpipe.builder().tls(tlsFor(null)).build()) {
            try (Exchange exchange = hp.connect("localhost", server.port())) {
                exchange.tlsHandshake();
                refused.await();
            }
            assertEquals(List.of(), hp.stats());
        }
    }
}
