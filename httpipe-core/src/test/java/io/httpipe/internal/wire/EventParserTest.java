package io.httpipe.internal.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.httpipe.testing.FixedSeed;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rules of the HTML standard, section 9.2.6. Each stream is parsed whole, byte by byte and in random pieces. */
class EventParserTest {
    private static List<String> events(String stream) throws MalformedException {
        byte[] bytes = stream.getBytes(StandardCharsets.UTF_8);
        List<String> whole = events(bytes, bytes.length, new Random(0));
        assertEquals(whole, events(bytes, 1, new Random(0)), "byte by byte");
        Random random = new FixedSeed(EventParserTest.class, 7).random();
        for (int i = 0; i < 20; i++) {
            assertEquals(whole, events(bytes, 0, random), "in random pieces");
        }
        return whole;
    }

    private static List<String> events(byte[] bytes, int size, Random random) throws MalformedException {
        EventParser parser = new EventParser(1000);
        List<String> events = new ArrayList<>();
        int arrived = 0;
        for (int at = 0; at < bytes.length; ) {
            arrived = Math.max(arrived, Math.min(bytes.length, at + (size == 0 ? 1 + random.nextInt(9) : size)));
            at = parser.parse(bytes, at, arrived);
            EventParser.Event event = parser.event();
            if (event != null) {
                events.add(event.type() + "|" + event.data() + "|" + event.id());
            }
        }
        events.add(parser.lastId() + "," + parser.retryMillis());
        return events;
    }

    private static String data(String stream) throws MalformedException {
        return String.join(
                ";",
                events(stream).stream()
                        .filter(event -> event.startsWith("message|"))
                        .map(event -> event.substring(8, event.lastIndexOf('|')))
                        .toList());
    }

    @Test
    void theExamplesOfTheStandard() throws Exception {
        assertEquals(List.of("message|YHOO\n+2\n10|", ",-1"), events("data: YHOO\ndata: +2\ndata: 10\n\n"));
        assertEquals(
                List.of("message|first event|1", "message|second event|", "message| third event|", ",-1"),
                events(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n"));
        assertEquals(List.of("message||", "message|\n|", ",-1"), events("data\n\ndata\ndata\n\ndata:"));
        assertEquals(List.of("message|test|", "message|test|", ",-1"), events("data:test\n\ndata: test\n\n"));
    }

    @Test
    void aLineEndsWithCrLfOrBoth() throws Exception {
        assertEquals("a\nb;c", data("data: a\rdata: b\r\rdata: c\r\n\r\n"));
        assertEquals("a;b", data("data: a\r\n\ndata: b\n\r\n"));
        assertEquals("a;b", data("data: a\n\rdata: b\r\r\n"));
    }

    @Test
    void theFirstByteOfTheBlankLineCompletesAnEvent() throws Exception {
        byte[] bytes = "data: a\r\n\r".getBytes(StandardCharsets.UTF_8);
        EventParser parser = new EventParser(100);
        assertEquals(bytes.length, parser.parse(bytes, 0, bytes.length));
        assertEquals(new EventParser.Event("message", "a", ""), parser.event());
        byte[] rest = "\ndata: b\n\n".getBytes(StandardCharsets.UTF_8);
        assertEquals(rest.length, parser.parse(rest, 0, rest.length));
        assertEquals(new EventParser.Event("message", "b", ""), parser.event());
    }

    @Test
    void oneByteOrderMarkIsIgnoredAtTheStart() throws Exception {
        assertEquals("a", data("\ufeffdata: a\n\n"));
        assertEquals("", data("\ufeff\ufeffdata: a\n\n"));
        assertEquals("a", data("data: a\n\ufeffdata: b\n\n"));
        assertEquals("\ufeffa", data("data: \ufeffa\n\n"));
        assertEquals("a", data("\ufeff\ndata: a\n\n"));
    }

    @Test
    void otherFieldsAndCommentsAreIgnored() throws Exception {
        assertEquals("a", data(":\n: data: x\nDATA: y\ndata : z\nfoo: bar\n data: w\ndata: a\n\n"));
        assertEquals("a:b", data("data:a:b\n\n"));
        assertEquals("\ta ", data("data:\ta \n\n"));
    }

    @Test
    void anEventWithoutDataIsNotDispatched() throws Exception {
        assertEquals(List.of("message|a|7", "7,-1"), events("event: x\nid: 7\n\n\n\ndata: a\n\nevent: y\ndata: open"));
        assertEquals(List.of("x|a|", "message|b|", ",-1"), events("event: x\ndata: a\n\nevent\ndata: b\n\n"));
    }

    @Test
    void anIdCountsOnceItsEventIsComplete() throws Exception {
        assertEquals(List.of("message|a|1", "1,-1"), events("id: 1\ndata: a\n\nid: 2\ndata: b\n"));
        assertEquals(
                List.of("message|a|1", "message|b|1", "1,-1"), events("id: 1\ndata: a\n\nid: 2\0\ndata: b\n\nid: \0"));
        assertEquals(List.of("message|a|\u00e4", "\u00e4,-1"), events("id: \u00e4\ndata: a\n\n"));
    }

    @ParameterizedTest
    @CsvSource({
        "5, 5",
        "0, 0",
        "007, 7",
        "-1, -1",
        "1.5, -1",
        "'', -1",
        "'5 ', -1",
        "+5, -1",
        "x, -1",
        "99999999999999999999999, 2147483647",
        "\u0665, -1"
    })
    void retryIsANumberOfDigits(String value, String expected) throws Exception {
        assertEquals(List.of("," + expected), events("retry: " + value + "\n"));
    }

    @Test
    void malformedUtf8BecomesReplacementCharacters() throws Exception {
        byte[] bytes = {
            'd', 'a', 't', 'a', ':', (byte) 0xe2, (byte) 0x82, '\n', 'd', 'a', 't', 'a', ':', (byte) 0xff, '\n', '\n'
        };
        assertEquals(List.of("message|\ufffd\n\ufffd|", ",-1"), events(bytes, 1, new Random(0)));
    }

    @Test
    void anEventHasALimit() throws Exception {
        String fits = "x".repeat(993);
        assertEquals(fits, data("data: " + fits + "\n\n"));
        String message = "an event has more than the 1000 bytes of Limits.eventBytes";
        for (String large : List.of(
                "x".repeat(1001),
                "data: " + fits + "\n" + "data: ab",
                "data: 12345\n".repeat(200),
                "id: 12345\n".repeat(201),
                "event: " + fits + "\ndata: ab")) {
            assertEquals(
                    message,
                    assertThrows(MalformedException.class, () -> events(large)).getMessage());
        }
        assertEquals("a", data(": comment\n".repeat(500) + "data: a\n\n"));
        assertEquals("a;b", data("id: %1$s\ndata: a\n\nid: %1$s\ndata: b\n\n".formatted("1".repeat(600))));
    }

    @Test
    void anotherConnectionStartsAnew() throws Exception {
        byte[] first = "id: 1\nretry: 5\ndata: a\n\nid: 2\nevent: x\ndata: lost\r".getBytes(StandardCharsets.UTF_8);
        EventParser parser = new EventParser(100);
        int at = parser.parse(first, 0, first.length);
        parser.parse(first, at, first.length);
        parser.restart();
        byte[] second = "\ufeff\ndata: b\n\n".getBytes(StandardCharsets.UTF_8);
        parser.parse(second, 0, second.length);
        assertEquals(new EventParser.Event("message", "b", "1"), parser.event());
        assertEquals(5, parser.retryMillis());
    }
}
