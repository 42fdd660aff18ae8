package io.httpipe.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.httpipe.Httpipe;
import io.httpipe.HttpipeException;
import io.httpipe.Response;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * The server of the synopsis in the manual of lua-resty-httpipe, built on the JDK's {@link HttpServer}. {@code /echo}
 * answers with the request. {@code /simple}, {@code /generic} and {@code /advanced} run the sample of that name, and
 * {@code /proxy/...} runs {@code ClientBodyProxy}. The sample sends its request to this server, or to another one if an
 * upstream is given.
 *
 * {@snippet :
 * try (EchoServer server = EchoServer.start(); Httpipe hp = Httpipe.create()) {
 *     System.out.print(hp.get(server.base() + "/generic").text());
 * }
 * }
 *
 * <p>Every request has its own virtual thread. The JDK's server reads inside {@code synchronized} methods. On JDK 21
 * these pin the carrier thread while they wait, so a few slow uploads can stop all virtual threads of the JVM.
 */
public final class EchoServer implements AutoCloseable {
    static {
        // Head and body of a response are two packets. Without TCP_NODELAY, the second waits 40 ms for an ACK.
        if (System.getProperty("sun.net.httpserver.nodelay") == null) {
            System.setProperty("sun.net.httpserver.nodelay", "true");
        }
    }

    /** The most connections that may wait to be accepted. */
    private static final int BACKLOG = 1024;

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Httpipe hp = Httpipe.create();

    private EchoServer(HttpServer server) {
        this.server = server;
    }

    /**
     * Runs a server until the JVM stops.
     *
     * @param args the port on the loopback address; 9090 if empty
     */
    public static void main(String[] args) {
        try {
            int port = args.length == 0 ? 9090 : Integer.parseInt(args[0]);
            String base = start(port, null).base();
            System.out.println("Try curl " + base + "/generic, or /echo, /simple, /advanced, /proxy/echo.");
        } catch (IOException | IllegalArgumentException e) {
            System.err.println("EchoServer: " + e.getMessage());
            System.exit(1);
        }
    }

    /** Starts on a free port of the loopback address. */
    static EchoServer start() throws IOException {
        return start(0, null);
    }

    /**
     * Starts on a port of the loopback address.
     *
     * @param port     0 for a free one
     * @param upstream the URL of the server that the samples use; null for this server
     */
    static EchoServer start(int port, @Nullable String upstream) throws IOException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        EchoServer echo = new EchoServer(HttpServer.create(address, BACKLOG));
        echo.routes(upstream == null ? echo.base() : upstream);
        echo.server.setExecutor(echo.threads);
        echo.server.start();
        return echo;
    }

    private void routes(String upstream) {
        server.createContext("/echo", new Echo());
        route("/simple", exchange -> answer(exchange, Simple.request(hp, upstream)));
        route("/generic", exchange -> {
            ByteArrayOutputStream lines = new ByteArrayOutputStream();
            Generic.run(hp, upstream, new PrintStream(lines, true, UTF_8));
            answer(exchange, 200, lines.toByteArray());
        });
        route("/advanced", exchange -> answer(exchange, Advanced.request(hp, upstream)));
        route("/proxy/", new ClientBodyProxy(hp, upstream));
    }

    /** Adds a handler. If the handler fails, the server answers with an error status. */
    private void route(String path, HttpHandler handler) {
        server.createContext(path, exchange -> {
            try {
                handler.handle(exchange);
            } catch (HttpipeException | IllegalArgumentException e) {
                if (exchange.getResponseCode() >= 0) {
                    throw e; // the response has begun, so only a broken connection can report the error
                }
                int status = e instanceof HttpipeException ? 503 : 400;
                answer(exchange, status, (e.getMessage() + "\n").getBytes(UTF_8));
            }
        });
    }

    /** Forwards the response of another server. */
    private static void answer(HttpExchange exchange, Response response) throws IOException {
        HopByHop.copy(response.headers(), exchange.getResponseHeaders());
        send(exchange, response.status(), response.body());
    }

    private static void answer(HttpExchange exchange, int status, byte[] text) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
        send(exchange, status, text);
    }

    private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        try (exchange) {
            boolean empty = body.length == 0 || exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(status, empty ? -1 : body.length);
            if (!empty) {
                exchange.getResponseBody().write(body);
            }
        }
    }

    /** The URL of this server without a path. */
    String base() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Stops the server and closes all connections. */
    @Override
    public void close() {
        server.stop(0);
        hp.close();
        threads.close();
    }
}
