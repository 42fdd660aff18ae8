package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.test.server.ServerInternals;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Fuzzes the request parser of the scripted server. The input is all bytes that a client sends. */
public final class ServerRequestFuzzTarget {
    private static final int MAX_HEAD = 150;
    private static final int MAX_BODY = 40;

    private static final Pattern REQUEST_LINE =
            Pattern.compile("(" + ReferenceHeadParser.TOKEN + ") ([!-~\\x80-\\xff]+) (HTTP/1\\.[01])\\r\\n");
    private static final Pattern FIELD = Pattern.compile(
            "(" + ReferenceHeadParser.TOKEN + "):[ \\t]*((?:[^\\r\\n\\x00 \\t](?:[^\\r\\n\\x00]*[^\\r\\n\\x00 \\t])?)?)[ \\t]*\\r\\n");
    private static final Pattern CHUNK = Pattern.compile("([0-9A-Fa-f]{1,15})[ \\t]*(?:;[^\\r\\n]*)?\\r\\n");

    private final String input;
    private int at;

    private ServerRequestFuzzTarget(String input) {
        this.input = input;
    }

    public static void fuzzerTestOneInput(byte[] data) {
        ServerRequestFuzzTarget reference = new ServerRequestFuzzTarget(Bytes.latin1(data));
        List<Object> expected = reference.request();
        for (int piece : new int[] {1, Integer.MAX_VALUE}) {
            ByteArrayInputStream in = new ByteArrayInputStream(data) {
                @Override
                public synchronized int read(byte[] bytes, int offset, int length) {
                    return super.read(bytes, offset, Math.min(length, piece));
                }
            };
            assertEquals(expected, ServerInternals.request(in, MAX_HEAD, MAX_BODY));
            if (!expected.isEmpty()) {
                assertEquals(data.length - reference.at, in.available(), "the bytes after the request");
            }
        }
    }

    private List<Object> request() {
        int end = input.indexOf("\r\n\r\n") + 4;
        Matcher line = REQUEST_LINE.matcher(input);
        if (end < 4 || end > MAX_HEAD || !line.lookingAt()) {
            return List.of();
        }
        at = line.end();
        List<String> fields = fields();
        List<String> lengths = values(fields, "content-length");
        List<String> codings = values(fields, "transfer-encoding");
        if (at != end || lengths.stream().distinct().count() > 1 || codings.size() > 1) {
            return List.of();
        }
        List<String> trailers = List.of();
        String body = "";
        if (!codings.isEmpty()) {
            body = lengths.isEmpty() && codings.getFirst().equalsIgnoreCase("chunked") ? chunks() : null;
            if (body == null) {
                return List.of();
            }
            int start = at;
            trailers = fields();
            boolean tooLong = at - 2 - start - 2 * trailers.size() > MAX_HEAD;
            if (at > input.length() || tooLong) {
                return List.of();
            }
        } else if (!lengths.isEmpty()) {
            String length = lengths.getFirst();
            if (!length.matches("[0-9]{1,18}") || Long.parseLong(length) > MAX_BODY) {
                return List.of();
            }
            int count = Integer.parseInt(length);
            if (input.length() - at < count) {
                return List.of();
            }
            body = input.substring(at, at + count);
            at += count;
        }
        return List.of(line.group(1), line.group(2), line.group(3), fields, body, trailers);
    }

    /** Parses field lines and the empty line after them. If they are malformed, the position is beyond the input. */
    private List<String> fields() {
        List<String> fields = new ArrayList<>();
        Matcher field = FIELD.matcher(input);
        while (field.region(at, input.length()).lookingAt()) {
            fields.add(field.group(1) + ": " + field.group(2));
            at = field.end();
        }
        at = input.startsWith("\r\n", at) ? at + 2 : input.length() + 1;
        return fields;
    }

    /** Parses chunks up to the trailers. {@return their content, or null if they are malformed} */
    private @Nullable String chunks() {
        StringBuilder body = new StringBuilder();
        Matcher chunk = CHUNK.matcher(input);
        while (chunk.region(at, input.length()).lookingAt()) {
            long size = Long.parseLong(chunk.group(1), 16);
            at = chunk.end();
            if (size == 0) {
                return body.toString();
            }
            if (size > MAX_BODY - body.length() || !input.startsWith("\r\n", at + (int) size)) {
                return null;
            }
            body.append(input, at, at + (int) size);
            at += (int) size + 2;
        }
        return null;
    }

    private static List<String> values(List<String> fields, String name) {
        return fields.stream()
                .filter(field -> field.substring(0, field.indexOf(':')).equalsIgnoreCase(name))
                .map(field -> field.substring(field.indexOf(':') + 2))
                .toList();
    }
}
