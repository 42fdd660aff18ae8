package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.internal.policy.PolicyInternals;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Fuzzes the decoder of gzip. The input is the body. The stream of the JDK is the reference. Except for an empty body,
 * it accepts all data that the client accepts, and decodes the same bytes. The client is stricter: it refuses other
 * bytes after the last member.
 */
public final class GzipFuzzTarget {
    /** How many bytes the decoder gets at once, and how many bytes it has space for. */
    private static final int[][] SIZES = {{1, 1 << 16}, {7, 100}, {1 << 12, 7}};

    private GzipFuzzTarget() {}

    public static void fuzzerTestOneInput(byte[] data) {
        PolicyInternals.Decoded whole = PolicyInternals.gunzip(data, Math.max(1, data.length), 1 << 20);
        for (int[] size : SIZES) {
            PolicyInternals.Decoded pieces = PolicyInternals.gunzip(data, size[0], size[1]);
            assertEquals(whole.end(), pieces.end());
            if (whole.end() == PolicyInternals.End.COMPLETE) {
                assertArrayEquals(whole.bytes(), pieces.bytes());
            }
        }
        byte[] reference = reference(data);
        if (whole.end() == PolicyInternals.End.COMPLETE) {
            assertNotNull(reference, "the JDK refuses it");
            assertArrayEquals(reference, whole.bytes());
        } else if (whole.end() == PolicyInternals.End.TRAILING_DATA) {
            assertNotNull(reference, "the JDK refuses it");
            byte[] bytes = whole.bytes();
            assertTrue(reference.length >= bytes.length);
            assertArrayEquals(bytes, Arrays.copyOf(reference, bytes.length));
        }
    }

    /** The bytes that the JDK decodes; null if it refuses the data. */
    private static byte @Nullable [] reference(byte[] data) {
        if (data.length == 0) {
            return new byte[0];
        }
        ByteArrayOutputStream decoded = new ByteArrayOutputStream();
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(data))) {
            in.transferTo(decoded);
            return decoded.toByteArray();
        } catch (IOException e) {
            return null;
        }
    }
}
