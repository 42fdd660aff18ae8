package io.httpipe.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Converts bytes to text and back, as ISO 8859-1 or with escapes. */
final class Bytes {
    private Bytes() {}

    static String latin1(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    static byte[] of(String latin1) {
        return latin1.getBytes(StandardCharsets.ISO_8859_1);
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            joined.writeBytes(part);
        }
        return joined.toByteArray();
    }

    /** Writes bytes as one line of printable ASCII, which {@link #unescape} reads. */
    static String escape(byte[] bytes) {
        StringBuilder line = new StringBuilder();
        for (byte b : bytes) {
            switch (b) {
                case '\r' -> line.append("\\r");
                case '\n' -> line.append("\\n");
                case '\t' -> line.append("\\t");
                case '\\' -> line.append("\\\\");
                default -> {
                    if (b >= 0x20 && b < 0x7f) {
                        line.append((char) b);
                    } else {
                        line.append("\\x").append(HexFormat.of().toHexDigits(b));
                    }
                }
            }
        }
        return line.toString();
    }

    static byte[] unescape(String line) {
        StringBuilder unescaped = new StringBuilder();
        for (int i = 0; i < line.length(); i++) {
            if (line.charAt(i) != '\\') {
                unescaped.append(line.charAt(i));
                continue;
            }
            i++;
            switch (line.charAt(i)) {
                case 'r' -> unescaped.append('\r');
                case 'n' -> unescaped.append('\n');
                case 't' -> unescaped.append('\t');
                case '\\' -> unescaped.append('\\');
                case 'x' -> {
                    unescaped.append((char) HexFormat.fromHexDigits(line, i + 1, i + 3));
                    i += 2;
                }
                default -> throw new IllegalArgumentException("no such escape in " + line);
            }
        }
        return of(unescaped.toString());
    }
}
