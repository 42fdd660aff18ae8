package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.ClientInternals;
import io.httpipe.Headers;
import io.httpipe.Response;
import io.httpipe.fuzz.ReferenceHeadParser.ParsedHead;
import io.httpipe.fuzz.ReferenceResponseParser.Delimiter;
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

/** Fuzzes the lookup and the interpretation of fields. The input is the field lines of a response head. */
public final class FieldsFuzzTarget {
    private static final byte[] BODY = Bytes.of("gr\u00fc\u00dfe \u00a4 \u0000");

    private static final Pattern SENDABLE = Pattern.compile("[\\t\\x20-\\x7e\\x80-\\xff]*");

    private FieldsFuzzTarget() {}

    public static void fuzzerTestOneInput(byte[] data) throws MalformedException {
        for (String statusLine : List.of("HTTP/1.1 200 OK\r\n", "HTTP/1.0 101 \r\n")) {
            byte[] bytes = Bytes.join(Bytes.of(statusLine), data, Bytes.of("\r\n\r\n"));
            if (ReferenceHeadParser.parseHead(Bytes.latin1(bytes), HeadFuzzTarget.LIMITS)
                    instanceof ParseResult.Complete<ParsedHead> complete) {
                check(complete.value(), bytes);
            }
        }
    }

    private static void check(ParsedHead expected, byte[] bytes) throws MalformedException {
        // Each check parses the head again, so that no result depends on an earlier lookup.
        assertLookups(expected, ClientInternals.headers(parse(bytes).fields()));
        assertIteration(expected, ClientInternals.headers(parse(bytes).fields()));
        assertConnection(expected, parse(bytes));
        assertFraming(expected, parse(bytes));
        assertText(expected, parse(bytes));
    }

    private static ResponseHead parse(byte[] bytes) throws MalformedException {
        ResponseHead head = new HeadParser(HeadFuzzTarget.LIMITS).head(bytes, 0, bytes.length);
        if (head == null) {
            throw new AssertionError("not complete");
        }
        return head;
    }

    private static void assertLookups(ParsedHead expected, Headers actual) {
        TreeSet<String> names = new TreeSet<>(List.of("Set-Cookie", "ETag", "X", "-"));
        for (FieldLine field : expected.fields()) {
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

    private static void assertIteration(ParsedHead expected, Headers actual) {
        List<String> strings = new ArrayList<>();
        for (Map.Entry<String, String> line : actual) {
            strings.add(line.getKey());
            strings.add(line.getValue());
        }
        List<String> wanted = new ArrayList<>();
        for (FieldLine field : expected.fields()) {
            wanted.add(field.name());
            wanted.add(field.value());
        }
        assertEquals(wanted, strings);
        // Received fields can be sent again, unless they contain control characters other than tab.
        if (strings.stream().anyMatch(text -> !SENDABLE.matcher(text).matches())) {
            TextInput.assertOneLineMessage(
                    assertThrows(IllegalArgumentException.class, () -> Headers.of(strings.toArray(String[]::new))));
            return;
        }
        Headers copy = Headers.of(strings.toArray(String[]::new));
        assertEquals(actual, copy);
        assertEquals(actual.hashCode(), copy.hashCode());
        assertEquals(actual.toString(), copy.toString());
    }

    private static void assertConnection(ParsedHead expected, ResponseHead actual) {
        assertEquals(ReferenceResponseParser.keepsAlive(expected), actual.keepsAlive());
        int timeout = actual.keepAliveTimeout();
        assertTrue(timeout >= -1);
        Integer wanted = ReferenceFieldParser.timeout(expected.values("Keep-Alive"));
        if (wanted != null) {
            assertEquals(wanted, timeout);
        }
    }

    private static void assertFraming(ParsedHead expected, ResponseHead actual) {
        for (String method : List.of("GET", "HEAD", "POST")) {
            assertEquals(ReferenceResponseParser.delimiter(method, expected), delimiter(method, actual));
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
                    : new Delimiter.Length(BigInteger.valueOf(framing.length()));
        } catch (MalformedException e) {
            return null;
        }
    }

    private static void assertText(ParsedHead expected, ResponseHead actual) {
        Response response = ClientInternals.response(actual, BODY);
        if (expected.values("Content-Encoding").stream().anyMatch(FieldsFuzzTarget::isContentEncoding)) {
            TextInput.assertOneLineMessage(assertThrows(IllegalStateException.class, response::text));
            return;
        }
        String text = response.text();
        List<String> types = expected.values("Content-Type");
        Charset charset = ReferenceFieldParser.charset(types.isEmpty() ? "x/x" : types.getFirst());
        if (charset != null) {
            assertEquals(new String(BODY, charset), text);
        }
    }

    private static boolean isContentEncoding(String coding) {
        return !coding.isEmpty() && !coding.equalsIgnoreCase("identity");
    }
}
