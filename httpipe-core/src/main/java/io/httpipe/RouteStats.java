package io.httpipe;

import io.httpipe.internal.pool.RouteSnapshot;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one route at one moment, as {@link Httpipe#stats} reports them.
 *
 * {@snippet :
 * hp.stats().forEach(System.out::println);
 * }
 *
 * <p>The client forgets a route that has neither a connection nor a waiting call. The counters {@code opened},
 * {@code reused} and {@code closed} then start at 0 again. Immutable and thread-safe.
 *
 * @param endpoint where the connections lead
 * @param tls      whether the connections use TLS
 * @param pool     the name of the pool; null if it has none
 * @param open     the number of open connections, including those that are being opened
 * @param idle     the number of open connections that are idle
 * @param leased   the number of open connections that are in use
 * @param waiting  the number of calls that wait for a connection
 * @param opened   how many connections have been opened
 * @param reused   how many calls have reused a connection
 * @param closed   how many connections have been closed for each reason; reasons without any are absent. {@code done}:
 *                 its last exchange failed, or one side wanted it closed. {@code idle}: it was idle for too long.
 *                 {@code surplus}: there were too many. {@code stale}: the server closed it while it was idle, or sent
 *                 bytes that no request had asked for. {@code old}: it reached its maximum lifetime. {@code failed}: it
 *                 could not be opened. {@code client_closed}: the client was closed
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
