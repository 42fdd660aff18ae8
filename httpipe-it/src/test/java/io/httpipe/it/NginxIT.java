package io.httpipe.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.AccessLogEntry;
import java.io.ByteArrayInputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;

/** Checks that nginx responds on each of its listeners. Does not use the client under test. */
class NginxIT {
    @Test
    void answersOnThePublishedPort() throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> response =
                    client.send(HttpRequest.newBuilder(Nginx.uri("/simple-ok")).build(), BodyHandlers.ofString());
            assertEquals("OK\n", response.body());
            AccessLogEntry entry =
                    Nginx.running().awaitAccess(e -> e.requestLine().equals("GET /simple-ok HTTP/1.1"));
            assertEquals(200, entry.status());
            assertEquals(3, entry.bodyBytes());
        }
    }

    @Test
    void answersOverTlsWithACertificateOfItsAuthority() throws Exception {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null);
        trusted.setCertificateEntry(
                "ca",
                CertificateFactory.getInstance("X.509")
                        .generateCertificate(new ByteArrayInputStream(Nginx.caCertificate())));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(null, trust.getTrustManagers(), null);
        try (HttpClient client = HttpClient.newBuilder().sslContext(tls).build()) {
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(Nginx.tlsUri("/simple-ok")).build(), BodyHandlers.ofString());
            assertEquals("OK\n", response.body());
        }
    }

    @Test
    void answersOnTheUnixSocket() throws Exception {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(Nginx.unixSocket()));
            channel.write(ByteBuffer.wrap("GET /simple-ok HTTP/1.0\r\n\r\n".getBytes(US_ASCII)));
            String response = new String(Channels.newInputStream(channel).readAllBytes(), US_ASCII);
            assertTrue(response.endsWith("\r\n\r\nOK\n"), response);
        }
    }
}
