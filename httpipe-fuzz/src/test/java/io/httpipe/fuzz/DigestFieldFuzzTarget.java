package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.internal.wire.DigestField;
import java.util.List;

/** Fuzzes the parser of Content-Digest and Repr-Digest. The input is the value of the field. */
public final class DigestFieldFuzzTarget {
    private DigestFieldFuzzTarget() {}

    public static void fuzzerTestOneInput(byte[] data) {
        String field = Bytes.latin1(data);
        List<String> actual = DigestField.parse(field).stream()
                .map(digest -> digest.algorithm() + " " + digest.hex())
                .sorted()
                .toList();
        assertEquals(ReferenceDigestField.parse(field), actual);
    }
}
