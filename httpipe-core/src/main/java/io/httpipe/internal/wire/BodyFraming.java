package io.httpipe.internal.wire;

import java.util.List;

/**
 * What delimits the body of a response: RFC 9112, section 6.3, with every doubtful case refused.
 *
 * @param octets how long the body is, where that is known beforehand; less than 0 otherwise
 */
public record BodyFraming(long octets) {
    /** No body, whatever the fields say: the answer to a HEAD, 1xx, 204 and 304. */
    public static final BodyFraming NONE = new BodyFraming(0);

    /** All until the server closes; such a connection cannot be used again. */
    public static final BodyFraming UNTIL_CLOSE = new BodyFraming(-1);

    /** Chunks until the last one, then trailers. */
    public static final BodyFraming CHUNKED = new BodyFraming(-2);

    public boolean chunked() {
        return octets == CHUNKED.octets;
    }

    public boolean untilClose() {
        return octets == UNTIL_CLOSE.octets;
    }

    /** The framing of the response with this head to a request with this method. */
    public static BodyFraming of(String method, ResponseHead head) throws MalformedException {
        FieldLines fields = head.fields();
        if (method.equals("HEAD") || head.status() < 200 || head.status() == 204 || head.status() == 304) {
            return NONE;
        }
        long length = length(fields);
        if (!fields.hasMark(FieldLines.TRANSFER_ENCODING)) {
            return length < 0 ? UNTIL_CLOSE : new BodyFraming(length);
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
    private static long length(FieldLines fields) throws MalformedException {
        if (!fields.hasMark(FieldLines.CONTENT_LENGTH)) {
            return -1;
        }
        int only = fields.indexOf("Content-Length", 0);
        long length = fields.indexOf("Content-Length", only + 1) < 0 ? fields.number(only) : -1;
        if (length >= 0) {
            return length;
        }
        for (String member : fields.members("Content-Length")) {
            long value = Ascii.decimal(member);
            if (value < 0 || length >= 0 && length != value) {
                throw new MalformedException("bad Content-Length " + Ascii.quote(member));
            }
            length = value;
        }
        return length;
    }
}
