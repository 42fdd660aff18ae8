package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ScriptedServer;
import io.httpipe.test.server.TestCertificate;
import io.httpipe.testing.Servers;
import io.httpipe.testing.TestCertificates;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Connections and sessions that differ in verification, trust, client certificate or server name are never shared. This
 * was fault B14 of the Lua library: a request with verification used an unverified connection.
 */
@Timeout(60)
class TlsIsolationTest {
    private static final TestCertificates CERTIFICATES = TestCertificates.get();

    /** One combination of TLS options. */
    private record TlsOptions(boolean verify, String trust, String client, String serverName, Tls tls) {
        /** Returns what the server must see of these options. */
        String seen() {
            return "%s for %s".formatted(client.isEmpty() ? "nobody" : "CN=" + client, serverName);
        }

        @Override
        public String toString() {
            return "%s, verify=%s, trust=%s".formatted(seen(), verify, trust);
        }
    }

    /** Returns all combinations: two values of each option, and also no client certificate. */
    private static List<TlsOptions> allOptions() throws IOException {
        List<TlsOptions> allOptions = new ArrayList<>();
        for (boolean verify : new boolean[] {true, false}) {
            for (String trust : new String[] {"ca", "ca other-ca"}) {
                for (String client : new String[] {"", "client-a", "client-b"}) {
                    Tls tls = Tls.DEFAULT
                            .trust(CERTIFICATES.pem(trust.split(" ")))
                            .verify(verify);
                    if (!client.isEmpty()) {
                        tls = tls.clientCertificate(CERTIFICATES.store(client), "password".toCharArray());
                    }
                    for (String name : new String[] {"x.test", "y.test"}) {
                        allOptions.add(new TlsOptions(verify, trust, client, name, tls.serverName(name)));
                    }
                }
            }
        }
        return allOptions;
    }

    /** Answers with the name of the client and the server name that the client sent. */
    private static ScriptedServer server(String version) throws IOException {
        TestCertificate identity = TestCertificate.builder("both")
                .names("x.test", "y.test")
                .signedBy(CERTIFICATES.identity("ca"))
                .make();
        return Servers.tlsWith(
                CERTIFICATES.server(identity),
                socket -> {
                    socket.setEnabledProtocols(new String[] {version});
                    socket.setWantClientAuth(true);
                },
                peer -> {
                    while (peer.nextHead() != null) {
                        String text = seen((ExtendedSSLSession) ((SSLSocket) peer.socket()).getSession());
                        peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + text.length() + "\r\n\r\n" + text);
                    }
                });
    }

    private static String seen(ExtendedSSLSession session) {
        SNIHostName name = (SNIHostName) session.getRequestedServerNames().getFirst();
        try {
            return session.getPeerPrincipal().getName() + " for " + name.getAsciiName();
        } catch (SSLPeerUnverifiedException e) {
            return "nobody for " + name.getAsciiName();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void differentTlsOptionsNeverShareAConnection(String version) throws Exception {
        List<TlsOptions> allOptions = allOptions();
        try (ScriptedServer server = server(version);
                Httpipe hp = Httpipe.builder()
                        .resolver(host -> List.of(InetAddress.getByName("127.0.0.1")))
                        .build()) {
            Request request = Request.get("https://localhost/").at(Servers.endpoint(server));
            int opened = 0;
            for (TlsOptions options : allOptions) {
                // All earlier connections are idle in their pools.
                Response response = hp.request(request.tls(options.tls));
                assertEquals(options.seen(), response.text(), options.toString());
                assertEquals(0, response.reusedTimes(), options.toString());
                opened++;
                assertEquals(opened, server.connections(), options.toString());
            }
            for (TlsOptions options : allOptions.reversed()) {
                Response response = hp.request(request.tls(options.tls));
                assertEquals(options.seen(), response.text(), options.toString());
                assertEquals(1, response.reusedTimes(), "its own: " + options);
            }
            assertEquals(allOptions.size(), server.connections());
            assertEquals(allOptions.size(), hp.stats().size(), "a pool for each");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void differentTlsOptionsNeverShareASession(String version) throws Exception {
        List<TlsOptions> allOptions = allOptions();
        try (ScriptedServer server = server(version);
                Httpipe hp = Httpipe.create()) {
            for (TlsOptions options : allOptions) {
                assertFalse(resumes(hp, server, options), options.toString());
            }
            for (TlsOptions options : allOptions.reversed()) {
                assertTrue(resumes(hp, server, options), "its own: " + options);
            }
        }
    }

    private static boolean resumes(Httpipe hp, ScriptedServer server, TlsOptions options) throws HttpipeException {
        try (Exchange exchange = hp.connect(Servers.endpoint(server))) {
            boolean resumed = exchange.tlsHandshake(options.tls).resumed();
            // Over TLS 1.3 the ticket for the next session follows the handshake.
            assertEquals(options.seen(), exchange.request(Request.get("/")).text(), options.toString());
            exchange.abort();
            return resumed;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void newPooledConnectionsResumeTheSession(String version) throws Exception {
        Tls tls = Tls.DEFAULT.trust(CERTIFICATES.authority());
        try (ScriptedServer server = server(version);
                Httpipe hp = Httpipe.builder().tls(tls).maxIdlePerRoute(0).build()) {
            Request request = Request.get("https://x.test/").at(Servers.endpoint(server));
            for (int i = 0; i < 3; i++) {
                assertEquals("nobody for x.test", hp.request(request).text());
            }
            assertEquals(3, server.connections());
            TlsOptions same = new TlsOptions(true, "ca", "", "x.test", tls.serverName("x.test"));
            assertTrue(resumes(hp, server, same), "an exchange resumes the session that requests have left");
            assertFalse(resumes(hp, server, new TlsOptions(true, "ca", "", "x.test", same.tls.sessionReuse(false))));
        }
    }
}
