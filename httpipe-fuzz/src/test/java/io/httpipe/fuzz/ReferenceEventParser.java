package io.httpipe.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Parses a whole event stream with string operations, step by step as in the HTML standard, section 9.2.6. */
final class ReferenceEventParser {
    private ReferenceEventParser() {}

    /** Returns type, data and ID of each event, and at the end the last ID and the retry wait. */
    static List<List<String>> parse(byte[] stream) {
        String text = new String(stream, StandardCharsets.ISO_8859_1);
        if (text.startsWith("\u00ef\u00bb\u00bf")) {
            text = text.substring(3);
        }
        List<List<String>> events = new ArrayList<>();
        String data = "";
        String type = "";
        String id = "";
        String lastId = "";
        String retry = "-1";
        String[] lines = text.split("\r\n|\r|\n", -1);
        for (int i = 0; i < lines.length - 1; i++) {
            String line = lines[i];
            if (line.isEmpty()) {
                lastId = id;
                if (!data.isEmpty()) {
                    String whole = utf8(data.substring(0, data.length() - 1));
                    events.add(List.of(type.isEmpty() ? "message" : utf8(type), whole, utf8(lastId)));
                }
                data = "";
                type = "";
                continue;
            }
            String field = line.replaceFirst("(?s):.*", "");
            String value = line.contains(":") ? line.replaceFirst("(?s)[^:]*: ?", "") : "";
            switch (field) {
                case "event" -> type = value;
                case "data" -> data += value + "\n";
                case "id" -> id = value.contains("\0") ? id : value;
                case "retry" -> retry = value.matches("[0-9]+") ? wait(value) : retry;
                default -> {}
            }
        }
        events.add(List.of(utf8(lastId), retry));
        return events;
    }

    private static String wait(String digits) {
        return new java.math.BigInteger(digits)
                .min(java.math.BigInteger.valueOf(Integer.MAX_VALUE))
                .toString();
    }

    private static String utf8(String latin1) {
        return new String(Bytes.of(latin1), StandardCharsets.UTF_8);
    }
}
