import org.jspecify.annotations.NullMarked;

/** A blocking HTTP/1.1 client for virtual threads. Start with {@link io.httpipe.Httpipe}. */
@NullMarked
module io.httpipe {
    requires static jdk.httpserver;
    requires static org.jspecify;

    exports io.httpipe;

    uses io.httpipe.ContentDecoder;
}
