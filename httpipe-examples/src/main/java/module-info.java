import org.jspecify.annotations.NullMarked;

/** Short programs to run. Begin with {@code Tour}. */
@NullMarked
module io.httpipe.examples {
    requires io.httpipe;
    requires jdk.httpserver;
    requires static org.jspecify;
}
