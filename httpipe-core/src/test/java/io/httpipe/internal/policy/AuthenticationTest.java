package io.httpipe.internal.policy;

import static io.httpipe.internal.policy.AuthSetup.asking;
import static io.httpipe.internal.policy.AuthSetup.authorization;
import static io.httpipe.internal.policy.AuthSetup.get;
import static io.httpipe.internal.policy.AuthSetup.head;
import static io.httpipe.internal.policy.AuthSetup.journey;
import static io.httpipe.internal.policy.AuthSetup.origin;
import static io.httpipe.internal.policy.AuthSetup.parameters;
import static io.httpipe.internal.policy.AuthSetup.timeouts;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.wire.ResponseHead;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests which requests of a journey get credentials, which challenges are answered, and when a journey ends. */
class AuthenticationTest {
    private static final String BASIC = "Basic dTpw";
    private static final ResponseHead OK = head(200);

    private static BasicAuthenticator basic() {
        return BasicAuthenticator.of(origin("http://h"), "u", "p");
    }

    private static DigestAuthenticator digest() {
        return DigestAuthenticator.of(origin("http://h"), "u", "p", () -> "client");
    }

    private static BearerAuthenticator tokens(AtomicInteger fetched) {
        return BearerAuthenticator.of(
                origin("http://h"), () -> new BearerToken("t" + fetched.incrementAndGet(), Long.MAX_VALUE));
    }

    private static ResponseHead digestChallenge(String nonce, String more) {
        return asking("Digest realm=\"r\", qop=auth, nonce=\"%s\"%s".formatted(nonce, more));
    }

    @Test
    void basicIsSentAtOnceAndAWrongPasswordOnlyOnce() throws Exception {
        Authentication journey = journey(basic());
        assertEquals(BASIC, authorization(journey.dress(get("http://h/"))));
        assertNull(journey.after(asking("Basic realm=\"r\"")));
    }

    @Test
    void basicOnChallengeWaitsForTheChallengeAndStaysForTheJourney() throws Exception {
        Authentication journey = journey(basic().afterChallenge());
        Outgoing request = get("http://h/a");
        assertSame(request, journey.dress(request));
        assertEquals("Basic is needed", journey.after(asking("Basic realm=\"r\"")));
        assertEquals(BASIC, authorization(journey.dress(request)));
        journey.verify(OK);
        assertEquals(BASIC, authorization(journey.dress(get("http://h/b"))));
        assertNull(journey.after(asking("Basic realm=\"r\"")), "the same value is not sent twice in a row");
        assertNull(authorization(journey(basic().afterChallenge()).dress(request)), "the next journey waits again");
    }

    @Test
    void basicWaitsForAChallengeIfTheOriginHasDigestCredentials() throws Exception {
        Authentication journey = journey(basic(), digest());
        Outgoing request = get("http://h/");
        assertSame(request, journey.dress(request));
        assertEquals("Basic is needed", journey.after(asking("Basic realm=\"r\"")));
        assertEquals(BASIC, authorization(journey.dress(request)));

        DigestAuthenticator elsewhere = DigestAuthenticator.of(origin("https://h"), "u", "p");
        assertEquals(BASIC, authorization(journey(basic(), elsewhere).dress(request)));
    }

    @Test
    void aWrongDigestIsTriedOnce() throws Exception {
        DigestAuthenticator digest = digest();
        for (int call = 0; call < 2; call++) {
            Authentication journey = journey(digest);
            Outgoing request = get("http://h/");
            assertSame(request, journey.dress(request), "a refused nonce is not used by the next journey");
            assertEquals("Digest is needed", journey.after(digestChallenge("n", "")));
            assertNotNull(authorization(journey.dress(request)));
            assertNull(journey.after(digestChallenge("n2", "")));
        }
    }

    @Test
    void aStaleNonceIsReplacedOnce() throws Exception {
        Authentication journey = journey(digest());
        Outgoing request = get("http://h/");
        journey.dress(request);
        journey.after(digestChallenge("n1", ""));
        assertEquals("n1", parameters(journey.dress(request)).get("nonce"));
        assertEquals("Digest: the nonce was stale", journey.after(digestChallenge("n2", ", stale=TRUE")));
        assertEquals("n2", parameters(journey.dress(request)).get("nonce"));
        assertNull(journey.after(digestChallenge("n3", ", stale=true")));
    }

