package io.httpipe;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Converts tokens to text, one line each. */
final class Tokens {
    private Tokens() {}

    /** Reads the remaining tokens of a response, including its Eof. */
    static List<String> rest(Exchange exchange) throws IOException {
        List<String> tokens = new ArrayList<>();
        Token token;
        do {
            token = exchange.read();
            tokens.add(text(token));
        } while (!(token instanceof Token.Eof));
        return tokens;
    }

    /** Adds a token to the list. Joins body tokens that follow each other. */
    static void addJoined(List<String> tokens, Token token) {
        String text = text(token);
        if (token instanceof Token.Body && !tokens.isEmpty() && tokens.getLast().startsWith("body ")) {
            tokens.add(tokens.removeLast() + text.substring("body ".length()));
        } else {
            tokens.add(text);
        }
    }

    /** The switch needs no default because {@link Token} is sealed. */
    static String text(Token token) {
        return switch (token) {
            case Token.Informational(int status, String reason, Headers headers) ->
                "informational %d %s %s"
                        .formatted(status, reason, headers.toString().replace('\n', '|'));
            case Token.StatusLine(Version version, int status, String reason) ->
                "status %s %d %s".formatted(version, status, reason);
            case Token.Header(String name, String value, String line) ->
                "header %s [%s] %s".formatted(name, value, line);
            case Token.HeaderEnd() -> "header end";
            case Token.Body(byte[] data) -> "body " + new String(data, StandardCharsets.ISO_8859_1);
            case Token.BodyEnd() -> "body end";
            case Token.Trailer(String name, String value, String line) ->
                "trailer %s [%s] %s".formatted(name, value, line);
            case Token.Eof() -> "eof";
        };
    }
}
