package io.httpipe.bench.clients;

import io.helidon.common.socket.SocketOptions;
import io.helidon.common.tls.Tls;
import io.helidon.http.HeaderNames;
import io.helidon.webclient.api.HttpClientRequest;
import io.helidon.webclient.api.HttpClientResponse;
import io.helidon.webclient.api.WebClient;
import io.helidon.webclient.api.WebClientConfig;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.util.zip.GZIPInputStream;

/** Helidon's client. Its own cache keeps a connection for each thread. */
final class HelidonClient implements Client {
    private final WebClient client;

    HelidonClient(Setup setup) throws IOException, GeneralSecurityException {
        setup.requireNoProxy();
        WebClientConfig.Builder builder = WebClient.builder()
                .shareConnectionCache(false)
                .connectionCacheSize(setup.connections())
                .followRedirects(setup.policies())
                .socketOptions(SocketOptions.builder().tcpNoDelay(true).build())
                // By default Helidon waits for 100 Continue before each streamed body. No other client does.
                .sendExpectContinue(false);
        if (setup.trust() != null) {
            builder.tls(
                    Tls.builder().sslContext(Trust.of(setup.trust()).context()).build());
        }
        if (setup.unixSocket() != null) {
            builder.baseAddress(UnixDomainSocketAddress.of(setup.unixSocket()));
        }
        client = builder.build();
    }

    @Override
    public Work get(URI uri) {
        return () -> check(client.get().uri(uri).request());
    }

    @Override
    public Work download(URI uri) {
        return () -> {
            try (HttpClientResponse response = client.get().uri(uri).request();
                    InputStream in = response.inputStream()) {
                return Responses.check(response.status().code(), Responses.count(in));
            }
        };
    }

    /** Helidon needs another module to decode bodies, so this class decodes them. */
    @Override
    public Work getDecoded(URI uri) {
        return () -> {
            try (HttpClientResponse response = gzip(uri).request()) {
                return Responses.check(response.status().code(), Responses.inflate(response.as(byte[].class)).length);
            }
        };
    }

    @Override
    public Work downloadDecoded(URI uri) {
        return () -> {
            try (HttpClientResponse response = gzip(uri).request();
                    InputStream in = new GZIPInputStream(response.inputStream(), BUFFER_SIZE)) {
                return Responses.check(response.status().code(), Responses.count(in));
            }
        };
    }

    private HttpClientRequest gzip(URI uri) {
        return client.get().uri(uri).header(HeaderNames.ACCEPT_ENCODING, "gzip");
    }

    @Override
    public Work upload(URI uri, Payload payload) {
        return () -> {
            HttpClientRequest request = client.post().uri(uri);
            if (payload.hasLength() && payload.file() == null) {
                return check(request.submit(payload.bytes()));
            }
            if (payload.hasLength()) {
                request.header(HeaderNames.CONTENT_LENGTH, Long.toString(Files.size(payload.file())));
            }
            return check(request.outputStream(out -> {
                try (InputStream in = payload.open();
                        out) {
                    in.transferTo(out);
                }
            }));
        };
    }

    @Override
    public Work pipe(URI from, URI to) {
        return () -> {
            try (HttpClientResponse response = client.get().uri(from).request();
                    InputStream in = response.inputStream()) {
                String length =
                        response.headers().get(HeaderNames.CONTENT_LENGTH).get();
                return check(client.post()
                        .uri(to)
                        .header(HeaderNames.CONTENT_LENGTH, length)
                        .outputStream(out -> {
                            try (out) {
                                in.transferTo(out);
                            }
                        }));
            }
        };
    }

    private static long check(HttpClientResponse response) throws IOException {
        try (response) {
            return Responses.check(response.status().code(), response.as(byte[].class).length);
        }
    }

    @Override
    public void close() {
        client.closeResource();
    }
}
