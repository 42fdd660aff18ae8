package io.httpipe.internal.policy;

import io.httpipe.internal.call.CallFailedException;
import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.wire.ResponseHead;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether to try again after a response or a failure, for one call with all its attempts. For use by the thread
 * of the call only.
 *
 * <p>Each further attempt needs a reason, a wait that ends before the deadline, and a retry in the budget of the
 * origin. If one of the three is missing, the response or failure is final.
 */
final class Retrying {
    private static final int REQUEST_TIMEOUT = 408;
    private static final int MISDIRECTED_REQUEST = 421;

    private final RetryRules rules;
    private final RetryBudgets budgets;
    private final CallTimeouts timeouts;
    private int attempts = 1;
    private boolean repeatedAfter408;
    private boolean repeatedAfter421;

    /**
     * One more attempt.
     *
     * @param waitNanos       how long to wait before it
     * @param freshConnection whether it must not use a connection that is open already
     * @param reason          why, in a few words
     */
    record Again(long waitNanos, boolean freshConnection, String reason) {}

    Retrying(RetryRules rules, RetryBudgets budgets, CallTimeouts timeouts) {
        this.rules = rules;
        this.budgets = budgets;
        this.timeouts = timeouts;
    }

    /** Returns what to do after a response with this head. Null if the response is final. */
    @Nullable
    Again afterStatus(Outgoing sent, ResponseHead head) {
        int status = head.status();
        if (status < 400 || attempts >= rules.attempts()) {
            return null;
        }
        if (status == REQUEST_TIMEOUT && !repeatedAfter408) {
            return afterRequestTimeout(sent);
        }
        if (status == MISDIRECTED_REQUEST && !repeatedAfter421) {
            return afterMisdirectedRequest(sent);
        }
        if (!rules.retriesStatus(status) || !sent.repeatable()) {
            return null;
        }
        long asked = RetryAfter.nanos(head, rules.clock().instant());
        if (asked < 0) {
            return again(sent, rules.backoff(attempts), false, String.valueOf(status));
        }
        return asked > rules.maxRetryAfter()
                ? null
                : again(sent, asked, false, status + ", Retry-After " + duration(asked));
    }

    /** The server did not wait for the end of the request, and will close the connection (RFC 9110, section 15.5.9). */
    private @Nullable Again afterRequestTimeout(Outgoing sent) {
        Again again = sent.repeatable() ? again(sent, 0, true, "408") : null;
        repeatedAfter408 = again != null;
        return again;
    }

    /**
     * The connection leads to a server that does not serve this origin and has not processed the request. So the method
     * does not matter (RFC 9110, section 15.5.20).
     */
    private @Nullable Again afterMisdirectedRequest(Outgoing sent) {
        boolean sendable = sent.body() == null || sent.body().repeatable();
        Again again = sendable ? again(sent, 0, true, "421") : null;
        repeatedAfter421 = again != null;
        return again;
    }

    /** Returns what to do after this failure. Null if the failure is final. */
    @Nullable
    Again afterFailure(Outgoing sent, CallFailedException failure) {
        CallFailedException.Facts facts = failure.facts();
        if (attempts >= rules.attempts()
                || !facts.safeToRetry()
                || facts.cancellation() != null
                || endedAtDeadline(facts)) {
            return null;
        }
        // If a reused connection failed, other connections that were idle as long may fail too.
        return again(sent, rules.backoff(attempts), facts.reusedTimes() > 0, reason(facts));
    }

    /** Whether the deadline ended the call, perhaps early because the remaining time was too short. */
    private static boolean endedAtDeadline(CallFailedException.Facts facts) {
        return facts.atDeadline() && !facts.limit().isEmpty();
    }

    private static String reason(CallFailedException.Facts facts) {
        if (!facts.limit().isEmpty()) {
            return facts.limit();
        }
        return switch (facts.step()) {
            case PAUSE, ACQUIRE -> "no connection";
            case RESOLVE -> "name lookup failed";
            case CONNECT -> "connect failed";
            case PROXY -> "proxy failed";
            case HANDSHAKE -> "TLS handshake failed";
            case SEND, HEAD, BODY -> "connection lost";
        };
    }

    /** Takes the retry from the budget last, so that an attempt that is not made uses none of the budget. */
    private @Nullable Again again(Outgoing sent, long wait, boolean freshConnection, String reason) {
        long now = NanoClock.now();
        if (NanoClock.plus(now, wait) >= timeouts.deadline()
                || !budgets.of(sent.origin(), now).takeRetry(now)) {
            return null;
        }
        attempts++;
        return new Again(wait, freshConnection, reason);
    }

    private static String duration(long nanos) {
        long millis = nanos / 1_000_000;
        return millis % 1_000 == 0 ? millis / 1_000 + " s" : millis + " ms";
    }
}
