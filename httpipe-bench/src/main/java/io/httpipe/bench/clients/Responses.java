package io.httpipe.bench.clients;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/** Checks the status of responses, so that only successful ones are measured, and reads or decodes bodies. */
final class Responses {
    private Responses() {}

    static long check(int status, long length) throws IOException {
        if (status != 200) {
            throw new IOException("the server responded with status " + status);
        }
        return length;
    }

    /** Decodes a body from gzip, for a client that does not decode bodies. */
    static byte[] inflate(byte[] gzip) throws IOException {
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(gzip), Client.BUFFER_SIZE)) {
            return in.readAllBytes();
        }
    }

    /** Reads a stream to its end through a small buffer. Returns the number of bytes. */
    static long count(InputStream in) throws IOException {
        byte[] buffer = new byte[Client.BUFFER_SIZE];
        long total = 0;
        for (int read; (read = in.read(buffer)) >= 0; ) {
            total += read;
        }
        return total;
    }
}
