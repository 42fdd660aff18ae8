package io.httpipe.examples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;

/**
 * The manual's echo server on the JDK's own: {@code /echo} answers with the request as it came, head and body.
 *
 * {@snippet :
 * try (EchoServer server = EchoServer.start(); Httpipe hp = Httpipe.create()) {
 *     System.out.print(hp.get(server.base() + "/echo").text());
 * }
 * }
 *
 * <p>The JDK's server keeps neither the order nor the spelling of the field lines; here Host comes first, then the
 * others by name. As in the manual, the answer to a GET has a length and any other one is chunked. A request is read
 * whole before its answer begins.
 *
 * <p>Every request has its own virtual thread. The JDK's server reads inside {@code synchronized} methods, which on
 * JDK 21 pin the carrier while they wait: a few uploads that trickle in can stop all virtual threads of the JVM.
 */
final class EchoServer implements AutoCloseable {
    static {
        // Else a head and the body behind it are two packets, and the second waits 40 ms for the first one's receipt.
        if (System.getProperty("sun.net.httpserver.nodelay") == null) {
            System.setProperty("sun.net.httpserver.nodelay", "true");
        }
    }

    /** Connections that may wait to be accepted: as many as a fan-out opens at once. */
    private static final int BACKLOG = 1024;

    private static final Pattern WORD = Pattern.compile("-[a-z]");

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private EchoServer(HttpServer server) {
        this.server = server;
    }

    /** Starts on a free port of the loopback address. */
    static EchoServer start() throws IOException {
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        EchoServer echo = new EchoServer(HttpServer.create(anyPort, BACKLOG));
        echo.server.createContext("/echo", EchoServer::answer);
        echo.server.setExecutor(echo.threads);
        echo.server.start();
        return echo;
    }

    /** The scheme, host and port, to put a path behind. */
    String base() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Closes all connections. */
    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }

    private static void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] head = head(exchange).getBytes(ISO_8859_1);
            byte[] body = exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().set("Content-Type", "text/plain");
            switch (exchange.getRequestMethod()) {
                case "GET" -> exchange.sendResponseHeaders(200, head.length + body.length);
                case "HEAD" -> exchange.sendResponseHeaders(200, -1);
                default -> exchange.sendResponseHeaders(200, 0); // which asks for chunks
            }
            if (!exchange.getRequestMethod().equals("HEAD")) {
                OutputStream out = exchange.getResponseBody();
                out.write(head);
                out.write(body);
            }
        }
    }

    private static String head(HttpExchange exchange) {
        StringBuilder head = new StringBuilder()
                .append(exchange.getRequestMethod())
                .append(' ')
                .append(exchange.getRequestURI())
                .append(' ')
                .append(exchange.getProtocol())
                .append("\r\n");
        Map<String, List<String>> others = new TreeMap<>(exchange.getRequestHeaders());
        List<String> host = others.remove("Host");
        if (host != null) {
            addLines(head, "Host", host);
        }
        others.forEach((name, values) -> addLines(head, spelled(name), values));
        return head.append("\r\n").toString();
    }

    private static void addLines(StringBuilder head, String name, List<String> values) {
        for (String value : values) {
            head.append(name).append(": ").append(value).append("\r\n");
        }
    }

    /** The JDK's server makes {@code User-agent} of every spelling; this makes {@code User-Agent} of that. */
    private static String spelled(String name) {
        return WORD.matcher(name).replaceAll(word -> word.group().toUpperCase(Locale.ROOT));
    }
}
