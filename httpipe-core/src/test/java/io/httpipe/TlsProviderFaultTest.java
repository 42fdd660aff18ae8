package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.FaultyTls;
import io.httpipe.testing.ForkedJvm;
import io.httpipe.testing.Servers;
import io.httpipe.testing.TestCertificates;
import java.io.IOException;
import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.ProviderException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Security providers that throw undeclared exceptions. A call then fails like any other TLS failure. */
@Timeout(60)
class TlsProviderFaultTest {
    private static final TestCertificates CERTIFICATES = TestCertificates.get();
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    private static Httpipe client(SSLContext context) {
        return Httpipe.builder().tls(Tls.of(context)).build();
    }

    private static SSLContext trusting(KeyManager... keys) throws Exception {
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(CERTIFICATES.store("ca"));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys, trust.getTrustManagers(), null);
        return context;
    }

    private static void assertHasCause(Throwable e, String message) {
        Throwable cause = e;
        while (cause != null && !(cause instanceof ProviderException)) {
            cause = cause.getCause();
        }
        assertEquals(message, cause == null ? null : cause.getMessage(), e.toString());
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "CLOSE")
    void aProviderFailureAtAnyPointIsATlsFailure(FaultyTls.Point point) throws Exception {
        try (ScriptedServer server = ScriptedServer.tls(CERTIFICATES.server(), peer -> {
                    try {
                        ScriptedServer.inTurn(OK).run(peer);
                    } catch (IOException e) {
                        // The client has closed.
                    }
                });
                Httpipe hp = client(FaultyTls.at(point, trusting()))) {
            Request request = Request.post(server.uri("localhost", "/")).body(Body.of("a body"));
            for (int i = 1; i <= 2; i++) {
                TlsFailedException e = assertThrows(TlsFailedException.class, () -> hp.request(request));
                assertTrue(e.getMessage().contains("the TLS provider failed"), e.getMessage());
                assertHasCause(e, "the token is gone");
                boolean later = point == FaultyTls.Point.WRAP || point == FaultyTls.Point.UNWRAP;
                assertEquals(later, e.phase() != Phase.TLS, e.getMessage());
                assertEquals(List.of(), hp.stats(), "nothing is left of it");
            }
        }
    }

    @Test
    void aFailureToSendCloseNotifyIsIgnored() throws Exception {
        try (ScriptedServer server = ScriptedServer.tls(CERTIFICATES.server(), peer -> {
                    peer.head();
                    peer.send(OK);
                });
                Httpipe hp = client(FaultyTls.at(FaultyTls.Point.CLOSE, trusting()))) {
            for (int i = 1; i <= 2; i++) {
                Request request = Request.get(server.uri("localhost", "/")).header("Connection", "close");
                assertEquals("OK", hp.request(request).text());
                assertEquals(List.of(), hp.stats());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.2, false", "TLSv1.3, false", "TLSv1.2, true", "TLSv1.3, true"})
    void aKeyManagerThatFailsIsATlsFailure(String version, boolean late) throws Exception {
        try (ScriptedServer server = Servers.tlsWith(
                        CERTIFICATES.server(),
                        socket -> {
                            socket.setEnabledProtocols(new String[] {version});
                            socket.setNeedClientAuth(true);
                        },
                        peer -> {
                            try {
                                ((SSLSocket) peer.socket()).startHandshake();
                            } catch (IOException e) {
                                // The client has no certificate.
                            }
                        });
                Httpipe hp = client(trusting(new Failing(late)))) {
            TlsFailedException e = assertThrows(TlsFailedException.class, () -> hp.get(server.uri("localhost", "/")));
            assertHasCause(e, "the card has been taken out");
            assertEquals(Phase.TLS, e.phase());
            assertEquals(List.of(), hp.stats());
        }
    }

    @Test
    void aJvmWithoutATlsProviderFailsWithATlsFailure() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(OK)) {
            assertEquals(
                    "done\n",
                    ForkedJvm.output("true", List.of(), NoTlsProvider.class, Integer.toString(server.port())));
        }
    }

    /** Fails when it is asked for a certificate, or for the key of the certificate that it has named. */
    private static final class Failing extends X509ExtendedKeyManager {
        private final boolean late;

        Failing(boolean late) {
            this.late = late;
        }

        private static RuntimeException failure() {
            return new ProviderException("the card has been taken out");
        }

        @Override
        public String chooseEngineClientAlias(String[] types, Principal[] issuers, SSLEngine engine) {
            if (!late) {
                throw failure();
            }
            return "client-a";
        }

        @Override
        public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
            throw failure();
        }

        @Override
        public String[] getClientAliases(String type, Principal[] issuers) {
            throw failure();
        }

        @Override
        public String[] getServerAliases(String type, Principal[] issuers) {
            throw failure();
        }

        @Override
        public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
            throw failure();
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return CERTIFICATES.identity(alias).chain().toArray(X509Certificate[]::new);
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            throw failure();
        }
    }
}
