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
 * Answers with the head and body of the request. This is {@code /echo} of the synopsis in the manual of
 * lua-resty-httpipe.
 *
 * <p>The JDK's server keeps neither the order nor the spelling of the field lines. This handler writes Host first, then
 * the other fields sorted by name. As in the manual, the body of the response to a GET has a length, and other bodies
 * are chunked. The handler reads the whole request before it answers.
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
                default -> exchange.sendResponseHeaders(200, 0); // 0 means chunked
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
        others.forEach((name, values) -> addLines(head, usualSpelling(name), values));
        return head.append("\r\n").toString();
    }

    private static void addLines(StringBuilder head, String name, List<String> values) {
        for (String value : values) {
            head.append(name).append(": ").append(value).append("\r\n");
        }
    }

    /** Turns {@code User-agent}, as the JDK's server spells it, into {@code User-Agent}. */
    private static String usualSpelling(String name) {
        return WORD.matcher(name).replaceAll(word -> word.group().toUpperCase(Locale.ROOT));
    }
}
