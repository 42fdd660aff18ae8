package io.httpipe.internal.policy;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.wire.Challenge;
import io.httpipe.internal.wire.ChallengeParser;
import io.httpipe.internal.wire.Origin;
import io.httpipe.internal.wire.ResponseHead;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Authenticates the requests of one journey. A request whose caller has set or removed the credentials header
 * stays as it is. For one thread.
 *
 * <p>Challenges cannot cause an endless loop. If the server refuses a request that answers a challenge, the request is
 * sent again only if the nonce was stale, and at most one time for each origin. A refused bearer token is replaced at
 * most one time. Credentials that were sent without a challenge may be outdated, so a challenge to them is answered
 * one time.
 */
final class Authentication {
    private final List<Authenticator> authenticators;
    private final AuthFields fields;
    private final CallTimeouts timeouts;
    private final Waits waits;

    /** The choice for each origin that has sent a challenge. */
    private Map<Origin, Choice> choices = Map.of();

    private boolean tokenRefreshed;

    /** The request that was dressed last, the answer that was added to it, and the authenticator of this answer. */
    private @Nullable Outgoing current;

    private @Nullable Answer sent;
    private @Nullable Authenticator sender;

    /** Whether the current request is the first one after a challenge, so that {@link #sent} answers that challenge. */
    private boolean afterChallenge;

    /** A challenge that an origin sent, and the authenticator that answers it. */
    private static final class Choice {
        final Authenticator authenticator;
        final Challenge challenge;
        final @Nullable Answer refused;

        /** Whether the next request is the answer to the challenge. */
        boolean pending = true;

        /** Whether the pending answer was sent before, and got no response. */
        boolean repeated;

        /**
         * Whether the origin has already refused the answer to one challenge. If it refuses another such answer, that
         * is final.
         */
        final boolean staleSeen;

        Choice(Authenticator authenticator, Challenge challenge, @Nullable Answer refused, boolean staleSeen) {
            this.authenticator = authenticator;
            this.challenge = challenge;
            this.refused = refused;
            this.staleSeen = staleSeen;
        }
    }

    Authentication(List<Authenticator> authenticators, CallTimeouts timeouts, Waits waits) {
        this(authenticators, AuthFields.ORIGIN, timeouts, waits);
    }

    Authentication(List<Authenticator> authenticators, AuthFields fields, CallTimeouts timeouts, Waits waits) {
        this.authenticators = authenticators;
        this.fields = fields;
        this.timeouts = timeouts;
        this.waits = waits;
    }

