package io.httpipe.it;

import io.httpipe.test.NginxContainer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A container of the echo image of {@link NginxContainer}. The first use builds the image and starts the container. All
 * tests of the run share it, and it is removed when the JVM ends. Without Docker, every method throws.
 *
 * <p>{@code httpipe-it/nginx} defines its responses: each is a location in {@code nginx.conf} and a function in
 * {@code answers.lua}. Each response has the number of its connection in {@code X-Connection}, and the number of
 * requests on that connection so far in {@code X-Connection-Requests}.
 */
final class Nginx {
    private static final NginxContainer CONTAINER = NginxContainer.echo().withUnixSocket();

    private Nginx() {}

    static synchronized NginxContainer running() {
        CONTAINER.start();
        return CONTAINER;
    }

    /** The host on which the ports are published. */
    static String host() {
        return running().getHost();
    }

    static int httpPort() {
        return running().httpPort();
    }

    static int tlsPort() {
        return running().tlsPort();
    }

    /** For example {@code uri("/simple-ok")}. */
    static URI uri(String pathAndQuery) {
        return running().uri(pathAndQuery);
    }

    /** Like {@link #uri}, over TLS. The certificate is for localhost, httpipe.test and 127.0.0.1. */
    static URI tlsUri(String pathAndQuery) {
        return running().tlsUri(pathAndQuery);
    }

    /** Such as {@code http://localhost:32768}. */
    static String origin() {
        return "http://" + host() + ":" + httpPort();
    }

    /** A second port with the same responses. */
    static String otherOrigin() {
        return "http://" + host() + ":" + running().otherHttpPort();
    }

    /** The file of the Unix domain socket on which nginx listens. */
    static Path unixSocket() {
        return running().unixSocket();
    }

    /** The certificate of the authority that signed nginx's certificate, in PEM. */
    static byte[] caCertificate() {
        return running().echoAuthority().getBytes(StandardCharsets.US_ASCII);
    }
}
