package io.httpipe.internal.policy;

import io.httpipe.internal.call.BodySource;
import io.httpipe.internal.call.CallFactory;
import io.httpipe.internal.call.CallFailedException;
import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.call.RecordedCall;
import io.httpipe.internal.connect.CallStep;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.connect.ProxyIdentity;
import io.httpipe.internal.wire.ResponseHead;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes one call that may need several attempts: with credentials, after redirects, after failures. One deadline limits
 * all attempts and waits. The journey holds no connection between two attempts. For one thread.
 */
public final class Journey {
    /** The maximum number of attempts, whatever their reasons. */
    static final int MAX_ATTEMPTS = 20;

    private final CallFactory calls;
    private final Waits waits;
    private final RetryBudgets budgets;
    private final Outgoing own;
    private final long maxBodySize;
    private final int maxRatio;
    private final boolean streamed;
    private final CallTimeouts budget;
    private final Policies policies;

    /** Null if no cookies are kept. */
    private final @Nullable JourneyCookies cookies;

    /** Null if no body is decoded. */
    private final @Nullable DecodingRules decoding;

    /** Created for the first request to an origin for which there are credentials. */
    private @Nullable Authentication authentication;

    /** Created for the first request through a forward proxy for which there are credentials. */
    private @Nullable ProxyAuthentication proxyAuthentication;

    /** The proxy of the current attempt; null for none. */
    private @Nullable ProxyIdentity calledProxy;

    /** The proxy whose 407 the next attempt answers. */
    private @Nullable ProxyIdentity askedBy;

    /** Created at the first use, after a response with a status of 300 or more. */
    private @Nullable Redirection redirection;

    /** Created at the first use, after a failure or a response with a status of 300 or more. */
    private @Nullable Retrying retrying;

    private List<Attempt> attempts = List.of();
    private @Nullable ResponseHead head;
    private @Nullable RecordedCall call;
    private @Nullable DecodedSource decoded;
    private byte @Nullable [] body;

    Journey(
            CallFactory calls,
            Waits waits,
            RetryBudgets budgets,
            Outgoing own,
            Policies policies,
            long maxBodySize,
            int maxRatio,
            boolean streamed) {
        this.calls = calls;
        this.waits = waits;
        this.budgets = budgets;
        this.own = own;
        this.policies = policies;
        this.maxBodySize = maxBodySize;
        this.maxRatio = maxRatio;
        this.streamed = streamed;
        this.budget = calls.timeouts(own);
        Cookies kept = policies.cookies();
        this.cookies =
                kept == null || kept.equals(Cookies.NONE) ? null : new JourneyCookies(kept, policies.initiator(), own);
        DecodingRules rules = policies.decoding();
        this.decoding = rules == null || rules.isOff() ? null : rules;
    }

    /** Makes attempts until there is a response for the caller. The other methods return this response. */
    public void run() throws CallFailedException {
        calls.requireOpen();
        countCall(own);
        Next next = attempt(own, false);
        while (next != null) {
            next = attempt(next.request(), next.fresh());
        }
    }

    /** The attempts so far. While the last response is read, its attempt still counts bytes. */
    public List<Attempt> attempts() {
        return attempts;
    }

    public ResponseHead head() {
        return Objects.requireNonNull(head);
    }

    /** The call of the last attempt. If the response is streamed, the call is open. */
    public RecordedCall call() {
        return Objects.requireNonNull(call);
    }

    /** The source of the body if it is decoded; otherwise null. */
    public @Nullable BodySource decoded() {
        return decoded;
    }

    /** The body of a response that is not streamed, decoded if necessary. */
    public byte[] body() {
        return Objects.requireNonNull(body);
    }

