package io.httpipe.examples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The manual's {@code /echo}: answers with the request as it came, head and body.
 *
 * <p>The JDK's server keeps neither the order nor the spelling of the field lines; here Host comes first, then the
 * others by name. As in the manual, the answer to a GET has a length and any other one is chunked. A request is read
 * whole before its answer begins.
 */
final class Echo implements HttpHandler {
    private static final Pattern WORD = Pattern.compile("-[a-z]");

    @Override
    public void handle(HttpExchange exchange) throws IOException {
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
