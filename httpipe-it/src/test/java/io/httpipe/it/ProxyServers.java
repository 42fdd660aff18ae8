package io.httpipe.it;

import io.httpipe.Proxy;
import io.httpipe.Tls;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.testcontainers.containers.GenericContainer;

/**
 * The proxies of {@code Dockerfile.proxy} in one container, with an nginx behind them. The first use builds the image
 * and starts the container. All tests of the run share it, and it is removed when the JVM ends. Without Docker, every
 * method throws.
 *
 * <p>The origin is {@code origin.test}, port 8080 for http and 8443 for https. Only the proxies can look up this name.
 */
final class ProxyServers {
    static final String HTTP = "http://origin.test:8080";
    static final String HTTPS = "https://origin.test:8443";
    static final String USER = "user";
    static final String PASSWORD = "secret";

    private static final int ORIGIN = 8080;

    private ProxyServers() {}

    /** A proxy of the container. */
    enum Kind {
        SQUID(3128, false),
        SQUID_BASIC(3129, true),
        /** Offers Digest and Basic. */
        SQUID_DIGEST(3130, true),
        /** stunnel in front of squid: TLS to the proxy itself. */
        SQUID_TLS(3143, false),
        TINYPROXY(8888, false),
        TINYPROXY_BASIC(8889, true),
        DANTE(1080, false),
        DANTE_USER(1081, true),
        MICROSOCKS_USER(1082, true);

        private final int port;
        private final boolean isProtected;

        Kind(int port, boolean isProtected) {
            this.port = port;
            this.isProtected = isProtected;
        }

        boolean isProtected() {
            return isProtected;
        }

        boolean isSocks() {
            return port < 2000;
        }

        /** The proxy without credentials. */
        Proxy open() {
            GenericContainer<?> container = Running.CONTAINER;
            String host = container.getHost();
            int published = container.getMappedPort(port);
            if (isSocks()) {
                return Proxy.socks5(host, published);
            }
            return this == SQUID_TLS ? Proxy.https(host, published).tls(Running.TLS) : Proxy.http(host, published);
        }

        /** The proxy with credentials if it asks for them. */
        Proxy proxy() {
            return isProtected ? open().credentials(USER, PASSWORD) : open();
        }
    }

    /** TLS settings that trust the authority of the origin's certificate, and of the proxy's. */
    static Tls tls() {
        return Running.TLS;
    }

    private static final class Running {
        static final GenericContainer<?> CONTAINER = start();
        static final Tls TLS = trusting();

        private static GenericContainer<?> start() {
            try {
                Integer[] ports = {ORIGIN, 1080, 1081, 1082, 3128, 3129, 3130, 3143, 8888, 8889};
                GenericContainer<?> container = Containers.of("proxy", "/ready", ports);
                Containers.start(container, () -> {});
                return container;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static Tls trusting() {
            byte[] authority = CONTAINER.copyFileFromContainer("/etc/httpipe/ca.pem", InputStream::readAllBytes);
            try {
                Path pem = Files.createTempFile("httpipe-ca", ".pem");
                try {
                    Files.write(pem, authority);
                    return Tls.DEFAULT.trust(pem);
                } finally {
                    Files.delete(pem);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
