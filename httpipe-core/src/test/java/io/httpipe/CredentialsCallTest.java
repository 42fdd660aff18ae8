package io.httpipe;

import static io.httpipe.testing.AnsweringServer.empty;
import static io.httpipe.testing.AnsweringServer.ok;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.AnsweringServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Credentials over the wire: which requests have them, and the requests after a 401. */
@Timeout(30)
class CredentialsCallTest {
    private static final String BASIC = "WWW-Authenticate: Basic realm=\"r\"";
    private static final String DIGEST = "WWW-Authenticate: Digest realm=\"r\", nonce=\"n1\", qop=\"auth\", algorithm=";

    /** Answers each request without credentials with 401 and these challenges. Accepts any credentials. */
    private static AnsweringServer asking(String... challenges) throws Exception {
        return new AnsweringServer(
                request -> request.field("Authorization") == null ? empty(401, challenges) : ok("welcome"));
    }

    private static Httpipe client(Credentials... credentials) {
        return Httpipe.builder().credentials(credentials).build();
    }

    private static List<Integer> statuses(Response response) {
        return response.hops().stream().map(Hop::status).toList();
    }

    @Test
    void basicIsSentWithTheFirstRequestToItsOrigin() throws Exception {
        try (AnsweringServer server = asking(BASIC);
                AnsweringServer other = asking(BASIC);
                Httpipe hp = client(Credentials.basic(server.origin(), "Aladdin", "open sesame"))) {
            Response response = hp.get(server.uri("/"));
            assertEquals(List.of(200), statuses(response));
            assertEquals("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", server.last().field("Authorization"));
            assertEquals(401, hp.get(other.uri("/")).status());
            assertNull(other.last().field("Authorization"));
        }
    }

    @Test
    void basicCanWaitForAChallenge() throws Exception {
        try (AnsweringServer server = asking(BASIC);
                Httpipe hp = client(Credentials.basic(server.origin(), "u", "p").onChallenge())) {
            Response response = hp.request(Request.post(server.uri("/")).body("work"));
            assertEquals("welcome", response.text());
            assertEquals(List.of(401, 200), statuses(response));
            assertEquals("Basic is needed", response.hops().getFirst().reason());
            assertEquals("work", server.last().body());
            assertEquals(1, server.server().connections());
        }
    }

    @Test
    void wrongCredentialsAreTriedOnceAndTheCallerGetsThe401() throws Exception {
        try (AnsweringServer server = new AnsweringServer(request -> empty(401, BASIC, DIGEST + "MD5"));
                Httpipe hp = client(
                        Credentials.basic(server.origin(), "u", "wrong").onChallenge(),
                        Credentials.digest(server.origin(), "u", "wrong"))) {
            Response response = hp.get(server.uri("/"));
            assertEquals(401, response.status());
            assertEquals(2, server.requests().size());
            assertTrue(server.last().field("Authorization").startsWith("Digest "), "the stronger one");
            assertTrue(!response.hops().toString().contains("wrong"));
        }
    }

    @Test
    void theStrongestChallengeIsAnsweredAndItsNonceIsUsedAgain() throws Exception {
        try (AnsweringServer server = asking(BASIC, DIGEST + "MD5", DIGEST + "SHA-512-256", DIGEST + "SHA-256");
                Httpipe hp = client(
                        Credentials.basic(server.origin(), "u", "p"), Credentials.digest(server.origin(), "u", "p"))) {
            assertEquals(List.of(401, 200), statuses(hp.get(server.uri("/a"))));
            assertTrue(server.last().field("Authorization").contains("algorithm=SHA-512-256"));
            assertEquals(List.of(200), statuses(hp.get(server.uri("/b?c=d"))));
            assertTrue(server.last().field("Authorization").contains("nc=00000002"));
            assertTrue(server.last().field("Authorization").contains("uri=\"/b?c=d\""));
        }
    }

    @Test
    void eachUseOfANonceHasItsOwnCount() throws Exception {
        try (AnsweringServer server = asking(DIGEST + "SHA-256");
                Httpipe hp = client(Credentials.digest(server.origin(), "u", "p"))) {
            hp.get(server.uri("/"));
            FanOut.over(hp).all(java.util.Collections.nCopies(200, Request.get(server.uri("/"))));
            Set<String> counts = new HashSet<>();
            int authorized = 0;
            for (AnsweringServer.Received request : server.requests()) {
                String authorization = request.field("Authorization");
                if (authorization != null) {
                    authorized++;
                    counts.add(authorization.replaceAll(".*nc=([0-9a-f]{8}).*", "$1"));
                }
            }
            assertEquals(201, authorized);
            assertEquals(201, counts.size());
        }
    }

    @Test
    void aStaleNonceIsReplacedOnce() throws Exception {
        AtomicInteger nonces = new AtomicInteger();
        try (AnsweringServer server = new AnsweringServer(request -> empty(
                        401,
                        "WWW-Authenticate: Digest realm=\"r\", nonce=\"%d\", stale=true, qop=\"auth\""
                                .formatted(nonces.incrementAndGet())));
                Httpipe hp = client(Credentials.digest(server.origin(), "u", "p"))) {
            Response response = hp.get(server.uri("/"));
            assertEquals(401, response.status());
            assertEquals(3, server.requests().size(), "the server cannot make it go on for ever");
        }
    }

