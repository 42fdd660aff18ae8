package io.httpipe;

import static io.httpipe.testing.AnsweringServer.empty;
import static io.httpipe.testing.AnsweringServer.ok;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.AnsweringServer;
import io.httpipe.testing.Servers;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.CookieHandler;
import java.net.CookieManager;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

/** A {@link CookieHandler} instead of a {@link CookieStore}, and the cost of cookies for a client without them. */
@Timeout(30)
class CookieHandlerTest {
    /** A handler that does what a test says. */
    private static final class Handler extends CookieHandler {
        private Action onGet = () -> Map.of();
        private Action onPut = () -> Map.of();
        private final List<URI> allAsked = new ArrayList<>();
        private URI asked;
        private Map<String, List<String>> response = Map.of();

        /** The work of a handler. */
        private interface Action {
            Map<String, List<String>> run() throws IOException;
        }

        @Override
        public Map<String, List<String>> get(URI uri, Map<String, List<String>> headers) throws IOException {
            asked = uri;
            allAsked.add(uri);
            return onGet.run();
        }

        @Override
        public void put(URI uri, Map<String, List<String>> headers) throws IOException {
            response = headers;
            onPut.run();
        }
    }

    private static Httpipe client(CookieHandler handler) {
        return Httpipe.builder().cookies(handler).redirects(Redirects.NORMAL).build();
    }

    @Test
    void theCookieManagerOfTheJdkCanBeUsed() throws Exception {
        try (AnsweringServer server = new AnsweringServer(request -> request.target()
                                .equals("/login")
                        ? empty(302, "Location: /home", "Set-Cookie: a=1; Path=/", "Set-Cookie: b=2; Path=/home")
                        : ok("home"));
                Httpipe hp = client(new CookieManager())) {
            hp.get(server.uri("/login"));
            assertEquals("b=2; a=1", server.last().field("Cookie"));
            hp.get(server.uri("/other"));
            assertEquals("a=1", server.last().field("Cookie"));
        }
    }

    @Test
    void aHandlerSeesTheUriAndAllFieldsOfTheResponse() throws Exception {
        Handler handler = new Handler();
        handler.onGet = () -> Map.of("Cookie", List.of("x=1", "y=2"));
        try (AnsweringServer server = new AnsweringServer(request -> empty(200, "Set-Cookie: a", "set-cookie: b"));
                Httpipe hp = client(handler)) {
            hp.get(server.uri("/p?q=%20#f"));
            assertEquals("x=1; y=2", server.last().field("Cookie"));
            assertEquals(server.uri("/p?q=%20"), handler.asked.toString());
            assertEquals(Map.of("Set-Cookie", List.of("a", "b"), "Content-Length", List.of("0")), handler.response);
            hp.request(
                    Request.get(server.uri("/")).rawPath("/|[]/%41%zz/\u00fc\\").rawQuery("?[\"%"));
            assertEquals(server.uri("/%7C%5B%5D/%41%25zz/%C3%BC%5C?%5B%22%25"), handler.asked.toString());
            handler.onGet = () -> null;
            hp.get(server.uri("/"));
            assertNull(server.last().field("Cookie"));
        }
    }

    @Test
    void aHandlerIsAskedOnceForEachRequest() throws Exception {
        Handler handler = new Handler();
        handler.onGet = () -> Map.of("Cookie", List.of("n=" + handler.allAsked.size()));
        try (AnsweringServer server = new AnsweringServer(request -> switch (request.target()) {
                    case "/1" -> empty(302, "Location: /2");
                    case "/2" -> empty(307, "Location: /3");
                    case "/3" -> empty(401, "WWW-Authenticate: Basic realm=x");
                    default -> ok("never");
                });
                Httpipe hp = client(handler)) {
            Request request = Request.get(server.uri("/1"))
                    .credentials(Credentials.basic(server.origin(), "u", "p").onChallenge());
            assertEquals(401, hp.request(request).status());
            assertEquals(
                    List.of("n=1", "n=2", "n=3", "n=4"),
                    server.requests().stream().map(each -> each.field("Cookie")).toList());
            assertEquals(4, handler.allAsked.size());
        }
    }

    @Test
    void aCookieWithAPathGoesToARawPathBelowIt() throws Exception {
        try (AnsweringServer server = new AnsweringServer(request -> empty(200, "Set-Cookie: a=1; Path=/app"));
                Httpipe hp = client(new CookieManager())) {
            hp.get(server.uri("/app"));
            hp.request(Request.get(server.uri("/")).rawPath("/app/a|b"));
            assertEquals("a=1", server.last().field("Cookie"));
            hp.request(Request.get(server.uri("/")).rawPath("/other/a|b"));
            assertNull(server.last().field("Cookie"));
        }
    }

