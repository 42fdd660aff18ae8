package io.httpipe.internal.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.httpipe.internal.call.BodyOutput;
import io.httpipe.internal.call.BytesBody;
import io.httpipe.internal.call.CallFailedException;
import io.httpipe.internal.call.CallFailedException.Cancellation;
import io.httpipe.internal.call.Failures;
import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.call.OutgoingBody;
import io.httpipe.internal.connect.CallStep;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.policy.Retrying.Again;
import io.httpipe.internal.wire.UriParser;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Retrying}: which requests are tried again, after which wait, and how often. */
class RetryingTest {
    private static final long SECOND = 1_000_000_000;
    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
    private static final RetryRules RULES = new RetryRules(
            4, SECOND, 60 * SECOND, Set.of(429, 502, 503, 504), 30 * SECOND, InstantSource.fixed(NOW), () -> -1);

    private static final Outgoing GET = request("GET");
    private static final Outgoing POST = request("POST").withBody(new BytesBody("x".getBytes()));
    private static final Outgoing KEYED_POST = POST.withHeader("Idempotency-Key", false, "k1");
    private static final Outgoing ONE_SHOT_PUT = request("PUT").withBody(new OneShotBody());

    /** A body that can be sent once. */
    private static final class OneShotBody implements OutgoingBody {
        @Override
        public long length() {
            return 1;
        }

        @Override
        public boolean repeatable() {
            return false;
        }

        @Override
        public void writeTo(BodyOutput output) {}

        @Override
        public void copyTo(OutputStream output) {}
    }

    private final RetryBudgets budgets = new RetryBudgets();

    @ParameterizedTest
    @ValueSource(ints = {429, 502, 503, 504})
    void waitsForTheBackoffAndDoublesIt(int status) throws Exception {
        Retrying retrying = retrying(RULES);
        String reason = String.valueOf(status);
        assertEquals(new Again(SECOND, false, reason), retrying.afterStatus(GET, Heads.parse(status)));
        assertEquals(new Again(2 * SECOND, false, reason), retrying.afterStatus(GET, Heads.parse(status)));
        assertEquals(new Again(4 * SECOND, false, reason), retrying.afterStatus(GET, Heads.parse(status)));
        assertNull(retrying.afterStatus(GET, Heads.parse(status)));
    }

    @ParameterizedTest
    @ValueSource(ints = {101, 200, 204, 206, 301, 304, 400, 401, 404, 409, 425, 500, 501, 505, 599, 600, 999})
    void otherStatusesAreFinal(int status) throws Exception {
        assertNull(retrying(RULES).afterStatus(GET, Heads.parse(status, "Retry-After: 0")));
    }

