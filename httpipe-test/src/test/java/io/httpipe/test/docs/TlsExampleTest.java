package io.httpipe.test.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.httpipe.Httpipe;
import io.httpipe.Tls;
import io.httpipe.test.server.Answer;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.test.server.TestAuthority;
import io.httpipe.test.server.TestCertificate;
import io.httpipe.test.server.junit.ScriptedServerExtension;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import javax.net.ssl.X509TrustManager;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The example "Over TLS" of docs/testing.md. */
class TlsExampleTest {
    private static final TestAuthority AUTHORITY = TestAuthority.create();

    @RegisterExtension
    final ScriptedServerExtension servers =
            ScriptedServerExtension.with(builder -> builder.tls(AUTHORITY.serverContext()));

    @Test
    void withHttpipe(ScriptedServer server) throws Exception {
        server.enqueue(Answer.of(200, "secret"));
        try (Httpipe hp = Httpipe.builder()
                .tls(Tls.DEFAULT.trustPem(AUTHORITY.pem()))
                .build()) {
            assertEquals("secret", hp.get(server.uri("localhost", "/")).text());
        }
    }

    @Test
    void withOkHttp(ScriptedServer server) throws Exception {
        server.enqueue(Answer.of(200, "secret"));
        X509TrustManager trust = AUTHORITY.trustManager();
        OkHttpClient client = new OkHttpClient.Builder()
                .sslSocketFactory(AUTHORITY.clientContext().getSocketFactory(), trust)
                .build();
        var request = new okhttp3.Request.Builder().url(server.uri("/")).build();
        try (okhttp3.Response response = client.newCall(request).execute()) {
            assertEquals("secret", response.body().string());
        }
    }

    @Test
    void anExpiredCertificateWithTheClientOfTheJdk() throws Exception {
        TestCertificate expired = AUTHORITY
                .newCertificate("localhost")
                .names("localhost", "127.0.0.1")
                .validForDays(-20, -10)
                .make();
        try (ScriptedServer server = ScriptedServer.builder()
                        .tls(AUTHORITY.serverContext(expired))
                        .start();
                HttpClient client = HttpClient.newBuilder()
                        .sslContext(AUTHORITY.clientContext())
                        .build()) {
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create(server.uri("/"))).build();
            assertThrows(IOException.class, () -> client.send(request, HttpResponse.BodyHandlers.ofString()));
        }
    }
}
