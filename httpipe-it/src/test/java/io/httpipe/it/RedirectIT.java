package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Body;
import io.httpipe.Endpoint;
import io.httpipe.FanOut;
import io.httpipe.Hop;
import io.httpipe.Httpipe;
import io.httpipe.RedirectFailedException;
import io.httpipe.Redirects;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.RouteStats;
import io.httpipe.StreamedResponse;
import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Redirects of nginx: within an origin, and to other ports, names, schemes and transports. */
class RedirectIT {
    /** Headers of a caller. Only the first two may be sent to another origin. */
    private static final List<String> HEADERS = List.of(
            "Accept: text/plain",
            "Accept-Language: sw",
            "Authorization: Bearer secret-1",
            "Cookie: s=secret-2",
            "X-Api-Key: secret-3");

    @AutoClose
    private final Httpipe hp = Clients.builder()
            .resolver(host -> List.of(InetAddress.getAllByName(Nginx.host())))
            .redirects(Redirects.NORMAL)
            .build();

    @AfterEach
    void nothingIsLeased() {
        Attempts.assertNothingLeased(hp);
    }

    /** A redirect that nginx itself makes. */
    private static Request moved(int status, String location) {
        return Request.get(Nginx.origin() + "/moved/" + status).rawQuery("to=" + location);
    }

    /** A redirect with any text as Location. */
    private static Request redirect(String path, String location) {
        return Request.get(Nginx.origin() + path).query("to", location);
    }

    private static Request withHeaders(Request request) {
        Request result = request;
        for (String header : HEADERS) {
            String[] parts = header.split(": ", 2);
            result = result.header(parts[0], parts[1]);
        }
        return result;
    }

    /** Returns which of {@link #HEADERS} nginx got, when its /echo is the target. */
    private static List<String> received(Response echo) throws Exception {
        List<String> lines = List.of(echo.text().split("\r\n", -1));
        assertTrue(lines.getFirst().startsWith("GET /echo"), lines::toString);
        return HEADERS.stream().filter(lines::contains).toList();
    }

    private static String lastReason(Response response) {
        return response.hops().getLast().reason();
    }