    @Test
    void aServerThatCannotProveThatItKnowsThePasswordIsNotBelieved() throws Exception {
        try (AnsweringServer server = new AnsweringServer(request -> request.field("Authorization") == null
                        ? empty(401, DIGEST + "SHA-256")
                        : empty(200, "Authentication-Info: qop=auth, rspauth=\"0123\", cnonce=\"x\", nc=00000001"));
                Httpipe hp = client(Credentials.digest(server.origin(), "u", "p"))) {
            CredentialsFailedException e =
                    assertThrows(CredentialsFailedException.class, () -> hp.get(server.uri("/")));
            assertEquals(2, e.hops().size());
            assertEquals(false, e.safeToRetry());
            assertEquals(0, hp.stats().stream().mapToInt(RouteStats::leased).sum());
        }
    }

    @Test
    void aTokenIsFetchedOnceAndAgainWhenTheServerCallsItInvalid() throws Exception {
        AtomicInteger fetched = new AtomicInteger();
        try (AnsweringServer server = new AnsweringServer(request -> "Bearer t1".equals(request.field("Authorization"))
                        ? empty(401, "WWW-Authenticate: Bearer error=\"invalid_token\"")
                        : ok("welcome"));
                Httpipe hp = client(
                        Credentials.bearer(server.origin(), () -> AccessToken.of("t" + fetched.incrementAndGet())))) {
            Response response = hp.get(server.uri("/"));
            assertEquals(List.of(401, 200), statuses(response));
            assertEquals(
                    "a new Bearer token is needed", response.hops().getFirst().reason());
            assertEquals(List.of(200), statuses(hp.get(server.uri("/"))));
            assertEquals("Bearer t2", server.last().field("Authorization"));
            assertEquals(2, fetched.get());
        }
    }

    @Test
    void aFailingSourceFailsTheCallAndSendsNothing() throws Exception {
        IOException down = new IOException("the login is down");
        try (AnsweringServer server = asking(BASIC);
                Httpipe hp = client(Credentials.bearer(server.origin(), () -> {
                    throw down;
                }))) {
            CredentialsFailedException e =
                    assertThrows(CredentialsFailedException.class, () -> hp.get(server.uri("/")));
            assertSame(down, e.getCause());
            assertEquals(Phase.PAUSE, e.phase());
            assertEquals(List.of(), server.requests());
        }
    }

    @Test
    void aRequestThatAuthenticatesItselfIsLeftAlone() throws Exception {
        try (AnsweringServer server = new AnsweringServer(request -> empty(401, BASIC));
                Httpipe hp = client(Credentials.basic(server.origin(), "u", "p"))) {
            assertEquals(
                    401,
                    hp.request(Request.get(server.uri("/")).header("Authorization", "Own x"))
                            .status());
            assertEquals("Own x", server.last().field("Authorization"));
            hp.request(Request.get(server.uri("/")).withoutHeader("Authorization"));
            assertNull(server.last().field("Authorization"));
            hp.request(Request.get(server.uri("/")).credentials());
            assertNull(server.last().field("Authorization"));
            assertEquals(3, server.requests().size());
        }
    }

    @Test
    void aBodyThatCanBeSentOnlyOnceLeavesTheChallengeToTheCaller() throws Exception {
        try (AnsweringServer server = asking(BASIC);
                Httpipe hp = client(Credentials.basic(server.origin(), "u", "p").onChallenge())) {
            Body once = Body.of(new ByteArrayInputStream(new byte[10]));
            assertEquals(
                    401, hp.request(Request.put(server.uri("/")).body(once)).status());
            assertEquals(1, server.requests().size());
        }
    }

    @Test
    void aRedirectTakesTheCredentialsOfEachOrigin() throws Exception {
        List<AnsweringServer> servers = new ArrayList<>();
        try (AnsweringServer first = new AnsweringServer(
                        request -> empty(302, "Location: " + servers.get(1).uri("/b")));
                AnsweringServer second = new AnsweringServer(
                        request -> empty(302, "Location: " + servers.get(2).uri("/c")));
                AnsweringServer third = new AnsweringServer(request -> ok("end"));
                Httpipe hp = Httpipe.builder()
                        .redirects(Redirects.NORMAL)
                        .credentials(
                                Credentials.basic(first.origin(), "u", "first"),
                                Credentials.bearer(third.origin(), "third"))
                        .build()) {
            servers.addAll(List.of(first, second, third));
            assertEquals("end", hp.get(first.uri("/a")).text());
            assertEquals("Basic dTpmaXJzdA==", first.last().field("Authorization"));
            assertNull(second.last().field("Authorization"));
            assertEquals("Bearer third", third.last().field("Authorization"));
        }
    }

    @Test
    void interceptorsSurroundTheWholeJourney() throws Exception {
        List<String> seen = new ArrayList<>();
        try (AnsweringServer server = asking(BASIC);
                Httpipe hp = Httpipe.builder()
                        .credentials(
                                Credentials.basic(server.origin(), "u", "p").onChallenge())
                        .intercept((request, next) -> {
                            StreamedResponse response = next.proceed(request);
                            seen.add(request.headers().size() + " " + response.status() + " "
                                    + response.hops().size());
                            return response;
                        })
                        .build()) {
            Response response = hp.get(server.uri("/"));
            assertEquals("welcome", response.text());
            assertEquals(List.of("0 200 2"), seen, "an interceptor sees no credentials and no 401");
            assertEquals(2, response.hops().size());
        }
    }
}
