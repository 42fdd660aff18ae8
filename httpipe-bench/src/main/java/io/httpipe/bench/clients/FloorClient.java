package io.httpipe.bench.clients;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a client is measured against: a loop over a {@link Socket} that sends fixed octets and scans for Content-Length
 * alone. It has no timeouts and no pool; each thread has a connection of its own.
 */
final class FloorClient implements Client {
    FloorClient(Setup setup) {}

    @Override
    public Work get(URI uri) {
        return new Get(uri);
    }

    private static byte[] request(String method, URI uri, String fields) {
        String head =
                method + " " + uri.getPath() + " HTTP/1.1\r\nHost: " + uri.getAuthority() + "\r\n" + fields + "\r\n";
        return head.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() {}

    private static final class Get implements Work {
        private final URI uri;
        private final byte[] request;
        private @Nullable FloorConnection connection;

        Get(URI uri) {
            this.uri = uri;
            this.request = request("GET", uri, "");
        }

        @Override
        public long run() throws IOException {
            FloorConnection c = connection;
            if (c == null) {
                Socket socket = new Socket(uri.getHost(), uri.getPort());
                socket.setTcpNoDelay(true);
                c = new FloorConnection(socket);
                connection = c;
            }
            c.write(request);
            return c.readBody((int) c.readHead()).length;
        }

        @Override
        public void close() throws IOException {
            if (connection != null) {
                connection.close();
            }
        }
    }
}
