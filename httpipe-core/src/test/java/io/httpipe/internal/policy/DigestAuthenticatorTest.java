package io.httpipe.internal.policy;

import static io.httpipe.internal.policy.AuthSetup.asking;
import static io.httpipe.internal.policy.AuthSetup.authorization;
import static io.httpipe.internal.policy.AuthSetup.challenge;
import static io.httpipe.internal.policy.AuthSetup.get;
import static io.httpipe.internal.policy.AuthSetup.head;
import static io.httpipe.internal.policy.AuthSetup.journey;
import static io.httpipe.internal.policy.AuthSetup.origin;
import static io.httpipe.internal.policy.AuthSetup.parameters;
import static io.httpipe.internal.policy.AuthSetup.timeouts;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.internal.call.BodyFailedException;
import io.httpipe.internal.call.BytesBody;
import io.httpipe.internal.call.FileBody;
import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.call.OutgoingBody;
import io.httpipe.internal.call.StreamBody;
import io.httpipe.internal.call.SuppliedBody;
import io.httpipe.internal.call.WrittenBody;
import io.httpipe.internal.connect.ExpiredException;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.wire.Challenge;
import io.httpipe.internal.wire.Origin;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Nonces and their counts, bodies, user names and proofs of Digest authentication. */
class DigestAuthenticatorTest {
    private static final String CHALLENGE = "Digest realm=\"r\", qop=\"auth\", nonce=\"%s\"";

    private final AtomicInteger clientNonces = new AtomicInteger();
    private final DigestAuthenticator digest = of("user");

    private DigestAuthenticator of(String user) {
        return DigestAuthenticator.of(origin("http://h"), user, "p", () -> "c" + clientNonces.incrementAndGet());
    }

    private static String md5(String byteText) {
        DigestAlgorithm md5 = DigestAlgorithm.of("MD5");
        assertNotNull(md5);
        return md5.hash(byteText);
    }

    private static Map<String, String> answer(DigestAuthenticator digest, String challenge) throws Exception {
        return answer(digest, get("http://h/"), challenge);
    }

    private static Map<String, String> answer(DigestAuthenticator digest, Outgoing request, String challenge)
            throws Exception {
        Authentication journey = journey(digest);
        journey.dress(request);
        assertNotNull(journey.after(asking(challenge)));
        return parameters(journey.dress(request));
    }

    private static Map<String, String> preemptive(DigestAuthenticator digest, String uri) throws Exception {
        Outgoing dressed = journey(digest).dress(get(uri));
        return authorization(dressed) == null ? Map.of() : parameters(dressed);
    }

    @Test
    void countsTheUsesOfANonceAcrossThreads() throws Exception {
        int threads = 32;
        int requests = 40;
        Set<String> counts = new ConcurrentSkipListSet<>();
        Set<@Nullable String> clientNoncesSeen = new ConcurrentSkipListSet<>();
        CountDownLatch start = new CountDownLatch(threads);
        List<Thread> running = new ArrayList<>();
        Challenge challenge = challenge(CHALLENGE.formatted("n"));
        AtomicInteger failures = new AtomicInteger();
        for (int i = 0; i < threads; i++) {
            running.add(Thread.ofVirtual().unstarted(() -> {
                try {
                    start.countDown();
                    start.await();
                    for (int j = 0; j < requests; j++) {
                        Answer answer = j % 2 == 0
                                ? digest.answer(get("http://h/"), challenge, null, timeouts(), new Waits())
                                : digest.preemptive(get("http://h/"), timeouts(), new Waits());
                        Map<String, String> sent =
                                parameters(get("http://h/").withHeader("Authorization", false, answer.value()));
                        assertTrue(counts.add(sent.get("nc")), "used twice: " + sent.get("nc"));
                        clientNoncesSeen.add(sent.get("cnonce"));
                    }
                } catch (Exception | AssertionError e) {
                    failures.incrementAndGet();
                }
            }));
        }
        running.forEach(Thread::start);
        for (Thread thread : running) {
            thread.join();
        }
        assertEquals(0, failures.get());
        assertEquals(threads * requests, counts.size());
        assertEquals("%08x".formatted(threads * requests), new TreeSet<>(counts).last());
        assertEquals(1, clientNoncesSeen.size(), "all threads share one session");
    }

