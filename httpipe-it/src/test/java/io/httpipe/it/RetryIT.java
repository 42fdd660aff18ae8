package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Body;
import io.httpipe.ConnectionLostException;
import io.httpipe.Hop;
import io.httpipe.Httpipe;
import io.httpipe.Redirects;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.Retries;
import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Retries after failures of nginx, with and without a status. */
class RetryIT {
    private static final Retries THREE = Retries.of(3).backoff(Duration.ZERO, Duration.ZERO);

    /** The last id given to a request in this run. nginx counts the requests with each id separately. */
    private static final AtomicInteger IDS = new AtomicInteger();

    @AutoClose
    private final Httpipe hp = Clients.builder().retries(THREE).build();

    @AfterEach
    void nothingIsLeased() {
        Attempts.assertNothingLeased(hp);
    }

    /** A request that fails this often. Then its response lists all attempts that nginx has received. */
    private static Request flaky(int failures, int status) {
        return Request.get(Nginx.uri("/flaky"))
                .query("id", "retry-" + IDS.incrementAndGet())
                .query("failures", Integer.toString(failures))
                .query("status", Integer.toString(status));
    }

    /**
     * A request that nginx refuses if the same request came less than 500 ms before. The refusal asks for a wait of
     * {@code seconds}.
     */
    private static Request limited(int seconds) {
        return Request.get(Nginx.uri("/limited"))
                .query("id", "retry-" + IDS.incrementAndGet())
                .query("after", Integer.toString(seconds));
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 502, 503, 504})
    void aGetIsSentUntilItSucceeds(int status) throws Exception {
        Response response = hp.request(flaky(2, status));
        assertEquals("GET - \n".repeat(3), response.text());
        assertEquals(List.of(status, status, 200), Attempts.statuses(response.hops()));
        assertEquals("3", response.headers().first("X-Connection-Requests"), "all on one connection");
    }

    @Test
    void theLastResponseIsReturned() throws Exception {
        Response response = hp.request(flaky(3, 503));
        assertEquals(503, response.status());
        assertEquals("not yet\n", response.text());
        assertEquals(List.of(503, 503, 503), Attempts.statuses(response.hops()));
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 404, 500, 501})
    void otherStatusesAreFinal(int status) throws Exception {
        Response response = hp.request(flaky(1, status));
        assertEquals(List.of(status), Attempts.statuses(response.hops()));
    }

    @Test
    void aPutIsSentAgainWithItsBody() throws Exception {
        Response response = hp.request(flaky(2, 503).method("PUT").body("a body"));
        assertEquals("PUT - a body\n".repeat(3), response.text());
    }

    @Test
    void aPostIsNotSentAgain() throws Exception {
        Response response = hp.request(flaky(1, 503).method("POST").body("a body"));
        assertEquals(List.of(503), Attempts.statuses(response.hops()));
    }

    @Test
    void aPostWithAnIdempotencyKeyIsSentAgainWithTheSameKey() throws Exception {
        Request request = flaky(2, 503).method("POST").body("a body").idempotencyKey();
        String key = request.headers().first("Idempotency-Key");
        assertNotNull(key);
        assertEquals(
                "POST %s a body\n".formatted(key).repeat(3), hp.request(request).text());
    }

    @Test
    void aBodyThatCannotBeSentAgainIsSentOnce() throws Exception {
        Body once = Body.of(new ByteArrayInputStream(new byte[] {'x'}));
        Response response = hp.request(flaky(1, 503).method("PUT").body(once));
        assertEquals(List.of(503), Attempts.statuses(response.hops()));
    }

    @Test
    void retriesAndRedirectsWorkInOneCall() throws Exception {
        Request target = flaky(2, 503);
        Request request =
                Request.get(Nginx.uri("/redirect")).query("to", target.target()).redirects(Redirects.NORMAL);
        Response response = hp.request(request);
        assertEquals("GET - \n".repeat(3), response.text());
        assertEquals(List.of(302, 503, 503, 200), Attempts.statuses(response.hops()));
    }

    @Test
    void aCallWaitsForAsLongAsARateLimitAsksFor() throws Exception {
        Request request = limited(1);
        Response response = hp.request(request);
        while (Attempts.statuses(response.hops()).equals(List.of(200))) {
            response = hp.request(request);
        }
        assertEquals("OK\n", response.text());
        assertEquals(List.of(429, 200), Attempts.statuses(response.hops()));
        assertEquals(Duration.ofSeconds(1), response.hops().getFirst().waited());
        assertEquals("429, Retry-After 1 s", response.hops().getFirst().reason());
    }

    @Test
    void aRateLimitThatAsksForTooMuchIsReturned() throws Exception {
        for (Request request : List.of(
                limited(20).retries(THREE.maxRetryAfter(Duration.ofSeconds(19))),
                limited(20).timeout(Duration.ofSeconds(19)))) {
            Response response = hp.request(request);
            while (Attempts.statuses(response.hops()).equals(List.of(200))) {
                response = hp.request(request);
            }
            assertEquals(List.of(429), Attempts.statuses(response.hops()));
            assertEquals("20", response.headers().first("Retry-After"));
        }
    }

    @ParameterizedTest
    @CsvSource({"/bad-gateway, 502", "/late-gateway, 504"})
    void aGatewayWithoutAServerIsAskedAgain(String path, int status) throws Exception {
        Response response = hp.get(Nginx.uri(path));
        assertEquals(status, response.status());
        assertTrue(response.text().contains("<center>nginx</center>"), response::text);
        assertEquals(Collections.nCopies(3, status), Attempts.statuses(response.hops()));
    }

    @Test
    void aLostConnectionIsReplaced() {
        ConnectionLostException e =
                assertThrows(ConnectionLostException.class, () -> hp.get(Nginx.uri("/no-response")));
        assertEquals(List.of(0, 0, 0), Attempts.statuses(e.hops()));
        for (Hop hop : e.hops()) {
            assertEquals(
                    ConnectionLostException.class,
                    hop.failure() == null ? null : hop.failure().getClass());
        }
    }

    @Test
    void aPostWhoseConnectionIsLostIsNotSentAgain() {
        Request request = Request.post(Nginx.uri("/no-response")).body("a body");
        ConnectionLostException e = assertThrows(ConnectionLostException.class, () -> hp.request(request));
        assertEquals(List.of(0), Attempts.statuses(e.hops()));
    }
}
