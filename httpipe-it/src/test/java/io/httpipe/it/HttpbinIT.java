package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.AccessToken;
import io.httpipe.Credentials;
import io.httpipe.Hop;
import io.httpipe.Httpipe;
import io.httpipe.RedirectFailedException;
import io.httpipe.Redirects;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.Retries;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Redirects, credentials and retries with httpbin. */
class HttpbinIT {
    @AutoClose
    private final Httpipe hp = Clients.builder().redirects(Redirects.NORMAL).build();

    @AfterEach
    void nothingIsLeased() {
        Attempts.assertNothingLeased(hp);
    }

    private Httpipe with(Credentials... credentials) {
        return hp.with(options -> options.credentials(credentials));
    }

    private static Credentials basic(String user, String password) {
        return Credentials.basic(Httpbin.origin(), user, password);
    }

    private static Credentials digest(String user, String password) {
        return Credentials.digest(Httpbin.origin(), user, password);
    }

    private static void assertAuthenticated(String user, Response response) {
        assertEquals(200, response.status());
        assertEquals(
                "{\"authenticated\":true,\"user\":\"%s\"}".formatted(user),
                response.text().strip());
    }

    /** Checks a member of a JSON object. */
    private static void assertMember(String name, String value, Response json) {
        assertTrue(json.text().contains("\"%s\":\"%s\"".formatted(name, value)), json::text);
    }

