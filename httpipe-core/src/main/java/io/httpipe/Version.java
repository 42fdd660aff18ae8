package io.httpipe;

/**
 * An HTTP version that this client supports (RFC 9112, section 2.3).
 *
 * {@snippet :
 * hp.request(Request.get(uri).version(Version.HTTP_1_0));
 * }
 */
public enum Version {
    /** HTTP/1.0: no chunked bodies. A connection is kept only if both sides send {@code keep-alive}. */
    HTTP_1_0("HTTP/1.0"),

    /** HTTP/1.1: bodies may be chunked. A connection is kept unless one side sends {@code close}. */
    HTTP_1_1("HTTP/1.1");

    private final String text;

    Version(String text) {
        this.text = text;
    }

    /** Returns the version as a start line contains it. */
    @Override
    public String toString() {
        return text;
    }
}
