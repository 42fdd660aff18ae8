package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ScriptedServer;
import io.httpipe.test.server.TestCertificate;
import io.httpipe.testing.Servers;
import io.httpipe.testing.TestCertificates;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509KeyManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Trust, keys and SSL contexts that an application already has. */
@Timeout(60)
class TlsOfApplicationTest {
    private static final TestCertificates CERTIFICATES = TestCertificates.get();

    private static TrustManager[] managers(KeyStore store) throws Exception {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    private static KeyManager[] keys(String alias) throws Exception {
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(CERTIFICATES.store(alias), "password".toCharArray());
        return factory.getKeyManagers();
    }

    private static SSLContext context(KeyManager[] keys, TrustManager... trust) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys, trust, null);
        return context;
    }

    /** The ways to trust one authority. */
    enum Trust {
        TEXT {
            @Override
            Tls tls(String authority) throws Exception {
                return Tls.DEFAULT.trustPem(Files.readString(CERTIFICATES.pem(authority)));
            }
        },
        STORE {
            @Override
            Tls tls(String authority) throws Exception {
                return Tls.DEFAULT.trust(CERTIFICATES.store(authority));
            }
        },
        MANAGER {
            @Override
            Tls tls(String authority) throws Exception {
                return Tls.DEFAULT.trust((X509TrustManager) managers(CERTIFICATES.store(authority))[0]);
            }
        },
        PLAIN_MANAGER {
            @Override
            Tls tls(String authority) throws Exception {
                return Tls.DEFAULT.trust(new Plain((X509TrustManager) managers(CERTIFICATES.store(authority))[0]));
            }
        },
        CONTEXT {
            @Override
            Tls tls(String authority) throws Exception {
                return Tls.of(context(null, managers(CERTIFICATES.store(authority))));
            }
        };

        abstract Tls tls(String authority) throws Exception;
    }

    /** A trust manager that does not get the engine, so it cannot check the name. */
    private record Plain(X509TrustManager delegate) implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
            delegate.checkClientTrusted(chain, authType);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
            delegate.checkServerTrusted(chain, authType);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return delegate.getAcceptedIssuers();
        }
    }

    /** Trusts all certificates and checks no name, like many trust managers for test systems. */
    private static final class Careless extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    /** Answers with the protocol and the name of the client. Tolerates clients that refuse the server. */
    private static ScriptedServer server(TestCertificate identity) throws IOException {
        return Servers.tlsWith(CERTIFICATES.server(identity), socket -> socket.setWantClientAuth(true), peer -> {
            try {
                while (peer.nextHead() != null) {
                    String text = seen(((SSLSocket) peer.socket()).getSession());
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + text.length() + "\r\n\r\n" + text);
                }
            } catch (IOException e) {
                // The client has refused the certificate.
            }
        });
    }

    private static String seen(SSLSession session) {
        try {
            return session.getProtocol() + " " + session.getPeerPrincipal().getName();
        } catch (IOException e) {
            return session.getProtocol() + " nobody";
        }
    }

    private static ScriptedServer server(String alias) throws IOException {
        return server(CERTIFICATES.identity(alias));
    }

    private static Httpipe client(Tls tls) {
        return Httpipe.builder()
                .tls(tls)
                .resolver(host -> List.of(InetAddress.getByName("127.0.0.1")))
                .build();
    }

    @ParameterizedTest
    @EnumSource
    void aTrustedServerIsReachedByNameAndAddress(Trust trust) throws Exception {
        try (ScriptedServer server = server("good");
                Httpipe hp = client(trust.tls("ca"))) {
            for (String host : List.of("localhost", "127.0.0.1", "localhost.")) {
                assertEquals("TLSv1.3 nobody", hp.get(server.uri(host, "/")).text());
                assertEquals(1, hp.get(server.uri(host, "/")).reusedTimes());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void otherServersAreRefused(Trust trust) throws Exception {
        for (String alias : List.of("untrusted", "wrong-host", "expired", "self-signed", "for-clients-only")) {
            try (ScriptedServer server = server(alias);
                    Httpipe hp = client(trust.tls("ca"))) {
                for (int i = 0; i < 2; i++) {
                    TlsFailedException e =
                            assertThrows(TlsFailedException.class, () -> hp.get(server.uri("localhost", "/")), alias);
                    assertEquals(Phase.TLS, e.phase());
                    assertEquals(0, e.bytesSent());
                }
                assertEquals(List.of(), server.heads(), alias);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aHostInTheCommonNameOnlyIsRefused(Trust trust) throws Exception {
        TestCertificate commonName = TestCertificate.builder("localhost")
                .signedBy(CERTIFICATES.identity("ca"))
                .make();
        try (ScriptedServer server = server(commonName);
                Httpipe hp = client(trust.tls("ca"))) {
            assertThrows(TlsFailedException.class, () -> hp.get(server.uri("localhost", "/")));
        }
    }

    private static List<Tls> careless() throws Exception {
        return List.of(
                Tls.DEFAULT.trust(new Careless()),
                Tls.of(context(null, new Careless())),
                Tls.DEFAULT.trust(new Plain(new Careless())),
                Tls.of(context(null, new Plain(new Careless()))));
    }

    @Test
    void theNameIsVerifiedEvenIfTheTrustManagerIgnoresIt() throws Exception {
        TestCertificate wildcard = TestCertificate.builder("any")
                .names("*.lab.test", "localhost", "::1", "127.0.0.1")
                .make();
        for (Tls tls : careless()) {
            try (ScriptedServer server = server(wildcard);
                    Httpipe hp = client(tls)) {
                for (String host : List.of("a.lab.test", "localhost", "[::1]", "127.0.0.1")) {
                    Request request = Request.get("https://" + host + "/").at("127.0.0.1", server.port());
                    assertEquals("TLSv1.3 nobody", hp.request(request).text(), host);
                }
                for (String host : List.of("lab.test", "a.b.lab.test", "[::2]", "127.0.0.2", "other.test")) {
                    Request request = Request.get("https://" + host + "/").at("127.0.0.1", server.port());
                    TlsFailedException e = assertThrows(TlsFailedException.class, () -> hp.request(request), host);
                    assertTrue(e.getMessage().contains("subject alternative"), e.getMessage());
                    assertEquals(0, e.bytesSent());
                    assertEquals(
                            "TLSv1.3 nobody",
                            hp.request(request.tls(tls.serverName("localhost"))).text(),
                            "serverName takes the place of a verifier of names");
                }
            }
        }
    }

    @Test
    void aSessionOfTheContextIsNotResumedForAnotherName() throws Exception {
        SSLContext context = context(null, new Careless());
        try (ScriptedServer server = server("wrong-host");
                Httpipe hp = client(Tls.of(context))) {
            // Another user of the context accepts the server under this name.
            try (SSLSocket other = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", server.port())) {
                other.startHandshake();
                other.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes("US-ASCII"));
                assertEquals('H', other.getInputStream().read());
            }
            for (int i = 0; i < 2; i++) {
                assertThrows(TlsFailedException.class, () -> hp.get(server.uri("127.0.0.1", "/")));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"CONTEXT, an SSLContext", "PLAIN_MANAGER, a plain X509TrustManager"})
    void aNameWithAnUnderscoreIsRefusedIfItCannotBeVerified(Trust trust, String what) throws Exception {
        try (ScriptedServer server = server("good");
                Httpipe hp = client(trust.tls("ca"))) {
            TlsFailedException e =
                    assertThrows(TlsFailedException.class, () -> hp.get(server.uri("my_account.test", "/")));
            assertTrue(
                    e.getMessage()
                            .contains("a host name with an underscore cannot be verified with " + what
                                    + " of the application; set a Tls.serverName without an underscore, or use"
                                    + " Tls.DEFAULT.trust(..) with certificates or an X509ExtendedTrustManager"),
                    e.getMessage());
            assertEquals(Phase.TLS, e.phase());
            assertEquals(0, server.connections());
        }
    }

    @Test
    void theKeysOfTheApplicationAreUsed() throws Exception {
        X509KeyManager manager = (X509KeyManager) keys("client-a")[0];
        Tls trusting = Tls.DEFAULT.trust(CERTIFICATES.authority());
        for (Tls tls : List.of(
                trusting.clientCertificate(manager),
                Tls.of(context(new KeyManager[] {manager}, managers(CERTIFICATES.store("ca")))))) {
            try (ScriptedServer server = server("good");
                    Httpipe hp = client(tls)) {
                assertEquals(
                        "TLSv1.3 CN=client-a",
                        hp.get(server.uri("localhost", "/")).text());
            }
        }
    }

    @Test
    void aContextThatEnablesOnlyTls12UsesOnlyTls12() throws Exception {
        SSLContext context = SSLContext.getInstance("TLSv1.2");
        context.init(null, managers(CERTIFICATES.store("ca")), null);
        try (ScriptedServer server = server("good");
                Httpipe hp = client(Tls.of(context))) {
            assertEquals("TLSv1.2 nobody", hp.get(server.uri("localhost", "/")).text());
        }
    }

    @Test
    void aContextThatCannotBeUsedIsRefused() throws Exception {
        SSLContext uninitialised = SSLContext.getInstance("TLS");
        assertEquals(
                "context: call its init method first",
                assertThrows(IllegalArgumentException.class, () -> Tls.of(uninitialised))
                        .getMessage());
        SSLContext old = SSLContext.getInstance("TLSv1");
        old.init(null, null, null);
        String message =
                assertThrows(IllegalArgumentException.class, () -> Tls.of(old)).getMessage();
        assertTrue(message.startsWith("context: enables neither TLSv1.3 nor TLSv1.2, but ["), message);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theSessionCacheSettingsOfTheContextAreKept(boolean reuse) throws Exception {
        SSLContext context = context(null, managers(CERTIFICATES.store("ca")));
        context.getClientSessionContext().setSessionCacheSize(77);
        Tls tls = Tls.of(context).sessionReuse(reuse);
        try (ScriptedServer server = server("good");
                Httpipe hp = Httpipe.create()) {
            List<Boolean> resumed = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                try (Exchange exchange = hp.connect("localhost", server.port())) {
                    resumed.add(exchange.tlsHandshake(tls).resumed());
                    assertEquals(
                            "TLSv1.3 nobody", exchange.request(Request.get("/")).text());
                    exchange.abort();
                }
            }
            assertEquals(List.of(false, reuse, reuse), resumed);
        }
        assertEquals(77, context.getClientSessionContext().getSessionCacheSize());
        assertTrue(Collections.list(context.getClientSessionContext().getIds()).size() <= 77);
    }

    /** Connects as the application does, without httpipe. Returns when its session is in the cache. */
    private static void connectAsApplication(SSLContext context, String version, ScriptedServer server)
            throws Exception {
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("localhost", server.port())) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setProtocols(new String[] {version});
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            socket.setSSLParameters(parameters);
            socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertEquals('H', socket.getInputStream().read());
            while (System.currentTimeMillis() <= socket.getSession().getCreationTime()) {
                Thread.onSpinWait();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aSessionThatTheApplicationHasMadeIsResumed(String version) throws Exception {
        SSLContext context = context(null, managers(CERTIFICATES.store("ca")));
        Tls tls = Tls.of(context).protocols(version);
        try (ScriptedServer server = server("good");
                Httpipe hp = Httpipe.create()) {
            connectAsApplication(context, version, server);
            for (boolean expected : new boolean[] {true, false}) {
                try (Exchange exchange = hp.connect("localhost", server.port())) {
                    assertEquals(
                            expected,
                            exchange.tlsHandshake(tls.sessionReuse(expected)).resumed());
                }
            }
        }
    }

    /** Otherwise each connection would add a session, and so remove sessions of the application from the cache. */
    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void withoutSessionReuseNoSessionStaysInTheContext(String version) throws Exception {
        SSLContext context = context(null, managers(CERTIFICATES.store("ca")));
        SSLSessionContext sessions = context.getClientSessionContext();
        Tls tls = Tls.of(context).protocols(version).sessionReuse(false);
        try (ScriptedServer server = server("good")) {
            connectAsApplication(context, version, server);
            List<byte[]> before = Collections.list(sessions.getIds());
            assertFalse(before.isEmpty());
            try (Httpipe hp = client(tls)) {
                for (int i = 0; i < 3; i++) {
                    try (Exchange exchange = hp.connect("localhost", server.port())) {
                        assertFalse(exchange.tlsHandshake(tls).resumed());
                        assertEquals(
                                version + " nobody",
                                exchange.request(Request.get("/")).text());
                        exchange.abort();
                    }
                    assertEquals(
                            version + " nobody",
                            hp.get(server.uri("localhost", "/")).text());
                }
            }
            assertEquals(texts(before), texts(Collections.list(sessions.getIds())));
            assertTrue(sessions.getSession(before.getFirst()).isValid());
        }
    }

    private static Set<String> texts(List<byte[]> ids) {
        return ids.stream().map(HexFormat.of()::formatHex).collect(Collectors.toSet());
    }

    @Test
    void settingsThatTheApplicationDecidesCannotBeChanged() throws Exception {
        Tls own = Tls.of(context(null, managers(CERTIFICATES.store("ca"))));
        String decides =
                "the SSLContext of this Tls decides about trust and keys; give them to the SSLContext, or start from Tls.DEFAULT";
        String noEffect = "verify: false has no effect on an SSLContext or trust manager of the application; use"
                + " Tls.DEFAULT.verify(false) without them";
        assertIllegalState(decides, () -> own.trust(CERTIFICATES.authority()));
        assertIllegalState(decides, () -> own.trust(CERTIFICATES.store("ca")));
        assertIllegalState(decides, () -> own.trust(new Careless()));
        assertIllegalState(
                decides, () -> own.clientCertificate(CERTIFICATES.store("client-a"), "password".toCharArray()));
        assertIllegalState(noEffect, () -> own.verify(false));
        assertIllegalState(noEffect, () -> Tls.DEFAULT.trust(new Careless()).verify(false));
        assertIllegalState(noEffect, () -> Tls.DEFAULT.verify(false).trust(new Careless()));
        assertEquals(own, own.verify(true));
        assertEquals(
                "Tls[trust=the SSLContext's, clientCertificate=the SSLContext's, serverName=the host's, verify=true,"
                        + " sessionReuse=true, protocols=[TLSv1.3, TLSv1.2]]",
                own.toString());
    }

    private static void assertIllegalState(String message, Executable change) {
        assertEquals(message, assertThrows(IllegalStateException.class, change).getMessage());
    }

    @Test
    void anEmptyOrUnloadedStoreIsRefused() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        assertEquals(
                "store: it cannot be read",
                assertThrows(IllegalArgumentException.class, () -> Tls.DEFAULT.trust(store))
                        .getMessage());
        store.load(null, null);
        assertEquals(
                "store: it contains no certificate",
                assertThrows(IllegalArgumentException.class, () -> Tls.DEFAULT.trust(store))
                        .getMessage());
    }

    @Test
    void aStoreIsReadOnce() throws Exception {
        KeyStore store = CERTIFICATES.store("ca");
        Tls tls = Tls.DEFAULT.trust(store);
        store.deleteEntry("ca");
        try (ScriptedServer server = server("good");
                Httpipe hp = client(tls)) {
            assertEquals("TLSv1.3 nobody", hp.get(server.uri("localhost", "/")).text());
        }
        assertFalse(store.containsAlias("ca"));
    }
}
