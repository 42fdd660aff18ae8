package io.httpipe;

import io.httpipe.testing.CutTransport;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A response that a server sends, and the expected result: one case of {@code corpus/*.txt}. The file
 * {@code corpus/README.md} describes the format.
 *
 * @param name        the name of the file and of the case
 * @param row         the row of docs/strictness.md
 * @param method      the method of the request
 * @param sent        all bytes that the server sends
 * @param end         what the server does after these bytes
 * @param cuts        the offsets at which the response is split; if empty, it is split at every byte
 * @param limits      the limits of the client
 * @param maxBodySize the body size limit of the request; -1 for none
 * @param expected    the expected result, with the keys of the file
 */
record CorpusCase(
        String name,
        String row,
        String method,
        byte[] sent,
        CutTransport.End end,
        List<Integer> cuts,
        Limits limits,
        long maxBodySize,
        Map<String, List<String>> expected) {

    private static final Set<String> GIVEN = Set.of("row", "method", "send", "end", "cut", "limits", "maxsize", "case");
    private static final Set<String> EXPECTED =
            Set.of("fails", "says", "version", "status", "reason", "early", "field", "body", "trailer", "reuse");

    private static final Pattern LINE = Pattern.compile("([a-z]+):(?: (.*\\S))?");
    private static final Pattern REPEATED = Pattern.compile("\\\\\\*([0-9]+)\\(([^)]*)\\)");
    private static final Pattern ESCAPE = Pattern.compile("\\\\(x[0-9A-F]{2}|[rnt\\\\])");

    /** {@return all cases of all files} */
    static List<CorpusCase> all() throws Exception {
        Path folder = Path.of(CorpusCase.class.getResource("/corpus").toURI());
        List<CorpusCase> cases = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".txt"))
                    .sorted()
                    .toList()) {
                String subject = file.getFileName().toString().replace(".txt", "");
                String text = Files.readString(file, StandardCharsets.US_ASCII);
                for (String group : text.replaceAll("(?m)^#.*\n", "").split("\n\n+")) {
                    if (!group.isBlank()) {
                        cases.addAll(group(subject, group.lines().toList()));
                    }
                }
            }
        }
        return cases;
    }

    /** {@return the cases of one group, which differ only in the text for {@code {}}} */
    private static List<CorpusCase> group(String subject, List<String> lines) {
        Map<String, List<String>> values = new LinkedHashMap<>();
        for (String line : lines) {
            Matcher matcher = LINE.matcher(line);
            if (!line.isEmpty()) {
                check(matcher.matches(), subject, line);
                String key = matcher.group(1);
                check(GIVEN.contains(key) || EXPECTED.contains(key), subject, line);
                values.computeIfAbsent(key, k -> new ArrayList<>())
                        .add(matcher.group(2) == null ? "" : matcher.group(2));
            }
        }
        for (String key : List.of("row", "send", "case", "reuse")) {
            check(values.containsKey(key) || key.equals("reuse") && values.containsKey("fails"), subject, key);
        }
        check(values.containsKey("fails") == values.containsKey("says"), subject, "says");
        check(values.containsKey("fails") || values.keySet().containsAll(List.of("status", "body")), subject, "body");
        return values.get("case").stream()
                .map(each -> each.split(" =(?: |$)", 2))
                .map(each -> one(subject + ": " + each[0], values, each.length == 1 ? "{}" : each[1]))
                .toList();
    }

    private static CorpusCase one(String name, Map<String, List<String>> values, String variation) {
        Map<String, List<String>> expected = new LinkedHashMap<>();
        values.forEach((key, texts) -> {
            if (EXPECTED.contains(key)) {
                List<String> lines = texts.stream()
                        .map(text -> unescape(text.replace("{}", variation)))
                        .toList();
                expected.put(key, lines.equals(List.of("none")) ? List.of() : lines);
            }
        });
        String sent = unescape(String.join("", values.get("send")).replace("{}", variation));
        return new CorpusCase(
                name,
                values.get("row").getFirst(),
                given(values, "method", "GET"),
                sent.getBytes(StandardCharsets.ISO_8859_1),
                CutTransport.End.valueOf(given(values, "end", "open").toUpperCase(java.util.Locale.ROOT)),
                Stream.of(given(values, "cut", "").split(" "))
                        .filter(cut -> !cut.isEmpty())
                        .map(Integer::valueOf)
                        .toList(),
                limits(given(values, "limits", "")),
                Long.parseLong(given(values, "maxsize", "-1")),
                expected);
    }

    private static String given(Map<String, List<String>> values, String key, String otherwise) {
        return values.getOrDefault(key, List.of(otherwise)).getFirst();
    }

    private static String unescape(String text) {
        String whole = REPEATED.matcher(text)
                .replaceAll(match -> Matcher.quoteReplacement(match.group(2).repeat(Integer.parseInt(match.group(1)))));
        return ESCAPE.matcher(whole)
                .replaceAll(match -> Matcher.quoteReplacement(
                        switch (match.group(1)) {
                            case "r" -> "\r";
                            case "n" -> "\n";
                            case "t" -> "\t";
                            case "\\" -> "\\";
                            default ->
                                "" + (char) Integer.parseInt(match.group(1).substring(1), 16);
                        }));
    }

    private static Limits limits(String text) {
        Limits d = Limits.DEFAULT;
        Map<String, Integer> given = new LinkedHashMap<>();
        for (String each : text.isEmpty() ? new String[0] : text.split(" ")) {
            given.put(each.split("=")[0], Integer.valueOf(each.split("=")[1]));
        }
        return new Limits(
                given.getOrDefault("head", d.headBytes()),
                given.getOrDefault("fields", d.fieldCount()),
                given.getOrDefault("informational", d.informational()),
                given.getOrDefault("chunk", d.chunkLine()),
                given.getOrDefault("trailer", d.trailerBytes()),
                d.maxBodySize(),
                d.eventBytes(),
                d.maxRatio());
    }

    boolean fails() {
        return expected.containsKey("fails");
    }

    private static void check(boolean good, String subject, String line) {
        if (!good) {
            throw new IllegalArgumentException("corpus/" + subject + ".txt: " + line);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
