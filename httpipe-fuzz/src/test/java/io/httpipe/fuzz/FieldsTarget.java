package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Headers;
import io.httpipe.Inside;
import io.httpipe.Response;
import io.httpipe.fuzz.PlainResponse.Delimiter;
import io.httpipe.fuzz.PlainSection.PlainHead;
import io.httpipe.internal.wire.BodyFraming;
import io.httpipe.internal.wire.HeadParser;
import io.httpipe.internal.wire.MalformedException;
import io.httpipe.internal.wire.ResponseHead;
import java.math.BigInteger;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The input is the field lines of a head; they are asked for in every way, and what they mean is compared. */
public final class FieldsTarget {
    private static final byte[] BODY = Octets.of("gr\u00fc\u00dfe \u00a4 \u0000");

    private static final Pattern SENDABLE = Pattern.compile("[\\t\\x20-\\x7e\\x80-\\xff]*");

    private FieldsTarget() {}

    public static void fuzzerTestOneInput(byte[] data) throws MalformedException {
        for (String statusLine : List.of("HTTP/1.1 200 OK\r\n", "HTTP/1.0 101 \r\n")) {
            byte[] octets = Octets.join(Octets.of(statusLine), data, Octets.of("\r\n\r\n"));
            if (PlainSection.head(Octets.latin1(octets), HeadTarget.LIMITS) instanceof Reading.Whole<PlainHead> whole) {
                check(whole.value(), octets);
            }
        }
    }

    private static void check(PlainHead expected, byte[] octets) throws MalformedException {
        // Each is asked for first once, for what is asked for first must not matter.
        assertLookups(expected, Inside.headers(parse(octets).fields()));
        assertWhole(expected, Inside.headers(parse(octets).fields()));
        assertConnection(expected, parse(octets));
        assertFraming(expected, parse(octets));
        assertText(expected, parse(octets));
    }

    private static ResponseHead parse(byte[] octets) throws MalformedException {
        ResponseHead head = new HeadParser(HeadTarget.LIMITS).head(octets, 0, octets.length);
        if (head == null) {
            throw new AssertionError("not whole");
        }
        return head;
    }

    private static void assertLookups(PlainHead expected, Headers actual) {
        TreeSet<String> names = new TreeSet<>(List.of("Set-Cookie", "ETag", "X", "-"));
        for (Line field : expected.fields()) {
            names.add(field.name());
            names.add(field.line().substring(0, field.line().indexOf(':')));
            names.add(field.name() + "x");
        }
        for (String name : names) {
            for (String spelling : List.of(name, name.toUpperCase(Locale.ROOT), name.toLowerCase(Locale.ROOT))) {
                List<String> values = expected.values(spelling);
                assertEquals(values, actual.all(spelling));
                assertEquals(values.isEmpty() ? null : values.getFirst(), actual.first(spelling));
                assertEquals(!values.isEmpty(), actual.contains(spelling));
                Headers without = actual.without(spelling);
                assertFalse(without.contains(spelling));
                assertEquals(actual.size() - values.size(), without.size());
            }
        }
    }

    private static void assertWhole(PlainHead expected, Headers actual) {
        List<String> strings = new ArrayList<>();
        for (Map.Entry<String, String> line : actual) {
            strings.add(line.getKey());
            strings.add(line.getValue());
        }
        List<String> wanted = new ArrayList<>();
        for (Line field : expected.fields()) {
            wanted.add(field.name());
            wanted.add(field.value());
        }
        assertEquals(wanted, strings);
        // What has been received can be sent on, but for control characters.
        if (strings.stream().anyMatch(text -> !SENDABLE.matcher(text).matches())) {
            Text.assertOneLine(
                    assertThrows(IllegalArgumentException.class, () -> Headers.of(strings.toArray(String[]::new))));
            return;
        }
        Headers again = Headers.of(strings.toArray(String[]::new));
        assertEquals(actual, again);
        assertEquals(actual.hashCode(), again.hashCode());
        assertEquals(actual.toString(), again.toString());
    }

    private static void assertConnection(PlainHead expected, ResponseHead actual) {
        assertEquals(PlainResponse.keepsAlive(expected), actual.keepsAlive());
        int timeout = actual.keepAliveTimeout();
        assertTrue(timeout >= -1);
        Integer wanted = PlainFields.timeout(expected.values("Keep-Alive"));
        if (wanted != null) {
            assertEquals(wanted, timeout);
        }
    }

    private static void assertFraming(PlainHead expected, ResponseHead actual) {
        for (String method : List.of("GET", "HEAD", "POST")) {
            assertEquals(PlainResponse.delimiter(method, expected), delimiter(method, actual));
        }
    }

    private static @Nullable Delimiter delimiter(String method, ResponseHead head) {
        try {
            BodyFraming framing = BodyFraming.of(method, head);
            if (framing.chunked()) {
                return new Delimiter.Chunks();
            }
            return framing.untilClose()
                    ? new Delimiter.Close()
                    : new Delimiter.Length(BigInteger.valueOf(framing.octets()));
        } catch (MalformedException e) {
            return null;
        }
    }

    private static void assertText(PlainHead expected, ResponseHead actual) {
        Response response = Inside.response(actual, BODY);
        if (expected.values("Content-Encoding").stream().anyMatch(FieldsTarget::isEncoding)) {
            Text.assertOneLine(assertThrows(IllegalStateException.class, response::text));
            return;
        }
        String text = response.text();
        List<String> types = expected.values("Content-Type");
        Charset charset = PlainFields.charset(types.isEmpty() ? "x/x" : types.getFirst());
        if (charset != null) {
            assertEquals(new String(BODY, charset), text);
        }
    }

    private static boolean isEncoding(String coding) {
        return !coding.isEmpty() && !coding.equalsIgnoreCase("identity");
    }
}