    /** Makes one attempt. Returns the next attempt; null if the response of this attempt is for the caller. */
    private @Nullable Next attempt(Outgoing request, boolean fresh) throws CallFailedException {
        Outgoing dressed = dress(request);
        if (decoding != null) {
            dressed = decoding.dress(dressed);
        }
        CallTimeouts timeouts = attempts.isEmpty() ? budget : budget.forNextAttempt();
        RecordedCall current = calls.recorded(dressed, timeouts, maxBodySize, streamed, fresh, decoding != null);
        current.onInformational(cookies);
        Attempt attempt = new Attempt(dressed, current);
        add(attempt);
        Next next;
        boolean responded = false;
        try {
            next = respond(request, attempt, current);
            responded = true;
        } catch (CallFailedException e) {
            attempt.failed(e);
            next = afterFailure(request, e);
            if (next == null) {
                throw e;
            }
        } finally {
            if (!responded) {
                // The attempt has failed, for example because of a wrong proof of the server. Its upload must end.
                current.abandon();
                attempt.ended();
            }
        }
        if (next != null) {
            current.close();
            attempt.ended();
            attempt.decided(next.reason());
            attempt.waits(next.waitNanos());
            pause(next);
        }
        return next;
    }

    /** Adds an attempt. Most journeys have only one attempt, and a list of one element is small. */
    private void add(Attempt attempt) {
        if (attempts.isEmpty()) {
            attempts = List.of(attempt);
        } else {
            List<Attempt> more = new ArrayList<>(attempts);
            more.add(attempt);
            attempts = more;
        }
    }

    /** Counts a request in the budget of its origin, which limits the retries of all calls. */
    private void countCall(Outgoing request) {
        if (policies.retries() != null) {
            // The time at which the call was created, or entered its current step, is precise enough for a budget.
            long now = budget.entered();
            budgets.of(request.origin(), now).countCall(now);
        }
    }

    /** Sends the request, and returns the next attempt, or null when the response is ready for the caller. */
    private @Nullable Next respond(Outgoing undressed, Attempt attempt, RecordedCall current)
            throws CallFailedException {
        ResponseHead received = current.start();
        attempt.responded(received.status());
        Next next;
        try {
            if (cookies != null && !(received.status() == 407 && isForwarded(current))) {
                cookies.received(received);
            }
            next = afterResponse(undressed, attempt, received);
        } catch (ClosedByInterruptException e) {
            throw CallFailedException.of(e, undressed.address(), budget);
        } catch (IOException e) {
            throw CallFailedException.refused(e, current);
        }
        if (next == null) {
            DecodedSource source = decode(undressed, attempt, received, current);
            current.requireBodyWithinLimit();
            if (!streamed) {
                body = source == null ? current.readAll() : source.readAll();
                attempt.ended();
            }
            decoded = source;
            head = received;
            call = current;
        }
        return next;
    }

    /** Returns a source of the decoded body; null if the body stays as it is. */
    private @Nullable DecodedSource decode(
            Outgoing request, Attempt attempt, ResponseHead received, RecordedCall current) throws CallFailedException {
        if (decoding == null) {
            return null;
        }
        DecodedSource source = decoding.decoded(request.method(), received, current, attempt, maxRatio);
        if (source == null) {
            current.limitUndecoded();
        } else {
            source.limit(maxBodySize);
        }
        return source;
    }

    /** Returns the request as it is sent: with the cookies and credentials for its origin, and through its proxy. */
    private Outgoing dress(Outgoing request) throws CallFailedException {
        // The rules may choose another proxy each time, but the answer to a 407 is for the proxy that has asked.
        Outgoing routed = askedBy == null ? policies.route(request) : request.through(askedBy);
        askedBy = null;
        calledProxy = routed.proxy();
        List<Authenticator> authenticators = policies.authenticators();
        if (authentication == null && authenticators != null && Authentication.concerns(authenticators, request)) {
            authentication = new Authentication(authenticators, budget, waits);
        }
        if (authentication == null && cookies == null && !Policies.needsProxyLogin(routed)) {
            return routed;
        }
        budget.enterWithoutWait(CallStep.PAUSE);
        try {
            Outgoing dressed = cookies == null ? routed : cookies.dress(request, routed);
            dressed = authentication == null ? dressed : authentication.dress(dressed);
            if (proxyAuthentication == null && Policies.needsProxyLogin(routed)) {
                proxyAuthentication = new ProxyAuthentication(budget);
            }
            return proxyAuthentication == null ? dressed : proxyAuthentication.dress(dressed);
        } catch (IOException e) {
            throw CallFailedException.of(e, request.address(), budget);
        }
    }

