package io.httpipe;

import static io.httpipe.testing.AnsweringServer.empty;
import static io.httpipe.testing.AnsweringServer.ok;
import static io.httpipe.testing.AnsweringServer.redirect;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.AnsweringServer;
import io.httpipe.testing.TestCertificates;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests which redirects are followed, with which method, body and target (RFC 9110, section 15.4). */
@Timeout(30)
class RedirectTest {
    private static Httpipe following() {
        return Httpipe.builder().redirects(Redirects.NORMAL).build();
    }

    private static void assertNothingLeased(Httpipe hp) {
        assertEquals(0, hp.stats().stream().mapToInt(RouteStats::leased).sum());
    }

    @Test
    void noneIsFollowedByDefault() throws Exception {
        try (AnsweringServer server = new AnsweringServer(request -> redirect(302, "/b"));
                Httpipe hp = Httpipe.create()) {
            Response response = hp.get(server.uri("/a"));
            assertEquals(302, response.status());
            assertEquals("gone", response.text());
            assertEquals(List.of("/a"), server.targets());
            assertEquals(List.of(), response.hops());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "301, GET, GET, ''",
        "302, GET, GET, ''",
        "303, GET, GET, ''",
        "307, GET, GET, ''",
        "308, GET, GET, ''",
        "301, HEAD, HEAD, ''",
        "303, HEAD, HEAD, ''",
        "308, HEAD, HEAD, ''",
        "301, POST, GET, ''",
        "302, POST, GET, ''",
        "303, POST, GET, ''",
        "307, POST, POST, b",
        "308, POST, POST, b",
        "301, PUT, PUT, b",
        "302, PUT, PUT, b",
        "303, PUT, GET, ''",
        "307, PUT, PUT, b",
        "308, PATCH, PATCH, b",
        "301, DELETE, DELETE, b",
        "302, QUERY, QUERY, b",
        "303, QUERY, GET, ''",
        "308, QUERY, QUERY, b",
    })
    void theMethodAndTheBodyFollowTheStatus(int status, String method, String next, String body) throws Exception {
        try (AnsweringServer server =
                        new AnsweringServer(request -> request.target().equals("/a")
                                ? "HEAD".equals(method) ? empty(status, "Location: /b") : redirect(status, "/b")
                                : method.equals("HEAD") ? empty(200) : ok("here"));
                Httpipe hp = following()) {
            Request request = Request.of(method, server.uri("/a"))
                    .header("Content-Type", "text/plain")
                    .header("X-Own", "1");
            boolean withBody = !List.of("GET", "HEAD").contains(method);
            Response response = hp.request(withBody ? request.body("b") : request);
            assertEquals(200, response.status());
            assertEquals(next, server.last().method());
            assertEquals("/b", server.last().target());
            assertEquals(body, server.last().body());
            assertEquals("1", server.last().field("X-Own"));
            assertEquals(
                    status == 303 || withBody && body.isEmpty() ? null : "text/plain",
                    server.last().field("Content-Type"));
            assertEquals(1, server.server().connections(), "the body of the redirect was read");
            assertNothingLeased(hp);
        }
    }

