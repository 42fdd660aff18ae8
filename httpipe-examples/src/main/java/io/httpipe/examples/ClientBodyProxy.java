package io.httpipe.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.httpipe.Body;
import io.httpipe.BodyReader;
import io.httpipe.Httpipe;
import io.httpipe.Request;
import io.httpipe.StreamedResponse;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.util.List;

/**
 * A reverse proxy. It forwards each request to the server at {@code base}, and streams both bodies. The new target is
 * the part of the old target after the path of this handler. The manual of lua-resty-httpipe uses
 * {@code get_client_body_reader} for such a proxy.
 */
final class ClientBodyProxy implements HttpHandler {
    private final Httpipe hp;
    private final String base;

    ClientBodyProxy(Httpipe hp, String base) {
        this.hp = hp;
        this.base = base;
    }

    /** Posts two chunks through a proxy to the server at {@code base}. */
    static void run(Httpipe hp, String base, PrintStream out) throws IOException {
        try (EchoServer proxy = EchoServer.start(0, base)) {
            List<byte[]> chunks = List.of("from one stream ".getBytes(UTF_8), "to another\n".getBytes(UTF_8));
            Request request = Request.post(proxy.base() + "/proxy/echo").body(Body.of(chunks.iterator()));
            out.print(hp.request(request).text());
        }
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        Request request = Request.of(exchange.getRequestMethod(), base + "/" + target(exchange));
        BodyReader body = BodyReader.of(exchange);
        if (body.length() != 0) {
            request = request.body(Body.of(body)); // has the length of the client's body, or is chunked
        }
        request = HopByHop.copy(exchange.getRequestHeaders(), request).addHeader("Via", "1.1 httpipe-examples");

        try (StreamedResponse response = hp.stream(request)) {
            HopByHop.copy(response.headers(), exchange.getResponseHeaders());
            exchange.sendResponseHeaders(
                    response.status(), announced(response.body().length()));
            response.body().transferTo(exchange.getResponseBody());
        }
        exchange.close(); // not called after an error, because it would make a part of the response look complete
    }

    /** The part of the target after the handler's own path, which ends with a slash. */
    private static String target(HttpExchange exchange) {
        URI uri = exchange.getRequestURI();
        String path =
                uri.getRawPath().substring(exchange.getHttpContext().getPath().length());
        return uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
    }

    /** The length in the form of the JDK's server: -1 for no body, 0 for a chunked one. */
    private static long announced(long length) {
        if (length == 0) {
            return -1;
        }
        return Math.max(length, 0);
    }
}