    @Test
    void aNonceIsUsedAgainAndItsRefusalAnswered() throws Exception {
        DigestAuthenticator digest = digest();
        Authentication first = journey(digest);
        Outgoing request = get("http://h/");
        first.dress(request);
        first.after(digestChallenge("n1", ""));
        first.dress(request);
        first.verify(OK);

        Authentication second = journey(digest);
        Outgoing preemptive = second.dress(request);
        assertEquals("n1", parameters(preemptive).get("nonce"));
        assertEquals("00000002", parameters(preemptive).get("nc"));
        assertNotNull(second.after(digestChallenge("n2", "")), "the server may have forgotten the nonce");
        Outgoing answer = second.dress(request);
        assertEquals("n2", parameters(answer).get("nonce"));
        assertEquals("00000001", parameters(answer).get("nc"));
        assertNull(second.after(digestChallenge("n3", "")));
    }

    @Test
    void aServerThatAlwaysAsksGetsAFixedNumberOfRequests() throws Exception {
        DigestAuthenticator digest = digest();
        AtomicInteger fetched = new AtomicInteger();
        BearerAuthenticator tokens = tokens(fetched);
        for (int known = 0; known < 2; known++) {
            Authentication journey = journey(digest, basic(), tokens);
            int sent = 0;
            String before = null;
            do {
                String value = authorization(journey.dress(get("http://h/")));
                assertNotEquals(before, value);
                before = value;
                sent++;
            } while (journey.after(head(
                            401,
                            "WWW-Authenticate: Digest realm=r, nonce=n%d%d, qop=auth, stale=true"
                                    .formatted(known, sent),
                            "WWW-Authenticate: Basic realm=r",
                            "WWW-Authenticate: Bearer error=invalid_token"))
                    != null);
            assertEquals(2, sent, "a token, and a new token");
        }
        assertEquals(3, fetched.get(), "the second journey had the new token of the first");
    }

    @ParameterizedTest
    @CsvSource({
        "MD5, SHA-256, SHA-256",
        "SHA-512-256, SHA-256, SHA-512-256",
        "SHA-256-sess, MD5-sess, SHA-256-sess",
        "SHA-1, MD5, MD5",
        "SHA-512, SHA-256x, "
    })
    void theStrongestKnownAlgorithmIsChosen(String one, String other, String chosen) throws Exception {
        for (List<String> order : List.of(List.of(one, other), List.of(other, one))) {
            Authentication journey = journey(basic(), digest());
            journey.dress(get("http://h/"));
            String challenge = "Digest realm=\"a, b\", nonce=n, qop=\"auth\", algorithm=";
            assertNotNull(journey.after(asking("Basic realm=\"c\", %s%s, %s%s"
                    .formatted(challenge, order.getFirst(), challenge, order.getLast()))));
            Outgoing answer = journey.dress(get("http://h/"));
            assertEquals(chosen, parameters(answer).get("algorithm"));
            assertEquals(chosen == null, BASIC.equals(authorization(answer)));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Negotiate",
                "Digest realm=r, nonce=n, qop=auth, algorithm=SHA-1",
                "Digest realm=r, nonce=n, qop=other",
                "Digest realm=r, qop=auth",
                "Digest nonce=n, qop=auth",
                "Digest abc=",
                "Digest realm=r, nonce=n, nonce=n",
                "Basic realm=\"r",
                ""
            })
    void anUnknownChallengeIsForTheCaller(String challenge) throws Exception {
        Authentication journey = journey(digest(), basic());
        journey.dress(get("http://h/"));
        assertNull(journey.after(asking(challenge)));
        assertNull(journey.after(head(401)));
    }

