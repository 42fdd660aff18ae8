package io.httpipe.test.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.Httpipe;
import io.httpipe.Proxy;
import io.httpipe.test.server.Answer;
import io.httpipe.test.server.ProxyServer;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.test.server.junit.ScriptedServerExtension;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import okhttp3.Credentials;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The example "Behind a proxy" of docs/testing.md. */
@ExtendWith(ScriptedServerExtension.class)
class ProxyExampleTest {
    @BeforeEach
    void answer(ScriptedServer origin) {
        origin.answer(request -> Answer.of(200, "hello"));
    }

    @Test
    void socksWithHttpipe(ScriptedServer origin) throws Exception {
        try (ProxyServer proxy =
                        ProxyServer.socks5().credentials("user", "secret").to(origin).start();
                Httpipe hp = Httpipe.builder()
                        .proxy(Proxy.socks5("127.0.0.1", proxy.port()).credentials("user", "secret"))
                        .build()) {
            assertEquals("hello", hp.get("http://example.test/").text());
            assertEquals(List.of("example.test:80"), proxy.targets());
        }
    }

    @Test
    void credentialsWithOkHttp(ScriptedServer origin) throws Exception {
        try (ProxyServer proxy =
                ProxyServer.http().credentials("user", "secret").to(origin).start()) {
            OkHttpClient client = new OkHttpClient.Builder()
                    .proxy(new java.net.Proxy(java.net.Proxy.Type.HTTP, proxy.address()))
                    .proxyAuthenticator((route, response) -> response.request()
                            .newBuilder()
                            .header("Proxy-Authorization", Credentials.basic("user", "secret"))
                            .build())
                    .build();
            var request =
                    new okhttp3.Request.Builder().url("http://example.test/").build();
            try (okhttp3.Response response = client.newCall(request).execute()) {
                assertEquals("hello", response.body().string());
            }
            assertEquals(List.of("example.test:80"), proxy.targets());
        }
    }

    @Test
    void absoluteFormWithTheClientOfTheJdk(ScriptedServer origin) throws Exception {
        try (ProxyServer proxy = ProxyServer.http().to(origin).start();
                HttpClient client = HttpClient.newBuilder()
                        .proxy(ProxySelector.of(proxy.address()))
                        .build()) {
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create("http://example.test/")).build();
            assertEquals(
                    "hello",
                    client.send(request, HttpResponse.BodyHandlers.ofString()).body());
            proxy.server().takeRequest().assertTarget("http://example.test/");
        }
    }
}
