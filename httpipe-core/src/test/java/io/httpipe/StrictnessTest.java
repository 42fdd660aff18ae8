package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;

/** Checks docs/strictness.md against the tests: each row has a test, and each corpus case has its row. */
class StrictnessTest {
    private static final Pattern ID = Pattern.compile("S-([A-Z]+)-([0-9]{2})");
    private static final Pattern RFC = Pattern.compile("[0-9]{4} §[0-9.]+|§[0-9.]+");

    private record Row(String id, String input, String rfc, String decision, String connection, String test) {
        boolean accepted() {
            return decision.startsWith("accepted");
        }

        boolean inCorpus() {
            return test.equals("corpus") || test.startsWith("corpus, ");
        }

        /** Returns the exceptions or tests that a cell names. */
        static List<String> code(String cell, String pattern) {
            return Pattern.compile("`(" + pattern + ")`")
                    .matcher(cell)
                    .results()
                    .map(result -> result.group(1))
                    .toList();
        }
    }

    private static Map<String, Row> rows() throws IOException {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("docs/strictness.md"))) {
            folder = folder.getParent();
            if (folder == null) {
                throw new AssertionError("docs/strictness.md is in no folder above");
            }
        }
        Map<String, Row> rows = new LinkedHashMap<>();
        for (String line : Files.readAllLines(folder.resolve("docs/strictness.md"))) {
            if (line.startsWith("|") && !line.startsWith("| row |") && !line.startsWith("|---")) {
                String[] cells = line.split("\\|", -1);
                assertEquals(9, cells.length, line);
                List<String> texts = Arrays.stream(cells).map(String::strip).toList();
                Row row = new Row(texts.get(1), texts.get(2), texts.get(3), texts.get(4), texts.get(5), texts.get(7));
                assertEquals(null, rows.put(row.id, row), line);
            }
        }
        return rows;
    }

    @Test
    void theRowsAreNumberedAndComplete() throws Exception {
        Map<String, Integer> last = new TreeMap<>();
        for (Row row : rows().values()) {
            MatchResult id = ID.matcher(row.id).results().findFirst().orElseThrow(() -> new AssertionError(row.id));
            assertEquals(
                    last.merge(id.group(1), 1, Integer::sum).intValue(), Integer.parseInt(id.group(2)), row::toString);
            assertTrue(!row.input.isEmpty(), row::toString);
            assertTrue(Arrays.stream(row.rfc.split(", ")).allMatch(RFC.asMatchPredicate()), row::toString);
            assertTrue(row.decision.matches("(accepted|refused)(:.*)?"), row::toString);
            assertTrue(List.of("kept", "closed").contains(row.connection), row::toString);
        }
        assertTrue(last.size() >= 12, last::toString);
    }

    @Test
    void eachRefusalNamesItsExceptionAndClosesTheConnection() throws Exception {
        for (Row row : rows().values()) {
            if (!row.accepted()) {
                assertEquals("closed", row.connection, row::toString);
                List<String> exceptions = Row.code(row.decision, "\\w+Exception");
                assertTrue(!exceptions.isEmpty(), row::toString);
                for (String exception : exceptions) {
                    Class<?> type = Class.forName(Httpipe.class.getPackageName() + "." + exception);
                    assertTrue(HttpipeException.class.isAssignableFrom(type), exception);
                }
            }
        }
    }

    @Test
    void eachCorpusCaseNamesARowAndAgreesWithIt() throws Exception {
        Map<String, Row> rows = rows();
        for (CorpusCase given : CorpusCase.all()) {
            Row row = rows.get(given.row());
            assertTrue(row != null, () -> given + ": no row " + given.row());
            String description = given + ": " + row;
            assertEquals(row.accepted(), !given.fails(), description);
            if (given.fails()) {
                String exception = given.expected().get("fails").getFirst() + "Exception";
                assertTrue(Row.code(row.decision, "\\w+").contains(exception), description);
            } else {
                String reuse = given.expected().get("reuse").getFirst();
                assertEquals(row.connection, reuse.equals("yes") ? "kept" : "closed", description);
            }
        }
    }

    @Test
    void eachRowHasATest() throws Exception {
        TreeSet<String> inCorpus = new TreeSet<>();
        CorpusCase.all().forEach(given -> inCorpus.add(given.row()));
        List<String> missing = new ArrayList<>();
        for (Row row : rows().values()) {
            assertEquals(inCorpus.contains(row.id), row.inCorpus(), row::toString);
            List<String> tests = Row.code(row.test, "\\w+#\\w+");
            assertTrue(row.inCorpus() || !tests.isEmpty(), row::toString);
            tests.stream().filter(test -> !isTest(test)).forEach(missing::add);
        }
        assertEquals(List.of(), missing);
    }

    private static boolean isTest(String name) {
        String[] parts = name.split("#");
        try {
            return Arrays.stream(Class.forName(StrictnessTest.class.getPackageName() + "." + parts[0])
                            .getDeclaredMethods())
                    .filter(method -> method.getName().equals(parts[1]))
                    .anyMatch(StrictnessTest::isTest);
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    private static boolean isTest(Method method) {
        return method.isAnnotationPresent(Test.class)
                || method.isAnnotationPresent(TestFactory.class)
                || method.isAnnotationPresent(ParameterizedTest.class);
    }
}
