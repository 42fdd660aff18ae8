package io.httpipe;

import io.httpipe.internal.policy.Attempt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of a call that has policies, such as redirects, credentials, retries or decoding.
 *
 * {@snippet :
 * for (Hop hop : response.hops()) {
 *     log.info("{}", hop); // GET https://a.test/x: 302 (302 to https://b.test, another origin)
 * }
 * }
 *
 * @param method             the method that was sent
 * @param uri                the requested URI; its query and fragment may contain secrets
 * @param status             the status of the response; 0 if there was none
 * @param failure            why the attempt failed; null if it did not, or if it failed while the caller read the body
 *                           of a {@link StreamedResponse}
 * @param reason             why another attempt followed, why a redirect was not followed, or why a body was not
 *                           decoded; empty if none of these applies
 * @param waited             how long the call waited before the next attempt
 * @param bytesSent          bytes of the request that were written, including the head
 * @param bytesReceived      bytes of the response that have been received so far, including the head
 * @param connectionReused   whether the connection had been used before
 */
public record Hop(
        String method,
        String uri,
        int status,
        @Nullable HttpipeException failure,
        String reason,
        Duration waited,
        long bytesSent,
        long bytesReceived,
        boolean connectionReused) {
    private static Hop of(Attempt attempt, @Nullable HttpipeException failure) {
        return new Hop(
                attempt.method(),
                attempt.uri(),
                attempt.status(),
                failure,
                attempt.reason(),
                Duration.ofNanos(attempt.waitNanos()),
                attempt.bytesSent(),
                attempt.bytesReceived(),
                attempt.reusedTimes() > 0);
    }

    /** Returns the history of a call. */
    static List<Hop> of(List<Attempt> attempts) {
        List<Hop> hops = new ArrayList<>(attempts.size());
        for (Attempt attempt : attempts) {
            hops.add(of(attempt, attempt.failure() == null ? null : ErrorMapping.of(attempt.failure())));
        }
        return List.copyOf(hops);
    }

    /** {@return the scheme, host and port of the URI, such as {@code https://a.test:8443}} */
    public String origin() {
        int path = uri.indexOf('/', uri.indexOf("://") + 3);
        return path < 0 ? uri : uri.substring(0, path);
    }

    /** Returns the method, the URI without its query and fragment, the result, and the reason. */
    @Override
    public String toString() {
        int secret = 0;
        while (secret < uri.length() && "?#".indexOf(uri.charAt(secret)) < 0) {
            secret++;
        }
        String result = failure == null ? String.valueOf(status) : String.valueOf(failure.getMessage());
        return "%s %s: %s%s"
                .formatted(method, uri.substring(0, secret), result, reason.isEmpty() ? "" : " (" + reason + ")");
    }
}
