package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Headers}: field lines in order, names in any case, and no characters that could end a line. */
class HeadersTest {
    private static final Headers COOKIES =
            Headers.of("set-cookie", "a=1", "X-Empty", "", "Set-Cookie", "b=2", "etag", "\"7\"");

    @Test
    void findsAFieldByItsNameInAnyCase() {
        assertEquals("a=1", COOKIES.first("SET-COOKIE"));
        assertEquals("\"7\"", COOKIES.first("ETag"));
        assertNull(COOKIES.first("X-None"));
    }

    @Test
    void returnsAllValuesOfANameInOrder() {
        assertEquals(List.of("a=1", "b=2"), COOKIES.all("Set-cookie"));
        assertEquals(List.of(), COOKIES.all("X-None"));
        List<String> values = COOKIES.all("Set-Cookie");
        assertThrows(UnsupportedOperationException.class, () -> values.add("c=3"));
    }

    @Test
    void returnsAnEmptyValueAsAValue() {
        assertTrue(COOKIES.contains("x-empty"));
        assertEquals("", COOKIES.first("x-empty"));
        assertEquals(List.of(""), COOKIES.all("x-empty"));
        assertFalse(COOKIES.contains("X-Emptyy"));
    }

    @Test
    void countsFieldLines() {
        assertEquals(4, COOKIES.size());
        assertEquals(0, Headers.EMPTY.size());
        assertEquals(0, Headers.of().size());
    }

    @Test
    void iteratesInWireOrderWithNamesInTheirUsualSpelling() {
        List<Map.Entry<String, String>> lines = new ArrayList<>();
        COOKIES.forEach(lines::add);
        assertEquals(
                List.of(
                        Map.entry("Set-Cookie", "a=1"),
                        Map.entry("X-Empty", ""),
                        Map.entry("Set-Cookie", "b=2"),
                        Map.entry("ETag", "\"7\"")),
                lines);
    }

    @Test
    void itsIteratorEndsAndCannotChangeIt() {
        Iterator<Map.Entry<String, String>> lines = Headers.of("A", "1").iterator();
        Map.Entry<String, String> line = lines.next();
        assertFalse(lines.hasNext());
        assertThrows(NoSuchElementException.class, lines::next);
        assertThrows(UnsupportedOperationException.class, lines::remove);
        assertThrows(UnsupportedOperationException.class, () -> line.setValue("2"));
    }

    @Test
    void equalsHeadersWithTheSameLinesInTheSameOrder() {
        Headers same = Headers.of("SET-COOKIE", "a=1", "x-empty", " ", "set-cookie", "b=2", "ETAG", "\"7\"");
        assertEquals(COOKIES, same);
        assertEquals(COOKIES.hashCode(), same.hashCode());
        assertNotEquals(Headers.of("A", "1", "B", "2"), Headers.of("B", "2", "A", "1"));
        assertNotEquals(Headers.of("A", "1"), Headers.of("A", "2"));
        assertNotEquals(Headers.of("A", "b"), Headers.of("A", "B"));
        assertNotEquals(Headers.of("A", "1"), (Object) "A: 1");
        assertEquals(Headers.EMPTY, Headers.of());
    }

    @Test
    void withoutRemovesOneNameAndKeepsTheOthers() {
        assertEquals(Headers.of("X-Empty", "", "ETag", "\"7\""), COOKIES.without("SET-COOKIE"));
        assertEquals(COOKIES, COOKIES.without("X-None"));
        assertEquals(4, COOKIES.size(), "left as it was");
        assertEquals("name is null", refusal(() -> COOKIES.without(null)));
    }

    @Test
    void toStringShowsTheLinesAsTheyAreInAHead() {
        assertEquals("Set-Cookie: a=1\nX-Empty: \nSet-Cookie: b=2\nETag: \"7\"\n", COOKIES.toString());
    }

    @Test
    void trimsSpacesAroundAValueAndKeepsSpacesWithin() {
        assertEquals("a \t b", Headers.of("A", " \ta \t b\t ").first("A"));
    }

    @Test
    void keepsLatin1Characters() {
        assertEquals("\u00e4\u00ff\u0080", Headers.of("A", "\u00e4\u00ff\u0080").first("A"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "A B",
                "A:",
                "A\r",
                "A\nX: 1",
                "A\0",
                "\u00e4",
                "\u212aeep",
                "A\u007f",
                "A/B",
                "(A)",
                "\"A\"",
                "A,B",
                "A;B",
                "A=B",
                "A@B",
                "{A}",
                "[A]",
                "A\t"
            })
    void refusesANameThatIsNotAToken(String name) {
        String message = assertThrows(IllegalArgumentException.class, () -> Headers.of(name, "1"))
                .getMessage();
        assertTrue(message.startsWith("name: "), message);
        assertTrue(message.endsWith(" is not a token"), message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a\r\nX: 1",
                "a\n",
                "\r",
                "a\rb",
                "\0",
                "a\u0008",
                "a\u000b",
                "a\u001f",
                "a\u007f",
                "\u0100",
                "\u010d\u010a",
                "\u2028",
                "\ud83d\ude00",
                "\u560d\u560a"
            })
    void refusesAValueThatCouldEndALineOrIsNotLatin1(String value) {
        String message = assertThrows(IllegalArgumentException.class, () -> Headers.of("x-foo", value))
                .getMessage();
        assertTrue(message.startsWith("X-Foo: "), message);
        assertTrue(message.chars().allMatch(c -> c >= ' ' && c < 127), message);
    }

    @Test
    void refusesNullsAndANameWithoutAValue() {
        assertEquals("name is null", refusal(() -> Headers.of(null, "1")));
        assertEquals("header X-Foo: value is null", refusal(() -> Headers.of("X-Foo", null)));
        assertEquals("namesAndValues is null", refusal(() -> Headers.of((String[]) null)));
        assertEquals("namesAndValues: a name without a value", refusal(() -> Headers.of("A", "1", "B")));
        assertEquals("name is null", refusal(() -> COOKIES.first(null)));
        assertEquals("name is null", refusal(() -> COOKIES.all(null)));
        assertEquals("name is null", refusal(() -> COOKIES.contains(null)));
    }

    private static String refusal(Runnable action) {
        return assertThrows(IllegalArgumentException.class, action::run).getMessage();
    }
}
