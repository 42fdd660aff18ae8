package io.httpipe.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Body;
import io.httpipe.Credentials;
import io.httpipe.Httpipe;
import io.httpipe.Redirects;
import io.httpipe.Request;
import io.httpipe.Response;
import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Digest authentication with Apache's mod_auth_digest, which has MD5 and the quality of protection {@code auth}. */
class DigestAuthIT {
    private static final Pattern NONCE = Pattern.compile("[ ,]nonce=\"([^\"]+)\"");
    private static final Pattern COUNT = Pattern.compile("[ ,]nc=([0-9a-f]{8})");

    @AutoClose
    private final Httpipe hp = Clients.builder().redirects(Redirects.NORMAL).build();

    private final Httpipe authenticated = with(Apache.USER, Apache.PASSWORD);

    @AfterEach
    void nothingIsLeased() {
        Attempts.assertNothingLeased(hp);
    }

    private Httpipe with(String user, String password) {
        Credentials credentials = Credentials.digest(Apache.origin(), user, password);
        return hp.with(options -> options.credentials(credentials));
    }

    /** Requests the file of an area. */
    private Response ok(String area) throws Exception {
        return authenticated.get(Apache.uri("/" + area + "/ok"));
    }

    private static void assertServed(Response response, Integer... statuses) throws Exception {
        assertEquals("OK\n", response.text());
        assertEquals(List.of(statuses), Attempts.statuses(response.hops()));
    }

    /** Returns a part of the credentials that Apache got. */
    private static String sent(Pattern part, Response response) {
        String authorization =
                Objects.requireNonNull(response.headers().first("X-Authorization"), "Apache always sends it");
        Matcher matcher = part.matcher(authorization);
        assertTrue(matcher.find(), authorization);
        return matcher.group(1);
    }

    /** Returns the time at which Apache got the request, to the second. */
    private static ZonedDateTime date(Response response) {
        return ZonedDateTime.parse(
                Objects.requireNonNull(response.headers().first("Date")), DateTimeFormatter.RFC_1123_DATE_TIME);
    }

    @Test
    void aNonceServesManyRequests() throws Exception {
        Response first = ok("digest");
        assertServed(first, 401, 200);
        assertEquals(Apache.USER, Apache.user(first, UTF_8));
        assertEquals("Digest is needed", first.hops().getFirst().reason());
        assertEquals(1, first.reusedTimes(), "the challenge and its answer use one connection");
        for (int i = 2; i <= 5; i++) {
            Response next = ok("digest");
            assertServed(next, 200);
            assertEquals(sent(NONCE, first), sent(NONCE, next));
            assertEquals("%08x".formatted(i), sent(COUNT, next));
        }
    }

    /** The response has a proof that Apache knows the password, and the client has checked this proof. */
    @Test
    void apacheProvesThatItKnowsThePassword() throws Exception {
        String info = ok("digest").headers().first("Authentication-Info");
        assertNotNull(info);
        assertTrue(info.contains("rspauth="), info);
    }

    @Test
    void countsComeInTheOrderThatApacheDemands() throws Exception {
        Response first = ok("digest-counted");
        assertServed(first, 401, 200);
        for (int i = 2; i <= 20; i++) {
            Response next = ok("digest-counted");
            assertServed(next, 200);
            assertEquals("%08x".formatted(i), sent(COUNT, next));
        }
        String used = Objects.requireNonNull(first.headers().first("X-Authorization"));
        Request again = Request.get(Apache.uri("/digest-counted/ok")).header("Authorization", used);
        assertEquals(401, hp.request(again).status());
    }

