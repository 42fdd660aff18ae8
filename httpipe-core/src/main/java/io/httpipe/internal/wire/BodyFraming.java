package io.httpipe.internal.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What delimits the body of a response: RFC 9112, section 6.3, with every doubtful case refused. */
public sealed interface BodyFraming {
    /** No body, whatever the fields say: the answer to a HEAD, 1xx, 204 and 304. */
    record None() implements BodyFraming {}

    /** Exactly this many octets. */
    record Length(long octets) implements BodyFraming {}

    /** Chunks until the last one, then trailers. */
    record Chunked() implements BodyFraming {}

    /** All until the server closes; such a connection cannot be used again. */
    record UntilClose() implements BodyFraming {}

    BodyFraming NONE = new None();
    BodyFraming CHUNKED = new Chunked();
    BodyFraming UNTIL_CLOSE = new UntilClose();

    /** The framing of the response with this head to a request with this method. */
    static BodyFraming of(String method, Head head) throws MalformedException {
        Fields fields = head.fields();
        if (method.equals("HEAD") || head.status() < 200 || head.status() == 204 || head.status() == 304) {
            return NONE;
        }
        List<String> codings = fields.members("Transfer-Encoding");
        Long length = length(fields);
        if (codings.isEmpty()) {
            return length == null ? UNTIL_CLOSE : new Length(length);
        }
        // We send no TE field, so chunked alone is what a server may use. With a length beside it, or from an
        // HTTP/1.0 server, two recipients could see two different bodies (sections 6.1 and 6.3).
        if (codings.size() != 1 || !codings.getFirst().equalsIgnoreCase("chunked")) {
            throw new MalformedException("unsupported Transfer-Encoding " + Ascii.quote(String.join(", ", codings)));
        }
        if (length != null) {
            throw new MalformedException("Transfer-Encoding and Content-Length in one response");
        }
        if (head.minorVersion() == 0) {
            throw new MalformedException("Transfer-Encoding in an HTTP/1.0 response");
        }
        return CHUNKED;
    }

    /** The value of Content-Length, or null if there is none; the same number said twice counts once. */
    private static @Nullable Long length(Fields fields) throws MalformedException {
        Long length = null;
        for (String member : fields.members("Content-Length")) {
            Long value = decimal(member);
            if (value == null || length != null && !length.equals(value)) {
                throw new MalformedException("bad Content-Length " + Ascii.quote(member));
            }
            length = value;
        }
        return length;
    }

    /** Digits alone, no sign and no blanks, up to 2^63-1; else null. */
    private static @Nullable Long decimal(String digits) {
        long value = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = digits.charAt(i) - '0';
            if (digit < 0 || digit > 9 || value > (Long.MAX_VALUE - digit) / 10) {
                return null;
            }
            value = value * 10 + digit;
        }
        return digits.isEmpty() ? null : value;
    }
}
