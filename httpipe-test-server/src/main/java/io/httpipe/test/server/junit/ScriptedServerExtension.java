package io.httpipe.test.server.junit;

import io.httpipe.test.server.ScriptedServer;
import io.httpipe.test.server.ScriptedServerBuilder;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Starts a {@link ScriptedServer} for each test, or for each class, and closes it afterwards. If
 * {@link ScriptedServer#close} throws, the test or class fails.
 *
 * {@snippet :
 * @ExtendWith(ScriptedServerExtension.class)
 * class ClientTest {
 *     @Test
 *     void readsTheUser(ScriptedServer server) throws Exception {
 *         server.route("GET", "/users/1", Answer.of(200, "Ada"));
 *         assertEquals("Ada", new Client(server.uri("")).user(1));
 *     }
 * }
 *
 * class TlsClientTest {
 *     @RegisterExtension
 *     final ScriptedServerExtension servers =
 *             ScriptedServerExtension.with(builder -> builder.tls(AUTHORITY.serverContext()));
 *
 *     @Test
 *     void readsTheUser() throws Exception {
 *         servers.server().route("GET", "/users/1", Answer.of(200, "Ada"));
 *     }
 * }
 * }
 *
 * <p>A server per class is shared by its tests: {@code static final ScriptedServerExtension servers =
 * new ScriptedServerExtension().perClass()} with {@code @RegisterExtension}. Tests that run in parallel each get their
 * own server, unless it is per class. A failed test reports the conversation of its server.
 */
public final class ScriptedServerExtension
        implements BeforeAllCallback, AfterAllCallback, BeforeEachCallback, AfterEachCallback, ParameterResolver {
    private final Consumer<ScriptedServerBuilder> settings;
    private final boolean perClass;

    /** The open servers by the ID of the test or class. */
    private final Map<String, ScriptedServer> servers = new ConcurrentHashMap<>();

    /** The server of the test that runs on this thread. */
    @SuppressWarnings("ThreadLocalUsage") // One for each registered extension.
    private final ThreadLocal<@Nullable ScriptedServer> current = new ThreadLocal<>();

    /** Creates an extension that starts servers on free ports of 127.0.0.1, one for each test. */
    public ScriptedServerExtension() {
        this(builder -> {}, false);
    }

    private ScriptedServerExtension(Consumer<ScriptedServerBuilder> settings, boolean perClass) {
        this.settings = settings;
        this.perClass = perClass;
    }

    /**
     * Returns an extension whose servers have these settings, one for each test.
     *
     * @param settings changes the builder of each server
     * @return the extension
     */
    public static ScriptedServerExtension with(Consumer<ScriptedServerBuilder> settings) {
        return new ScriptedServerExtension(settings, false);
    }

    /**
     * Returns a copy that starts one server for all tests of a class. It must be registered by a static field, or the
     * test class must have the lifecycle {@code PER_CLASS}.
     *
     * @return the copy
     */
    public ScriptedServerExtension perClass() {
        return new ScriptedServerExtension(settings, true);
    }

    /**
     * Returns the server of the running test. If several tests run at a time, call this method on the thread of the
     * test, or let JUnit inject the server as a parameter.
     *
     * @return the server
     * @throws IllegalStateException if no server is running, or if several are and no test runs on this thread
     */
    public ScriptedServer server() {
        ScriptedServer own = current.get();
        if (own != null) {
            return own;
        }
        List<ScriptedServer> open = List.copyOf(servers.values());
        return switch (open.size()) {
            case 0 ->
                throw new IllegalStateException("no test is running: the server starts before each test, "
                        + "or, with perClass(), before all tests of a class");
            case 1 -> open.getFirst();
            default ->
                throw new IllegalStateException(
                        "several tests are running: call server() on the thread of the test, or take it as a parameter");
        };
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        // A nested class uses the server of its enclosing class.
        if (perClass && ofClass(context) == null) {
            open(context);
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        if (perClass) {
            close(context);
        }
    }

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        ScriptedServer server = perClass ? ofClass(context) : open(context);
        if (server == null) {
            throw new IllegalStateException("a server per class needs a static field with @RegisterExtension, "
                    + "or a test class with the lifecycle PER_CLASS");
        }
        current.set(server);
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        current.remove();
        ScriptedServer server = perClass ? ofClass(context) : servers.get(context.getUniqueId());
        if (server != null && context.getExecutionException().isPresent()) {
            context.publishReportEntry("conversation", server.conversation());
        }
        if (!perClass) {
            close(context);
        }
    }

    private ScriptedServer open(ExtensionContext context) throws IOException {
        ScriptedServerBuilder builder = ScriptedServer.builder();
        settings.accept(builder);
        ScriptedServer server = builder.start();
        servers.put(context.getUniqueId(), server);
        return server;
    }

    private void close(ExtensionContext context) throws IOException {
        ScriptedServer server = servers.remove(context.getUniqueId());
        if (server != null) {
            server.close();
        }
    }

    /** {@return the server of this context or of an enclosing one; null if there is none} */
    private @Nullable ScriptedServer ofClass(ExtensionContext context) {
        ScriptedServer server = servers.get(context.getUniqueId());
        for (ExtensionContext at = context; server == null && at.getParent().isPresent(); ) {
            at = at.getParent().get();
            server = servers.get(at.getUniqueId());
        }
        return server;
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == ScriptedServer.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        ScriptedServer server = ofClass(context);
        if (server == null) {
            throw new ParameterResolutionException(
                    parameter.getDeclaringExecutable() instanceof Constructor
                            ? "the server has not started yet: take it as a parameter of the test method, not of the constructor"
                            : "a server per test has not started yet: perClass() starts one before all tests");
        }
        return server;
    }
}
