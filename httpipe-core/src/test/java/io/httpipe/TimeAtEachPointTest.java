package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.Threads;
import io.httpipe.testing.Transports;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Ends a call at each {@link BlockingPoint} by a deadline, and at most of them by the timeout of the step. The calls of
 * one test begin one after the other and wait at the same time.
 */
@Timeout(120)
class TimeAtEachPointTest {
    /** Long enough for one call to reach its point, even on a busy machine. */
    private static final Duration ENOUGH = Duration.ofSeconds(4);

    /** A blocking point, the options of the client, and the start of the expected message. */
    private record Case(BlockingPoint point, UnaryOperator<Httpipe.Builder> options, String limit) {}

    @ParameterizedTest
    @EnumSource
    void theDeadlineEndsACallAtEachPoint(Transports transport) throws Exception {
        List<Case> cases = new ArrayList<>();
        for (BlockingPoint point : BlockingPoint.over(transport)) {
            // If a pipe waits for its source, either end may time out first, with a different message.
            // A pause that would outlast the deadline does not begin.
            if (point.phase != null
                    && point != BlockingPoint.PIPE_IN
                    && point != BlockingPoint.EVENTS_PAUSE
                    && point != BlockingPoint.DOWNLOAD_PAUSE) {
                cases.add(new Case(point, UnaryOperator.identity(), "exceeded the deadline of "));
            }
        }
        endAll(transport, cases, call -> () -> Deadline.within(ENOUGH, call::call));
    }

    @ParameterizedTest
    @EnumSource
    void theTimeoutOfTheStepEndsACallAtEachPoint(Transports transport) throws Exception {
        List<Case> cases = new ArrayList<>();
        for (BlockingPoint point : BlockingPoint.over(transport)) {
            Case timed = point.phase == null ? null : timed(point);
            if (timed != null) {
                cases.add(timed);
            }
        }
        endAll(transport, cases, UnaryOperator.identity());
    }

    /** Returns the point with the only step timeout that ends its call; null if no step timeout does. */
    private static Case timed(BlockingPoint point) {
        return switch (point) {
            // The source of a body has no limit. If no 100 Continue arrives, the body is sent. Events have a limit of
            // their own. An exchange can read again after a timeout. After the timeout of the first copy of a hedged
            // request, the second copy is sent. While a request is sent, only writes have a timeout. If a TlsSource
            // does not answer in time, the call uses the source's last answer.
            case TLS_SOURCE,
                    SILENT_STREAM,
                    SILENT_UPLOAD_BEHIND_BODY,
                    BODY_BESIDE_UPLOAD,
                    MUTE_STREAM,
                    PIPE_IN,
                    CONTINUE,
                    EVENTS_IN,
                    EXCHANGE_HEAD_IN,
                    TOKEN_IN,
                    EXCHANGE_RESPONSE_IN,
                    FANOUT_HEDGE -> null;
            default ->
                switch (point.phase) {
                    // Only the deadline limits a pause.
                    case PAUSE -> null;
                    case ACQUIRE ->
                        new Case(
                                point,
                                limited(Timeouts.of(HeldCall.LONG).acquire(ENOUGH)),
                                "acquire timeout of 4000 ms");
                    case RESOLVE, CONNECT, PROXY, TLS ->
                        new Case(
                                point,
                                limited(Timeouts.of(HeldCall.LONG).connect(ENOUGH)),
                                "connect timeout of 4000 ms");
                    case SEND ->
                        new Case(point, limited(Timeouts.of(HeldCall.LONG).send(ENOUGH)), "send timeout of 4000 ms");
                    case RESPONSE_HEAD, RESPONSE_BODY ->
                        new Case(point, limited(Timeouts.of(HeldCall.LONG).read(ENOUGH)), "read timeout of 4000 ms");
                };
        };
    }

    private static TimedOutException.Limit limitIn(String words) {
        return words.contains("deadline")
                ? TimedOutException.Limit.DEADLINE
                : TimedOutException.Limit.valueOf(words.split(" ")[0].toUpperCase(Locale.ROOT));
    }

    private static UnaryOperator<Httpipe.Builder> limited(Timeouts timeouts) {
        return options -> options.timeouts(timeouts);
    }

    private static void endAll(Transports transport, List<Case> cases, UnaryOperator<Callable<Void>> context)
            throws Exception {
        List<HeldCall> holds = new ArrayList<>();
        List<AssertionError> failures = new ArrayList<>();
        for (Case each : cases) {
            try {
                HeldCall hold = new HeldCall(each.point, transport, each.options);
                holds.add(hold);
                hold.begin(Threads.VIRTUAL, context);
                // Otherwise the time of the first calls would be over before a busy machine has begun the last one.
                hold.awaitHeldOrEnded();
            } catch (IOException | AssertionError e) {
                failures.add(failure(each, transport, e));
                break;
            }
        }
        for (int i = 0; i < holds.size(); i++) {
            Case each = cases.get(i);
            // A failure of the server, when it is closed, must not hide the one of the call.
            try (HeldCall hold = holds.get(i)) {
                TimedOutException e = hold.failure(TimedOutException.class);
                assertTrue(e.getMessage().contains(each.limit), e.getMessage());
                assertEquals(limitIn(each.limit), e.limit());
                assertNull(e.getCause());
                hold.assertNothingIsLeft();
            } catch (Exception | AssertionError e) {
                failures.add(failure(each, transport, e));
            }
        }
        if (!failures.isEmpty()) {
            AssertionError first = failures.removeFirst();
            failures.forEach(first::addSuppressed);
            throw first;
        }
    }

    private static AssertionError failure(Case each, Transports transport, Throwable cause) {
        return new AssertionError(each.point + " over " + transport, cause);
    }
}