    @Test
    void aGetWithABodyLosesItAfterA303() throws Exception {
        try (AnsweringServer server =
                        new AnsweringServer(request -> request.target().equals("/307")
                                ? redirect(307, "/303")
                                : request.target().equals("/303") ? redirect(303, "/end") : ok("here"));
                Httpipe hp = following()) {
            hp.request(Request.get(server.uri("/307"))
                    .header("Content-Type", "text/plain")
                    .body("b"));
            assertEquals(
                    List.of("b", "b", ""),
                    server.requests().stream()
                            .map(AnsweringServer.Received::body)
                            .toList());
            assertNull(server.last().field("Content-Type"));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {300, 304, 305, 306, 399})
    void otherStatusesAreAnswers(int status) throws Exception {
        try (AnsweringServer server = new AnsweringServer(request -> empty(status, "Location: /b"));
                Httpipe hp = following()) {
            assertEquals(status, hp.get(server.uri("/a")).status());
            assertEquals(List.of("/a"), server.targets());
        }
    }

    @Test
    void aStreamedResponseAndAFanOutFollowToo() throws Exception {
        try (AnsweringServer server = new AnsweringServer(
                        request -> request.target().equals("/a") ? redirect(307, "/b") : ok("here"));
                Httpipe hp = following()) {
            assertEquals(
                    "here",
                    hp.stream(
                            Request.get(server.uri("/a")),
                            r -> new String(r.body().readAllBytes())));
            List<Response> all =
                    FanOut.over(hp).all(List.of(Request.get(server.uri("/a")), Request.get(server.uri("/a"))));
            assertEquals(
                    List.of("here", "here"), all.stream().map(Response::text).toList());
            assertNothingLeased(hp);
        }
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "b, /dir/b",
                "../b, /b",
                "?q, /dir/a?q",
                "/x/./y, /x/y",
                "//127.0.0.1:PORT/c, /c",
                "http://127.0.0.1:PORT, /",
                "http://127.0.0.1:PORT?q=1, /?q=1",
                "b#frag, /dir/b",
                "'/a b|c', -",
                "/\u00c3\u00a9, /%C3%A9",
                "/\u00e9, /%E9",
                "/a|b, /a%7Cb",
                "/a%2fb, /a%2fb",
            })
    void relativeLocationsAreResolvedAndEncoded(String location, String target) throws Exception {
        AnsweringServer[] self = new AnsweringServer[1];
        try (AnsweringServer server = new AnsweringServer(request -> request.target()
                                .equals("/dir/a")
                        ? redirect(
                                302, location.replace("PORT", self[0].origin().replaceAll(".*:", "")))
                        : ok("here"));
                Httpipe hp = following()) {
            self[0] = server;
            if (target == null) {
                assertThrows(RedirectFailedException.class, () -> hp.get(server.uri("/dir/a")));
            } else {
                assertEquals("here", hp.get(server.uri("/dir/a")).text());
                assertEquals(target, server.last().target());
            }
        }
    }

    @Test
    void aFragmentIsInheritedUnlessTheLocationHasOne() throws Exception {
        try (AnsweringServer server = new AnsweringServer(request -> switch (request.target()) {
                    case "/a" -> redirect(302, "/b");
                    case "/b" -> redirect(302, "/c#new");
                    default -> ok("here");
                });
                Httpipe hp = following()) {
            List<Hop> hops = hp.get(server.uri("/a#old")).hops();
            assertEquals(
                    List.of(server.uri("/a#old"), server.uri("/b#old"), server.uri("/c#new")),
                    hops.stream().map(Hop::uri).toList());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'', it is empty",
        "http://u:secret@127.0.0.1/, userinfo",
        "http://127.0.0.1:99999/, bad port",
        "http://exa mple/, is not a host name",
        "'/a\\b', ",
        "http:/a, ",
    })
    void aMalformedLocationIsRefusedWithAMessageThatShowsNoSecret(String location, String message) throws Exception {
        try (AnsweringServer server = new AnsweringServer(request -> redirect(302, location));
                Httpipe hp = following()) {
            RedirectFailedException e = assertThrows(RedirectFailedException.class, () -> hp.get(server.uri("/a")));
            assertTrue(e.getMessage().startsWith("redirect 302 refused: Location: "), e.getMessage());
            assertTrue(message == null || e.getMessage().contains(message), e.getMessage());
            assertTrue(!e.getMessage().contains("secret"), e.getMessage());
            assertEquals(Phase.RESPONSE_HEAD, e.phase());
            assertEquals(1, e.hops().size());
            assertEquals(302, e.hops().getFirst().status());
            assertEquals(false, e.safeToRetry());
            assertNothingLeased(hp);
        }
    }

    @Test
    void severalLocationsAreRefusedUnlessTheyAreEqual() throws Exception {
        try (AnsweringServer server = new AnsweringServer(request -> switch (request.target()) {
                    case "/equal" -> empty(302, "Location: /b", "Location: /b");
                    case "/unequal" -> empty(302, "Location: /b", "Location: /c");
                    default -> ok("here");
                });
                Httpipe hp = following()) {
            assertEquals("here", hp.get(server.uri("/equal")).text());
            assertThrows(RedirectFailedException.class, () -> hp.get(server.uri("/unequal")));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ftp://127.0.0.1/, 'not followed: the scheme is \"ftp\"'",
        "mailto:a@b, 'not followed: the scheme is \"mailto\"'",
        "javascript:alert(1), 'not followed: the scheme is \"javascript\"'",
    })
    void aLocationOfAnotherSchemeIsLeftToTheCaller(String location, String reason) throws Exception {
        try (AnsweringServer server = new AnsweringServer(request -> redirect(302, location));
                Httpipe hp = following()) {
            Response response = hp.get(server.uri("/a"));
            assertEquals(302, response.status());
            assertEquals(reason, response.hops().getLast().reason());
        }
    }

