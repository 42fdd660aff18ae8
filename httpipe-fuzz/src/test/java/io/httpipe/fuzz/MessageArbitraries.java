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

/** Well-formed messages and what they are made of, in all the ways that the grammar has, for the properties. */
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

    /** TextInput without control characters, and without blanks around it. */
    static Arbitrary<String> values() {
        return Arbitraries.strings()
                .withCharRange(' ', '~')
                .withCharRange('\u0080', '\u00ff')
                .withChars('\t')
                .ofMaxLength(30)
                .map(text -> text.replaceAll("^[ \\t]+|[ \\t]+$", ""));
    }

    static Arbitrary<String> blanks() {
        return Arbitraries.strings().withChars(" \t").ofMaxLength(3);
    }

    /** Fields that mean nothing to the client. */
    static Arbitrary<List<FieldLine>> fields() {
        Arbitrary<FieldLine> field = Combinators.combine(tokens(), blanks(), values())
                .as((token, blanks, value) -> {
                    String name = "X-" + token;
                    return new FieldLine(
                            ReferenceFieldNames.normalize(name), value, (name + ":" + blanks + value).replaceAll("[ \\t]+$", ""));
                });
        return field.list().ofMaxSize(5);
    }

    /** Any octets; one in five is longer than the client's buffers. */
    static Arbitrary<String> bodies() {
        return Arbitraries.frequencyOf(
                        Tuple.of(4, Arbitraries.integers().between(0, 300)),
                        Tuple.of(1, Arbitraries.integers().between(300, 40_000)))
                .map(length -> {
                    byte[] octets = new byte[length];
                    new Random(length).nextBytes(octets);
                    return Bytes.latin1(octets);
                });
    }

    /** Chunks of any size, whose size is written in any way, with any extensions. */
    static String chunked(String body, List<FieldLine> trailers, Random random) {
        StringBuilder octets = new StringBuilder();
        for (int at = 0; at < body.length(); ) {
            int size = Math.min(body.length() - at, 1 + random.nextInt(random.nextBoolean() ? 20 : 20_000));
            octets.append(sizeLine(size, random)).append(body, at, at + size).append("\r\n");
            at += size;
        }
        octets.append(sizeLine(0, random));
        trailers.forEach(line -> octets.append(line.line()).append("\r\n"));
        return octets.append("\r\n").toString();
    }

    private static String sizeLine(int size, Random random) {
        String hex = Integer.toHexString(size);
        String[] extensions = {"", ";a", " ; a = b", "\t;a=\"\\\"; \u00e4\"", ";a;b=\"\"", ";x=" + HEX};
        return "0".repeat(random.nextInt(3))
                + (random.nextBoolean() ? hex : hex.toUpperCase(Locale.ROOT))
                + extensions[random.nextInt(extensions.length)]
                + "\r\n";
    }

    /** How the body of a response is delimited. */
    enum Framing {
        LENGTH,
        CHUNKS,
        CLOSE,
        NOTHING
    }

    /**
     * A response as it comes and as it is meant.
     *
     * @param octets of it alone
     */
    record GeneratedResponse(Framing framing, String octets, ParsedHead head, String body, List<FieldLine> trailers) {}

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
                    int bodiless = seed % 2 == 0 ? 204 : 304;
                    int used = framing == Framing.NOTHING ? bodiless : status == 204 || status == 304 ? 200 : status;
                    return message(framing, used, reason, fields, body, trailers, new Random(seed));
                });
    }

    private static GeneratedResponse message(
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
            case NOTHING -> "";
        };
        StringBuilder octets = new StringBuilder();
        for (int i = random.nextInt(3); i > 0; i--) {
            octets.append("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
        }
        ParsedHead head = new ParsedHead(1, status, reason, all);
        octets.append(encode(head, random.nextBoolean() ? "\r\n" : "\n")).append(rest);
        boolean chunks = framing == Framing.CHUNKS;
        return new GeneratedResponse(
                framing,
                octets.toString(),
                head,
                framing == Framing.NOTHING ? "" : body,
                chunks ? trailers : List.of());
    }

    /** A head with its lines as they are. */
    static String encode(ParsedHead head, String lineEnd) {
        StringBuilder octets =
                new StringBuilder("HTTP/1.%d %d %s".formatted(head.minorVersion(), head.status(), head.reason()));
        octets.append(lineEnd);
        head.fields().forEach(field -> octets.append(field.line()).append(lineEnd));
        return octets.append(lineEnd).toString();
    }
}
