package io.httpipe.internal.wire;

/**
 * The head of a response (RFC 9112, section 4).
 *
 * @param minorVersion the x of HTTP/1.x
 * @param status       three digits, 100 to 999
 * @param reason       the reason phrase, perhaps empty
 * @param fields       the field lines
 */
public record ResponseHead(int minorVersion, int status, String reason, FieldLines fields) {

    /** The same head, with each field name told as it was received. */
    public ResponseHead withNamesAsReceived() {
        return new ResponseHead(minorVersion, status, reason, fields.withNamesAsGiven());
    }

    /** Whether a final head is still to come; 101 is final here, where no other protocol is spoken. */
    public boolean informational() {
        return status < 200 && status != 101;
    }

    /** For how many seconds the server says it will keep the connection; -1 if it does not say (RFC 2068, 19.7.1.1). */
    public int keepAliveTimeout() {
        if (!fields.hasMark(FieldLines.KEEP_ALIVE)) {
            return -1;
        }
        for (int i = fields.indexOf("Keep-Alive", 0); i >= 0; i = fields.indexOf("Keep-Alive", i + 1)) {
            String seconds = Parameters.find(fields.value(i), ',', "timeout");
            if (seconds != null) {
                return seconds.length() > 9 ? -1 : (int) Ascii.decimal(seconds);
            }
        }
        return -1;
    }

    /** Whether the server will take another request on this connection once the body has ended. */
    public boolean keepsAlive() {
        if (status == 101 || promisesWhatCannotBe()) {
            return false;
        }
        if (!fields.hasMark(FieldLines.CONNECTION)) {
            return minorVersion > 0;
        }
        return !fields.hasToken("Connection", "close")
                && (minorVersion > 0 || fields.hasToken("Connection", "keep-alive"));
    }

    /**
     * Whether a head of status 1xx or 204, which ends the message, speaks of a body all the same. A server must not say
     * so (RFC 9112, section 6.1; RFC 9110, section 8.6); one that does may send the body too, and it would come before
     * the next response.
     */
    private boolean promisesWhatCannotBe() {
        if (status >= 200 && status != 204) {
            return false;
        }
        for (String length : fields.members("Content-Length")) {
            if (Ascii.decimal(length) != 0) {
                return true;
            }
        }
        return fields.contains("Transfer-Encoding");
    }
}