    @Test
    void aRedirectWithoutALocationIsLeftToTheCaller() throws Exception {
        try (AnsweringServer server = new AnsweringServer(request -> empty(302));
                Httpipe hp = following()) {
            Response response = hp.get(server.uri("/a"));
            assertEquals(302, response.status());
            assertEquals(
                    "not followed: there is no Location",
                    response.hops().getLast().reason());
        }
    }

    @Test
    void aRedirectFromHttpsToHttpIsLeftToTheCallerAndTheOtherWayIsFollowed() throws Exception {
        TestCertificates certificates = TestCertificates.get();
        AnsweringServer[] plain = new AnsweringServer[1];
        try (AnsweringServer secure = new AnsweringServer(
                        certificates.server("good"),
                        request -> request.target().equals("/down") ? redirect(302, plain[0].uri("/")) : ok("secure"));
                AnsweringServer server = new AnsweringServer(request -> redirect(301, secure.uri("/")));
                Httpipe hp = Httpipe.builder()
                        .redirects(Redirects.NORMAL)
                        .tls(Tls.DEFAULT.trust(certificates.authority()))
                        .build()) {
            plain[0] = server;
            Response response = hp.get(secure.uri("/down"));
            assertEquals(302, response.status());
            assertEquals(
                    "not followed: it leads from https to http",
                    response.hops().getLast().reason());
            assertEquals(List.of(), server.requests());
            assertEquals("secure", hp.get(server.uri("/up")).text());
        }
    }

    @Test
    void aBodyThatCanBeSentOnlyOnceLeavesTheRedirectToTheCaller() throws Exception {
        try (AnsweringServer server = new AnsweringServer(request -> redirect(307, "/b"));
                Httpipe hp = following()) {
            Body once = Body.of(new ByteArrayInputStream(new byte[10]));
            Response response = hp.request(Request.put(server.uri("/a")).body(once));
            assertEquals(307, response.status());
            assertEquals(
                    "not followed: the body cannot be sent again",
                    response.hops().getLast().reason());
            assertEquals(List.of("/a"), server.targets());
        }
    }

