package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ScriptedServer;
import io.httpipe.test.server.TestCertificate;
import io.httpipe.testing.Servers;
import io.httpipe.testing.TestCertificates;
import java.io.IOException;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests which names a certificate proves: RFC 9110, section 4.3.4, and RFC 6125. */
@Timeout(60)
class TlsNamesTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    private static TestCertificate.Builder certificate(String commonName) {
        return TestCertificate.builder(commonName)
                .signedBy(TestCertificates.get().identity("ca"));
    }

    @ParameterizedTest
    @CsvSource({
        "a.test, a.test",
        "a.test, A.TEST",
        "A.Test, a.test",
        "a.test, a.test.",
        "b.test;a.test, a.test",
        "127.0.0.1;a.test, a.test",
        "*.a.test, b.a.test",
        "*.a.test, B.A.test.",
        "xn--mnchen-3ya.test, xn--mnchen-3ya.test",
        "127.0.0.2, 127.0.0.2",
        "a.test;127.0.0.2, 127.0.0.2",
        "::1, [::1]",
        "::1, [0:0:0:0:0:0:0:1]",
        "2001:db8::a, [2001:DB8:0::A]"
    })
    void aNameThatTheCertificateListsIsAccepted(String names, String host) throws Exception {
        try (ScriptedServer server = server(certificate("x").names(names.split(";")));
                Httpipe hp = client()) {
            assertEquals("OK", hp.request(request(server, host)).text());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "a.test, b.test",
        "a.test, aa.test",
        "a.test, a.test.evil.test",
        "a.test, b.a.test",
        "b.a.test, a.test",
        "*.a.test, a.test",
        "*.a.test, c.b.a.test",
        "*.a.test, a.testx",
        "*, localhost",
        "*.*.test, b.a.test",
        "b.*.test, b.a.test",
        "*.0.0.2, 127.0.0.2",
        "127.0.0.2, 127.0.0.3",
        "127.0.0.2, 127.0.0.2.test",
        "a.test, 127.0.0.2",
        "::1, [::2]",
        "::1, 127.0.0.1",
        "127.0.0.1, [::1]"
    })
    void aNameThatTheCertificateDoesNotListIsRefused(String names, String host) throws Exception {
        TlsFailedException e = refused(certificate("x").names(names.split(";")), host);
        assertTrue(e.getMessage().contains("No "), e.getMessage());
    }

    /** A JDK server refuses clients that send such a name. The servers of {@link UnderscoreNamesTest} accept it. */
    @Test
    void aJdkServerRefusesANameWithAnUnderscore() throws Exception {
        TlsFailedException e = refused(certificate("x").names("my_service.test"), "my_service.test");
        assertTrue(e.getMessage().contains("illegal_parameter"), e.getMessage());
    }

    /** RFC 9110 forbids the use of the common name, but the JDK uses it if there is no other host name. */
    @Test
    void theCommonNameIsNeverUsed() throws Exception {
        for (String host : List.of("a.test", "A.test.")) {
            for (TestCertificate.Builder maker :
                    List.of(certificate("a.test"), certificate("a.test").names("127.0.0.1"))) {
                TlsFailedException e = refused(maker, host);
                assertTrue(e.getMessage().startsWith("the certificate has no host name among its "), e.getMessage());
            }
        }
        assertTrue(refused(certificate("a.test").names("b.test"), "a.test")
                .getMessage()
                .contains("No "));
        assertTrue(refused(certificate("127.0.0.1"), "127.0.0.1").getMessage().contains("No "));
        assertTrue(refused(certificate("127.0.0.1").names("127.0.0.2"), "127.0.0.1")
                .getMessage()
                .contains("No "));
    }

    /** An authority may sign such a name for the owner of evil.test. */
    @ParameterizedTest
    @CsvSource({
        "'a.test\u0000.evil.test', a.test",
        "'a.test .evil.test', a.test",
        "'a.test,b.test', b.test",
        "'127.0.0.1', 127.0.0.1",
        "'[::1]', [::1]",
        "'::1', [::1]",
        "'.a.test', b.a.test",
        "'', a.test"
    })
    void aMalformedNameInACertificateIsNotAccepted(String text, String host) throws Exception {
        refused(certificate("x").hostName(text), host);
    }

    @Test
    void withoutVerificationEveryNameIsAccepted() throws Exception {
        try (ScriptedServer server = server(certificate("x"));
                Httpipe hp = Httpipe.builder().tls(Tls.DEFAULT.verify(false)).build()) {
            assertEquals("OK", hp.request(request(server, "a.test")).text());
        }
    }

    private static TlsFailedException refused(TestCertificate.Builder maker, String host) throws Exception {
        try (ScriptedServer server = server(maker);
                Httpipe hp = client()) {
            Request request = request(server, host);
            TlsFailedException e = assertThrows(TlsFailedException.class, () -> hp.request(request));
            assertEquals(Phase.TLS, e.phase());
            assertEquals(0, e.bytesSent());
            assertEquals(List.of(), hp.stats());
            assertEquals(List.of(), server.heads());
            return e;
        }
    }

    private static Httpipe client() {
        return Httpipe.builder().tls(Exchanges.TRUSTING).build();
    }

    private static Request request(ScriptedServer server, String host) {
        return Request.get("https://" + host + "/").at(Servers.endpoint(server));
    }

    private static ScriptedServer server(TestCertificate.Builder maker) throws IOException {
        return ScriptedServer.tls(TestCertificates.get().server(maker.make()), peer -> {
            try {
                ((SSLSocket) peer.socket()).startHandshake();
                if (peer.nextHead() != null) {
                    peer.send(OK);
                }
            } catch (IOException e) {
                // The alert of the client.
            }
        });
    }
}
