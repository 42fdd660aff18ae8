package io.httpipe.it;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The bodies that nginx generates: byte i is the hexadecimal digit of i modulo 16. */
final class DigitBody {
    private static final byte[] PIECE = "0123456789abcdef".repeat(4096).getBytes(US_ASCII);

    private DigitBody() {}

    static byte[] bytes(int n) {
        byte[] digits = new byte[n];
        for (int i = 0; i < n; i++) {
            digits[i] = PIECE[i % 16];
        }
        return digits;
    }

    static String text(int n) {
        return new String(bytes(n), US_ASCII);
    }

    /** Writes a body of n bytes, which may be larger than the memory. */
    static void write(OutputStream out, long n) throws IOException {
        for (long left = n; left > 0; left -= PIECE.length) {
            out.write(PIECE, 0, (int) Math.min(left, PIECE.length));
        }
    }

    /** Returns the response of {@code /sink} to a body of n digits. */
    static String lengthAndMd5(long n) throws IOException {
        MessageDigest md5 = md5();
        for (long left = n; left > 0; left -= PIECE.length) {
            md5.update(PIECE, 0, (int) Math.min(left, PIECE.length));
        }
        return lengthAndMd5(n, md5);
    }

    /** Returns what {@code /sink} would respond to this body. */
    static String lengthAndMd5(InputStream body) throws IOException {
        MessageDigest md5 = md5();
        byte[] piece = new byte[PIECE.length];
        long n = 0;
        for (int read = body.read(piece); read >= 0; read = body.read(piece)) {
            md5.update(piece, 0, read);
            n += read;
        }
        return lengthAndMd5(n, md5);
    }

    private static String lengthAndMd5(long n, MessageDigest md5) {
        return n + " " + HexFormat.of().formatHex(md5.digest()) + "\n";
    }

    private static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JVM has MD5", e);
        }
    }
}
