package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.testing.ForkedJvm;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A body that becomes much longer by decoding ends the call within its limits. */
@Timeout(120)
class DecompressionBombTest {
    @Test
    void tenGibibytesOfZerosEndAtTheRatioInASmallHeap() throws Exception {
        List<String> lines = ForkedJvm.output("true", List.of("-Xmx64m"), DecompressionBomb.class)
                .lines()
                .toList();
        assertEquals(
                List.of("gzip: LIMIT, true", "gzip: LIMIT, true", "deflate: LIMIT, true", "deflate: LIMIT, true"),
                lines);
    }
}