    @Test
    void theNextNonceStartsACountOfItsOwn() throws Exception {
        Authentication journey = journey(digest);
        journey.dress(get("http://h/"));
        journey.after(asking(CHALLENGE.formatted("n1")));
        journey.dress(get("http://h/"));
        journey.verify(head(200, "Authentication-Info: nextnonce=\"n2\""));
        assertEquals("n2", preemptive(digest, "http://h/a").get("nonce"));
        assertEquals("00000002", preemptive(digest, "http://h/b").get("nc"));
        journey.verify(head(200, "Authentication-Info: nextnonce=\"n3\""));
        assertEquals("n2", preemptive(digest, "http://h/").get("nonce"), "the reply to an older nonce comes too late");
    }

    @Test
    void theSecretOfASessionStaysThatOfItsFirstNonce() throws Exception {
        String sess = CHALLENGE.formatted("n1") + ", algorithm=MD5-sess";
        Authentication journey = journey(digest);
        journey.dress(get("http://h/"));
        journey.after(asking(sess));
        journey.dress(get("http://h/"));
        journey.verify(head(200, "Authentication-Info: nextnonce=\"n2\""));
        Map<String, String> next = preemptive(digest, "http://h/");
        String secret = md5(md5("user:r:p") + ":n1:c1");
        assertEquals("c1", next.get("cnonce"));
        assertEquals(md5(secret + ":n2:00000001:c1:auth:" + md5("GET:/")), next.get("response"));
    }

    @Test
    void eachRealmHasItsNonceAndTheLatestComesFirst() throws Exception {
        answer(digest, "Digest realm=a, qop=auth, nonce=na");
        answer(digest, "Digest realm=b, qop=auth, nonce=nb");
        assertEquals("nb", preemptive(digest, "http://h/").get("nonce"));
        // The journey for realm b began with a request that used the nonce na for the second time.
        assertEquals(
                "00000003", answer(digest, "Digest realm=a, qop=auth, nonce=na").get("nc"), "still known");
    }

    @Test
    void theDomainSaysWhereANonceIsExpected() throws Exception {
        answer(digest, "Digest realm=a, qop=auth, nonce=na, domain=\"/a http://h/c?d\"");
        answer(digest, "Digest realm=b, qop=auth, nonce=nb, domain=\"//h/ /b  https://h/ x http://%\"");
        assertEquals("na", preemptive(digest, "http://h/a/x").get("nonce"));
        assertEquals("na", preemptive(digest, "http://h/c?d=1").get("nonce"));
        assertEquals("nb", preemptive(digest, "http://h/b").get("nonce"));
        assertEquals(Map.of(), preemptive(digest, "http://h/"));
        assertEquals(Map.of(), preemptive(digest, "http://h/c"));
    }

    @Test
    void aDomainThatNamesNothingHereIsIgnored() throws Exception {
        answer(digest, "Digest realm=a, qop=auth, nonce=na, domain=\"http://inside.test/ x\"");
        assertEquals("na", preemptive(digest, "http://h/b").get("nonce"));
    }

    @Test
    void aNonceOfOneOriginIsNotUsedForAnother() throws Exception {
        Set<Origin> both = new LinkedHashSet<>(origin("http://h"));
        both.addAll(origin("https://h"));
        DigestAuthenticator wider = digest.boundTo(both);
        answer(wider, CHALLENGE.formatted("n"));
        assertEquals("n", preemptive(digest, "http://h/").get("nonce"), "copies know the same nonces");
        assertEquals(Map.of(), preemptive(wider, "https://h/"));
    }

    @Test
    void remembersAFixedNumberOfRealms() throws Exception {
        for (int i = 0; i < 33; i++) {
            answer(digest, "Digest realm=r%d, qop=auth, nonce=n, domain=\"/%d/\"".formatted(i, i));
        }
        assertEquals(Map.of(), preemptive(digest, "http://h/0/"));
        assertEquals("r1", preemptive(digest, "http://h/1/").get("realm"));
        assertEquals("r32", preemptive(digest, "http://h/32/").get("realm"));
    }

