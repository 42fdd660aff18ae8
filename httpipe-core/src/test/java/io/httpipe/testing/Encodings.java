package io.httpipe.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;

/** Encodes bodies with the encoders of the JDK, and makes responses of them. */
public final class Encodings {
    private Encodings() {}

    public static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    public static byte[] gzip(byte[] plain) {
        ByteArrayOutputStream encoded = new ByteArrayOutputStream();
        return write(plain, encoded, () -> new GZIPOutputStream(encoded));
    }

    /** Encodes with the wrapper of zlib (RFC 1950). */
    public static byte[] zlib(byte[] plain) {
        ByteArrayOutputStream encoded = new ByteArrayOutputStream();
        return write(plain, encoded, () -> new DeflaterOutputStream(encoded));
    }

    /** Encodes without a wrapper (RFC 1951). */
    public static byte[] rawDeflate(byte[] plain) {
        ByteArrayOutputStream encoded = new ByteArrayOutputStream();
        return write(plain, encoded, () -> new DeflaterOutputStream(encoded, new Deflater(6, true)));
    }

    private interface Encoder {
        OutputStream open() throws IOException;
    }

    private static byte[] write(byte[] plain, ByteArrayOutputStream encoded, Encoder encoder) {
        try (OutputStream out = encoder.open()) {
            out.write(plain);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return encoded.toByteArray();
    }

    public static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    /** Returns a copy in which the byte at this index has another value. */
    public static byte[] changed(byte[] bytes, int index) {
        byte[] copy = bytes.clone();
        copy[index] ^= 0x55;
        return copy;
    }

    public static byte[] first(byte[] bytes, int count) {
        return Arrays.copyOf(bytes, count);
    }

    /** Returns a 200 with this body and coding, as a text whose characters are its bytes. */
    public static String response(String coding, byte[] body) {
        return "HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n%s"
                .formatted(coding, body.length, new String(body, StandardCharsets.ISO_8859_1));
    }

    /** Returns a chunk, as a text whose characters are its bytes. */
    public static String chunk(byte[] data) {
        return "%x\r\n%s\r\n".formatted(data.length, new String(data, StandardCharsets.ISO_8859_1));
    }
}