    @ParameterizedTest
    @CsvSource({"/redirect/, 1", "/redirect/, 10", "/relative-redirect/, 10", "/absolute-redirect/, 10"})
    void severalRedirectsLeadToTheLastPage(String path, int redirects) throws Exception {
        Response response = hp.get(Httpbin.uri(path + redirects));
        assertEquals(200, response.status());
        assertMember("url", Httpbin.uri("/get"), response);
        assertEquals(redirects + 1, response.hops().size());
        List<Boolean> reused = new ArrayList<>(Collections.nCopies(redirects + 1, true));
        reused.set(0, false);
        assertEquals(reused, response.hops().stream().map(Hop::connectionReused).toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/redirect/", "/relative-redirect/", "/absolute-redirect/"})
    void tooManyRedirectsAreRefused(String path) throws Exception {
        RedirectFailedException e = assertThrows(RedirectFailedException.class, () -> hp.get(Httpbin.uri(path + 11)));
        assertEquals(Collections.nCopies(11, 302), Attempts.statuses(e.hops()));
        Httpipe three = hp.with(options -> options.redirects(Redirects.NORMAL.maxHops(3)));
        assertEquals(200, three.get(Httpbin.uri(path + 3)).status());
        e = assertThrows(RedirectFailedException.class, () -> three.get(Httpbin.uri(path + 4)));
        assertEquals(Collections.nCopies(4, 302), Attempts.statuses(e.hops()));
    }

    @ParameterizedTest
    @CsvSource({"301, GET", "302, GET", "303, GET", "307, POST", "308, POST"})
    void aPostIsRedirectedByTheRuleOfItsStatus(int status, String method) throws Exception {
        Request request = Request.post(Httpbin.uri("/redirect-to"))
                .query("url", "/anything?a=b")
                .query("status_code", Integer.toString(status))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .body("lion=Mufasa");
        Response response = hp.request(request);
        assertEquals(List.of(status, 200), Attempts.statuses(response.hops()));
        assertMember("method", method, response);
        assertMember("a", "b", response);
        boolean form = response.text().contains("\"form\":{\"lion\":\"Mufasa\"}");
        assertEquals(method.equals("POST"), form, response::text);
    }

    @ParameterizedTest
    @ValueSource(ints = {300, 304, 305, 306})
    void otherStatusesAreNoRedirects(int status) throws Exception {
        Response response = hp.request(Request.get(Httpbin.uri("/redirect-to"))
                .query("url", "/get")
                .query("status_code", Integer.toString(status)));
        assertEquals(status, response.status());
        assertEquals("/get", response.headers().first("Location"));
        assertEquals(List.of(status), Attempts.statuses(response.hops()));
    }

    @Test
    void theCallersOwnCookiesStayWithTheirOrigin() throws Exception {
        Request request = Request.get(Httpbin.uri("/redirect-to")).header("Cookie", "lion=Mufasa");
        Response same = hp.request(request.query("url", "/cookies"));
        assertEquals("{\"cookies\":{\"lion\":\"Mufasa\"}}", same.text().strip());
        Response other = hp.request(request.query("url", Nginx.uri("/echo").toString()));
        assertTrue(other.text().startsWith("GET /echo HTTP/1.1\r\n"), other::text);
        assertTrue(!other.text().contains("Mufasa"), other::text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/basic-auth/", "/hidden-basic-auth/"})
    void basicCredentialsAreSentAtOnce(String path) throws Exception {
        Response response =
                with(basic("Mufasa", "Circle of Life")).get(Httpbin.uri(path + "Mufasa/Circle%20of%20Life"));
        assertAuthenticated("Mufasa", response);
        assertEquals(List.of(200), Attempts.statuses(response.hops()));
    }

    @Test
    void basicCredentialsCanWaitForAChallenge() throws Exception {
        Httpipe waiting = with(basic("Mufasa", "roar").onChallenge());
        Response response = waiting.get(Httpbin.uri("/basic-auth/Mufasa/roar"));
        assertAuthenticated("Mufasa", response);
        assertEquals(List.of(401, 200), Attempts.statuses(response.hops()));
        // A server that hides its page answers 404, without a challenge.
        Response hidden = waiting.get(Httpbin.uri("/hidden-basic-auth/Mufasa/roar"));
        assertEquals(List.of(404), Attempts.statuses(hidden.hops()));
    }

    @Test
    void aServerThatAcceptsNothingIsAnsweredOnce() throws Exception {
        Response atOnce = with(basic("Mufasa", "roar")).get(Httpbin.uri("/status/401"));
        assertEquals(List.of(401), Attempts.statuses(atOnce.hops()));
        Response afterChallenge = with(basic("Mufasa", "roar").onChallenge()).get(Httpbin.uri("/status/401"));
        assertEquals(List.of(401, 401), Attempts.statuses(afterChallenge.hops()));
    }

    @ParameterizedTest
    @CsvSource({"auth, MD5", "auth, SHA-256", "auth-int, MD5", "auth-int, SHA-256", "any, MD5", "any, SHA-256"})
    void aDigestIsUsedAgainWithoutAChallenge(String qop, String algorithm) throws Exception {
        Httpipe client = with(digest("Mufasa", "roar"));
        String uri = Httpbin.uri("/digest-auth/%s/Mufasa/roar/%s".formatted(qop, algorithm));
        Response first = client.get(uri);
        assertAuthenticated("Mufasa", first);
        assertEquals(List.of(401, 200), Attempts.statuses(first.hops()));
        assertEquals("Digest is needed", first.hops().getFirst().reason());
        for (int i = 0; i < 3; i++) {
            Response next = client.get(uri);
            assertAuthenticated("Mufasa", next);
            assertEquals(List.of(200), Attempts.statuses(next.hops()));
        }
    }

    @Test
    void aDigestOfAnUnknownAlgorithmIsNotAnswered() throws Exception {
        Response response = with(digest("Mufasa", "roar")).get(Httpbin.uri("/digest-auth/auth/Mufasa/roar/SHA-512"));
        assertEquals(List.of(401), Attempts.statuses(response.hops()));
    }

    @Test
    void basicCredentialsAreSentInUtf8() throws Exception {
        String uri = Httpbin.uri("/basic-auth/J%C3%BCrgen/Gr%C3%B6%C3%9Fe%208%E2%82%AC");
        assertAuthenticated("J\\u00fcrgen", with(basic("Jürgen", "Größe 8€")).get(uri));
    }

    @Test
    void aWrongPasswordIsTriedOnce() throws Exception {
        Response response = with(digest("Mufasa", "wrong")).get(Httpbin.uri("/digest-auth/auth/Mufasa/roar/SHA-256"));
        assertEquals(List.of(401, 401), Attempts.statuses(response.hops()));
    }

    /** The cookie {@code stale_after=0} makes httpbin treat each nonce as stale. */
    @Test
    void aServerThatFindsEachNonceStaleIsAnsweredTwice() throws Exception {
        Response response = with(digest("Mufasa", "roar"))
                .request(Request.get(Httpbin.uri("/digest-auth/auth/Mufasa/roar/MD5"))
                        .header("Cookie", "stale_after=0"));
        assertEquals(List.of(401, 401, 401), Attempts.statuses(response.hops()));
        assertEquals("Digest: the nonce was stale", response.hops().get(1).reason());
    }

    @Test
    void aRedirectLeadsToAProtectedPage() throws Exception {
        Request request =
                Request.get(Httpbin.uri("/redirect-to")).query("url", "/digest-auth/auth/Mufasa/roar/SHA-256");
        Response response = with(digest("Mufasa", "roar")).request(request);
        assertAuthenticated("Mufasa", response);
        assertEquals(List.of(302, 401, 200), Attempts.statuses(response.hops()));
    }

    @Test
    void aBearerTokenIsSentAtOnce() throws Exception {
        Response response =
                with(Credentials.bearer(Httpbin.origin(), "token-1")).get(Httpbin.uri("/bearer"));
        assertEquals(
                "{\"authenticated\":true,\"token\":\"token-1\"}",
                response.text().strip());
        assertEquals(List.of(200), Attempts.statuses(response.hops()));
        assertEquals(401, hp.get(Httpbin.uri("/bearer")).status());
    }

    @Test
    void oneTokenServesAllThreads() throws Exception {
        AtomicInteger fetches = new AtomicInteger();
        Httpipe client =
                with(Credentials.bearer(Httpbin.origin(), () -> AccessToken.of("token-" + fetches.incrementAndGet())));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<Response> call = () -> client.get(Httpbin.uri("/bearer"));
            for (Future<Response> future : threads.invokeAll(Collections.nCopies(16, call))) {
                assertMember("token", "token-1", future.get());
            }
        }
        assertEquals(1, fetches.get());
    }

    @ParameterizedTest
    @CsvSource({"GET, 503, 3", "GET, 429, 3", "DELETE, 504, 3", "GET, 500, 1", "POST, 503, 1"})
    void aFailureIsRetriedIfThatIsSafe(String method, int status, int attempts) throws Exception {
        Retries retries = Retries.of(3).backoff(Duration.ZERO, Duration.ZERO);
        Request request = Request.of(method, Httpbin.uri("/status/" + status)).retries(retries);
        assertEquals(
                Collections.nCopies(attempts, status),
                Attempts.statuses(hp.request(request).hops()));
    }

    @Test
    void anIdempotencyKeyMakesAPostSafe() throws Exception {
        Request request = Request.post(Httpbin.uri("/status/503"))
                .retries(Retries.of(2).backoff(Duration.ZERO, Duration.ZERO))
                .idempotencyKey();
        assertEquals(List.of(503, 503), Attempts.statuses(hp.request(request).hops()));
    }
}