    @Test
    void quotesAndEscapesWhatItRepeats() throws Exception {
        Authentication journey = journey(of("a\"b\\c"));
        journey.dress(get("http://h/"));
        journey.after(asking("Digest realm=\"\\\"q\\\\, \u00e4\", nonce=\"n\\\"\", opaque=\"\\\\\", qop=auth"));
        Outgoing dressed = journey.dress(get("http://h/"));
        String value = authorization(dressed);
        assertNotNull(value);
        assertTrue(value.startsWith("Digest username=\"a\\\"b\\\\c\", realm=\"\\\"q\\\\, \u00e4\", uri=\"/\""), value);
        Map<String, String> sent = parameters(dressed);
        assertEquals("n\"", sent.get("nonce"));
        assertEquals("\\", sent.get("opaque"));
        assertEquals(
                md5(md5("a\"b\\c:\"q\\, \u00e4:p") + ":n\":00000001:c1:auth:" + md5("GET:/")), sent.get("response"));
    }

    @Test
    void hashesTheTargetInTheBytesThatAreSent() throws Exception {
        Outgoing raw = get("http://h/").withTarget("/\u4e2d", "a=\"b\"", null);
        Map<String, String> sent = answer(digest, raw, CHALLENGE.formatted("n"));
        String byteText = new String("/\u4e2d?a=\"b\"".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        assertEquals(byteText, sent.get("uri"));
    }

    @ParameterizedTest
    @CsvSource({
        "', charset=UTF-8', username*=UTF-8''J%C3%A4s%20o%27%2A",
        "'', username=\"J\u00c3\u00a4s o'*\"",
    })
    void sendsAUserNameBeyondAsciiAsTheServerCanReadIt(String charset, String expected) throws Exception {
        Authentication journey = journey(of("Ja\u0308s o'*"));
        journey.dress(get("http://h/"));
        journey.after(asking(CHALLENGE.formatted("n") + charset));
        Outgoing answer = journey.dress(get("http://h/"));
        String value = authorization(answer);
        assertNotNull(value);
        assertTrue(value.startsWith("Digest " + expected + ", "), value);
        assertEquals(
                md5(md5("J\u00c3\u00a4s o'*:r:p") + ":n:00000001:c1:auth:" + md5("GET:/")),
                parameters(answer).get("response"));
    }

    @Test
    void hashesEachKindOfBodyThatCanBeSentAgain(@TempDir Path folder) throws Exception {
        byte[] content = "hello, \u00e4".repeat(10_000).getBytes(StandardCharsets.UTF_8);
        Path file = Files.write(folder.resolve("body"), content);
        List<OutgoingBody> bodies = List.of(
                new BytesBody(content),
                new FileBody(file),
                new SuppliedBody(() -> new ByteArrayInputStream(content), -1),
                new WrittenBody(false, -1, output -> {
                            output.write(content[0]);
                            output.write(content, 1, content.length - 1);
                        })
                        .asRepeatable());
        String hash = md5(new String(content, StandardCharsets.ISO_8859_1));
        String expected = md5(md5("user:r:p") + ":n:00000001:c:auth-int:" + md5("POST:/:" + hash));
        for (OutgoingBody body : bodies) {
            DigestAuthenticator fresh = DigestAuthenticator.of(origin("http://h"), "user", "p", () -> "c");
            Map<String, String> sent = answer(fresh, post(body), "Digest realm=r, nonce=n, qop=auth-int");
            assertEquals("auth-int", sent.get("qop"));
            assertEquals(expected, sent.get("response"), body.toString());
        }
    }

    private static Outgoing post(OutgoingBody body) {
        return get("http://h/").withMethod("POST").withBody(body);
    }

    @Test
    void aBodyThatCanBeReadOnlyOnceIsNotHashed() throws Exception {
        Outgoing once = post(new StreamBody(new ByteArrayInputStream(new byte[1]), null, () -> 1, false));
        Authentication journey = journey(digest);
        journey.dress(once);
        assertNull(journey.after(asking("Digest realm=r, nonce=n, qop=auth-int")));
        assertNotNull(journey.after(asking("Digest realm=r, nonce=n, qop=\"auth-int,auth\"")));

        assertEquals(
                "auth-int",
                answer(of("user"), "Digest realm=r, nonce=n, qop=auth-int").get("qop"),
                "no body");
        DigestAuthenticator known = of("user");
        answer(known, "Digest realm=r, nonce=n, qop=auth-int");
        assertSame(once, journey(known).dress(once));
    }

    @Test
    void aBodyThatFailsWhileItIsHashedFailsTheRequest() throws Exception {
        IOException failure = new IOException("disk");
        Outgoing failing = post(new WrittenBody(false, -1, output -> {
                    throw failure;
                })
                .asRepeatable());
        Authentication journey = journey(digest);
        journey.dress(failing);
        journey.after(asking("Digest realm=r, nonce=n, qop=auth-int"));
        assertSame(
                failure,
                assertThrows(BodyFailedException.class, () -> journey.dress(failing))
                        .source());
    }

    @Test
    void hashingABodyEndsWithTheCall() throws Exception {
        Outgoing endless = post(new WrittenBody(false, -1, output -> {
                    while (true) {
                        output.write(1);
                    }
                })
                .asRepeatable());
        Authentication late = new Authentication(List.of(digest), timeouts(NanoClock.now() + 10_000_000), new Waits());
        late.dress(endless);
        late.after(asking("Digest realm=r, nonce=n, qop=auth-int"));
        assertThrows(ExpiredException.class, () -> late.dress(endless));

        Authentication interrupted = journey(of("user"));
        interrupted.dress(endless);
        interrupted.after(asking("Digest realm=r, nonce=n, qop=auth-int"));
        Thread.currentThread().interrupt();
        assertThrows(ClosedByInterruptException.class, () -> interrupted.dress(endless));
        assertTrue(Thread.interrupted(), "the flag stays set");
    }

    @Test
    void checksAProofThatCoversNoBody() throws Exception {
        Authentication auth = journey(digest);
        auth.dress(get("http://h/"));
        auth.after(asking(CHALLENGE.formatted("n")));
        auth.dress(get("http://h/"));
        assertDoesNotThrow(() -> auth.verify(head(200)));
        assertDoesNotThrow(() -> auth.verify(head(200, "Authentication-Info: qop=auth")));
        assertDoesNotThrow(() -> auth.verify(head(200, "Authentication-Info: qop=auth-int, rspauth=\"0\"")));
        assertDoesNotThrow(() -> auth.verify(head(200, "Authentication-Info: rspauth=\"unterminated")));
        ServerProofException wrong = assertThrows(
                ServerProofException.class, () -> auth.verify(head(302, "authentication-info: rspauth=\"0\"")));
        assertFalse(String.valueOf(wrong.getMessage()).contains("p\""));
        assertEquals(Map.of(), preemptive(digest, "http://h/"), "such a server gets no further answers unasked");
    }

    @Test
    void doesNotCheckAProofThatCoversTheBody() throws Exception {
        Authentication auth = journey(digest);
        auth.dress(get("http://h/"));
        auth.after(asking("Digest realm=r, nonce=n, qop=auth-int"));
        auth.dress(get("http://h/"));
        assertDoesNotThrow(() -> auth.verify(head(200, "Authentication-Info: rspauth=\"0\", nextnonce=n2")));
        assertEquals("n2", preemptive(digest, "http://h/").get("nonce"));
    }

    @Test
    void clientNoncesAreRandom() throws Exception {
        Set<String> seen = new TreeSet<>();
        for (int i = 0; i < 20; i++) {
            DigestAuthenticator random = DigestAuthenticator.of(origin("http://h"), "u", "p");
            String clientNonce = answer(random, CHALLENGE.formatted("n")).get("cnonce");
            assertTrue(clientNonce.matches("[0-9a-f]{32}"), clientNonce);
            seen.add(clientNonce);
        }
        assertEquals(20, seen.size());
        assertNotEquals(
                answer(digest, CHALLENGE.formatted("n1")).get("cnonce"),
                answer(digest, CHALLENGE.formatted("n2")).get("cnonce"));
    }
}