    @Test
    void aHandlerThatFailsIsNamed() throws Exception {
        try (AnsweringServer server = new AnsweringServer(request ->
                request.target().equals("/early") ? "HTTP/1.1 103 x\r\nSet-Cookie: a=1\r\n\r\n" + ok("x") : ok("x"))) {
            Handler handler = new Handler();
            try (Httpipe hp = client(handler)) {
                handler.onPut = () -> {
                    throw new IOException("disk full");
                };
                assertFailed(server, "disk full", false, () -> hp.get(server.uri("/")));
                assertFailed(server, "disk full", false, () -> hp.get(server.uri("/early")));
                assertFailed(
                        server,
                        "disk full",
                        false,
                        () -> hp.stream(Request.post(server.uri("/")).body("b")));
                assertEquals(3, server.requests().size());
                handler.onGet = () -> {
                    throw new IllegalStateException("closed");
                };
                assertFailed(server, "closed", true, () -> hp.get(server.uri("/")));
                handler.onGet = () -> Map.of("Cookie", List.of("a=1\r\nX-Injected: 1"));
                assertFailed(server, "Cookie: the value must not contain \"\\r\"", true, () -> hp.get(server.uri("/")));
                assertEquals(3, server.requests().size());
                assertEquals(0, hp.stats().stream().mapToInt(RouteStats::leased).sum());
            }
        }
    }

    private static void assertFailed(AnsweringServer server, String why, boolean safeToRetry, Executable call) {
        CookiesFailedException e = assertThrows(CookiesFailedException.class, call);
        assertEquals(
                "the cookie handler %s failed: %s (%s)"
                        .formatted(Handler.class.getName(), why, Servers.endpoint(server.server())),
                e.getMessage());
        assertEquals(safeToRetry, e.safeToRetry());
        assertInstanceOf(Exception.class, e.getCause());
    }

    @Test
    void anInterruptOfTheHandlerCancelsTheCall() throws Exception {
        for (boolean put : List.of(false, true)) {
            CountDownLatch inside = new CountDownLatch(1);
            Handler handler = new Handler();
            Handler.Action waiting = () -> {
                inside.countDown();
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    throw new InterruptedIOException("woken");
                }
                return Map.of();
            };
            handler.onGet = put ? handler.onGet : waiting;
            handler.onPut = put ? waiting : handler.onPut;
            try (AnsweringServer server = new AnsweringServer(request -> ok("x"));
                    Httpipe hp = client(handler)) {
                FutureTask<Boolean> call = new FutureTask<>(() -> {
                    CancelledException e = assertThrows(CancelledException.class, () -> hp.get(server.uri("/")));
                    assertEquals(CancelledException.Reason.INTERRUPT, e.reason());
                    assertFalse(e.safeToRetry());
                    return Thread.currentThread().isInterrupted();
                });
                Thread caller = Thread.ofVirtual().start(call);
                inside.await();
                caller.interrupt();
                assertTrue(call.get(), "the flag is left set");
                assertEquals(0, hp.stats().stream().mapToInt(RouteStats::leased).sum());
            }
        }
    }

    /** A class loader that reports which classes it has loaded. */
    private static final class Loader extends URLClassLoader {
        Loader(URL home) {
            super(new URL[] {home}, getPlatformClassLoader());
        }

        boolean hasLoaded(String name) {
            return findLoadedClass(name) != null;
        }
    }

    @Test
    void aClientWithoutCookiesLoadsNoCookieClasses() throws Exception {
        URL home = Httpipe.class.getProtectionDomain().getCodeSource().getLocation();
        try (AnsweringServer server = new AnsweringServer(request -> empty(200, "Set-Cookie: a=1"));
                Loader loader = new Loader(home)) {
            Class<?> httpipe = loader.loadClass("io.httpipe.Httpipe");
            try (AutoCloseable hp = (AutoCloseable) httpipe.getMethod("create").invoke(null)) {
                for (int i = 0; i < 2; i++) {
                    httpipe.getMethod("get", String.class).invoke(hp, server.uri("/"));
                    assertNull(server.last().field("Cookie"));
                }
            }
            assertTrue(loader.hasLoaded("io.httpipe.internal.call.Call"));
            for (String name :
                    List.of("CookieStore", "Cookie", "internal.policy.Cookies", "internal.policy.CookieJar")) {
                assertFalse(loader.hasLoaded("io.httpipe." + name), name);
            }
        }
    }
}
