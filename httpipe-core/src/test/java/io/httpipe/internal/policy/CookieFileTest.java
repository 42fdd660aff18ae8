package io.httpipe.internal.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.httpipe.internal.wire.Origin;
import io.httpipe.internal.wire.UriParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Cookies in files: written files can be read again, and an error in another file names its line. */
@Timeout(30)
class CookieFileTest {
    private static final long NOW = Instant.parse("2027-01-15T08:00:00Z").toEpochMilli();
    private static final String GOOD = """
            {"name":"id","value":"a\\"b\\\\c\\u0009d\\u00e9","domain":"example.com","hostOnly":false,"path":"/p","expires":"2027-01-15T08:00:09Z","secure":true,"httpOnly":true,"sameSite":"Lax"}
            {"name":"","value":"x=y","domain":"::1","hostOnly":true,"path":"/","secure":false,"httpOnly":false,"sameSite":""}
            """;

    @TempDir
    Path folder;

    private static CookieJar jar() {
        return new CookieJar(null, () -> NOW);
    }

    private static void set(CookieJar jar, String uri, String text) {
        assertEquals(null, jar.set(Origin.of(UriParser.parse(uri)), "/", text));
    }

    @Test
    void cookiesAreWrittenAsLinesAndReadAgain() throws Exception {
        CookieJar jar = jar();
        set(
                jar,
                "https://www.example.com/",
                "id=a\"b\\c\td\u00e9; Domain=example.com; Path=/p; Max-Age=9; Secure; HttpOnly; SameSite=lax");
        set(jar, "http://[::1]/", "=x=y");
        Path file = folder.resolve("cookies.jsonl");
        CookieFile.write(file, jar.all());
        assertEquals(GOOD, Files.readString(file));
        CookieJar other = jar();
        other.restore(CookieFile.read(file, NOW));
        CookieFile.write(file, other.all());
        assertEquals(GOOD, Files.readString(file));
        assertEquals(List.of(file), files());
        assertEquals(PosixFilePermissions.fromString("rw-------"), Set.copyOf(Files.getPosixFilePermissions(file)));
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    /** A program that is reading the old file when the new one is saved can read the old one to its end. */
    @Test
    void aFileIsReplacedAtOnce() throws Exception {
        Path file = folder.resolve("cookies.jsonl");
        Files.writeString(file, GOOD);
        try (InputStream reader = Files.newInputStream(file)) {
            assertEquals(GOOD.charAt(0), reader.read());
            CookieFile.write(file, List.of());
            assertEquals(GOOD.substring(1), new String(reader.readAllBytes(), StandardCharsets.US_ASCII));
        }
        assertEquals("", Files.readString(file));
        assertEquals(List.of(file), files());
    }

    @Test
    void aFileThatCannotBeWrittenLeavesNothingBehind() throws Exception {
        Path taken = Files.createDirectories(folder.resolve("taken/inside")).getParent();
        assertThrows(IOException.class, () -> CookieFile.write(taken, List.of()));
        assertEquals(List.of(taken), files());
        assertThrows(NoSuchFileException.class, () -> CookieFile.write(folder.resolve("none/file"), List.of()));
        assertThrows(NoSuchFileException.class, () -> CookieFile.read(folder.resolve("none"), NOW));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            quoteCharacter = '`',
            value = {
                "\"name\":\"id\" ! \"name\":\"i;d\" ! no server can set such a cookie",
                "\"name\":\"id\" ! \"name\":\"i=d\" ! no server can set such a cookie",
                "\"name\":\"id\" ! \"name\":\" id\" ! no server can set such a cookie",
                "\"name\":\"id\" ! \"name\":\"i\\u000ad\" ! no server can set such a cookie",
                "\"value\":\"x=y\" ! \"value\":\"x; y\" ! no server can set such a cookie",
                "\"value\":\"x=y\" ! \"value\":\"\" ! no server can set such a cookie",
                "\"value\":\"x=y\" ! \"value\":\"x\\u000d\\u000ay\" ! no server can set such a cookie",
                "\"path\":\"/p\" ! \"path\":\"p\" ! no server can set such a cookie",
                "\"path\":\"/p\" ! \"path\":\"\" ! no server can set such a cookie",
                "\"path\":\"/p\" ! \"path\":\"/p;q\" ! no server can set such a cookie",
                "\"domain\":\"example.com\" ! \"domain\":\"exa mple.com\" ! domain: \"exa mple.com\" is not a host name or address",
                "\"domain\":\"example.com\" ! \"domain\":\".com\" ! domain: \".com\" is not a host name or address",
                "\"domain\":\"example.com\" ! \"domain\":\"Example.com\" ! no server can set such a cookie",
                "\"expires\":\"2027-01-15T08:00:09Z\" ! \"expires\":\"soon\" ! expires is not a time",
                "\"expires\":\"2027-01-15T08:00:09Z\" ! \"expires\":\"+1000000000-12-31T23:59:59Z\" ! expires is not a time",
                "\"sameSite\":\"Lax\" ! \"sameSite\":\"lax\" ! no server can set such a cookie",
                "\"sameSite\":\"Lax\" ! \"sameSite\":\"Lax;Path=/p\" ! no server can set such a cookie",
                "\"secure\":true ! \"secure\":yes ! it is malformed after column 138",
                "\"secure\":true, ! `` ! it is malformed after column 128",
                "\"secure\":true, ! \"secure\":true,\"secure\":true, ! it is malformed after column 142",
                "{\"name ! {\"value\":\"\",\"name ! it is malformed after column 0",
                "{\"name ! [\"name ! it is malformed after column 0",
                "{\"name ! { \"name ! it is malformed after column 0",
                "\"Lax\"} ! \"Lax\"}, ! no server can set such a cookie",
                "\"Lax\"} ! \"Lax\"}` ` ! no server can set such a cookie",
                "\"Lax\"} ! \"Lax\" ! it is malformed after column 175",
                "\"Lax\"} ! \"Lax ! it is malformed after column 174",
                "\\u0009 ! \\u0109 ! it is malformed after column 33",
                "\\u0009 ! \\u00zz ! it is malformed after column 35",
                "\\u0009 ! \\t ! it is malformed after column 31",
                "\\u0009 ! \u00e9 ! it is malformed after column 29"
            })
    void aBadLineIsRefusedWithItsNumber(String part, String bad, String why) throws Exception {
        Path file = folder.resolve("cookies.jsonl");
        int at = GOOD.indexOf(part);
        String changed = GOOD.substring(0, at) + bad + GOOD.substring(at + part.length());
        Files.writeString(file, changed, StandardCharsets.ISO_8859_1);
        IOException e = assertThrows(IOException.class, () -> CookieFile.read(file, NOW));
        int line = changed.substring(0, at).split("\n", -1).length;
        assertEquals("%s, line %d: %s".formatted(file, line, why), e.getMessage());
    }

    @Test
    void aFileIsBounded() throws Exception {
        Path file = folder.resolve("cookies.jsonl");
        String line = GOOD.lines().findFirst().orElseThrow() + "\n";
        Files.writeString(file, line.repeat(3000));
        assertEquals(3000, CookieFile.read(file, NOW).size());
        assertRefused(file, line.repeat(3001), ", line 3001: there are more than 3000 cookies");
        assertRefused(file, line + "x".repeat(70_000), ", line 2: it is too long");
        assertRefused(file, line.stripTrailing(), ", line 1: it does not end with a line feed");
        assertRefused(file, line + "\n", ", line 2: it is malformed after column 0");
        assertRefused(file, line.replace("\n", "\r\n"), ", line 1: no server can set such a cookie");
    }

    private static void assertRefused(Path file, String text, String message) throws IOException {
        Files.writeString(file, text);
        IOException e = assertThrows(IOException.class, () -> CookieFile.read(file, NOW));
        assertEquals(file + message, e.getMessage());
    }

    @Test
    void theLongestCookieFitsALine() throws Exception {
        CookieJar jar = jar();
        set(
                jar,
                "https://a.test/",
                "\u00e9".repeat(2000) + "=" + "\u00ff".repeat(2096) + "; Path=/" + "\u00e9".repeat(1023));
        Path file = folder.resolve("cookies.jsonl");
        CookieFile.write(file, jar.all());
        assertEquals(1, CookieFile.read(file, NOW).size());
    }

    @Test
    void refusedCookiesAreSkippedAndReported() throws Exception {
        CookieJar jar = jar();
        set(jar, "http://a.co.uk/", "wide=1; Domain=co.uk");
        set(jar, "http://a.co.uk/", "own=1");
        set(jar, "http://a.co.uk/", "long=1; Max-Age=99999999");
        CookieJar listed = new CookieJar(Set.of("co.uk")::contains, () -> NOW);
        StringBuilder told = new StringBuilder();
        listed.onRefused((origin, name, reason) -> told.append(origin + " " + name + ": " + reason));
        Path file = folder.resolve("cookies.jsonl");
        CookieFile.write(file, jar.all());
        // The clock is earlier than the time at which the file was written.
        listed.restore(CookieFile.read(file, NOW - 1000));
        assertEquals(
                "http://co.uk wide: its domain is an address, a public suffix,"
                        + " or a name that ends with a dot or is too long",
                told.toString());
        assertEquals("[own of a.co.uk, long of a.co.uk]", listed.all().toString());
        assertEquals(NOW - 1000 + 400 * 86_400_000L, listed.all().getLast().expires);
    }
}
