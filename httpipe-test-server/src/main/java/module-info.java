import org.jspecify.annotations.NullMarked;

/** A scripted HTTP server for tests of any HTTP client. Start with {@link io.httpipe.test.server.ScriptedServer}. */
@NullMarked
module io.httpipe.test.server {
    requires static org.jspecify;
    requires static org.junit.jupiter.api;

    exports io.httpipe.test.server;
    exports io.httpipe.test.server.junit;
}