    /** Whether any of these authenticators is for the origin of the request. */
    static boolean concerns(List<Authenticator> authenticators, Outgoing request) {
        for (Authenticator authenticator : authenticators) {
            if (authenticator.isFor(request)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Returns the request with the credentials for its origin, or the same request. May wait for a token, so the
     * caller must hold no connection.
     *
     * @throws TokenFailedException if a token source threw an {@link IOException}, or failed while this call waited for
     *                              another call to fetch the token
     */
    Outgoing dress(Outgoing request) throws IOException {
        Answer answer = prepare(request);
        return answer == null ? request : request.withHeader(fields.credentials(), false, answer.value());
    }

    /** Returns the credentials that {@link #dress} adds to a request; null for none. */
    @Nullable
    Answer prepare(Outgoing request) throws IOException {
        current = request;
        sent = null;
        sender = null;
        afterChallenge = false;
        if (isOutOfReach(request)) {
            return null;
        }
        Choice choice = choices.isEmpty() ? null : choices.get(request.origin());
        Answer answer = choice == null ? unasked(request) : chosen(request, choice);
        sent = answer;
        return answer;
    }

    /** Whether the caller has set or removed the header. */
    private boolean isOutOfReach(Outgoing request) {
        return request.fields().contains(fields.credentials())
                || request.requestFields().suppressed().contains(fields.credentials());
    }

    private @Nullable Answer chosen(Outgoing request, Choice choice) throws IOException {
        sender = choice.authenticator;
        if (!choice.pending) {
            return choice.authenticator.preemptive(request, timeouts, waits);
        }
        choice.pending = false;
        afterChallenge = true;
        // The server may have seen this nonce with its last count, so the answer has the next count.
        Answer next = choice.repeated ? choice.authenticator.preemptive(request, timeouts, waits) : null;
        if (next != null) {
            return next;
        }
        return choice.authenticator.answer(request, choice.challenge, choice.refused, timeouts, waits);
    }

    /** Returns an answer of the first authenticator that needs no challenge; null if there is none. */
    private @Nullable Answer unasked(Outgoing request) throws IOException {
        for (Authenticator authenticator : authenticators) {
            if (authenticator.isFor(request) && !waitsForChallenge(authenticator, request)) {
                Answer answer = authenticator.preemptive(request, timeouts, waits);
                if (answer != null) {
                    sender = authenticator;
                    return answer;
                }
            }
        }
        return null;
    }

    /**
     * Whether an authenticator sends nothing before a challenge. If there is also a Digest authenticator for the
     * origin, Basic does not send the password before the server has asked for it.
     */
    private boolean waitsForChallenge(Authenticator authenticator, Outgoing request) {
        if (!(authenticator instanceof BasicAuthenticator basic) || basic.hasBeenAsked()) {
            return false;
        }
        for (Authenticator other : authenticators) {
            if (other instanceof DigestAuthenticator && other.isFor(request)) {
                return true;
            }
        }
        return basic.waitsForChallenge();
    }

    /**
     * Chooses the answer to the challenges in a response to the request that was dressed last. The next {@link #dress}
     * makes this answer.
     *
     * @return why the request has to be sent again; null if the response is for the caller
     */
    @Nullable
    String after(ResponseHead head) {
        Choice best = best(head);
        if (best == null) {
            return null;
        }
        if (choices.isEmpty()) {
            choices = new HashMap<>();
        }
        choices.put(Objects.requireNonNull(current).origin(), best);
        tokenRefreshed |= best.authenticator instanceof BearerAuthenticator;
        return reason(best);
    }

    /**
     * Called when the request that was dressed last got no response. Makes the next {@link #dress} answer the same
     * challenge.
     *
     * @return false if that request did not answer a challenge
     */
    boolean repeat() {
        Choice choice = afterChallenge && current != null ? choices.get(current.origin()) : null;
        if (choice == null) {
            return false;
        }
        used();
        choice.pending = true;
        choice.repeated = true;
        return true;
    }

    /** Learns from the challenges for later calls. Called if the request that was dressed last cannot be sent again. */
    void learn(ResponseHead head) {
        Choice best = best(head);
        if (best != null) {
            best.authenticator.learn(Objects.requireNonNull(current), best.challenge, best.refused);
        }
    }

    /** Chooses a challenge and the authenticator that answers it; null if no challenge can or may be answered. */
    private @Nullable Choice best(ResponseHead head) {
        Outgoing request = current;
        if (request == null || head.status() != fields.status() || isOutOfReach(request)) {
            return null;
        }
        Choice earlier = choices.get(request.origin());
        Choice best = null;
        int bestStrength = 0;
        for (Challenge challenge : ChallengeParser.parse(head.fields(), fields.challenge())) {
            for (Authenticator authenticator : authenticators) {
                if (authenticator.isFor(request) && mayAnswer(authenticator, challenge, earlier)) {
                    Answer refused = authenticator == sender ? sent : null;
                    int strength = authenticator.strength(request, challenge, refused);
                    if (strength > bestStrength) {
                        bestStrength = strength;
                        boolean staleSeen = afterChallenge || earlier != null && earlier.staleSeen;
                        best = new Choice(authenticator, challenge, refused, staleSeen);
                    }
                }
            }
        }
        if (best == null && sent != null) {
            sent.refused();
        }
        return best;
    }

    private boolean mayAnswer(Authenticator authenticator, Challenge challenge, @Nullable Choice earlier) {
        if (authenticator instanceof BearerAuthenticator) {
            return !tokenRefreshed;
        }
        if (!afterChallenge) {
            return true;
        }
        return authenticator == sender && isStale(challenge) && (earlier == null || !earlier.staleSeen);
    }

    private static boolean isStale(Challenge challenge) {
        return challenge.has("stale", "true");
    }

    private static String reason(Choice choice) {
        String scheme = choice.authenticator.scheme();
        if (choice.authenticator instanceof BearerAuthenticator) {
            return "a new Bearer token is needed";
        }
        return isStale(choice.challenge) ? scheme + ": the nonce was stale" : scheme + " is needed";
    }

    /**
     * Learns from a response that is no challenge, and checks the proof of the server if there is one.
     *
     * @throws ServerProofException if the proof is wrong
     */
    void verify(ResponseHead head) throws IOException {
        Answer answer = sent;
        if (answer != null && head.fields().contains(fields.info())) {
            answer.accepted(ChallengeParser.parameters(head.fields(), fields.info()));
        }
        used();
    }

    /** Called instead of {@link #verify} if the proof of the server does not matter. */
    void used() {
        if (sent != null) {
            sent.used();
        }
    }
}
