package io.httpipe.examples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.httpipe.Exchange;
import io.httpipe.Httpipe;
import io.httpipe.HttpipeException;
import io.httpipe.Request;
import io.httpipe.Token;
import io.httpipe.UriParts;
import java.io.PrintStream;
import java.time.Duration;

/**
 * Prints a response token by token, one line of JSON for each token. This is {@code /generic} of the synopsis in the
 * manual of lua-resty-httpipe. Every byte above ASCII is escaped separately, because a piece of ten bytes may end
 * inside a character.
 */
final class Generic {
    private static final int CHUNK_SIZE = 10;

    private Generic() {}

    static void run(Httpipe hp, String base, PrintStream out) throws HttpipeException {
        UriParts server = Httpipe.parseUri(base);
        try (Exchange exchange = hp.connect(server.host(), server.port())) {
            exchange.setTimeout(Duration.ofSeconds(5));
            exchange.sendRequest(Request.get(base + "/echo"));
            Token token;
            do {
                token = exchange.read(CHUNK_SIZE);
                out.print("read: " + json(token) + "\n");
            } while (!(token instanceof Token.Eof));
        }
    }

    static String json(Token token) {
        return switch (token) {
            case Token.Informational early -> array(string("informational"), string(early.status()));
            case Token.StatusLine line -> array(string("statusline"), string(line.status()));
            case Token.Header(String name, String value, String line) ->
                array(string("header"), array(string(name), string(value), string(line)));
            case Token.HeaderEnd() -> array(string("header_end"));
            case Token.Body(byte[] data) -> array(string("body"), string(new String(data, ISO_8859_1)));
            case Token.BodyEnd() -> array(string("body_end"));
            case Token.Trailer(String name, String value, String line) ->
                array(string("trailer"), array(string(name), string(value), string(line)));
            case Token.Eof() -> array(string("eof"));
        };
    }

    private static String array(String... values) {
        return "[" + String.join(",", values) + "]";
    }

    private static String string(int number) {
        return string(String.valueOf(number));
    }

    private static String string(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\', '/' -> json.append('\\').append(c);
                case '\b' -> json.append("\\b");
                case '\f' -> json.append("\\f");
                case '\n' -> json.append("\\n");
                case '\r' -> json.append("\\r");
                case '\t' -> json.append("\\t");
                default -> json.append(c >= ' ' && c <= '~' ? String.valueOf(c) : "\\u%04x".formatted((int) c));
            }
        }
        return json.append('"').toString();
    }
}
