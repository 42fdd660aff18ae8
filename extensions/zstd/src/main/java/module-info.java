import org.jspecify.annotations.NullMarked;

/** Decodes the content coding zstd. {@code io.httpipe.Decoding.ON} finds it. */
@NullMarked
module io.httpipe.zstd {
    requires com.github.luben.zstd_jni;
    requires io.httpipe;
    requires static org.jspecify;

    exports io.httpipe.zstd;

    provides io.httpipe.ContentDecoder with
            io.httpipe.zstd.ZstdDecoder;
}
