package io.httpipe.bench.clients;

import io.httpipe.Endpoint;
import io.httpipe.Httpipe;
import io.httpipe.Request;
import io.httpipe.Tls;
import java.io.IOException;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** httpipe as it comes, all its timeouts on; only as many idle connections are kept as there are threads. */
final class HttpipeClient implements Client {
    private final Httpipe hp;
    private final @Nullable Endpoint endpoint;

    HttpipeClient(Setup setup) throws IOException {
        Httpipe.Builder builder = Httpipe.builder().maxIdle(setup.connections());
        if (setup.limit() > 0) {
            builder.maxOpen(setup.limit());
        }
        if (setup.trust() != null) {
            builder.tls(Tls.DEFAULT.trust(setup.trust()));
        }
        hp = builder.build();
        endpoint = setup.unixSocket() == null ? null : Endpoint.unix(setup.unixSocket());
    }

    @Override
    public Work get(URI uri) {
        Request request = at(Request.get(uri.toString()));
        return () -> {
            var response = hp.request(request);
            return Answers.check(response.status(), response.body().length);
        };
    }

    private Request at(Request request) {
        return endpoint == null ? request : request.at(endpoint);
    }

    @Override
    public void close() {
        hp.close();
    }
}
