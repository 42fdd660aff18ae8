package io.httpipe;

import io.httpipe.internal.connect.ProxyIdentity;
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
 * @param endpoint the endpoint that the connections lead to
 * @param tls      whether the connections use TLS
 * @param pool     the name of the pool; null if it has none
 * @param proxy    the proxy through which the connections go; null for none. If the proxy gets whole requests, it is
 *                 the {@code endpoint} too
 * @param open     the number of open connections, including those that are being opened
 * @param idle     the number of open connections that are idle
 * @param leased   the number of open connections that are in use
 * @param waiting  the number of calls that wait for a connection
 * @param opened   how many connections have been opened. Each failed attempt to open a connection counts too
 * @param reused   how many times a call has taken an idle connection. This includes connections that the call then
 *                 found to be unusable
 * @param closed   how many connections have been closed, by reason; a reason is absent if its number is 0.
 *                 {@code done}: the last call on the connection failed or ended before its request and its response
 *                 were complete, one side asked to close the connection, or an {@link Exchange} could not give it back
 *                 to its pool. {@code idle}: while the connection was idle, its idle timeout, its maximum lifetime or
 *                 the keep-alive time of the server ended. {@code surplus}: there were too many idle connections, a new
 *                 connection needed the place of this one, or the waiting call that got this one was interrupted.
 *                 {@code stale}: the server closed the idle connection, or sent bytes that no request had asked for.
 *                 {@code old}: when the last call ended, the maximum lifetime or the keep-alive time of the server was
 *                 over. {@code failed}: the connection could not be opened. {@code client_closed}: the client was
 *                 closed
 */
public record RouteStats(
        Endpoint endpoint,
        boolean tls,
        @Nullable String pool,
        @Nullable Endpoint proxy,
        int open,
        int idle,
        int leased,
        int waiting,
        long opened,
        long reused,
        Map<String, Long> closed) {

    static RouteStats of(RouteSnapshot snapshot) {
        Endpoint endpoint = Endpoint.of(snapshot.route().address());
        ProxyIdentity proxy = snapshot.route().proxy();
        Map<String, Long> closed = new TreeMap<>();
        snapshot.closed().forEach((reason, count) -> closed.put(reason.name().toLowerCase(Locale.ROOT), count));
        return new RouteStats(
                endpoint,
                snapshot.route().tls() != null,
                snapshot.route().pool(),
                proxy == null ? null : Endpoint.of(proxy.address()),
                snapshot.open(),
                snapshot.idle(),
                snapshot.leased(),
                snapshot.waiting(),
                snapshot.opened(),
                snapshot.reused(),
                Map.copyOf(closed));
    }
}