    @Test
    void onlyAStatusOf401Asks() throws Exception {
        for (int status : new int[] {200, 302, 403, 407}) {
            Authentication journey = journey(digest());
            journey.dress(get("http://h/"));
            assertNull(journey.after(head(status, "WWW-Authenticate: Digest realm=r, nonce=n")));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://h/", "http://h:81/", "http://h.test/", "http://hh/", "http://127.0.0.1/"})
    void noOtherOriginGetsCredentials(String uri) throws Exception {
        AtomicInteger fetched = new AtomicInteger();
        Authentication journey = journey(tokens(fetched), digest(), basic());
        Outgoing request = get(uri);
        assertSame(request, journey.dress(request));
        assertNull(journey.after(head(
                401,
                "WWW-Authenticate: Basic realm=r",
                "WWW-Authenticate: Digest realm=r, nonce=n",
                "WWW-Authenticate: Bearer error=invalid_token")));
        assertSame(request, journey.dress(request));
        assertEquals(0, fetched.get());
    }

    @Test
    void theOriginIsThatOfTheUriInEverySpelling() throws Exception {
        BasicAuthenticator ipv6 = BasicAuthenticator.of(origin("HTTP://[::1]:80/"), "u", "p");
        assertEquals(BASIC, authorization(journey(ipv6).dress(get("http://[::1]/a?b"))));
        assertEquals(BASIC, authorization(journey(basic()).dress(get("http://H:80/a?b"))));
    }

    @Test
    void anotherOriginInBetweenGetsItsOwnCredentials() throws Exception {
        BasicAuthenticator other = BasicAuthenticator.of(origin("https://o"), "x", "y");
        Authentication journey = journey(basic().afterChallenge(), other);
        journey.dress(get("http://h/"));
        journey.after(asking("Basic realm=r"));
        assertEquals(BASIC, authorization(journey.dress(get("http://h/"))));
        assertEquals("Basic eDp5", authorization(journey.dress(get("https://o/"))));
        assertNull(authorization(journey.dress(get("http://evil.test/"))));
        assertEquals(BASIC, authorization(journey.dress(get("http://h/2"))));
    }

    @Test
    void theCallersOwnHeaderStays() throws Exception {
        Outgoing own = get("http://h/").withHeader("authorization", false, "Own x");
        Outgoing none = get("http://h/");
        none = none.withFields(none.requestFields().removing("AUTHORIZATION"));
        for (Outgoing request : List.of(own, none)) {
            Authentication journey = journey(basic(), digest());
            assertSame(request, journey.dress(request));
            assertNull(journey.after(asking("Basic realm=r")));
            journey.verify(OK);
        }
    }

    @Test
    void proxiesAreAnsweredInTheirOwnFields() throws Exception {
        Authentication journey = new Authentication(List.of(digest()), AuthFields.PROXY, timeouts(), new Waits());
        Outgoing request = get("http://h/").withHeader("Authorization", false, "Own x");
        assertSame(request, journey.dress(request));
        assertNull(journey.after(head(401, "WWW-Authenticate: Digest realm=r, nonce=n")));
        assertNotNull(journey.after(head(407, "Proxy-Authenticate: Digest realm=r, nonce=n, qop=auth")));
        Outgoing answer = journey.dress(request);
        assertEquals("Own x", authorization(answer));
        assertNotNull(answer.fields().first("Proxy-Authorization"));
        ResponseHead reply = head(200, "Proxy-Authentication-Info: rspauth=\"0\"");
        assertThrows(ServerProofException.class, () -> journey.verify(reply));
    }

    @Test
    void aRefusedTokenIsReplacedOnce() throws Exception {
        AtomicInteger fetched = new AtomicInteger();
        Authentication journey = journey(tokens(fetched));
        Outgoing request = get("http://h/");
        assertEquals("Bearer t1", authorization(journey.dress(request)));
        assertEquals(
                "a new Bearer token is needed",
                journey.after(asking("Bearer realm=\"r\", error=\"invalid_token\", error_description=\"expired\"")));
        assertEquals(1, fetched.get(), "the connection of the response is released first");
        assertEquals("Bearer t2", authorization(journey.dress(request)));
        assertNull(journey.after(asking("Bearer error=\"invalid_token\"")));
        assertEquals("Bearer t2", authorization(journey.dress(get("http://h/2"))));
        assertNull(journey.after(asking("Bearer error=\"invalid_token\"")), "once for each journey");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer", "Bearer realm=r", "Bearer error=insufficient_scope", "Basic error=invalid_token"})
    void aTokenThatIsNotInvalidIsKept(String challenge) throws Exception {
        Authentication journey = journey(tokens(new AtomicInteger()));
        journey.dress(get("http://h/"));
        assertNull(journey.after(asking(challenge)));
    }

    @Test
    void aFixedTokenIsNeverSentTwice() throws Exception {
        Authentication journey =
                journey(BearerAuthenticator.of(origin("http://h"), new BearerToken("abc", Long.MAX_VALUE)));
        assertEquals("Bearer abc", authorization(journey.dress(get("http://h/"))));
        assertNull(journey.after(asking("Bearer error=invalid_token")));
    }

    @Test
    void aTokenThatAnotherJourneyHasReplacedIsNotFetchedAgain() throws Exception {
        AtomicInteger fetched = new AtomicInteger();
        BearerAuthenticator tokens = tokens(fetched);
        Authentication one = journey(tokens);
        Authentication other = journey(tokens);
        one.dress(get("http://h/"));
        other.dress(get("http://h/"));
        for (Authentication journey : List.of(one, other)) {
            assertNotNull(journey.after(asking("Bearer error=invalid_token")));
            assertEquals("Bearer t2", authorization(journey.dress(get("http://h/"))));
        }
        assertEquals(2, fetched.get());
    }

    @Test
    void aFailedSourceFailsTheRequest() throws Exception {
        IOException failure = new IOException("no login");
        Authentication journey = journey(BearerAuthenticator.of(origin("http://h"), () -> {
            throw failure;
        }));
        assertSame(
                failure,
                assertThrows(TokenFailedException.class, () -> journey.dress(get("http://h/")))
                        .source());
    }
}