    @Test
    void aBodyThatTheServerHasNotTakenYetFollowsTheRedirect() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(
                        peer -> {
                            peer.head();
                            peer.send(
                                    "HTTP/1.1 307 x\r\nLocation: /b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                            peer.awaitClose();
                        },
                        peer -> {
                            peer.head();
                            peer.send("HTTP/1.1 100 Continue\r\n\r\n");
                            peer.send(ok(peer.body(5)));
                            peer.awaitClose();
                        });
                AnsweringServer source = new AnsweringServer(request -> ok("piped"));
                Httpipe hp = following()) {
            try (StreamedResponse piped = hp.stream(Request.get(source.uri("/")))) {
                Response response =
                        piped.pipe().request(Request.put(server.uri("/a")).expectContinue(Duration.ofSeconds(20)));
                assertEquals("piped", response.text());
            }
            assertNothingLeased(hp);
        }
    }

    @Test
    void theExceptionOfALoopHasTheHops() throws Exception {
        try (AnsweringServer server = new AnsweringServer(
                        request -> redirect(302, request.target().equals("/a") ? "/b?x=secret" : "/a"));
                Httpipe hp = following()) {
            RedirectFailedException e = assertThrows(RedirectFailedException.class, () -> hp.get(server.uri("/a")));
            assertTrue(e.getMessage().startsWith("redirect 302 refused: it is a loop back to "), e.getMessage());
            assertEquals(List.of("/a", "/b?x=secret"), server.targets());
            assertEquals(2, e.hops().size());
            assertEquals("302 to " + server.origin(), e.hops().getFirst().reason());
            assertTrue(!e.hops().toString().contains("secret"), e.hops()::toString);
            assertEquals(server.origin(), e.hops().getLast().origin());
        }
    }

    @Test
    void thereIsALimit() throws Exception {
        try (AnsweringServer server = new AnsweringServer(request ->
                        redirect(302, "/" + (Integer.parseInt(request.target().substring(1)) + 1)));
                Httpipe hp = following()) {
            RedirectFailedException e = assertThrows(RedirectFailedException.class, () -> hp.get(server.uri("/0")));
            assertTrue(e.getMessage().startsWith("redirect 302 refused: it would be more than 10 redirects"));
            assertEquals(11, server.requests().size());
            assertEquals(11, e.hops().size());
            Request twice = Request.get(server.uri("/0")).redirects(Redirects.NORMAL.maxHops(2));
            assertThrows(RedirectFailedException.class, () -> hp.request(twice));
            assertEquals(14, server.requests().size());
            Request many = Request.get(server.uri("/0")).redirects(Redirects.NORMAL.maxHops(19));
            assertThrows(RedirectFailedException.class, () -> hp.request(many));
            assertEquals(34, server.requests().size());
            assertEquals(302, hp.request(many.redirects(Redirects.NEVER)).status());
        }
    }

    @Test
    void oneTimeoutLimitsAllRedirects() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send(redirect(302, "/b"));
                    peer.head();
                    peer.awaitClose();
                });
                Httpipe hp = following()) {
            Request request = Request.get(server.uri("/a")).timeout(Duration.ofSeconds(1));
            TimedOutException e = assertThrows(TimedOutException.class, () -> hp.request(request));
            assertEquals(TimedOutException.Limit.DEADLINE, e.limit());
            assertEquals(List.of(302, 0), e.hops().stream().map(Hop::status).toList());
            assertNothingLeased(hp);
        }
    }

    @Test
    void theLimitOfTheBodyIsForTheLastResponse() throws Exception {
        try (AnsweringServer server =
                        new AnsweringServer(request -> request.target().equals("/a") ? redirect(302, "/b") : ok("12"));
                Httpipe hp = following()) {
            assertEquals(
                    "12",
                    hp.request(Request.get(server.uri("/a")).maxBodySize(2)).text());
            BodyTooLargeException e = assertThrows(
                    BodyTooLargeException.class,
                    () -> hp.request(Request.get(server.uri("/a")).maxBodySize(1)));
            assertEquals(2, e.hops().size());
            assertNothingLeased(hp);
        }
    }

    @Test
    void aUnixSocketIsKeptForTheSameAuthorityOnly(@TempDir Path dir) throws Exception {
        try (AnsweringServer other = new AnsweringServer(request -> ok("tcp"));
                AnsweringServer server = new AnsweringServer(
                        script -> ScriptedServer.unix(dir.resolve("s"), script), request -> switch (request.target()) {
                            case "/a" -> redirect(302, "/b");
                            case "/b" -> redirect(302, "http://api.test/c");
                            case "/c" -> redirect(302, other.uri("/away"));
                            default -> empty(500);
                        });
                Httpipe hp = following()) {
            Response response = hp.request(Request.get("http://api.test/a").at(Endpoint.unix(dir.resolve("s"))));
            assertEquals("tcp", response.text());
            assertEquals(List.of("/a", "/b", "/c"), server.targets());
            Response path =
                    hp.request(Request.get("/a").header("Host", "api.test").at(Endpoint.unix(dir.resolve("s"))));
            assertEquals("tcp", path.text());
            assertEquals("api.test", server.last().field("Host"));
            assertNull(other.last().field("Cookie"));
        }
    }

    @Test
    void theRulesRefuseBadInput() {
        assertThrows(IllegalArgumentException.class, () -> Redirects.NORMAL.maxHops(0));
        assertThrows(IllegalArgumentException.class, () -> Redirects.NORMAL.maxHops(20));
        assertThrows(IllegalArgumentException.class, () -> Redirects.NORMAL.trust("example.test"));
        assertThrows(IllegalArgumentException.class, () -> Redirects.NORMAL.trust("http://a.test/path"));
        assertThrows(IllegalArgumentException.class, () -> Redirects.NORMAL.keepHeaders("authorization"));
        assertThrows(IllegalArgumentException.class, () -> Redirects.NORMAL.keepHeaders("a b"));
        assertThrows(IllegalStateException.class, () -> Redirects.NEVER.maxHops(5));
        assertEquals(
                "Redirects[maxHops=3, sameOrigin=false, trusted=[http://a.test:8080], keepHeaders=[x-id]]",
                Redirects.NORMAL
                        .maxHops(3)
                        .trust("http://a.test:8080")
                        .keepHeaders("X-Id")
                        .toString());
    }
}
