package io.httpipe;

/** An HTTP version that this client speaks (RFC 9112, section 2.3). */
public enum Version {
    /** HTTP/1.0: no chunked bodies; a connection is kept only if both sides say {@code keep-alive}. */
    HTTP_1_0("HTTP/1.0"),

    /** HTTP/1.1: a body may come in chunks; a connection is kept unless one side says {@code close}. */
    HTTP_1_1("HTTP/1.1");

    private final String text;

    Version(String text) {
        this.text = text;
    }

    /** The version as a start line spells it. */
    @Override
    public String toString() {
        return text;
    }
}
