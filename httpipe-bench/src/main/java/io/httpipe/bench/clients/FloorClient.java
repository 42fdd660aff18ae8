package io.httpipe.bench.clients;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * The floor, with which clients are compared. It loops over a {@link Socket}, or over a {@link SocketChannel} for a
 * Unix socket. It sends fixed bytes and scans responses for Content-Length only. It has no timeouts. Each thread has
 * its own connection and its own {@link java.util.zip.Inflater}. With a limit, threads share connections.
 */
final class FloorClient implements Client {
    private final @Nullable SSLContext tls;
    private final @Nullable Path unixSocket;
    private final @Nullable Semaphore permits;
    private final ConcurrentLinkedQueue<FloorConnection> shared = new ConcurrentLinkedQueue<>();

    FloorClient(Setup setup) throws IOException, GeneralSecurityException {
        setup.requireNoProxy();
        tls = setup.trust() == null ? null : Trust.of(setup.trust()).context();
        unixSocket = setup.unixSocket();
        permits = setup.limit() > 0 ? new Semaphore(setup.limit()) : null;
    }

    @Override
    public Work get(URI uri) {
        byte[] request = request("GET", uri, "");
        if (permits == null) {
            return new Loop(uri, connection -> get(connection, request));
        }
        return () -> {
            permits.acquire();
            try {
                FloorConnection connection = shared.poll();
                if (connection == null) {
                    connection = connect(uri);
                }
                long length = get(connection, request);
                shared.add(connection);
                return length;
            } finally {
                permits.release();
            }
        };
    }

    @Override
    public Work getOnce(URI uri) {
        byte[] request = request("GET", uri, "");
        return () -> {
            try (FloorConnection connection = connect(uri)) {
                return get(connection, request);
            }
        };
    }

    private static long get(FloorConnection connection, byte[] request) throws IOException {
        connection.write(request);
        return connection.readBody((int) connection.readHead()).length;
    }

    @Override
    public Work download(URI uri) {
        byte[] request = request("GET", uri, "");
        return new Loop(uri, connection -> {
            connection.write(request);
            return connection.skipBody(connection.readHead());
        });
    }

    @Override
    public Work getDecoded(URI uri) {
        byte[] request = request("GET", uri, "Accept-Encoding: gzip\r\n");
        return new Loop(uri, connection -> {
            connection.write(request);
            return connection.inflateBody((int) connection.readHead()).length;
        });
    }

    @Override
    public Work downloadDecoded(URI uri) {
        byte[] request = request("GET", uri, "Accept-Encoding: gzip\r\n");
        return new Loop(uri, connection -> {
            connection.write(request);
            return connection.skipInflatedBody(connection.readHead());
        });
    }

    @Override
    public Work multipart(URI uri, Path file) {
        byte[] head = """
                --boundary\r
                Content-Disposition: form-data; name="file"; filename="upload"\r
                Content-Type: application/octet-stream\r
                \r
                """.getBytes(StandardCharsets.ISO_8859_1);
        byte[] end = "\r\n--boundary--\r\n".getBytes(StandardCharsets.ISO_8859_1);
        return new Loop(uri, connection -> {
            String fields = "Content-Type: multipart/form-data; boundary=boundary\r\nContent-Length: %d\r\n"
                    .formatted(head.length + Files.size(file) + end.length);
            connection.write(request("POST", uri, fields));
            connection.write(head);
            try (InputStream in = Files.newInputStream(file)) {
                connection.writeBody(in);
            }
            connection.write(end);
            return connection.readBody((int) connection.readHead()).length;
        });
    }

    @Override
    public Work upload(URI uri, Payload payload) {
        byte[] counted = request("POST", uri, "Content-Length: " + payload.bytes().length + "\r\n");
        byte[] chunked = request("POST", uri, "Transfer-Encoding: chunked\r\n");
        return new Loop(uri, connection -> {
            connection.write(payload.hasLength() ? counted : chunked);
            if (payload.hasLength() && payload.file() == null) {
                connection.write(payload.bytes());
            } else {
                try (InputStream in = payload.open()) {
                    if (payload.hasLength()) {
                        connection.writeBody(in);
                    } else {
                        connection.writeChunks(in);
                    }
                }
            }
            return connection.readBody((int) connection.readHead()).length;
        });
    }

    @Override
    public Work pipe(URI from, URI to) {
        byte[] get = request("GET", from, "");
        Loop source = new Loop(from, connection -> {
            connection.write(get);
            return connection.readHead();
        });
        return new Loop(to, connection -> {
            long length = source.run();
            connection.write(request("POST", to, "Content-Length: " + length + "\r\n"));
            connection.writeBody(source.connection(), length);
            return connection.readBody((int) connection.readHead()).length;
        }) {
            @Override
            public void close() throws IOException {
                source.close();
                super.close();
            }
        };
    }

    private static byte[] request(String method, URI uri, String fields) {
        String line = method + " " + uri.getPath() + " HTTP/1.1\r\n";
        return (line + "Host: " + uri.getAuthority() + "\r\n" + fields + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
    }

    private FloorConnection connect(URI uri) throws IOException {
        if (unixSocket != null) {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.connect(UnixDomainSocketAddress.of(unixSocket));
            return new FloorConnection(channel, Channels.newInputStream(channel), Channels.newOutputStream(channel));
        }
        Socket socket;
        if (tls == null) {
            socket = new Socket(uri.getHost(), uri.getPort());
        } else {
            SSLSocket secure = (SSLSocket) tls.getSocketFactory().createSocket(uri.getHost(), uri.getPort());
            SSLParameters parameters = secure.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            secure.setSSLParameters(parameters);
            socket = secure;
        }
        socket.setTcpNoDelay(true);
        return new FloorConnection(socket, socket.getInputStream(), socket.getOutputStream());
    }

    @Override
    public boolean limitsConnections() {
        return true;
    }

    @Override
    public void close() throws IOException {
        List<FloorConnection> idle = new ArrayList<>(shared);
        for (FloorConnection connection : idle) {
            connection.close();
        }
    }

    private interface Step {
        long run(FloorConnection connection) throws Exception;
    }

    /** Repeats one step over one connection. {@link #run} opens the connection when it is called for the first time. */
    private class Loop implements Work {
        private final URI uri;
        private final Step step;
        private @Nullable FloorConnection connection;

        Loop(URI uri, Step step) {
            this.uri = uri;
            this.step = step;
        }

        FloorConnection connection() throws IOException {
            if (connection == null) {
                connection = connect(uri);
            }
            return connection;
        }

        @Override
        public long run() throws Exception {
            return step.run(connection());
        }

        @Override
        public void close() throws IOException {
            if (connection != null) {
                connection.close();
            }
        }
    }
}
