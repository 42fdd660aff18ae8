package io.httpipe.internal.wire;

/**
 * The head of a response (RFC 9112, section 4).
 *
 * @param minorVersion the x of HTTP/1.x
 * @param status       three digits, 100 to 999
 * @param reason       the reason phrase; may be empty
 * @param fields       the field lines
 */
public record ResponseHead(int minorVersion, int status, String reason, FieldLines fields) {

    /** Returns the same head, with each field name spelled as it was received. */
    public ResponseHead withNamesAsReceived() {
        return new ResponseHead(minorVersion, status, reason, fields.withNamesAsGiven());
    }

    /** Whether a final head follows. Status 101 counts as final, because the client supports no other protocol. */
    public boolean informational() {
        return status < 200 && status != 101;
    }

    /**
     * The {@code timeout} of Keep-Alive in seconds (RFC 2068, section 19.7.1.1). -1 if it is missing, is not a number,
     * or has more than nine digits.
     */
    public int keepAliveTimeout() {
        if (!fields.hasFlag(FieldLines.KEEP_ALIVE)) {
            return -1;
        }
        for (int i = fields.indexOf("Keep-Alive", 0); i >= 0; i = fields.indexOf("Keep-Alive", i + 1)) {
            String seconds = Parameters.find(fields.value(i), ',', "timeout");
            if (seconds != null) {
                return seconds.length() > 9 ? -1 : (int) Ascii.parseDecimal(seconds);
            }
        }
        return -1;
    }

    /** Whether the connection can carry another request after this response. */
    public boolean keepsAlive() {
        if (status == 101 || announcesForbiddenBody()) {
            return false;
        }
        if (!fields.hasFlag(FieldLines.CONNECTION)) {
            return minorVersion > 0;
        }
        return !fields.hasToken("Connection", "close")
                && (minorVersion > 0 || fields.hasToken("Connection", "keep-alive"));
    }

    /**
     * Whether a head of status 1xx or 204 announces a body. A server must not do so (RFC 9112, section 6.1; RFC 9110,
     * section 8.6). A server that does may also send that body, and it would be read as the start of the next response.
     */
    private boolean announcesForbiddenBody() {
        if (status >= 200 && status != 204) {
            return false;
        }
        for (String length : fields.members("Content-Length")) {
            if (Ascii.parseDecimal(length) != 0) {
                return true;
            }
        }
        return fields.contains("Transfer-Encoding");
    }
}
