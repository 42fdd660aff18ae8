package io.httpipe.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Bytes as text and back. */
final class Bytes {
    private Bytes() {}

    static String latin1(byte[] octets) {
        return new String(octets, StandardCharsets.ISO_8859_1);
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

    /** Bytes as one line of printable ASCII, which {@link #unescape} reads. */
    static String escape(byte[] octets) {
        StringBuilder line = new StringBuilder();
        for (byte octet : octets) {
            switch (octet) {
                case '\r' -> line.append("\\r");
                case '\n' -> line.append("\\n");
                case '\t' -> line.append("\\t");
                case '\\' -> line.append("\\\\");
                default -> {
                    if (octet >= 0x20 && octet < 0x7f) {
                        line.append((char) octet);
                    } else {
                        line.append("\\x").append(HexFormat.of().toHexDigits(octet));
                    }
                }
            }
        }
        return line.toString();
    }

    static byte[] unescape(String line) {
        StringBuilder octets = new StringBuilder();
        for (int i = 0; i < line.length(); i++) {
            if (line.charAt(i) != '\\') {
                octets.append(line.charAt(i));
                continue;
            }
            i++;
            switch (line.charAt(i)) {
                case 'r' -> octets.append('\r');
                case 'n' -> octets.append('\n');
                case 't' -> octets.append('\t');
                case '\\' -> octets.append('\\');
                case 'x' -> {
                    octets.append((char) HexFormat.fromHexDigits(line, i + 1, i + 3));
                    i += 2;
                }
                default -> throw new IllegalArgumentException("no such escape in " + line);
            }
        }
        return of(octets.toString());
    }
}
