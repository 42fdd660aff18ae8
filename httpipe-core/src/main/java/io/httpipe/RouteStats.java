package io.httpipe;

import io.httpipe.internal.pool.RouteSnapshot;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one route at one moment, as {@link Httpipe#stats} tells.
 *
 * {@snippet :
 * hp.stats().forEach(System.out::println);
 * }
 *
 * <p>A route is forgotten when its last connection is closed and nobody waits; the sums then begin anew.
 *
 * @param endpoint where its connections lead
 * @param tls      whether they speak TLS
 * @param pool     the name of their pool; null if it has none
 * @param open     how many there are, those included that are being opened
 * @param idle     how many of them are idle
 * @param leased   how many of them are in use
 * @param waiting  how many calls wait for one
 * @param opened   how many have been opened
 * @param reused   how many calls have got one that was used before
 * @param closed   how many have been closed, by reason: {@code done} with the last exchange, {@code idle} for too
 *                 long, {@code surplus} to the limits, {@code stale} as the server had closed it, {@code old} beyond
 *                 its lifetime, {@code failed} to be opened, {@code client_closed}
 */
public record RouteStats(
        Endpoint endpoint,
        boolean tls,
        @Nullable String pool,
        int open,
        int idle,
        int leased,
        int waiting,
        long opened,
        long reused,
        Map<String, Long> closed) {

    static RouteStats of(RouteSnapshot snapshot) {
        Endpoint endpoint = Endpoint.of(snapshot.route().address());
        Map<String, Long> closed = new TreeMap<>();
        snapshot.closed().forEach((reason, count) -> closed.put(reason.name().toLowerCase(Locale.ROOT), count));
        return new RouteStats(
                endpoint,
                snapshot.route().tls() != null,
                snapshot.route().pool(),
                snapshot.open(),
                snapshot.idle(),
                snapshot.leased(),
                snapshot.waiting(),
                snapshot.opened(),
                snapshot.reused(),
                Map.copyOf(closed));
    }
}