    @ParameterizedTest
    @CsvSource({
        "301, POST,   GET",
        "302, POST,   GET",
        "303, POST,   GET",
        "303, PUT,    GET",
        "303, DELETE, GET",
        "303, QUERY,  GET",
        "301, PUT,    PUT",
        "302, PATCH,  PATCH",
        "301, QUERY,  QUERY",
        "307, POST,   POST",
        "308, POST,   POST",
        "308, PUT,    PUT"
    })
    void aRedirectKeepsOrChangesTheMethodAndTheBody(int status, String method, String next) throws Exception {
        Request request = moved(status, "/echo")
                .method(method)
                .header("Content-Type", "text/x-test")
                .body("a body");
        Response response = hp.request(request);
        assertEquals(200, response.status());
        assertEquals(List.of(status, 200), Attempts.statuses(response.hops()));
        String[] headAndBody = response.text().split("\r\n\r\n", 2);
        String head = headAndBody[0].toLowerCase(Locale.ROOT);
        assertTrue(headAndBody[0].startsWith(next + " /echo HTTP/1.1\r\n"), response.text());
        boolean kept = method.equals(next);
        assertEquals(kept ? "a body" : "", headAndBody[1]);
        assertEquals(kept, head.contains("\r\ncontent-type: text/x-test"));
        assertEquals(kept, head.contains("\r\ncontent-length: 6"));
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void aHeadRequestStaysAHeadRequest(int status) throws Exception {
        Response response = hp.request(moved(status, "/length?n=5").method("HEAD"));
        assertEquals(List.of(status, 200), Attempts.statuses(response.hops()));
        assertEquals("5", response.headers().first("Content-Length"));
        assertEquals(0, response.body().length);
    }

    @ParameterizedTest
    @CsvSource({
        "uri/x,                 /uri/x",
        "./uri/x,               /uri/x",
        "../../uri/x,           /uri/x",
        "/uri/./y/../x?q=1,     /uri/x?q=1",
        "/uri/x?a=b/../c,       /uri/x?a=b/../c",
        "/uri/%C3%BC%2f?%25,    /uri/%C3%BC%2f?%25",
        "/uri/ü/\u00E9,         /uri/%C3%BC/%C3%A9",
        "/uri/x#part,           /uri/x",
        "?to=/uri/x,            /uri/x",
        "redirect/a/b?to=../../uri/x, /uri/x"
    })
    void aRelativeLocationIsResolved(String location, String expected) throws Exception {
        Response response = hp.request(redirect("/redirect", location));
        assertEquals(expected, response.text());
        assertEquals(
                List.of(Nginx.origin()),
                Attempts.origins(response.hops()).stream().distinct().toList());
    }

    @Test
    void aLocationWithoutASchemeKeepsTheScheme() throws Exception {
        String authority = Nginx.host() + ":" + Nginx.tlsPort();
        Response response = hp.request(Request.get(Nginx.tlsUri("/moved/302")).rawQuery("to=//" + authority + "/host"));
        assertEquals(authority, response.text());
        assertEquals("TLSv1.3", response.headers().first("X-TLS-Protocol"));
    }

    @Test
    void aFragmentIsKeptUntilALocationHasItsOwn() throws Exception {
        Response kept = hp.request(Request.get(Nginx.uri("/moved/302?to=/uri/x") + "#first"));
        assertEquals(Nginx.uri("/uri/x#first").toString(), kept.hops().getLast().uri());
        Response replaced = hp.request(Request.get(Nginx.uri("/redirect?to=/uri/x%23second") + "#first"));
        assertEquals(
                Nginx.uri("/uri/x#second").toString(), replaced.hops().getLast().uri());
        assertEquals("/uri/x", replaced.text());
    }

    @Test
    void redirectsWithinAnOriginUseOneConnection() throws Exception {
        Response response = hp.request(redirect("/redirect", "/redirect?to=/redirect?to=/simple-ok"));
        assertEquals("OK\n", response.text());
        assertEquals("4", response.headers().first("X-Connection-Requests"));
        assertEquals(
                List.of(false, true, true, true),
                response.hops().stream().map(Hop::connectionReused).toList());
    }

    @Test
    void theSameOriginGetsAllHeaders() throws Exception {
        assertEquals(HEADERS, received(hp.request(withHeaders(moved(302, Nginx.origin() + "/echo")))));
    }

    @Test
    void anotherPortGetsNoSecrets() throws Exception {
        Response response = hp.request(withHeaders(moved(302, Nginx.otherOrigin() + "/echo")));
        assertEquals(HEADERS.subList(0, 2), received(response));
        assertFalse(response.text().contains("secret"), response.text());
        assertEquals(List.of(Nginx.origin(), Nginx.otherOrigin()), Attempts.origins(response.hops()));
    }

    @Test
    void anotherNameOfTheServerGetsNoSecrets() throws Exception {
        String path = "/moved/302?to=http://httpipe.test:" + Nginx.httpPort() + "/echo";
        Response response = hp.request(withHeaders(Request.get("http://localhost:" + Nginx.httpPort() + path)));
        assertEquals(HEADERS.subList(0, 2), received(response));
        assertTrue(response.text().contains("\r\nHost: httpipe.test:" + Nginx.httpPort() + "\r\n"), response.text());
    }

    @Test
    void theSameNameWithTlsGetsNoSecrets() throws Exception {
        String target = "https://httpipe.test:" + Nginx.tlsPort() + "/echo";
        Request request = Request.get("http://httpipe.test:" + Nginx.httpPort() + "/moved/308?to=" + target);
        Response response = hp.request(withHeaders(request));
        assertEquals(HEADERS.subList(0, 2), received(response));
        assertEquals("httpipe.test", response.headers().first("X-TLS-Server-Name"));
        assertEquals(
                "308 to https://httpipe.test:%d, another origin".formatted(Nginx.tlsPort()),
                response.hops().getFirst().reason());
    }

    @Test
    void secretsStayBehindWhenARedirectLeadsBack() throws Exception {
        String back = Nginx.otherOrigin() + "/moved/302?to=" + Nginx.origin() + "/echo";
        Response response = hp.request(withHeaders(moved(302, back)));
        assertEquals(HEADERS.subList(0, 2), received(response));
        assertEquals(List.of(302, 302, 200), Attempts.statuses(response.hops()));
    }

    @Test
    void aTrustedOriginGetsAllHeaders() throws Exception {
        Redirects trusting = Redirects.NORMAL.trust(Nginx.otherOrigin());
        Request request = withHeaders(moved(307, Nginx.otherOrigin() + "/echo")).redirects(trusting);
        assertEquals(HEADERS, received(hp.request(request)));
    }

    @Test
    void anotherOriginGetsTheHeadersThatTheCallerNames() throws Exception {
        Redirects keeping = Redirects.NORMAL.keepHeaders("x-api-key");
        Request request = withHeaders(moved(307, Nginx.otherOrigin() + "/echo")).redirects(keeping);
        assertEquals(List.of(HEADERS.get(0), HEADERS.get(1), HEADERS.get(4)), received(hp.request(request)));
    }

    @Test
    void aRedirectFromHttpsToHttpIsReturned() throws Exception {
        String location = Nginx.origin() + "/simple-ok";
        Response response = hp.request(Request.get(Nginx.tlsUri("/moved/301")).rawQuery("to=" + location));
        assertEquals(301, response.status());
        assertEquals(location, response.headers().first("Location"));
        assertEquals(List.of(301), Attempts.statuses(response.hops()));
        assertEquals("not followed: it leads from https to http", lastReason(response));
    }

    @Test
    void sameOriginFollowsNoRedirectToAnotherPort() throws Exception {
        Response other = hp.request(moved(302, Nginx.otherOrigin() + "/echo").redirects(Redirects.SAME_ORIGIN));
        assertEquals(302, other.status());
        assertEquals("not followed: it leads to another origin", lastReason(other));
        Response same = hp.request(moved(302, Nginx.origin() + "/echo").redirects(Redirects.SAME_ORIGIN));
        assertEquals(200, same.status());
    }

    @Test
    void neverFollowsNoRedirect() throws Exception {
        assertEquals(
                302, hp.request(moved(302, "/echo").redirects(Redirects.NEVER)).status());
        Httpipe never = hp.with(options -> options.redirects(Redirects.NEVER));
        assertEquals(302, never.request(moved(302, "/echo")).status());
    }

    @Test
    void anEmptyLocationIsRefused() {
        Request request = Request.get(Nginx.uri("/moved/302"));
        RedirectFailedException e = assertThrows(RedirectFailedException.class, () -> hp.request(request));
        assertEquals(List.of(302), Attempts.statuses(e.hops()));
    }

    @Test
    void aLoopIsRefused() {
        Request request = redirect("/redirect", "#again");
        RedirectFailedException e = assertThrows(RedirectFailedException.class, () -> hp.request(request));
        assertTrue(e.getMessage().contains("loop"), e.getMessage());
        assertEquals(List.of(302), Attempts.statuses(e.hops()));
        assertFalse(e.safeToRetry());
    }

    @Test
    void aLargeBodyIsSentAgainWhole() throws Exception {
        byte[] bytes = new byte[1 << 20];
        bytes[12345] = 1;
        String expected = DigitBody.lengthAndMd5(new ByteArrayInputStream(bytes));
        for (int status : new int[] {307, 308}) {
            Body body = Body.of(() -> new ByteArrayInputStream(bytes));
            Response response = hp.request(moved(status, "/sink").method("POST").body(body));
            assertEquals(expected, response.text());
            assertEquals(List.of(status, 200), Attempts.statuses(response.hops()));
            assertTrue(response.hops().getLast().bytesSent() > bytes.length);
        }
    }

    @Test
    void aBodyThatCannotBeSentAgainEndsTheRedirects() throws Exception {
        Body body = Body.of(new ByteArrayInputStream(new byte[10]));
        Response kept = hp.request(moved(307, "/sink").method("POST").body(body));
        assertEquals(307, kept.status());
        assertEquals("not followed: the body cannot be sent again", lastReason(kept));

        Body other = Body.of(new ByteArrayInputStream(new byte[10]));
        Response dropped = hp.request(moved(303, "/simple-ok").method("POST").body(other));
        assertEquals("OK\n", dropped.text());
    }

    /** Returns how many connections were opened to nginx's Unix domain socket and to its port. */
    private List<Long> openedBySocketAndPort() {
        return Stream.of(Transport.UNIX, Transport.TCP)
                .map(Transport::endpoint)
                .map(endpoint -> hp.stats().stream()
                        .filter(route -> route.endpoint().equals(endpoint))
                        .mapToLong(RouteStats::opened)
                        .sum())
                .toList();
    }

    @Test
    void aRedirectWithinAUnixSocketStaysThere() throws Exception {
        Endpoint socket = Transport.UNIX.endpoint();
        for (String location : List.of("/uri/x", "http://localhost/uri/x", "//localhost:80/uri/x")) {
            Request request =
                    Request.get("http://localhost/moved/302?to=" + location).at(socket);
            assertEquals("/uri/x", hp.request(request).text());
        }
        assertEquals(List.of(1L, 0L), openedBySocketAndPort());
    }

    @Test
    void aRedirectToAnotherAuthorityLeavesTheUnixSocket() throws Exception {
        Request request = Request.get("http://localhost/moved/302?to=" + Nginx.uri("/echo"));
        Response response = hp.request(withHeaders(request).at(Transport.UNIX.endpoint()));
        assertEquals(HEADERS.subList(0, 2), received(response));
        assertEquals(List.of(1L, 1L), openedBySocketAndPort());
    }

    @Test
    void streamsAndFanOutsFollowRedirects() throws Exception {
        Request request = moved(302, "/chunked?n=100000");
        try (StreamedResponse response = hp.stream(request)) {
            assertEquals(List.of(302, 200), Attempts.statuses(response.hops()));
            assertEquals(DigitBody.lengthAndMd5(100_000), DigitBody.lengthAndMd5(response.body()));
        }
        int status = hp.stream(request, response -> {
            response.body().readAllBytes();
            return response.status();
        });
        assertEquals(200, status);
        for (Response response : FanOut.over(hp).all(Collections.nCopies(4, request))) {
            assertEquals(100_000, response.body().length);
            assertEquals(List.of(302, 200), Attempts.statuses(response.hops()));
        }
    }
}
