package io.httpipe.bench.clients;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Authenticator;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.util.concurrent.Executors;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** The JDK's client, with its tasks on virtual threads. By default it keeps all connections. */
final class JdkClient implements Client {
    private final HttpClient client;

    JdkClient(Setup setup) throws IOException, GeneralSecurityException {
        if (setup.unixSocket() != null) {
            throw new UnsupportedOperationException("Unix sockets");
        }
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .executor(Executors.newVirtualThreadPerTaskExecutor());
        if (setup.trust() != null) {
            builder.sslContext(Trust.of(setup.trust()).context());
        }
        if (setup.policies()) {
            builder.followRedirects(HttpClient.Redirect.NORMAL).authenticator(new Authenticator() {
                @Override
                protected @Nullable PasswordAuthentication getPasswordAuthentication() {
                    return null;
                }
            });
        }
        URI proxy = setup.proxy();
        if (proxy != null) {
            builder.proxy(ProxySelector.of(new InetSocketAddress(proxy.getHost(), proxy.getPort())));
        }
        client = builder.build();
    }

    @Override
    public Work get(URI uri) {
        HttpRequest request = HttpRequest.newBuilder(uri).build();
        return () -> send(request);
    }

    @Override
    public Work download(URI uri) {
        HttpRequest request = HttpRequest.newBuilder(uri).build();
        return () -> {
            HttpResponse<InputStream> response = client.send(request, BodyHandlers.ofInputStream());
            try (InputStream in = response.body()) {
                return Responses.check(response.statusCode(), Responses.count(in));
            }
        };
    }

    /** The JDK's client decodes no bodies, so this class decodes them. */
    @Override
    public Work getDecoded(URI uri) {
        HttpRequest request = gzip(uri);
        return () -> {
            HttpResponse<byte[]> response = client.send(request, BodyHandlers.ofByteArray());
            return Responses.check(response.statusCode(), Responses.inflate(response.body()).length);
        };
    }

    @Override
    public Work downloadDecoded(URI uri) {
        HttpRequest request = gzip(uri);
        return () -> {
            HttpResponse<InputStream> response = client.send(request, BodyHandlers.ofInputStream());
            try (InputStream in = new GZIPInputStream(response.body(), BUFFER_SIZE)) {
                return Responses.check(response.statusCode(), Responses.count(in));
            }
        };
    }

    private static HttpRequest gzip(URI uri) {
        return HttpRequest.newBuilder(uri).header("Accept-Encoding", "gzip").build();
    }

    @Override
    public Work upload(URI uri, Payload payload) {
        return () -> {
            BodyPublisher body;
            if (!payload.hasLength()) {
                body = BodyPublishers.ofInputStream(() -> open(payload));
            } else if (payload.file() == null) {
                body = BodyPublishers.ofByteArray(payload.bytes());
            } else {
                body = BodyPublishers.ofFile(payload.file());
            }
            return send(HttpRequest.newBuilder(uri).POST(body).build());
        };
    }

    private static InputStream open(Payload payload) {
        try {
            return payload.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Work pipe(URI from, URI to) {
        HttpRequest source = HttpRequest.newBuilder(from).build();
        return () -> {
            HttpResponse<InputStream> response = client.send(source, BodyHandlers.ofInputStream());
            try (InputStream in = response.body()) {
                long length =
                        response.headers().firstValueAsLong("Content-Length").orElseThrow();
                BodyPublisher body = BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(() -> in), length);
                return send(HttpRequest.newBuilder(to).POST(body).build());
            }
        };
    }

    private long send(HttpRequest request) throws IOException, InterruptedException {
        HttpResponse<byte[]> response = client.send(request, BodyHandlers.ofByteArray());
        return Responses.check(response.statusCode(), response.body().length);
    }

    @Override
    public void close() {
        client.shutdownNow();
        client.close();
    }
}