    @Test
    void aRequestIsRepeatedOnlyIfThatDoesNoHarm() throws Exception {
        assertNull(retrying(RULES).afterStatus(POST, Heads.parse(503)));
        assertNull(retrying(RULES).afterStatus(POST, Heads.parse(503, "Retry-After: 1")));
        assertNull(retrying(RULES).afterStatus(ONE_SHOT_PUT, Heads.parse(503)));
        assertNotNull(retrying(RULES).afterStatus(KEYED_POST, Heads.parse(503)));
        assertNotNull(retrying(RULES).afterStatus(KEYED_POST.withMethod("PUT"), Heads.parse(503)));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0 s",
        "2, 2000000000, 2 s",
        "30, 30000000000, 30 s",
        "'Mon, 30 Nov 2026 12:00:07 GMT', 7000000000, 7 s",
        "'Mon, 30 Nov 2026 11:00:00 GMT', 0, 0 s",
    })
    void waitsExactlyAsLongAsTheServerAsks(String value, long nanos, String text) throws Exception {
        Retrying retrying = retrying(RULES);
        Again expected = new Again(nanos, false, "503, Retry-After " + text);
        assertEquals(expected, retrying.afterStatus(GET, Heads.parse(503, "Retry-After: " + value)));
        assertEquals(expected, retrying.afterStatus(GET, Heads.parse(503, "Retry-After: " + value)));
    }

    @Test
    void theReasonShowsMilliseconds() throws Exception {
        RetryRules rules = withClock(InstantSource.fixed(NOW.plusMillis(250)));
        Again again = retrying(rules).afterStatus(GET, Heads.parse(503, "Retry-After: Mon, 30 Nov 2026 12:00:01 GMT"));
        assertEquals(new Again(750_000_000, false, "503, Retry-After 750 ms"), again);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"31", "99999999999999999999", "Mon, 30 Nov 2026 12:00:31 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"})
    void aWaitBeyondTheCapIsNotBegun(String value) throws Exception {
        assertNull(retrying(RULES).afterStatus(GET, Heads.parse(503, "Retry-After: " + value)));
    }

    @Test
    void anEndlessWaitIsNotBegunEvenWithoutCapAndDeadline() throws Exception {
        RetryRules uncapped =
                new RetryRules(4, SECOND, SECOND, Set.of(503), NanoClock.NEVER, InstantSource.fixed(NOW), () -> 0);
        assertNull(retrying(uncapped).afterStatus(GET, Heads.parse(503, "Retry-After: " + "9".repeat(30))));
        assertNotNull(retrying(uncapped).afterStatus(GET, Heads.parse(503, "Retry-After: 999999999")));
    }

    @Test
    void aMalformedRetryAfterMeansTheBackoff() throws Exception {
        Again again = retrying(RULES).afterStatus(GET, Heads.parse(503, "Retry-After: soon"));
        assertEquals(new Again(SECOND, false, "503"), again);
    }

    @Test
    void aWaitThatWouldOutlastTheDeadlineIsNotBegun() throws Exception {
        // No test takes a thousand seconds, so it does not matter when the clock is read.
        RetryRules rules = new RetryRules(
                4, 100 * SECOND, 900 * SECOND, Set.of(503), 3_000 * SECOND, InstantSource.fixed(NOW), () -> -1);
        long deadline = NanoClock.after(1_500 * SECOND);
        assertNull(retrying(rules, deadline).afterStatus(GET, Heads.parse(503, "Retry-After: 1500")));
        assertNotNull(retrying(rules, deadline).afterStatus(GET, Heads.parse(503, "Retry-After: 400")));
        assertNotNull(retrying(rules, deadline).afterStatus(GET, Heads.parse(503)));
        long sooner = NanoClock.after(100 * SECOND);
        assertNull(retrying(rules, sooner).afterStatus(GET, Heads.parse(503)));
        assertNull(retrying(rules, sooner).afterFailure(GET, failure(CallStep.CONNECT)));
    }

    @Test
    void nothingIsTriedAfterTheDeadline() throws Exception {
        RetryRules immediately = new RetryRules(4, 0, 0, Set.of(503), 0, InstantSource.fixed(NOW), () -> 0);
        long over = NanoClock.now();
        assertNull(retrying(immediately, over).afterStatus(GET, Heads.parse(503)));
        assertNull(retrying(immediately, over).afterStatus(GET, Heads.parse(503, "Retry-After: 0")));
        assertNull(retrying(immediately, over).afterStatus(GET, Heads.parse(408)));
        assertNull(retrying(immediately, over).afterStatus(GET, Heads.parse(421)));
        assertNull(retrying(immediately, over).afterFailure(GET, failure(CallStep.HEAD)));
    }

    @Test
    void a408IsRepeatedOnceAndAtOnceOverAFreshConnection() throws Exception {
        Retrying retrying = retrying(RULES);
        assertEquals(new Again(0, true, "408"), retrying.afterStatus(GET, Heads.parse(408, "Retry-After: 5")));
        assertNull(retrying.afterStatus(GET, Heads.parse(408)));
        assertNull(retrying(RULES).afterStatus(POST, Heads.parse(408)));
        assertNull(retrying(RULES).afterStatus(ONE_SHOT_PUT, Heads.parse(408)));
        assertNotNull(retrying(RULES).afterStatus(KEYED_POST, Heads.parse(408)));
    }

    @Test
    void a421IsRepeatedOnceWhateverTheMethod() throws Exception {
        for (Outgoing request : new Outgoing[] {GET, request("POST"), POST, request("PATCH")}) {
            Retrying retrying = retrying(RULES);
            assertEquals(new Again(0, true, "421"), retrying.afterStatus(request, Heads.parse(421)));
            assertNull(retrying.afterStatus(request, Heads.parse(421)));
        }
        assertNull(retrying(RULES).afterStatus(ONE_SHOT_PUT, Heads.parse(421)));
    }

    @Test
    void a408AndA421AreRepeatedInTheSameCall() throws Exception {
        Retrying retrying = retrying(RULES);
        assertNotNull(retrying.afterStatus(GET, Heads.parse(421)));
        assertNotNull(retrying.afterStatus(GET, Heads.parse(408)));
        assertNotNull(retrying.afterStatus(GET, Heads.parse(503)));
        assertNull(retrying.afterStatus(GET, Heads.parse(503)));
    }

    @Test
    void aChosen408IsRepeatedMoreThanOnce() throws Exception {
        RetryRules rules =
                new RetryRules(4, SECOND, SECOND, Set.of(408), 30 * SECOND, InstantSource.fixed(NOW), () -> -1);
        Retrying retrying = retrying(rules);
        assertEquals(new Again(0, true, "408"), retrying.afterStatus(GET, Heads.parse(408)));
        assertEquals(new Again(SECOND, false, "408"), retrying.afterStatus(GET, Heads.parse(408)));
    }

    @ParameterizedTest
    @CsvSource({
        "ACQUIRE, no connection",
        "RESOLVE, name lookup failed",
        "CONNECT, connect failed",
        "HANDSHAKE, TLS handshake failed",
        "SEND, connection lost",
        "HEAD, connection lost",
        "BODY, connection lost"
    })
    void aFailureIsTriedAgainAfterTheBackoff(CallStep step, String reason) {
        Retrying retrying = retrying(RULES);
        assertEquals(new Again(SECOND, false, reason), retrying.afterFailure(GET, failure(step)));
        assertEquals(new Again(2 * SECOND, false, reason), retrying.afterFailure(GET, failure(step)));
        assertEquals(new Again(4 * SECOND, false, reason), retrying.afterFailure(GET, failure(step)));
        assertNull(retrying.afterFailure(GET, failure(step)));
    }

    @Test
    void afterTheFailureOfAReusedConnectionAFreshOneIsUsed() {
        Again again = retrying(RULES).afterFailure(GET, failure(CallStep.HEAD, false, "", 3, true, null));
        assertEquals(new Again(SECOND, true, "connection lost"), again);
    }

    @Test
    void aTimeoutIsTriedAgainUnlessItWasTheDeadline() {
        String limit = "read timeout of 30 s";
        Again again = retrying(RULES).afterFailure(GET, failure(CallStep.HEAD, false, limit, 0, true, null));
        assertEquals(new Again(SECOND, false, limit), again);
        assertNull(retrying(RULES).afterFailure(GET, failure(CallStep.HEAD, true, "deadline of 1 s", 0, true, null)));
        // The deadline limited this step, but the connection was lost before the deadline.
        assertNotNull(retrying(RULES).afterFailure(GET, failure(CallStep.HEAD, true, "", 0, true, null)));
    }

    @Test
    void aFailureThatIsNotSafeToRetryIsFinal() {
        assertNull(retrying(RULES).afterFailure(GET, failure(CallStep.HEAD, false, "", 0, false, null)));
    }

    @ParameterizedTest
    @EnumSource
    void aCancelledCallIsNotTriedAgain(Cancellation cancellation) {
        assertNull(retrying(RULES).afterFailure(GET, failure(CallStep.HEAD, false, "", 0, true, cancellation)));
    }

    @Test
    void allReasonsShareTheNumberOfAttempts() throws Exception {
        Retrying retrying = retrying(RULES);
        assertNotNull(retrying.afterFailure(GET, failure(CallStep.CONNECT)));
        assertEquals(2 * SECOND, waitOf(retrying.afterStatus(GET, Heads.parse(503))));
        assertNotNull(retrying.afterStatus(GET, Heads.parse(408)));
        assertNull(retrying.afterStatus(GET, Heads.parse(421)));
        assertNull(retrying.afterFailure(GET, failure(CallStep.CONNECT)));
    }

    @Test
    void oneAttemptMeansNoRetries() throws Exception {
        RetryRules once = new RetryRules(1, 0, 0, Set.of(503), 0, failingClock(), () -> 0);
        for (int status : new int[] {408, 421, 503}) {
            assertNull(retrying(once).afterStatus(GET, Heads.parse(status, "Retry-After: 0")));
        }
        assertNull(retrying(once).afterFailure(GET, failure(CallStep.CONNECT)));
    }

    @Test
    void theBudgetOfTheOriginLimitsTheRetriesOfAllCalls() throws Exception {
        int retries = 0;
        for (int call = 0; call < 50; call++) {
            long now = NanoClock.now();
            budgets.of(GET.origin(), now).countCall(now);
            Retrying retrying = retrying(RULES);
            int status = call % 3 == 0 ? 503 : call % 3 == 1 ? 408 : 421;
            retries += retrying.afterStatus(GET, Heads.parse(status, "Retry-After: 0")) == null ? 0 : 1;
        }
        assertEquals(20, retries);
        assertNull(retrying(RULES).afterFailure(GET, failure(CallStep.CONNECT)));
        Outgoing other = GET.withUri(UriParser.parse("https://origin.test/"));
        assertNotNull(retrying(RULES).afterStatus(other, Heads.parse(503)));
    }

    @Test
    void whatIsNotTriedAgainTakesNothingFromTheBudget() throws Exception {
        for (int i = 0; i < 100; i++) {
            retrying(RULES).afterStatus(GET, Heads.parse(200));
            retrying(RULES).afterStatus(POST, Heads.parse(503));
            retrying(RULES).afterStatus(GET, Heads.parse(503, "Retry-After: 31"));
            retrying(RULES, NanoClock.now()).afterStatus(GET, Heads.parse(503));
            retrying(RULES).afterFailure(GET, failure(CallStep.HEAD, false, "", 0, false, null));
        }
        for (int i = 0; i < 10; i++) {
            assertNotNull(retrying(RULES).afterStatus(GET, Heads.parse(503)));
        }
        assertNull(retrying(RULES).afterStatus(GET, Heads.parse(503)));
    }

    @Test
    void theClockIsReadOnlyForAResponseThatMayBeRepeated() throws Exception {
        RetryRules rules = withClock(failingClock());
        assertNull(retrying(rules).afterStatus(GET, Heads.parse(200)));
        assertNull(retrying(rules).afterStatus(POST, Heads.parse(503)));
        assertNotNull(retrying(rules).afterStatus(GET, Heads.parse(408)));
    }

    private Retrying retrying(RetryRules rules) {
        return retrying(rules, NanoClock.NEVER);
    }

    private Retrying retrying(RetryRules rules, long deadline) {
        CallTimeouts.Limits limits = new CallTimeouts.Limits(SECOND, SECOND, SECOND, SECOND);
        return new Retrying(rules, budgets, new CallTimeouts(limits, NanoClock.now(), deadline));
    }

    private static Outgoing request(String method) {
        return Outgoing.to(method, UriParser.parse("http://origin.test/path"));
    }

    private static RetryRules withClock(InstantSource clock) {
        return new RetryRules(4, SECOND, 60 * SECOND, Set.of(503), 30 * SECOND, clock, () -> -1);
    }

    private static InstantSource failingClock() {
        return () -> {
            throw new AssertionError("nobody needs to know the time");
        };
    }

    private static long waitOf(@Nullable Again again) {
        assertNotNull(again);
        return again.waitNanos();
    }

    private static CallFailedException failure(CallStep step) {
        return failure(step, false, "", 0, true, null);
    }

    private static CallFailedException failure(
            CallStep step,
            boolean atDeadline,
            String limit,
            int reusedTimes,
            boolean safeToRetry,
            @Nullable Cancellation cancellation) {
        return Failures.of(
                new IOException("reset"),
                new CallFailedException.Facts(
                        InetSocketAddress.createUnresolved("origin.test", 80),
                        null,
                        step,
                        atDeadline,
                        limit,
                        reusedTimes,
                        0,
                        0,
                        safeToRetry,
                        cancellation,
                        false));
    }
}
