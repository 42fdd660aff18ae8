package io.httpipe.test;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class AccessLogEntryTest {
    @Test
    void readsTheLinesOfItsFormat() {
        String log = """
                3 1 "GET /version?a=1 HTTP/1.1" 200 5
                starting
                3 2 "" 400 0
                4 1 "GET /\\x22 HTTP/1.1" 404 10
                4 1 "GET / HTTP/1.1" 2000 10
                """;
        assertEquals(
                List.of(
                        new AccessLogEntry(3, 1, "GET /version?a=1 HTTP/1.1", 200, 5),
                        new AccessLogEntry(3, 2, "", 400, 0),
                        new AccessLogEntry(4, 1, "GET /\\x22 HTTP/1.1", 404, 10)),
                AccessLogEntry.parse(log));
    }

    @Test
    void knowsMethodAndTarget() {
        AccessLogEntry entry = new AccessLogEntry(1, 1, "GET /version?a=1 HTTP/1.1", 200, 5);
        assertEquals("GET", entry.method());
        assertEquals("/version?a=1", entry.target());
        AccessLogEntry none = new AccessLogEntry(1, 1, "\\x16\\x03", 400, 0);
        assertEquals("", none.method());
        assertEquals("", none.target());
    }
}
