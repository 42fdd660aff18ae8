package io.httpipe.brotli;

import com.aayushatharva.brotli4j.Brotli4jLoader;
import io.httpipe.ContentDecoder;
import java.io.IOException;

/**
 * Decodes the content coding br (RFC 7932). A client with {@code Decoding.ON} uses it if this module is on the class
 * path or module path.
 *
 * {@snippet :
 * Httpipe hp = Httpipe.builder().decoding(Decoding.ON).build(); // sends Accept-Encoding: gzip, deflate, br
 * }
 *
 * <p>The library is brotli4j. It has native code for the common platforms. On other platforms the client logs a warning
 * and does not use br. The window of the format has at most 16 MiB. Thread-safe.
 *
 * <p>If bytes follow the end of the encoded data, the call ends with a {@code DecodingException}. Its reason is usually
 * {@code TRAILING_DATA}. It can be {@code MALFORMED} if the last bytes of the encoded data have no output and arrive
 * together with the extra bytes. The library cannot tell these extra bytes from malformed data.
 */
public final class BrotliDecoder implements ContentDecoder {
    /**
     * Loads the native library.
     *
     * @throws UnsatisfiedLinkError if there is no native library for this platform
     */
    public BrotliDecoder() {
        Brotli4jLoader.ensureAvailability();
    }

    @Override
    public String name() {
        return "br";
    }

    @Override
    public Codec open() throws IOException {
        return new BrotliCodec();
    }
}
