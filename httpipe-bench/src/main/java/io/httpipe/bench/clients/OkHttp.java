package io.httpipe.bench.clients;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.SocketFactory;
import okhttp3.ConnectionPool;
import okhttp3.MediaType;
import okhttp3.MultipartBody;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import okio.Okio;
import okio.Source;
import org.jspecify.annotations.Nullable;

/** OkHttp's blocking calls, with a pool that keeps a connection for each thread. */
final class OkHttp implements Client {
    private final OkHttpClient client;

    OkHttp(Setup setup) throws IOException, GeneralSecurityException {
        if (setup.unixSocket() != null) {
            throw new UnsupportedOperationException("Unix sockets");
        }
        OkHttpClient.Builder builder = new OkHttpClient.Builder()
                .protocols(List.of(Protocol.HTTP_1_1))
                .followRedirects(setup.policies())
                .socketFactory(new NoDelaySocketFactory())
                // The limit applies to all servers together, and a pipe uses two.
                .connectionPool(new ConnectionPool(2 * setup.connections(), 5, TimeUnit.MINUTES));
        if (setup.policies()) {
            builder.authenticator((route, response) -> null);
        }
        if (setup.trust() != null) {
            Trust trust = Trust.of(setup.trust());
            builder.sslSocketFactory(trust.context().getSocketFactory(), trust.manager());
        }
        URI proxy = setup.proxy();
        if (proxy != null) {
            builder.proxy(new Proxy(Proxy.Type.HTTP, new InetSocketAddress(proxy.getHost(), proxy.getPort())));
        }
        client = builder.build();
    }

    @Override
    public Work get(URI uri) {
        Request request = new Request.Builder().url(uri.toString()).build();
        return () -> send(request);
    }

    @Override
    public Work download(URI uri) {
        Request request = new Request.Builder().url(uri.toString()).build();
        return () -> {
            try (Response response = client.newCall(request).execute()) {
                return Responses.check(
                        response.code(), Responses.count(response.body().byteStream()));
            }
        };
    }

    @Override
    public Work upload(URI uri, Payload payload) {
        RequestBody body;
        if (!payload.hasLength()) {
            body = new StreamBody(() -> Okio.source(payload.open()), -1);
        } else if (payload.file() == null) {
            body = RequestBody.create(payload.bytes(), null);
        } else {
            body = RequestBody.create(payload.file().toFile(), null);
        }
        Request request = new Request.Builder().url(uri.toString()).post(body).build();
        return () -> send(request);
    }

    @Override
    public Work multipart(URI uri, Path file) {
        RequestBody body = new MultipartBody.Builder()
                .setType(MultipartBody.FORM)
                .addFormDataPart("file", "upload", RequestBody.create(file.toFile(), null))
                .build();
        Request request = new Request.Builder().url(uri.toString()).post(body).build();
        return () -> send(request);
    }

    @Override
    public Work pipe(URI from, URI to) {
        Request source = new Request.Builder().url(from.toString()).build();
        return () -> {
            try (Response response = client.newCall(source).execute()) {
                RequestBody body = new StreamBody(
                        () -> response.body().source(), response.body().contentLength());
                return send(new Request.Builder().url(to.toString()).post(body).build());
            }
        };
    }

    private long send(Request request) throws IOException {
        try (Response response = client.newCall(request).execute()) {
            return Responses.check(response.code(), response.body().bytes().length);
        }
    }

    @Override
    public void close() {
        client.dispatcher().executorService().shutdown();
        client.connectionPool().evictAll();
    }

    /** Creates sockets with {@code TCP_NODELAY}. */
    private static final class NoDelaySocketFactory extends SocketFactory {
        @Override
        public Socket createSocket() throws IOException {
            Socket socket = new Socket();
            socket.setTcpNoDelay(true);
            return socket;
        }

        @Override
        public Socket createSocket(String host, int port) {
            throw new UnsupportedOperationException("OkHttp connects by itself");
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
            return createSocket(host, port);
        }

        @Override
        public Socket createSocket(InetAddress host, int port) {
            return createSocket(host.getHostAddress(), port);
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort) {
            return createSocket(host, port);
        }
    }

    private interface SourceSupplier {
        Source open() throws IOException;
    }

    /** A streamed request body, as in OkHttp's recipes. */
    private static final class StreamBody extends RequestBody {
        private final SourceSupplier supplier;
        private final long length;

        StreamBody(SourceSupplier supplier, long length) {
            this.supplier = supplier;
            this.length = length;
        }

        @Override
        public @Nullable MediaType contentType() {
            return null;
        }

        @Override
        public long contentLength() {
            return length;
        }

        @Override
        public void writeTo(BufferedSink sink) throws IOException {
            try (Source source = supplier.open()) {
                sink.writeAll(source);
            }
        }
    }
}
