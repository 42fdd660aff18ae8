package io.httpipe;

import io.httpipe.internal.wire.Head;

/** What every response has: its head. */
abstract sealed class AbstractResponse permits Response, StreamedResponse {
    private final Head head;
    private final Headers headers;
    private final int reusedTimes;

    AbstractResponse(Head head, Headers headers, int reusedTimes) {
        this.head = head;
        this.headers = headers;
        this.reusedTimes = reusedTimes;
    }

    /** The status code, 100 to 999. No status is an error: 404 and 500 are responses like any other. */
    public int status() {
        return head.status();
    }

    /** The reason phrase, perhaps empty; it means nothing (RFC 9112, section 4). */
    public String reason() {
        return head.reason();
    }

    /** The version in the status line. */
    public Version version() {
        return head.minorVersion() == 0 ? Version.HTTP_1_0 : Version.HTTP_1_1;
    }

    /** The field lines of the head. */
    public Headers headers() {
        return headers;
    }

    /** How often the connection had been used before; 0 for a fresh one. */
    public int reusedTimes() {
        return reusedTimes;
    }

    Head head() {
        return head;
    }

    /** The status line. */
    @Override
    public String toString() {
        return "%s %d %s".formatted(version(), status(), reason());
    }
}
