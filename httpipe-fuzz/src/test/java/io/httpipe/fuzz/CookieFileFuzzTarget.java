package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.httpipe.internal.policy.PolicyInternals;
import java.time.Instant;
import java.util.Map;

/** Fuzzes the lines of a cookie file. The input is one line. */
public final class CookieFileFuzzTarget {
    private CookieFileFuzzTarget() {}

    public static void fuzzerTestOneInput(byte[] data) {
        String line = Bytes.latin1(data);
        Map<String, String> expected = ReferenceCookieLine.parse(line);
        String written;
        try {
            written = PolicyInternals.rewriteCookie(line);
        } catch (IllegalArgumentException e) {
            assertNull(expected, e.getMessage());
            TextInput.assertOneLineMessage(e);
            return;
        }
        assertNotNull(expected, "accepted");
        Map<String, String> again = ReferenceCookieLine.parse(written);
        assertNotNull(again, written);
        assertEquals(written, PolicyInternals.rewriteCookie(written));
        for (String name : expected.keySet()) {
            String given = expected.get(name);
            assertEquals(name.equals("expires") ? millis(given) : given, again.get(name), name);
        }
        assertFalse(written.contains("\n"), "one line");
    }

    /** Returns the time as the client writes it, without fractions of a millisecond. */
    private static String millis(String time) {
        return Instant.ofEpochMilli(Instant.parse(time).toEpochMilli()).toString();
    }
}
