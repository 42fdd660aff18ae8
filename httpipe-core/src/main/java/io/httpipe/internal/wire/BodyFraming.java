package io.httpipe.internal.wire;

import java.nio.charset.StandardCharsets;
import java.util.List;

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
        long length = length(fields);
        if (!fields.hasMark(Fields.TRANSFER_ENCODING)) {
            return length < 0 ? UNTIL_CLOSE : new Length(length);
        }
        List<String> codings = fields.members("Transfer-Encoding");
        // We send no TE field, so chunked alone is what a server may use. With a length beside it, or from an
        // HTTP/1.0 server, two recipients could see two different bodies (sections 6.1 and 6.3).
        if (codings.size() != 1 || !codings.getFirst().equalsIgnoreCase("chunked")) {
            throw new MalformedException("unsupported Transfer-Encoding " + Ascii.quote(String.join(", ", codings)));
        }
        if (length >= 0) {
            throw new MalformedException("Transfer-Encoding and Content-Length in one response");
        }
        if (head.minorVersion() == 0) {
            throw new MalformedException("Transfer-Encoding in an HTTP/1.0 response");
        }
        return CHUNKED;
    }

    /** The value of Content-Length, or -1 if there is none; the same number said twice counts once. */
    private static long length(Fields fields) throws MalformedException {
        if (!fields.hasMark(Fields.CONTENT_LENGTH)) {
            return -1;
        }
        int only = fields.indexOf("Content-Length", 0);
        long length = fields.indexOf("Content-Length", only + 1) < 0 ? fields.number(only) : -1;
        if (length >= 0) {
            return length;
        }
        for (String member : fields.members("Content-Length")) {
            byte[] digits = member.getBytes(StandardCharsets.ISO_8859_1);
            long value = Ascii.decimal(digits, 0, digits.length);
            if (value < 0 || length >= 0 && length != value) {
                throw new MalformedException("bad Content-Length " + Ascii.quote(member));
            }
            length = value;
        }
        return length;
    }
}
