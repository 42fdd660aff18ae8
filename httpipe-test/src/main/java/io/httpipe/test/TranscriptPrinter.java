package io.httpipe.test;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Prints the request of a {@link Transcript} as code. */
final class TranscriptPrinter {
    /** Methods that have a factory of their own in httpipe's {@code Request}. */
    private static final Set<String> FACTORIES = Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH");

    /** Headers that every client sets itself. */
    private static final Set<String> MANAGED = Set.of("host", "content-length", "transfer-encoding", "connection");

    private TranscriptPrinter() {}

    static String curl(Transcript transcript) {
        List<String> arguments = new ArrayList<>();
        // Without these two options, curl expands brackets and removes dot segments.
        arguments.add("curl --globoff --path-as-is "
                + (transcript.method().equals("HEAD") ? "--head" : "--request " + quote(transcript.method())));
        boolean typed = false;
        for (Map.Entry<String, String> field : transcript.requestHeaders()) {
            String name = field.getKey();
            if (!isManaged(name)) {
                typed |= name.equalsIgnoreCase("Content-Type");
                String value = field.getValue();
                arguments.add("--header " + quote(value.isEmpty() ? name + ";" : name + ": " + value));
            }
        }
        if (transcript.requestBody() != null) {
            if (!typed) {
                // Without this, curl sends the type of a form.
                arguments.add("--header 'Content-Type:'");
            }
            arguments.add("--data-binary " + quote("@" + transcript.requestBody()));
        }
        arguments.add(quote(transcript.uri()));
        return String.join(" \\\n  ", arguments);
    }

    private static boolean isManaged(String name) {
        return MANAGED.contains(name.toLowerCase(Locale.ROOT));
    }

    /** Quotes an argument for a POSIX shell: within single quotes, only the single quote is special. */
    static String quote(String text) {
        boolean plain = !text.isEmpty()
                && text.chars()
                        .allMatch(c -> c >= 'a' && c <= 'z'
                                || c >= 'A' && c <= 'Z'
                                || c >= '0' && c <= '9'
                                || "-_./:@%+,".indexOf(c) >= 0);
        return plain ? text : "'" + text.replace("'", "'\\''") + "'";
    }

    static String java(Transcript transcript) {
        String method = transcript.method();
        StringBuilder code = new StringBuilder("hp.request(Request.");
        if (FACTORIES.contains(method)) {
            code.append(method.toLowerCase(Locale.ROOT)).append('(');
        } else {
            code.append("of(").append(literal(method)).append(", ");
        }
        code.append(literal(transcript.uri())).append(')');
        for (Map.Entry<String, String> field : transcript.requestHeaders()) {
            if (!isManaged(field.getKey())) {
                code.append("\n        .addHeader(")
                        .append(literal(field.getKey()))
                        .append(", ")
                        .append(literal(field.getValue()))
                        .append(')');
            }
        }
        if (transcript.requestBody() != null) {
            code.append("\n        .body(Body.of(Path.of(")
                    .append(literal(transcript.requestBody().toString()))
                    .append(")))");
        }
        return code.append(");").toString();
    }

    private static String literal(String text) {
        StringBuilder literal = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> literal.append('\\').append(c);
                case '\t' -> literal.append("\\t");
                default -> literal.append(c < ' ' || c > '~' ? "\\u%04x".formatted((int) c) : String.valueOf(c));
            }
        }
        return literal.append('"').toString();
    }
}
