package io.httpipe.bench;

import java.net.URI;
import java.nio.file.Path;

/**
 * Where the server of the benchmarks listens.
 *
 * @param kept       keeps connections
 * @param other      a second server that does
 * @param closing    closes each connection after its answer
 * @param tls        keeps connections, over TLS
 * @param tlsClosing closes them; sessions can be resumed
 * @param tlsFresh   closes them, and lets none resume a session
 * @param unixSocket keeps connections
 * @param authority  the certificate that signed the server's, in PEM
 */
record Site(URI kept, URI other, URI closing, URI tls, URI tlsClosing, URI tlsFresh, Path unixSocket, Path authority) {
    /** The nginx of this module's configuration, whose socket and certificate the script has put into a folder. */
    static Site nginx(Path folder) {
        return new Site(
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
