package io.httpipe.internal.policy;

import io.httpipe.internal.call.Outgoing;

/**
 * The next attempt of a journey.
 *
 * @param request   the request, without the credentials for its origin
 * @param waitNanos how long to wait first
 * @param fresh     whether the attempt needs a new connection
 * @param reason    why there is another attempt, for the history
 */
record Next(Outgoing request, long waitNanos, boolean fresh, String reason) {
    Next(Outgoing request, String reason) {
        this(request, 0, false, reason);
    }
}
