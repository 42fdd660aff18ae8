package io.httpipe;

import static io.httpipe.testing.AnsweringServer.ok;
import static io.httpipe.testing.AnsweringServer.redirect;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.AnsweringServer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The defaults that a client adds to each request: the start of the URI, and headers. */
@Timeout(30)
class ClientDefaultsTest {
    private static AnsweringServer server() throws Exception {
        return new AnsweringServer(request -> request.target().equals("/v1/moved") ? redirect(302, "new") : ok("ok"));
    }

    @ParameterizedTest
    @CsvSource({
        "'', /a, /a",
        "/, /a, /a",
        "/v1, /a, /v1/a",
        "/v1/, /a?x=1, /v1/a?x=1",
        "/v1, /, /v1/",
        "/v\u00e9, /a, /v%C3%A9/a",
    })
    void aPathIsAddedToThePathOfTheBase(String base, String path, String target) throws Exception {
        try (AnsweringServer server = server();
                Httpipe hp = Httpipe.builder().baseUri(server.uri(base)).build()) {
            assertEquals("ok", hp.get(path).text());
            assertEquals(target, server.last().target());
            assertEquals(server.origin().substring(7), server.last().field("Host"));
        }
    }

    @Test
    void anAbsoluteUriIsUsedAsItIs() throws Exception {
        try (AnsweringServer server = server();
                AnsweringServer other = server();
                Httpipe hp = Httpipe.builder().baseUri(server.uri("/v1")).build()) {
            hp.get(other.uri("/a"));
            assertEquals(List.of("/a"), other.targets());
            assertEquals(List.of(), server.targets());
        }
    }

    @Test
    void aHeaderIsADefaultThatARequestCanReplaceOrRemove() throws Exception {
        try (AnsweringServer server = server();
                Httpipe hp = Httpipe.builder()
                        .header("accept", "application/json")
                        .header("X-Two", "1", "2")
                        .build()) {
            Request request = Request.get(server.uri("/"));
            hp.request(request);
            assertTrue(server.last().head().contains("Accept: application/json\r\n"));
            assertTrue(server.last().head().contains("X-Two: 1\r\nX-Two: 2\r\n"));
            hp.request(request.header("Accept", "text/html").header("x-two", "3"));
            assertTrue(server.last().head().contains("Accept: text/html\r\n"));
            assertTrue(server.last().head().contains("X-Two: 3\r\n"));
            assertTrue(!server.last().head().contains("X-Two: 1"), server.last()::head);
            hp.request(request.withoutHeader("X-Two"));
            assertNull(server.last().field("X-Two"));
            assertEquals(0, request.headers().size(), "the request itself stays");
        }
    }

    @Test
    void secretsOfTheBaseGoToItsOriginOnly() throws Exception {
        try (AnsweringServer server = server();
                AnsweringServer other = server();
                Httpipe hp = Httpipe.builder()
                        .baseUri(server.uri("/v1"))
                        .header("Authorization", "Bearer t")
                        .header("X-Api-Key", "k")
                        .header("User-Agent", "me")
                        .build()) {
            hp.get("/a");
            assertEquals("Bearer t", server.last().field("Authorization"));
            assertEquals("k", server.last().field("X-Api-Key"));
            hp.get(server.uri("/elsewhere"));
            assertEquals("Bearer t", server.last().field("Authorization"));
            hp.get(other.uri("/a"));
            assertNull(other.last().field("Authorization"));
            assertNull(other.last().field("X-Api-Key"));
            assertEquals("me", other.last().field("User-Agent"));
        }
    }

    @Test
    void interceptorsSeeTheWholeRequest() throws Exception {
        String[] seen = new String[2];
        try (AnsweringServer server = server();
                Httpipe hp = Httpipe.builder()
                        .baseUri(server.uri("/v1"))
                        .header("X-Own", "1")
                        .intercept((request, next) -> {
                            seen[0] = request.uri();
                            seen[1] = request.headers().first("X-Own");
                            return next.proceed(request.withoutHeader("X-Own"));
                        })
                        .build()) {
            hp.get("/a");
            assertEquals(server.uri("/v1/a"), seen[0]);
            assertEquals("1", seen[1]);
            assertNull(server.last().field("X-Own"));
        }
    }

    @Test
    void aRedirectStartsFromTheWholeRequest() throws Exception {
        try (AnsweringServer server = server();
                Httpipe hp = Httpipe.builder()
                        .generalPurpose()
                        .baseUri(server.uri("/v1"))
                        .header("Authorization", "Bearer t")
                        .build()) {
            assertEquals("ok", hp.get("/moved").text());
            assertEquals("/v1/new", server.last().target());
            assertEquals("Bearer t", server.last().field("Authorization"));
        }
    }

    @Test
    void badDefaultsAreRefusedWhereTheyAreGiven() {
        Httpipe.Builder builder = Httpipe.builder();
        assertThrows(IllegalArgumentException.class, () -> builder.baseUri("/v1"));
        assertThrows(IllegalArgumentException.class, () -> builder.baseUri("http://a.test/?q"));
        assertThrows(IllegalArgumentException.class, () -> builder.baseUri("http://a.test/#f"));
        assertThrows(IllegalArgumentException.class, () -> builder.header("Content-Length", "1"));
        assertThrows(IllegalArgumentException.class, () -> builder.header("X", "a\nb"));
        assertThrows(IllegalArgumentException.class, () -> builder.header("X"));
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class,
                () -> builder.header("authorization", "secret").build());
        assertEquals(
                "header: Authorization would go to every origin; use credentials(...), or set baseUri(...) too",
                e.getMessage());
    }
}
