package io.httpipe.zstd;

import com.github.luben.zstd.util.Native;
import io.httpipe.ContentDecoder;
import java.io.IOException;

/**
 * Decodes the content coding zstd (RFC 8878): one or more frames, each with a window of at most 8 MiB (RFC 9659). A
 * client with {@code Decoding.ON} uses it if this module is on the class path or module path.
 *
 * {@snippet :
 * Httpipe hp = Httpipe.builder().decoding(Decoding.ON).build(); // sends Accept-Encoding: gzip, deflate, zstd
 * }
 *
 * <p>The library is zstd-jni. It has native code for the common platforms. On other platforms the client logs a warning
 * and does not use zstd. Thread-safe.
 */
public final class ZstdDecoder implements ContentDecoder {
    /**
     * Loads the native library.
     *
     * @throws UnsatisfiedLinkError if there is no native library for this platform
     */
    public ZstdDecoder() {
        Native.load();
    }

    @Override
    public String name() {
        return "zstd";
    }

    @Override
    public Codec open() throws IOException {
        return new ZstdCodec();
    }
}
