package io.httpipe.fuzz;

import io.httpipe.fuzz.ReferenceHeadParser.ParsedHead;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** Generates messages that the client accepts, and their parts, in many forms. */
final class MessageArbitraries {
    private static final String HEX = "0123456789abcdefABCDEF";

    private MessageArbitraries() {}

    static Arbitrary<String> tokens() {
        return Arbitraries.strings()
                .withCharRange('a', 'z')
                .withCharRange('A', 'Z')
                .withCharRange('0', '9')
                .withChars("!#$%&'*+-.^_`|~")
                .ofMinLength(1)
                .ofMaxLength(12);
    }

    /** Field values: text without control characters other than tab, and without spaces and tabs around it. */
    static Arbitrary<String> values() {
        return Arbitraries.strings()
                .withCharRange(' ', '~')
                .withCharRange('\u0080', '\u00ff')
                .withChars('\t')
                .ofMaxLength(30)
                .map(text -> text.replaceAll("^[ \\t]+|[ \\t]+$", ""));
    }

    static Arbitrary<String> spacesAndTabs() {
        return Arbitraries.strings().withChars(" \t").ofMaxLength(3);
    }

    /** Fields without a meaning for the client. */
    static Arbitrary<List<FieldLine>> fields() {
        Arbitrary<FieldLine> field = Combinators.combine(tokens(), spacesAndTabs(), values())
                .as((token, spaces, value) -> {
                    String name = "X-" + token;
                    return new FieldLine(
                            ReferenceFieldNames.normalize(name),
                            value,
                            (name + ":" + spaces + value).replaceAll("[ \\t]+$", ""));
                });
        return field.list().ofMaxSize(5);
    }

    /**
     * Bodies of any bytes. Four in five have at most 300 bytes. The others have at most 40,000, so some are longer than
     * a buffer of the client.
     */
    static Arbitrary<String> bodies() {
        return Arbitraries.frequencyOf(
                        Tuple.of(4, Arbitraries.integers().between(0, 300)),
                        Tuple.of(1, Arbitraries.integers().between(300, 40_000)))
                .map(length -> {
                    byte[] bytes = new byte[length];
                    new Random(length).nextBytes(bytes);
                    return Bytes.latin1(bytes);
                });
    }

    /** Encodes a body as chunks of random sizes, with random spellings of the sizes and random extensions. */
    static String chunked(String body, List<FieldLine> trailers, Random random) {
        StringBuilder encoded = new StringBuilder();
        for (int at = 0; at < body.length(); ) {
            int size = Math.min(body.length() - at, 1 + random.nextInt(random.nextBoolean() ? 20 : 20_000));
            encoded.append(sizeLine(size, random)).append(body, at, at + size).append("\r\n");
            at += size;
        }
        encoded.append(sizeLine(0, random));
        trailers.forEach(line -> encoded.append(line.line()).append("\r\n"));
        return encoded.append("\r\n").toString();
    }

    private static String sizeLine(int size, Random random) {
        String hex = Integer.toHexString(size);
        String[] extensions = {"", ";a", " ; a = b", "\t;a=\"\\\"; \u00e4\"", ";a;b=\"\"", ";x=" + HEX};
        return "0".repeat(random.nextInt(3))
                + (random.nextBoolean() ? hex : hex.toUpperCase(Locale.ROOT))
                + extensions[random.nextInt(extensions.length)]
                + "\r\n";
    }

    /** How the end of a body is marked. */
    enum Framing {
        LENGTH,
        CHUNKS,
        CLOSE,
        NO_BODY
    }

    /**
     * A generated response, encoded and in its parts.
     *
     * @param encoded the bytes of the response, including heads of status 1xx before it
     */
    record GeneratedResponse(Framing framing, String encoded, ParsedHead head, String body, List<FieldLine> trailers) {}

    static Arbitrary<GeneratedResponse> responses(Framing... framings) {
        return Combinators.combine(
                        Arbitraries.of(framings),
                        Arbitraries.integers().between(200, 999),
                        values(),
                        fields(),
                        bodies(),
                        fields(),
                        Arbitraries.longs())
                .as((framing, status, reason, fields, body, trailers, seed) -> {
                    int statusWithoutBody = seed % 2 == 0 ? 204 : 304;
                    int usedStatus = framing == Framing.NO_BODY
                            ? statusWithoutBody
                            : status == 204 || status == 304 ? 200 : status;
                    return response(framing, usedStatus, reason, fields, body, trailers, new Random(seed));
                });
    }

    private static GeneratedResponse response(
            Framing framing,
            int status,
            String reason,
            List<FieldLine> fields,
            String body,
            List<FieldLine> trailers,
            Random random) {
        List<FieldLine> all = new ArrayList<>(fields);
        String rest = switch (framing) {
            case LENGTH -> {
                String field = "Content-Length: " + body.length();
                all.add(random.nextInt(all.size() + 1), new FieldLine("Content-Length", "" + body.length(), field));
                yield body;
            }
            case CHUNKS -> {
                String field = "Transfer-Encoding: chunked";
                all.add(random.nextInt(all.size() + 1), new FieldLine("Transfer-Encoding", "chunked", field));
                yield chunked(body, trailers, random);
            }
            case CLOSE -> body;
            case NO_BODY -> "";
        };
        StringBuilder encoded = new StringBuilder();
        for (int i = random.nextInt(3); i > 0; i--) {
            encoded.append("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
        }
        ParsedHead head = new ParsedHead(1, status, reason, all);
        encoded.append(encode(head, random.nextBoolean() ? "\r\n" : "\n")).append(rest);
        boolean chunked = framing == Framing.CHUNKS;
        return new GeneratedResponse(
                framing,
                encoded.toString(),
                head,
                framing == Framing.NO_BODY ? "" : body,
                chunked ? trailers : List.of());
    }

    /** Encodes a head, with its field lines unchanged. */
    static String encode(ParsedHead head, String lineEnd) {
        StringBuilder encoded =
                new StringBuilder("HTTP/1.%d %d %s".formatted(head.minorVersion(), head.status(), head.reason()));
        encoded.append(lineEnd);
        head.fields().forEach(field -> encoded.append(field.line()).append(lineEnd));
        return encoded.append(lineEnd).toString();
    }
}
