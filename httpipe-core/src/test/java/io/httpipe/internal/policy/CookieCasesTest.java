package io.httpipe.internal.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.wire.Origin;
import io.httpipe.internal.wire.ParsedUri;
import io.httpipe.internal.wire.UriParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The cases of {@code cookies/cases.txt}: which cookies a client sends after it has received some. */
class CookieCasesTest {
    private static final String FROM = "http://home.example.org:8888/dir/page";
    private static final long NOW = 1_800_000_000_000L;
    private static final Pattern CODE = Pattern.compile("\\\\x([0-9a-f]{2})");

    @TestFactory
    Stream<DynamicTest> everyCase() throws IOException {
        List<String> lines;
        try (InputStream in = CookieCasesTest.class.getResourceAsStream("/cookies/cases.txt")) {
            lines = new String(in.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("# ") && !line.equals("#"))
                    .toList();
        }
        assertTrue(lines.size() > 180, lines.size() + " cases");
        return lines.stream().map(line -> DynamicTest.dynamicTest(line, () -> check(line)));
    }

    private static void check(String line) {
        String[] parts = line.split(" -> ", -1);
        CookieJar jar = new CookieJar(null, () -> NOW);
        ParsedUri from = UriParser.parse(FROM);
        for (String value : parts[0].split(" \\|\\| ", -1)) {
            jar.set(Origin.of(from), from.path(), decoded(value));
        }
        String to = parts.length == 2 ? FROM : parts[1];
        Outgoing request =
                Outgoing.to("GET", UriParser.parse(to.startsWith("/") ? "http://home.example.org:8888" + to : to));
        String sent = jar.header(request, null);
        assertEquals(decoded(parts[parts.length - 1]), sent == null ? "-" : sent);
    }

    private static String decoded(String text) {
        String spaced = text.replace("\\s", " ").replace("\\t", "\t");
        return CODE.matcher(spaced).replaceAll(code -> {
            char c = (char) Integer.parseInt(code.group(1), 16);
            return Matcher.quoteReplacement(String.valueOf(c));
        });
    }
}