    /** Asks each policy in turn whether the response leads to another attempt. */
    private @Nullable Next afterResponse(Outgoing undressed, Attempt attempt, ResponseHead received)
            throws IOException {
        boolean mayGoOn = attempts.size() < MAX_ATTEMPTS;
        if (proxyAuthentication != null) {
            String reason = proxyAsks(undressed, received, mayGoOn);
            if (reason != null) {
                askedBy = calledProxy;
                return new Next(undressed, reason);
            }
        }
        if (authentication != null) {
            if (received.status() != 401) {
                authentication.verify(received);
            } else if (mayGoOn && undressed.canSendBody()) {
                String reason = authentication.after(received);
                if (reason != null) {
                    return new Next(undressed, reason);
                }
            } else {
                authentication.learn(received);
            }
        }
        if (received.status() < 300) {
            return null;
        }
        RedirectRules redirects = policies.redirects();
        if (redirects != null) {
            if (redirection == null) {
                redirection = new Redirection(redirects, own, cookies);
            }
            Outgoing target = redirection.after(undressed, received);
            if (target != null && !mayGoOn) {
                throw new RedirectRefusedException("redirect %d refused: there were %d attempts already"
                        .formatted(received.status(), MAX_ATTEMPTS));
            }
            if (target != null) {
                if (!target.origin().equals(undressed.origin())) {
                    countCall(target);
                }
                return new Next(target, redirection.reason());
            }
            attempt.decided(redirection.reason());
        }
        Retrying current = retrying();
        return current == null || !mayGoOn ? null : again(undressed, current.afterStatus(undressed, received));
    }

    private static boolean isForwarded(RecordedCall call) {
        ProxyIdentity proxy = call.proxy();
        return proxy != null && proxy.isForward();
    }

    /** Returns why the request has to be sent to the proxy again; null if it need not be. */
    private @Nullable String proxyAsks(Outgoing undressed, ResponseHead received, boolean mayGoOn) throws IOException {
        ProxyAuthentication active = Objects.requireNonNull(proxyAuthentication);
        if (received.status() != 407) {
            active.accepted(received);
            return null;
        }
        if (mayGoOn && undressed.canSendBody()) {
            return active.after(received);
        }
        active.learn(received);
        return null;
    }

    private @Nullable Next afterFailure(Outgoing undressed, CallFailedException failure) {
        Retrying current = retrying();
        return current == null || attempts.size() >= MAX_ATTEMPTS
                ? null
                : again(undressed, current.afterFailure(undressed, failure));
    }

    private @Nullable Retrying retrying() {
        RetryRules retries = policies.retries();
        if (retrying == null && retries != null) {
            retrying = new Retrying(retries, budgets, budget);
        }
        return retrying;
    }

    private static @Nullable Next again(Outgoing request, Retrying.@Nullable Again again) {
        return again == null ? null : new Next(request, again.waitNanos(), again.freshConnection(), again.reason());
    }

    /** Waits before the next attempt. Fails, even without a wait, if the thread is interrupted or the client closed. */
    private void pause(Next next) throws CallFailedException {
        budget.enter(CallStep.PAUSE);
        try {
            waits.until(NanoClock.after(next.waitNanos()), () -> false);
        } catch (IOException e) {
            throw CallFailedException.of(e, next.request().address(), budget);
        }
    }
}
