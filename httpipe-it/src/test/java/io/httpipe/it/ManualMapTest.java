package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Httpipe;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * Checks that docs/manual-map.md is complete, and names only types, methods and tests that exist. Also checks that no
 * test of the original is missing.
 */
class ManualMapTest {
    /** Every function, option and field of the manual. */
    private static final List<String> MANUAL = List.of(
            "new",
            "chunk_size",
            "sock",
            "connect",
            "pool",
            "set_timeout",
            "ssl_handshake",
            "reused_session",
            "server_name",
            "ssl_verify",
            "set_keepalive",
            "max_idle_timeout",
            "pool_size",
            "get_reused_times",
            "close",
            "request",
            "version",
            "method",
            "path",
            "query",
            "headers",
            "body",
            "read_timeout",
            "send_timeout",
            "stream",
            "maxsize",
            "res.status",
            "res.headers",
            "res.body",
            "res.body_reader",
            "res.pipe",
            "request_uri",
            "send_request",
            "read_response",
            "header_filter",
            "body_filter",
            "read",
            "statusline",
            "header",
            "header_end",
            "body_end",
            "eof",
            "parse_uri",
            "get_client_body_reader",
            "/simple",
            "/generic",
            "/advanced");

    /** The number of tests in each file of the original. */
    private static final Map<String, Integer> ORIGINALS = new TreeMap<>(Map.ofEntries(
            Map.entry("t01_basic", 9),
            Map.entry("t02_filter", 3),
            Map.entry("t03_stream", 7),
            Map.entry("t04_simpleinterface", 3),
            Map.entry("t05_maxsize", 4),
            Map.entry("t06_eof", 1),
            Map.entry("t07_timeout", 2),
            Map.entry("t08_escape_uri", 4),
            Map.entry("t09_parse_uri", 2),
            Map.entry("t10_chunkin", 3),
            Map.entry("t11_http_version", 7)));

    private static final List<Class<?>> ORIGINAL_CLASSES = List.of(
            OriginalBasicIT.class,
            OriginalFilterIT.class,
            OriginalStreamIT.class,
            OriginalSimpleInterfaceIT.class,
            OriginalMaxSizeIT.class,
            OriginalEofIT.class,
            OriginalTimeoutIT.class,
            OriginalEscapeUriIT.class,
            OriginalParseUriIT.class,
            OriginalChunkinIT.class,
            OriginalHttpVersionIT.class);

    private record Row(String manual, String here, String test) {}

    private static List<Row> rows() throws IOException {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("docs/manual-map.md"))) {
            folder = folder.getParent();
            if (folder == null) {
                throw new AssertionError("docs/manual-map.md is in no folder above");
            }
        }
        List<Row> rows = new ArrayList<>();
        for (String line : Files.readAllLines(folder.resolve("docs/manual-map.md"))) {
            if (line.startsWith("|")) {
                String[] cells = line.split("\\|", -1);
                assertEquals(5, cells.length, line);
                rows.add(new Row(cells[1].strip(), cells[2].strip(), cells[3].strip()));
            }
        }
        return rows.subList(2, rows.size()); // without the header and the line below it
    }

    /** Finds text between backticks that matches the pattern. */
    private static List<MatchResult> code(String cell, String pattern) {
        return Pattern.compile("`(" + pattern + ")`").matcher(cell).results().toList();
    }

    @Test
    void everyFunctionAndOptionHasARow() throws IOException {
        TreeSet<String> missing = new TreeSet<>(MANUAL);
        for (Row row : rows()) {
            for (MatchResult code : code(row.manual, "[^`]+")) {
                missing.remove(code.group(1));
                missing.removeAll(Arrays.asList(code.group(1).split("[^a-z_.]+")));
            }
        }
        assertEquals(List.of(), List.copyOf(missing));
    }

    @Test
    void everyRowNamesTestsThatExist() throws Exception {
        for (Row row : rows()) {
            List<MatchResult> tests = code(row.test, "(\\w+)#(\\w+)");
            assertTrue(!tests.isEmpty(), row::toString);
            for (MatchResult test : tests) {
                Class<?> type = Class.forName(
                        "io.httpipe.it." + test.group(2), false, getClass().getClassLoader());
                assertTrue(hasTest(type, test.group(3)), () -> "no test " + test.group(1));
            }
        }
    }

    private static boolean hasTest(Class<?> type, String name) {
        return Arrays.stream(type.getDeclaredMethods())
                .anyMatch(method -> method.getName().equals(name) && isTest(method));
    }

    private static boolean isTest(Method method) {
        return method.isAnnotationPresent(Test.class)
                || method.isAnnotationPresent(RepeatedTest.class)
                || method.isAnnotationPresent(ParameterizedTest.class);
    }

    @Test
    void everyRowNamesWhatTheClientHas() throws Exception {
        for (Row row : rows()) {
            assertTrue(!code(row.here, "[A-Z][\\w.]+").isEmpty(), row::toString);
            for (MatchResult code : code(row.here, "[A-Z][\\w.]+")) {
                String name = code.group(1);
                assertTrue(name.startsWith("Illegal") || isPublic(name), () -> "no " + name);
            }
        }
    }

    /** Whether this is a public type, possibly nested, or a method of one. */
    private static boolean isPublic(String name) {
        String type = name.replaceAll("\\.(?=[A-Z])", "\\$");
        int dot = type.indexOf('.');
        try {
            String binaryName = Httpipe.class.getPackageName() + "." + (dot < 0 ? type : type.substring(0, dot));
            Class<?> found = Class.forName(binaryName, false, Httpipe.class.getClassLoader());
            return dot < 0
                    || Arrays.stream(found.getMethods())
                            .anyMatch(method -> method.getName().equals(type.substring(dot + 1)));
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    @Test
    void everyTestOfTheOriginalIsHere() {
        Map<String, TreeSet<Integer>> numbers = new TreeMap<>();
        Pattern name = Pattern.compile("(t\\d\\d_[a-z_]+)_test(\\d)_\\w+");
        for (Class<?> type : ORIGINAL_CLASSES) {
            for (Method method : type.getDeclaredMethods()) {
                Matcher matcher = name.matcher(method.getName());
                if (isTest(method)) {
                    assertTrue(matcher.matches(), method::toString);
                    numbers.computeIfAbsent(matcher.group(1), file -> new TreeSet<>())
                            .add(Integer.valueOf(matcher.group(2)));
                }
            }
        }
        Map<String, Integer> counts = new TreeMap<>();
        numbers.forEach((file, tests) -> {
            assertEquals(tests.size(), tests.last(), file);
            counts.put(file, tests.size());
        });
        assertEquals(ORIGINALS, counts);
        assertEquals(45, counts.values().stream().mapToInt(Integer::intValue).sum());
    }
}
