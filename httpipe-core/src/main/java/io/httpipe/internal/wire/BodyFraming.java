package io.httpipe.internal.wire;

import java.util.List;

/**
 * How the end of a response body is found (RFC 9112, section 6.3). Every ambiguous case is refused.
 *
 * @param length the length of the body in bytes, or less than 0 if it is not known in advance
 */
public record BodyFraming(long length) {
    /** No body, whatever the fields say: the response to a HEAD request, or status 1xx, 204 or 304. */
    public static final BodyFraming NONE = new BodyFraming(0);

    /** The body ends when the server closes the connection, so the connection cannot be reused. */
    public static final BodyFraming UNTIL_CLOSE = new BodyFraming(-1);

    /** The body ends with the last chunk and the trailer section. */
    public static final BodyFraming CHUNKED = new BodyFraming(-2);

    public boolean chunked() {
        return length == CHUNKED.length;
    }

    public boolean untilClose() {
        return length == UNTIL_CLOSE.length;
    }

    /** Returns the framing of the response with this head, sent in answer to a request with this method. */
    public static BodyFraming of(String method, ResponseHead head) throws MalformedException {
        FieldLines fields = head.fields();
        if (method.equals("HEAD") || head.status() < 200 || head.status() == 204 || head.status() == 304) {
            return NONE;
        }
        long length = contentLength(fields);
        if (!fields.hasFlag(FieldLines.TRANSFER_ENCODING)) {
            return length < 0 ? UNTIL_CLOSE : new BodyFraming(length);
        }
        List<String> codings = fields.members("Transfer-Encoding");
        // The client lists no coding in TE, so a server may use only chunked. If the response also has a
        // Content-Length, or is from an HTTP/1.0 server, two recipients could see two different bodies (sections 6.1
        // and 6.3).
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

    /** The value of Content-Length, or -1 if there is none. The same number, given several times, counts as one. */
    private static long contentLength(FieldLines fields) throws MalformedException {
        if (!fields.hasFlag(FieldLines.CONTENT_LENGTH)) {
            return -1;
        }
        int first = fields.indexOf("Content-Length", 0);
        boolean onlyOne = fields.indexOf("Content-Length", first + 1) < 0;
        long length = onlyOne ? fields.decimalValue(first) : -1;
        if (length >= 0) {
            return length;
        }
        for (String member : fields.members("Content-Length")) {
            long value = Ascii.parseDecimal(member);
            if (value < 0 || length >= 0 && length != value) {
                throw new MalformedException("bad Content-Length " + Ascii.quote(member));
            }
            length = value;
        }
        return length;
    }
}
