package io.httpipe.it;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.httpipe.Headers;
import io.httpipe.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** An HTTP server of the JDK, such as a proxy in front of nginx. Runs its handler in one virtual thread per request. */
final class JdkServer implements AutoCloseable {
    /** Fields for one connection only, which a proxy does not forward (RFC 9110, section 7.6.1). */
    private static final Set<String> HOP_BY_HOP =
            Set.of("connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "content-length");

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpServer server;

    private JdkServer(HttpServer server) {
        this.server = server;
    }

    static JdkServer of(HttpHandler handler) throws IOException {
        JdkServer server =
                new JdkServer(HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
        server.server.createContext("/", handler);
        server.server.setExecutor(server.threads);
        server.server.start();
        return server;
    }

    String uri(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    static void respond(HttpExchange exchange, byte[] body) throws IOException {
        exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    /** Responds as the upstream server did. */
    static void respond(HttpExchange exchange, Response upstream) throws IOException {
        for (Map.Entry<String, String> line : endToEnd(upstream.headers())) {
            exchange.getResponseHeaders().add(line.getKey(), line.getValue());
        }
        byte[] body = upstream.body();
        exchange.sendResponseHeaders(upstream.status(), body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    static Headers endToEnd(Headers headers) {
        Headers endToEnd = headers;
        for (Map.Entry<String, String> line : headers) {
            if (HOP_BY_HOP.contains(line.getKey().toLowerCase(Locale.ROOT))) {
                endToEnd = endToEnd.without(line.getKey());
            }
        }
        return endToEnd;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }
}
