package io.httpipe.bench.clients;

import io.httpipe.Body;
import io.httpipe.Credentials;
import io.httpipe.Decoding;
import io.httpipe.Endpoint;
import io.httpipe.Httpipe;
import io.httpipe.Proxy;
import io.httpipe.Redirects;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.Retries;
import io.httpipe.StreamedResponse;
import io.httpipe.Tls;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** httpipe with its defaults, including all timeouts. It keeps one idle connection per thread. */
final class HttpipeClient implements Client {
    private final Httpipe hp;
    private final @Nullable Endpoint endpoint;

    HttpipeClient(Setup setup) throws IOException {
        Httpipe.Builder builder = Httpipe.builder().maxIdlePerRoute(setup.connections());
        if (setup.limit() > 0) {
            builder.maxConnectionsPerRoute(setup.limit());
        }
        if (setup.trust() != null) {
            builder.tls(Tls.DEFAULT.trust(setup.trust()));
        }
        if (setup.policies()) {
            builder.redirects(Redirects.NORMAL)
                    .credentials(
                            Credentials.basic("https://other.test", "user", "password"),
                            Credentials.digest("https://other.test", "user", "password"))
                    .retries(Retries.of(3));
        }
        if (setup.decoding()) {
            builder.decoding(Decoding.ON);
        }
        if (setup.proxy() != null) {
            builder.proxy(Proxy.of(setup.proxy().toString()));
        }
        hp = builder.build();
        endpoint = setup.unixSocket() == null ? null : Endpoint.unix(setup.unixSocket());
    }

    @Override
    public Work get(URI uri) {
        Request request = at(Request.get(uri.toString()));
        return () -> check(hp.request(request));
    }

    @Override
    public Work download(URI uri) {
        Request request = at(Request.get(uri.toString()));
        return () -> {
            try (StreamedResponse response = hp.stream(request)) {
                return Responses.check(response.status(), Responses.count(response.body()));
            }
        };
    }

    @Override
    public Work upload(URI uri, Payload payload) {
        Request request = at(Request.post(uri.toString()));
        if (!payload.hasLength()) {
            return () -> {
                try (InputStream in = payload.open()) {
                    return check(hp.request(request.body(Body.of(in))));
                }
            };
        }
        Request whole = request.body(payload.file() == null ? Body.of(payload.bytes()) : Body.of(payload.file()));
        return () -> check(hp.request(whole));
    }

    @Override
    public Work multipart(URI uri, Path file) {
        Request request = at(Request.post(uri.toString())).body(Body.multipart().file("file", file));
        return () -> check(hp.request(request));
    }

    @Override
    public Work pipe(URI from, URI to) {
        Request source = at(Request.get(from.toString()));
        Request sink = at(Request.post(to.toString()));
        return () -> {
            try (StreamedResponse response = hp.stream(source)) {
                return check(response.pipe().request(sink));
            }
        };
    }

    private static long check(Response response) throws IOException {
        return Responses.check(response.status(), response.body().length);
    }

    private Request at(Request request) {
        return endpoint == null ? request : request.at(endpoint);
    }

    @Override
    public boolean limitsConnections() {
        return true;
    }

    @Override
    public void close() {
        hp.close();
    }
}
