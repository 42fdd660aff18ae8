import org.jspecify.annotations.NullMarked;

/** Decodes the content coding br. {@code io.httpipe.Decoding.ON} finds it. */
@NullMarked
module io.httpipe.brotli {
    requires com.aayushatharva.brotli4j;
    requires io.httpipe;
    requires static org.jspecify;

    exports io.httpipe.brotli;

    provides io.httpipe.ContentDecoder with
            io.httpipe.brotli.BrotliDecoder;
}
