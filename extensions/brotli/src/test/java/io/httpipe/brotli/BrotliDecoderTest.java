package io.httpipe.brotli;

import com.aayushatharva.brotli4j.Brotli4jLoader;
import com.aayushatharva.brotli4j.encoder.BrotliOutputStream;
import com.aayushatharva.brotli4j.encoder.Encoder;
import io.httpipe.coding.ContentDecoderTest;
import java.io.IOException;
import java.io.OutputStream;

/** Tests the coding br with the tests that all codings share. */
class BrotliDecoderTest extends ContentDecoderTest {
    BrotliDecoderTest() {
        super("br", new BrotliDecoder());
    }

    @Override
    protected OutputStream encoder(OutputStream out, int level) throws IOException {
        Brotli4jLoader.ensureAvailability();
        return new BrotliOutputStream(out, new Encoder.Parameters().setQuality(level));
    }
}
