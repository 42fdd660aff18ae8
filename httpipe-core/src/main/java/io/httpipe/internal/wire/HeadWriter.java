package io.httpipe.internal.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes a request head into a growing array. A short body can follow it, so that both are sent together.
 *
 * <p>It does not check its arguments. Callers must pass names that are tokens, and values without control characters.
 */
public final class HeadWriter {
    /** The User-Agent that the client sends by default. */
    public static final String USER_AGENT = "httpipe/0.1";

    private byte[] bytes;
    private int length;

    public HeadWriter() {
        this(256);
    }

    /** Creates a writer whose array has this length at first. */
    public HeadWriter(int capacity) {
        bytes = new byte[capacity];
    }

    /** Writes {@code method target HTTP/1.x}. A raw target with non-ASCII characters is written in UTF-8. */
    public HeadWriter requestLine(String method, String target, int minorVersion) {
        writeLatin1(method);
        writeByte(' ');
        if (isAscii(target)) {
            writeLatin1(target);
        } else {
            byte[] utf8 = target.getBytes(StandardCharsets.UTF_8);
            append(utf8, 0, utf8.length);
        }
        writeLatin1(minorVersion == 0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
        return this;
    }

    public HeadWriter field(String name, String value) {
        writeLatin1(name);
        writeByte(':');
        writeByte(' ');
        writeLatin1(value);
        return end();
    }

    /** Writes a line end. After the last field line it ends the head. */
    public HeadWriter end() {
        writeByte('\r');
        writeByte('\n');
        return this;
    }

    public HeadWriter append(byte[] source, int offset, int count) {
        ensureFree(count);
        System.arraycopy(source, offset, bytes, length, count);
        length += count;
        return this;
    }

    /** The array written to. Only its first {@link #length} bytes are valid. */
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

    /** Writes ISO 8859-1. String has one fast method for this copy, and it is deprecated. */
    @SuppressWarnings("deprecation")
    private void writeLatin1(String s) {
        ensureFree(s.length());
        s.getBytes(0, s.length(), bytes, length);
        length += s.length();
    }

    private void writeByte(int b) {
        ensureFree(1);
        bytes[length++] = (byte) b;
    }

    private void ensureFree(int count) {
        if (length + count > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(length + count, bytes.length * 2));
        }
    }
}
