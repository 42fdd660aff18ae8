package io.httpipe.zstd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import io.httpipe.DecodingException;
import io.httpipe.Httpipe;
import io.httpipe.coding.CodedServer;
import io.httpipe.coding.ContentDecoderTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests the coding zstd with the tests that all codings share. Also tests several frames and the window limit. */
class ZstdDecoderTest extends ContentDecoderTest {
    ZstdDecoderTest() {
        super("zstd", new ZstdDecoder());
    }

    @Override
    protected OutputStream encoder(OutputStream out, int level) throws IOException {
        return new ZstdOutputStreamNoFinalizer(out, level);
    }

    @Test
    void severalFramesAreOneBody() throws Exception {
        byte[] frame = encode(PLAIN, 5);
        byte[] both = Arrays.copyOf(frame, frame.length * 2);
        System.arraycopy(frame, 0, both, frame.length, frame.length);
        for (int size : new int[] {1, frame.length, both.length}) {
            try (CodedServer server = CodedServer.chunked("zstd", size, both);
                    Httpipe hp = client()) {
                assertEquals(PLAIN.length * 2, hp.get(server.uri()).body().length, "chunks of " + size);
            }
        }
    }

    /** Adds bytes that begin in the same way as a frame. */
    @Override
    protected List<byte[]> trailingData() {
        List<byte[]> all = new ArrayList<>(super.trailingData());
        all.add(new byte[] {0x28, 0x28, (byte) 0xb5, 0x2f, (byte) 0xfd});
        all.add(new byte[] {0x28, (byte) 0xb5, 0x2f, 0});
        all.add(new byte[] {0x5a, 0x2a, 0x4d, 0x19});
        return all;
    }

    @Test
    void aPartOfAMagicNumberIsTruncated() throws Exception {
        byte[] frame = encode(PLAIN, 5);
        for (int size = 1; size <= 4; size++) {
            byte[] longer = Arrays.copyOf(frame, frame.length + size);
            System.arraycopy(frame, 0, longer, frame.length, size);
            assertEquals(DecodingException.Reason.TRUNCATED, refusal(longer), size + " bytes");
        }
    }

    /** RFC 8878, section 3.1.2. */
    @Test
    void skippableFramesAreSkipped() throws Exception {
        byte[] frame = encode(PLAIN, 5);
        byte[] skippable = {0x5f, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3};
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : List.of(skippable, frame, skippable, skippable, frame, skippable)) {
            all.write(part);
        }
        for (int size : new int[] {1, 7, all.size()}) {
            try (CodedServer server = CodedServer.chunked("zstd", size, all.toByteArray());
                    Httpipe hp = client()) {
                assertEquals(PLAIN.length * 2, hp.get(server.uri()).body().length, "chunks of " + size);
            }
        }
    }

    @Test
    void aWindowOfMoreThan8MiBIsRefused() throws Exception {
        for (int log = 23; log <= 24; log++) {
            ByteArrayOutputStream encoded = new ByteArrayOutputStream();
            try (ZstdOutputStreamNoFinalizer out = new ZstdOutputStreamNoFinalizer(encoded, 3)) {
                out.setLong(log);
                out.write(PLAIN);
            }
            byte[] bytes = encoded.toByteArray();
            if (log == 23) {
                assertArrayEquals(PLAIN, whole(bytes));
            } else {
                assertEquals(DecodingException.Reason.WINDOW, refusal(bytes));
            }
        }
    }
}
