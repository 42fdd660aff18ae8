package io.httpipe.internal.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.internal.connect.Dialer;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.connect.Resolver;
import io.httpipe.testing.CutTransport;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When an idle connection is looked at before it is used again: only the look tells that the server has closed it. */
class PooledConnectionTest {
    private static final long SECOND = 1_000_000_000;

    /** A connection that the server has closed, as nothing but a look can tell. */
    private static final class Closed extends CutTransport {
        private final long drainedAt;

        Closed(long drainedAt) {
            super(new byte[0], End.CLOSE);
            this.drainedAt = drainedAt;
        }

        @Override
        public int readNow(ByteBuffer into) {
            return -1;
        }

        @Override
        public long drainedAt() {
            return drainedAt;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "RECENT, 0,     true,  false, true",
        "RECENT, 19999, true,  false, true",
        "RECENT, 20000, true,  false, false",
        "RECENT, -1,    true,  false, false", // read while the call waited for it
        "RECENT, 0,     false, false, false", // something may have come behind the last response
        "RECENT, 0,     true,  true,  false", // a body may come behind a response that has none
        "TESTED, 0,     true,  false, false"
    })
    void theLookIsSparedOnlyJustAfterAReadThatTookAll(
            ReusePolicy reuse, long later, boolean drained, boolean bodiless, boolean used) {
        ConnectionPool pool =
                new ConnectionPool(new Dialer(Resolver.SYSTEM), new PoolLimits(1, 1, 1, 1, SECOND, NanoClock.NEVER));
        Route route = new Route(InetSocketAddress.createUnresolved("server", 80), null, "");
        PooledConnection connection = new PooledConnection(pool, new RoutePool(route, 1));
        long now = NanoClock.now();
        connection.open(new Closed(drained ? now : NanoClock.NEVER));
        if (bodiless) {
            connection.lookNextTime();
        }
        // Just before it is used again: what counts is when it was read from.
        connection.mayRest(now + later, SECOND, NanoClock.NEVER);
        assertEquals(used, connection.wake(now + later, reuse));
        connection.close();
    }
}
