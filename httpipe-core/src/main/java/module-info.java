import org.jspecify.annotations.NullMarked;

/**
 * A blocking HTTP/1.1 client for virtual threads; {@link io.httpipe.Httpipe} is where to begin.
 */
@NullMarked
module io.httpipe {
    requires static jdk.httpserver;
    requires static org.jspecify;

    exports io.httpipe;
}
