package io.httpipe.internal.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes a request head into a growing array, ready to be sent together with a short body. What it is given has been
 * checked where the caller gave it: names are tokens, nothing holds a control character.
 */
public final class HeadWriter {
    private byte[] bytes;
    private int length;

    public HeadWriter() {
        this(256);
    }

    /** A writer with room for this much before it has to grow. */
    public HeadWriter(int room) {
        bytes = new byte[room];
    }

    /** {@code method target HTTP/1.x}; what is not ASCII in a raw target goes out as UTF-8. */
    public HeadWriter requestLine(String method, String target, int minorVersion) {
        latin1(method);
        octet(' ');
        if (isAscii(target)) {
            latin1(target);
        } else {
            byte[] octets = target.getBytes(StandardCharsets.UTF_8);
            append(octets, 0, octets.length);
        }
        latin1(minorVersion == 0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
        return this;
    }

    public HeadWriter field(String name, String value) {
        latin1(name);
        octet(':');
        octet(' ');
        latin1(value);
        return end();
    }

    /** A line end; behind the last field line it ends the head. */
    public HeadWriter end() {
        octet('\r');
        octet('\n');
        return this;
    }

    public HeadWriter append(byte[] octets, int offset, int count) {
        ensure(count);
        System.arraycopy(octets, offset, bytes, length, count);
        length += count;
        return this;
    }

    /** The array written into, of which the first {@link #length} octets count. */
    public byte[] bytes() {
        return bytes;
    }

    public int length() {
        return length;
    }

    private static boolean isAscii(String s) {
        for (int i = 0; i < s.length(); i++) {
            if (s.charAt(i) > 127) {
                return false;
            }
        }
        return true;
    }

    /** ISO 8859-1; String's only fast way to copy its octets out is deprecated for doing just this. */
    @SuppressWarnings("deprecation")
    private void latin1(String s) {
        ensure(s.length());
        s.getBytes(0, s.length(), bytes, length);
        length += s.length();
    }

    private void octet(int octet) {
        ensure(1);
        bytes[length++] = (byte) octet;
    }

    private void ensure(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(length + more, bytes.length * 2));
        }
    }
}
