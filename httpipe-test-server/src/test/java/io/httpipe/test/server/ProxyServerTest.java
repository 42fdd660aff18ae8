package io.httpipe.test.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.Authenticator;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.ProxySelector;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProxyServerTest {
    private static final String GET = "GET http://a.test/x?y HTTP/1.1\r\nHost: a.test\r\n\r\n";

    private static HttpClient.Builder client(ProxyServer proxy) {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .proxy(ProxySelector.of(new InetSocketAddress("127.0.0.1", proxy.port())));
    }

    private static String get(HttpClient client, String uri) throws Exception {
        return client.send(HttpRequest.newBuilder(URI.create(uri)).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    @Test
    void aRequestInAbsoluteFormReachesTheOriginInOriginForm() throws Exception {
        try (ScriptedServer origin = ScriptedServer.answering(request -> Answer.of(200, request.text()));
                ProxyServer proxy = ProxyServer.http().to(origin).start()) {
            String post = "POST http://a.test:81?q HTTP/1.1\r\nHost: a.test:81\r\nProxy-Connection: keep-alive\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n";

            String responses = Wire.exchange(proxy.server(), GET + post);

            assertTrue(responses.endsWith("\r\n\r\nhi"), responses);
            assertEquals(List.of("a.test:80", "a.test:81"), proxy.targets());
            origin.takeRequest()
                    .assertTarget("/x?y")
                    .assertHeader("Host", "a.test")
                    .assertHeader("Connection", "close");
            origin.takeRequest()
                    .assertTarget("/?q")
                    .assertHeader("Proxy-Connection")
                    .assertBody("hi");
            proxy.server().takeRequest().assertTarget("http://a.test/x?y");
        }
    }

    @Test
    void everyKindOfResponsePasses() throws Exception {
        for (Answer answer : List.of(
                Answer.of(204),
                Answer.of(200, "hello").chunked(2).trailer("A", "b"),
                Answer.of(200, "hello").informational(103),
                Answer.of(200, "hello").untilClose())) {
            try (ScriptedServer origin = ScriptedServer.start().enqueue(answer);
                    ProxyServer proxy = ProxyServer.http().to(origin).start()) {
                assertEquals(Text.latin(answer.bytes()), Wire.exchange(proxy.server(), GET));
            }
        }
    }

    @Test
    void aTunnelLeadsToTheOrigin() throws Exception {
        TestAuthority authority = TestAuthority.create();
        try (ScriptedServer origin = ScriptedServer.builder()
                        .tls(authority.serverContext(authority.server("a.test")))
                        .start()
                        .answer(request -> Answer.of(200, "hello"));
                ProxyServer proxy = ProxyServer.http().to(origin).start()) {
            HttpClient client =
                    client(proxy).sslContext(authority.clientContext()).build();

            assertEquals("hello", get(client, "https://a.test/x"));
            assertEquals(List.of("a.test:443"), proxy.targets());
            proxy.server().takeRequest().assertMethod("CONNECT").assertTarget("a.test:443");
            origin.takeRequest().assertTarget("/x");
        }
    }

    @Test
    void credentialsAreRequired() throws Exception {
        try (ScriptedServer origin = ScriptedServer.answering(request -> Answer.of(200, "hello"));
                ProxyServer proxy = ProxyServer.http()
                        .credentials("user", "secret")
                        .to(origin)
                        .start()) {
            assertEquals("log in to the proxy", get(client(proxy).build(), "http://a.test/"));
            HttpClient client = client(proxy)
                    .authenticator(new Authenticator() {
                        @Override
                        protected PasswordAuthentication getPasswordAuthentication() {
                            return new PasswordAuthentication("user", "secret".toCharArray());
                        }
                    })
                    .build();
            assertEquals("hello", get(client, "http://a.test/"));
            assertEquals(List.of("a.test:80"), proxy.targets());
            origin.takeRequest().assertHeader("Proxy-Authorization");
        }
    }

    @Test
    void aProxyCanRefuse() throws Exception {
        try (ProxyServer proxy = ProxyServer.http()
                .refuse(request -> Answer.of(403, "not " + request.target()))
                .start()) {
            assertTrue(Wire.exchange(proxy.server(), GET).endsWith("not http://a.test/x?y"));
            assertEquals(List.of(), proxy.targets());
        }
    }

    @Test
    void aRequestWithExpectIsToldToContinue() throws Exception {
        String post = "POST http://a.test/ HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi";
        try (ScriptedServer origin = ScriptedServer.answering(request -> Answer.of(200, request.text()));
                ProxyServer proxy = ProxyServer.http().to(origin).start()) {
            String response = Wire.exchange(proxy.server(), post);

            assertTrue(response.startsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"), response);
            assertTrue(response.endsWith("\r\n\r\nhi"), response);
            origin.takeRequest().assertHeader("Expect");
        }
    }

    @Test
    void aMalformedResponseIsNotTheFaultOfTheClient() throws Exception {
        for (String response : List.of(
                "HTTP/1.1 200 OK\r\nA: " + "a".repeat(300_000) + "\r\n\r\n",
                "HTTP/1.1 2x0 OK\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n")) {
            try (ScriptedServer origin = ScriptedServer.answering(request -> Answer.raw(response));
                    ProxyServer proxy = ProxyServer.http().to(origin).start()) {
                String received = Wire.exchange(proxy.server(), GET);
                assertTrue(received.isEmpty() || response.startsWith(received), received);
            }
        }
    }

    @Test
    void anAnswerOfTheProxyToHeadHasNoBody() throws Exception {
        String head = "HEAD http://a.test/ HTTP/1.1\r\n\r\n";
        try (ClosedPort nobody = new ClosedPort();
                ProxyServer login =
                        ProxyServer.http().credentials("user", "secret").start();
                ProxyServer refusing = ProxyServer.http()
                        .refuse(request -> Answer.of(403, "no"))
                        .start();
                ProxyServer broken = ProxyServer.http().to(nobody.address()).start()) {
            for (ProxyServer proxy : List.of(login, refusing, broken)) {
                String response = Wire.exchange(proxy.server(), head);
                assertEquals(response.length(), response.indexOf("\r\n\r\n") + 4, response);
            }
        }
    }

    @Test
    void theProxyClosesIfTheRequestSaysSo() throws Exception {
        try (ScriptedServer origin = ScriptedServer.answering(request -> Answer.of(204));
                ProxyServer proxy = ProxyServer.http()
                        .refuse(request -> request.target().endsWith("/no") ? Answer.of(403, "no") : null)
                        .to(origin)
                        .start()) {
            for (String request : List.of(
                    "GET http://a.test/no HTTP/1.1\r\nConnection: close\r\n\r\n",
                    "GET http://a.test/no HTTP/1.0\r\n\r\n",
                    "GET http://a.test/ HTTP/1.0\r\n\r\n")) {
                assertEquals(
                        "close", Wire.receive(proxy.server(), request, 20_000).end());
            }
        }
    }

    @Test
    void anOriginThatIsNotThereIsABadGateway() throws Exception {
        try (ClosedPort nobody = new ClosedPort();
                ProxyServer proxy = ProxyServer.http().to(nobody.address()).start();
                ProxyServer socks = ProxyServer.socks5().to(nobody.address()).start()) {
            assertTrue(Wire.exchange(proxy.server(), GET).startsWith("HTTP/1.1 502 "));
            assertTrue(Wire.exchange(proxy.server(), "CONNECT a.test:1 HTTP/1.1\r\n\r\n")
                    .startsWith("HTTP/1.1 502 "));
            assertThrows(SocketException.class, () -> throughSocks(socks, "", ""));
        }
    }

    @Test
    void aProxyWithoutADestinationConnectsToWhatIsAskedFor() throws Exception {
        try (ScriptedServer origin = ScriptedServer.answering(request -> Answer.of(200, "hello"));
                ProxyServer proxy = ProxyServer.http().start()) {
            String get = "GET " + origin.uri("/") + " HTTP/1.1\r\n\r\n";
            assertTrue(Wire.exchange(proxy.server(), get).endsWith("hello"));
            assertEquals(List.of("127.0.0.1:" + origin.port()), proxy.targets());
        }
    }

    @Test
    void whatNoClientMaySendFailsTheTest() throws Exception {
        for (String request : List.of("GET / HTTP/1.1\r\n\r\n", "CONNECT a.test HTTP/1.1\r\n\r\n")) {
            ProxyServer proxy = ProxyServer.http().start();
            Wire.receive(proxy.server(), request, 20_000);
            String message = String.valueOf(
                    assertThrows(AssertionError.class, proxy::close).getMessage());
            assertTrue(message.contains("needs a"), message);
        }
        ProxyServer socks = ProxyServer.socks5().start();
        Wire.receive(socks.server(), "GET / HTTP/1.1\r\n\r\n", 20_000);
        String message =
                String.valueOf(assertThrows(AssertionError.class, socks::close).getMessage());
        assertTrue(message.contains("not a greeting of SOCKS5: \"GE\""), message);
    }

    @Test
    void aSocksProxyOpensATunnel() throws Exception {
        try (ScriptedServer origin = ScriptedServer.answering(request -> Answer.of(200, "hello"));
                ProxyServer open = ProxyServer.socks5().to(origin).start();
                ProxyServer closed = ProxyServer.socks5()
                        .credentials("user", "secret")
                        .to(origin)
                        .start();
                ProxyServer refusing =
                        ProxyServer.socks5().socksReply(5).to(origin).start()) {
            assertTrue(throughSocks(open, "", "").endsWith("hello"));
            assertEquals(List.of("a.test:80"), open.targets());
            assertTrue(throughSocks(closed, "user", "secret").endsWith("hello"));
            assertThrows(IOException.class, () -> throughSocks(closed, "user", "wrong"));
            assertThrows(IOException.class, () -> throughSocks(closed, "", ""));
            assertThrows(SocketException.class, () -> throughSocks(refusing, "", ""));
            assertEquals(List.of(), refusing.targets());
        }
    }

    @Test
    void settingsOfTheOtherKindAreRefused() {
        assertThrows(IllegalStateException.class, () -> ProxyServer.socks5().refuse(request -> null));
        assertThrows(IllegalStateException.class, () -> ProxyServer.http().socksReply(1));
        assertThrows(IllegalArgumentException.class, () -> ProxyServer.socks5().socksReply(256));
    }

    /** Opens a tunnel to {@code a.test:80} by hand, because the client of the JDK knows no SOCKS. */
    private static String throughSocks(ProxyServer proxy, String user, String password) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", proxy.port())) {
            InputStream in = socket.getInputStream();
            boolean login = !user.isEmpty();
            socket.getOutputStream().write(login ? new byte[] {5, 2, 0, 2} : new byte[] {5, 1, 0});
            int method = in.readNBytes(2)[1];
            if (method == 2) {
                String text = "\1" + (char) user.length() + user + (char) password.length() + password;
                socket.getOutputStream().write(Text.latin(text));
                if (in.readNBytes(2)[1] != 0) {
                    throw new IOException("wrong password");
                }
            } else if (method != 0) {
                throw new IOException("no method");
            }
            socket.getOutputStream().write(Text.latin("\5\1\0\3\6a.test\0P"));
            int reply = in.readNBytes(10)[1];
            if (reply != 0) {
                throw new SocketException("refused with " + reply);
            }
            socket.getOutputStream().write(Text.latin("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"));
            socket.shutdownOutput();
            return Text.latin(in.readAllBytes());
        }
    }
}
