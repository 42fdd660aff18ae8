package io.httpipe.bench;

import java.net.URI;
import java.nio.file.Path;

/**
 * The addresses on which the server of the benchmarks listens.
 *
 * @param keepAlive            keeps connections open
 * @param other                a second server that keeps connections open
 * @param closing              closes each connection after its response
 * @param tls                  keeps TLS connections open
 * @param tlsClose             closes each TLS connection after its response; sessions can be resumed
 * @param tlsWithoutResumption closes each TLS connection after its response; sessions cannot be resumed
 * @param unixSocket           keeps connections open
 * @param authority            the certificate that signed the server's certificate, in PEM
 */
record ServerAddresses(
        URI keepAlive,
        URI other,
        URI closing,
        URI tls,
        URI tlsClose,
        URI tlsWithoutResumption,
        Path unixSocket,
        Path authority) {
    /** The addresses of nginx with this module's configuration. The folder has its socket and its CA certificate. */
    static ServerAddresses nginx(Path folder) {
        return new ServerAddresses(
                URI.create("http://127.0.0.1:19080/"),
                URI.create("http://127.0.0.1:19081/"),
                URI.create("http://127.0.0.1:19082/"),
                URI.create("https://127.0.0.1:19443/"),
                URI.create("https://127.0.0.1:19444/"),
                URI.create("https://127.0.0.1:19445/"),
                folder.resolve("nginx.sock"),
                folder.resolve("ca.pem"));
    }
}