    @Test
    void everyThreadUsesItsOwnCount() throws Exception {
        int threads = 16;
        List<Response> responses = new ArrayList<>();
        responses.add(ok("digest"));
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<Response> call = () -> ok("digest");
            for (Future<Response> future : executor.invokeAll(Collections.nCopies(threads, call))) {
                responses.add(future.get());
                assertServed(responses.getLast(), 200);
            }
        }
        Set<String> uses = new HashSet<>();
        for (Response response : responses) {
            uses.add(sent(NONCE, response) + " " + sent(COUNT, response));
        }
        assertEquals(threads + 1, uses.size(), uses::toString);
    }

    @Test
    void eachResponseBringsTheNonceForTheNextRequest() throws Exception {
        Response before = ok("digest-once");
        assertServed(before, 401, 200);
        for (int i = 0; i < 5; i++) {
            Response next = ok("digest-once");
            assertServed(next, 200);
            assertNotEquals(sent(NONCE, before), sent(NONCE, next));
            assertEquals("00000001", sent(COUNT, next));
            before = next;
        }
    }

    @Test
    void aStaleNonceIsReplaced() throws Exception {
        Response first = ok("digest-short");
        assertServed(first, 401, 200);
        ZonedDateTime stale = date(first).plusSeconds(2);
        while (date(hp.get(Apache.uri("/ok"))).isBefore(stale)) {
            hp.get(Nginx.uri("/sleep?ms=50"));
        }
        Response second = ok("digest-short");
        assertServed(second, 401, 200);
        assertEquals("Digest: the nonce was stale", second.hops().getFirst().reason());
        assertNotEquals(sent(NONCE, first), sent(NONCE, second));
    }

    @Test
    void anOldServerGetsAnOldAnswer() throws Exception {
        Response first = ok("digest-old");
        assertServed(first, 401, 200);
        String authorization = first.headers().first("X-Authorization");
        assertNotNull(authorization);
        assertFalse(authorization.contains("qop="), authorization);
        assertFalse(authorization.contains("nc="), authorization);
        assertServed(ok("digest-old"), 200);
    }

    @Test
    void aRealmWithQuotesIsUnderstood() throws Exception {
        assertServed(ok("digest-quoted"), 401, 200);
        assertServed(ok("digest-quoted"), 200);
    }

    @Test
    void namesAndPasswordsAreHashedInUtf8() throws Exception {
        Response response = with("Jürgen", "Größe: 8€").get(Apache.uri("/digest/ok"));
        assertServed(response, 401, 200);
        assertEquals("Jürgen", Apache.user(response, UTF_8));
    }

    @Test
    void aWrongPasswordIsTriedOnce() throws Exception {
        for (String user : List.of(Apache.USER, "Scar")) {
            String mark = Apache.mark();
            Response response = with(user, "wrong").get(Apache.uri("/digest/ok" + mark));
            assertEquals(List.of(401, 401), Attempts.statuses(response.hops()));
            assertEquals(List.of(401, 401), Apache.statuses(hp, mark));
        }
    }

    @Test
    void theQueryIsPartOfWhatIsSigned() throws Exception {
        assertServed(authenticated.get(Apache.uri("/digest/ok?a=1&b=%C3%BC,\"x\"")), 401, 200);
        assertServed(authenticated.get(Apache.uri("/digest/ok?a=2")), 200);
    }

    @Test
    void aRedirectIsSignedAnew() throws Exception {
        Response response = authenticated.get(Apache.uri("/digest/folder"));
        assertServed(response, 401, 301, 200);
        assertEquals("00000002", sent(COUNT, response));
    }

    @Test
    void theServerSaysWhereItsPasswordIsUseful() throws Exception {
        assertServed(ok("digest-domain"), 401, 200);
        assertServed(ok("digest-domain"), 200);
        Response outside = authenticated.get(Apache.uri("/ok"));
        assertServed(outside, 200);
        assertEquals("", outside.headers().first("X-Authorization"));
    }

    @Test
    void basicAndDigestAreUsedWhereEachIsAskedFor() throws Exception {
        Httpipe both = hp.with(options -> options.credentials(
                Credentials.basic(Apache.origin(), Apache.USER, Apache.PASSWORD),
                Credentials.digest(Apache.origin(), Apache.USER, Apache.PASSWORD)));
        assertServed(both.get(Apache.uri("/basic/ok")), 401, 200);
        assertServed(both.get(Apache.uri("/digest-domain/ok")), 401, 200);
        Response digest = both.get(Apache.uri("/digest-domain/ok"));
        assertServed(digest, 200);
        assertEquals("00000002", sent(COUNT, digest));
        assertServed(both.get(Apache.uri("/basic/ok")), 401, 200);
    }

    @Test
    void aBodyIsSentAgainAfterAChallenge() throws Exception {
        String body = "body ".repeat(20_000);
        Request post = Request.post(Apache.uri("/digest/echo"));
        Response response = authenticated.request(post.body(body));
        assertEquals(body, response.text());
        assertEquals(List.of(401, 200), Attempts.statuses(response.hops()));

        Body known = Body.of(new ByteArrayInputStream(body.getBytes(UTF_8)));
        Response atOnce = authenticated.request(post.body(known));
        assertEquals(body, atOnce.text());
        assertEquals(List.of(200), Attempts.statuses(atOnce.hops()));
    }

    @Test
    void aBodyThatCannotBeSentAgainTeachesTheNextCallTheNonce() throws Exception {
        byte[] body = "body ".repeat(20_000).getBytes(UTF_8);
        Request post = Request.post(Apache.uri("/digest/echo"));
        Response unanswered = authenticated.request(post.body(Body.of(new ByteArrayInputStream(body))));
        assertEquals(List.of(401), Attempts.statuses(unanswered.hops()));

        Response response = authenticated.request(post.body(Body.of(new ByteArrayInputStream(body))));
        assertEquals(List.of(200), Attempts.statuses(response.hops()));
        assertEquals(body.length, response.body().length);
    }

    @Test
    void aBodyThatWaitsFor100ContinueIsSentOnce() throws Exception {
        byte[] body = new byte[1 << 20];
        Request post = Request.post(Apache.uri("/digest/echo")).body(body).expectContinue(Duration.ofSeconds(10));
        Response response = authenticated.request(post);
        assertEquals(List.of(401, 200), Attempts.statuses(response.hops()));
        assertTrue(response.hops().getFirst().bytesSent() < 1000, response.hops()::toString);
        assertTrue(response.hops().getLast().bytesSent() > body.length, response.hops()::toString);
        assertEquals(body.length, response.body().length);
    }
}
