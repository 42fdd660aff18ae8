package io.httpipe.test.server;

/**
 * One header field or trailer field, as on the wire.
 *
 * @param name the name; its case is kept
 * @param value the value. A received value has no spaces or tabs at its start or end. A value to send keeps them.
 */
public record Header(String name, String value) {
    /**
     * Creates a header.
     *
     * @throws IllegalArgumentException if the name is not a token (RFC 9110, section 5.6.2) or the value contains CR,
     *     LF or NUL. {@link Answer#raw(String)} and {@link Peer#send(String)} can send such bytes.
     */
    public Header {
        if (!isToken(name)) {
            throw new IllegalArgumentException(
                    "not a header name: \"" + Text.quote(name) + "\"; use raw bytes to send it");
        }
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '\r' || c == '\n' || c == 0) {
                throw new IllegalArgumentException("the value of " + name + " contains CR, LF or NUL: \""
                        + Text.quote(value) + "\"; use raw bytes to send it");
            }
        }
    }

    /** {@return whether the name is this one, in upper or lower case} */
    boolean is(String other) {
        return name.equalsIgnoreCase(other);
    }

    static boolean isToken(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean alphanumeric = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
            if (!alphanumeric && "!#$%&'*+-.^_`|~".indexOf(c) < 0) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    /** {@return the header as a line} */
    @Override
    public String toString() {
        return name + ": " + value;
    }
}
