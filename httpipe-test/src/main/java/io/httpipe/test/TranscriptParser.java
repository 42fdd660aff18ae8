package io.httpipe.test;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Parses the text of a {@link Transcript}. Each instance parses one text. */
final class TranscriptParser {
    static final String FIRST_LINE = "# httpipe transcript 1";

    /** How many characters of a reason a message shows. */
    private static final int LONGEST = 200;

    private final Path file;
    private int number;

    private String method = "";
    private String uri = "";
    private int status;
    private @Nullable String failure;
    private @Nullable Path requestBody;
    private boolean partial;
    private @Nullable Path responseBody;
    private final List<Map.Entry<String, String>> requestHeaders = new ArrayList<>();
    private final List<Map.Entry<String, String>> responseHeaders = new ArrayList<>();
    private final List<Map.Entry<String, String>> trailers = new ArrayList<>();
    private final List<String> attempts = new ArrayList<>();

    private TranscriptParser(Path file) {
        this.file = file;
    }

    /** Parses a text. Throws {@link IllegalArgumentException} with the file and line if it is not a transcript. */
    static Transcript parse(String text, Path file) {
        TranscriptParser parser = new TranscriptParser(file);
        if (text.getBytes(StandardCharsets.UTF_8).length > Transcript.MAX_SIZE) {
            throw new IllegalArgumentException(file + ": more than 1 MiB, so it is no transcript");
        }
        for (int start = 0; start < text.length(); ) {
            int end = text.indexOf('\n', start);
            end = end < 0 ? text.length() : end;
            boolean windows = end > start && text.charAt(end - 1) == '\r';
            parser.number++;
            parser.line(text.substring(start, windows ? end - 1 : end));
            start = end + 1;
        }
        return parser.transcript();
    }

    private Transcript transcript() {
        if (method.isEmpty()) {
            throw refused("a line \"> METHOD URI\" is missing");
        }
        if (status == 0 && failure == null) {
            throw refused("neither a line \"< status\" nor a line \"! failure\"");
        }
        return new Transcript(
                file,
                method,
                uri,
                requestHeaders,
                requestBody,
                partial,
                attempts,
                status,
                responseHeaders,
                responseBody,
                trailers,
                failure);
    }

    private void line(String line) {
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c < ' ' && c != '\t' || c == 127 || Character.isSurrogate(c) && !isPair(line, i)) {
                throw refused("the character U+%04X is not allowed".formatted((int) c));
            }
        }
        if (number == 1) {
            if (!line.equals(FIRST_LINE)) {
                throw refused("the first line must be \"" + FIRST_LINE + "\"");
            }
            return;
        }
        if (trim(line).isEmpty() || line.startsWith("#")) {
            return;
        }
        if (failure != null) {
            throw refused("a line after the failure: " + line);
        }
        String content = line.length() > 2 ? trim(line.substring(2)) : "";
        if (content.isEmpty() || line.charAt(1) != ' ') {
            throw refused("not a line of a transcript: " + line);
        }
        switch (line.charAt(0)) {
            case '>' -> request(content);
            case '*' -> attempts.add(content);
            case '<' -> response(content);
            case '!' -> failure = content;
            default -> throw refused("not a line of a transcript: " + line);
        }
    }

    private static boolean isPair(String line, int at) {
        return Character.isHighSurrogate(line.charAt(at))
                ? at + 1 < line.length() && Character.isLowSurrogate(line.charAt(at + 1))
                : at > 0 && Character.isHighSurrogate(line.charAt(at - 1));
    }

    private void request(String content) {
        if (status > 0) {
            throw refused("a line of the request after the response");
        }
        if (method.isEmpty()) {
            int space = content.indexOf(' ');
            String first = space < 0 ? content : content.substring(0, space);
            String rest = space < 0 ? "" : content.substring(space + 1);
            if (!isToken(first) || !rest.chars().allMatch(c -> c > ' ' && c < 127) || !rest.contains("://")) {
                throw refused("not a method and a URI with a scheme: " + content);
            }
            method = first;
            uri = rest;
        } else if (content.startsWith("@body ")) {
            requestBody = body(content, requestBody);
        } else if (content.equals("@partial")) {
            partial = true;
        } else {
            requestHeaders.add(field(content));
        }
    }

    private void response(String content) {
        if (method.isEmpty()) {
            throw refused("a line of the response before the request");
        }
        if (status == 0) {
            status = status(content);
        } else if (content.startsWith("@body ")) {
            responseBody = body(content, responseBody);
        } else if (content.startsWith("@trailer ")) {
            trailers.add(field(trim(content.substring("@trailer ".length()))));
        } else {
            responseHeaders.add(field(content));
        }
    }

    private int status(String content) {
        boolean digits = content.length() == 3 && content.chars().allMatch(c -> c >= '0' && c <= '9');
        if (!digits || content.compareTo("200") < 0) {
            throw refused("not a status from 200 to 999: " + content);
        }
        return Integer.parseInt(content);
    }

    private Path body(String content, @Nullable Path earlier) {
        if (earlier != null) {
            throw refused("a second body");
        }
        String name = trim(content.substring("@body ".length()));
        boolean plain = name.chars().allMatch(c -> isLetterOrDigit(c) || "._-".indexOf(c) >= 0);
        if (!plain || name.startsWith(".") || name.length() > 200) {
            throw refused("not the name of a file in the same directory: " + name);
        }
        return file.resolveSibling(name);
    }

    private Map.Entry<String, String> field(String content) {
        int colon = content.indexOf(':');
        if (colon < 1 || !isToken(content.substring(0, colon))) {
            throw refused("not \"Name: value\": " + content);
        }
        return Map.entry(content.substring(0, colon), trim(content.substring(colon + 1)));
    }

    /** Removes spaces and tabs at both ends, as for the value of a field. */
    private static String trim(String text) {
        int start = 0;
        int end = text.length();
        while (start < end && " \t".indexOf(text.charAt(start)) >= 0) {
            start++;
        }
        while (end > start && " \t".indexOf(text.charAt(end - 1)) >= 0) {
            end--;
        }
        return text.substring(start, end);
    }

    private static boolean isToken(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> isLetterOrDigit(c) || "!#$%&'*+-.^_`|~".indexOf(c) >= 0);
    }

    private static boolean isLetterOrDigit(int c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
    }

    private IllegalArgumentException refused(String reason) {
        String shown = reason.length() > LONGEST ? reason.substring(0, LONGEST) + "..." : reason;
        return new IllegalArgumentException(file + ":" + Math.max(1, number) + ": " + shown.replaceAll("[^ -~]", "?"));
    }
}
