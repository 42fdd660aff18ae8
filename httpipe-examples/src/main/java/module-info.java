import org.jspecify.annotations.NullMarked;

/** Short runnable programs; {@code Tour} is where to begin. */
@NullMarked
module io.httpipe.examples {
    requires io.httpipe;
    requires jdk.httpserver;
    requires static org.jspecify;
}
