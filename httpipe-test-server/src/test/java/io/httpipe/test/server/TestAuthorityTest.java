package io.httpipe.test.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSession;
import org.junit.jupiter.api.Test;

class TestAuthorityTest {
    private static final TestAuthority AUTHORITY = TestAuthority.create();

    private static String get(SSLContext context, String uri) throws Exception {
        HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .sslContext(context)
                .build();
        return client.send(HttpRequest.newBuilder(URI.create(uri)).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    @Test
    void aClientOfTheAuthorityTrustsTheServer() throws Exception {
        try (ScriptedServer server = ScriptedServer.builder()
                .tls(AUTHORITY.serverContext())
                .start()
                .answer(request -> Answer.of(200, "hello"))) {
            assertEquals("hello", get(AUTHORITY.clientContext(), server.uri("/")));
            assertEquals("hello", get(AUTHORITY.clientContext(), server.uri("localhost", "/")));
            SSLSession session = server.takeRequest().tlsSession();
            assertNotNull(session);
            assertEquals("TLSv1.3", session.getProtocol());
        }
    }

    @Test
    void aServerCanDemandTheCertificateOfAClient() throws Exception {
        try (ScriptedServer server = ScriptedServer.builder()
                .tls(AUTHORITY.serverContext(), socket -> socket.setNeedClientAuth(true))
                .start()
                .answer(request -> Answer.of(200, "hello"))) {
            assertEquals("hello", get(AUTHORITY.clientContext(AUTHORITY.client("Ada")), server.uri("/")));
            SSLSession session = server.takeRequest().tlsSession();
            assertNotNull(session);
            assertEquals("CN=Ada", session.getPeerPrincipal().getName());

            assertThrows(java.io.IOException.class, () -> get(AUTHORITY.clientContext(), server.uri("/")));
        }
    }

    @Test
    void wrongCertificatesAreNotTrusted() throws Exception {
        TestCertificate.Builder localhost =
                AUTHORITY.newCertificate("localhost").names("localhost", "127.0.0.1");
        List<TestCertificate> wrong = List.of(
                TestAuthority.create().server("localhost", "127.0.0.1"),
                AUTHORITY.server("elsewhere.test", "127.0.0.2"),
                localhost.validForDays(-20, -10).make(),
                localhost.validForDays(10, 20).make(),
                TestCertificate.builder("localhost")
                        .names("localhost", "127.0.0.1")
                        .make());
        for (TestCertificate certificate : wrong) {
            try (ScriptedServer server = ScriptedServer.builder()
                    .tls(AUTHORITY.serverContext(certificate))
                    .start()
                    .answer(request -> Answer.of(200))) {
                assertThrows(
                        SSLHandshakeException.class,
                        () -> get(AUTHORITY.clientContext(), server.uri("/")),
                        certificate::toString);
            }
        }
    }

    @Test
    void anIntermediateIsSentWithTheCertificate() throws Exception {
        TestCertificate intermediate =
                AUTHORITY.newCertificate("intermediate").authority().make();
        TestCertificate server = TestCertificate.builder("server")
                .signedBy(intermediate)
                .names("127.0.0.1")
                .make();
        try (ScriptedServer whole = ScriptedServer.builder()
                        .tls(AUTHORITY.serverContext(server))
                        .start()
                        .answer(request -> Answer.of(200, "hello"));
                ScriptedServer alone = ScriptedServer.builder()
                        .tls(AUTHORITY.serverContext(server.alone()))
                        .start()
                        .answer(request -> Answer.of(200, "hello"))) {
            assertEquals("hello", get(AUTHORITY.clientContext(), whole.uri("/")));
            assertThrows(SSLHandshakeException.class, () -> get(AUTHORITY.clientContext(), alone.uri("/")));
        }
    }

    @Test
    void aCertificateIsWrittenAsPem() throws Exception {
        TestCertificate server =
                AUTHORITY.newCertificate("rsa").rsa(2048).names("::1").make();

        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        assertEquals(
                server.chain(),
                List.copyOf(factory.generateCertificates(
                        new ByteArrayInputStream(server.chainPem().getBytes(StandardCharsets.US_ASCII)))));
        X509Certificate authority = (X509Certificate) factory.generateCertificate(
                new ByteArrayInputStream(AUTHORITY.pem().getBytes(StandardCharsets.US_ASCII)));
        server.certificate().verify(authority.getPublicKey());
        assertTrue(authority.getBasicConstraints() >= 0);

        String key = server.keyPem().replaceAll("-----[A-Z ]+-----|\n", "");
        assertEquals(
                server.key(),
                KeyFactory.getInstance("RSA")
                        .generatePrivate(
                                new PKCS8EncodedKeySpec(Base64.getDecoder().decode(key))));
        assertEquals(server.key(), server.keyStore("secret").getKey("own", "secret".toCharArray()));
        assertEquals("TestCertificate[CN=rsa]", server.toString());
    }

    @Test
    void impossibleCertificatesAreRefused() {
        assertThrows(IllegalArgumentException.class, AUTHORITY::server);
        assertThrows(IllegalArgumentException.class, () -> AUTHORITY.server("1.2.3.4.5"));
        assertThrows(
                IllegalArgumentException.class,
                () -> AUTHORITY.newCertificate("a").overMd5().make());
        assertThrows(
                IllegalArgumentException.class,
                () -> AUTHORITY.newCertificate("a").rsa(1).make());
        assertThrows(
                IllegalArgumentException.class,
                () -> new TestCertificate(AUTHORITY.certificate().key(), List.of()));
    }
}
