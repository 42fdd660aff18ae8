package io.httpipe;

import io.httpipe.internal.wire.ResponseHead;

/** What every response has: its head. */
abstract sealed class AbstractResponse permits Response, StreamedResponse {
    private final ResponseHead head;
    private final Headers headers;
    private final int reusedTimes;

    AbstractResponse(ResponseHead head, Headers headers, int reusedTimes) {
        this.head = head;
        this.headers = headers;
        this.reusedTimes = reusedTimes;
    }

    /**
     * {@return the status code, 101 or 200 to 999} No status is an error: 404 and 500 are responses like any other.
     */
    public int status() {
        return head.status();
    }

    /** {@return the reason phrase, perhaps empty} It means nothing (RFC 9112, section 4). */
    public String reason() {
        return head.reason();
    }

    /** {@return the version in the status line} */
    public Version version() {
        return head.minorVersion() == 0 ? Version.HTTP_1_0 : Version.HTTP_1_1;
    }

    /** {@return the field lines of the head} */
    public Headers headers() {
        return headers;
    }

    /** {@return how often the connection had come out of a pool; 0 for a fresh one} */
    public int reusedTimes() {
        return reusedTimes;
    }

    ResponseHead head() {
        return head;
    }

    /** The status line. */
    @Override
    public String toString() {
        return "%s %d %s".formatted(version(), status(), reason());
    }
}
