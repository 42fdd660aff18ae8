package io.httpipe.internal.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.internal.connect.Dialer;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.connect.Resolver;
import io.httpipe.testing.CutTransport;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When an idle connection is checked before reuse (only the check detects a close), and which bytes count as sent. */
class PooledConnectionTest {
    private static final long SECOND = 1_000_000_000;

    /** A connection that the server has closed; only a read shows it. */
    private static final class ClosedByServer extends CutTransport {
        private final long drainedAt;

        ClosedByServer(long drainedAt) {
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
        "RECENT, -1,    true,  false, false", // the read was after the call had started
        "RECENT, 0,     false, false, false", // more bytes may have arrived after the last response
        "RECENT, 0,     true,  true,  false", // a body may follow a response that has none
        "CHECKED, 0,     true,  false, false"
    })
    void theCheckIsSkippedOnlyMomentsAfterAReadThatTookAllBytes(
            ReusePolicy reuse, long nanosSinceRead, boolean drained, boolean checkNextTime, boolean usable) {
        ConnectionPool pool =
                new ConnectionPool(new Dialer(Resolver.SYSTEM), new PoolLimits(1, 1, 1, 1, SECOND, NanoClock.NEVER));
        Route route = new Route(InetSocketAddress.createUnresolved("server", 80), null, "");
        PooledConnection connection = new PooledConnection(pool, new RoutePool(route, 1));
        long now = NanoClock.now();
        connection.open(new ClosedByServer(drained ? now : NanoClock.NEVER));
        if (checkNextTime) {
            connection.checkBeforeNextUse();
        }
        // The idle time starts just before the reuse, so only the time since the read decides.
        connection.prepareIdle(now + nanosSinceRead, SECOND, NanoClock.NEVER);
        assertEquals(usable, connection.checkBeforeReuse(now + nanosSinceRead, reuse));
        connection.close();
    }

    /** Otherwise a partly sent request would look as if it could be sent again. */
    @Test
    void bytesCountAsSentWhileTheirWriteGoesOn() throws Exception {
        ConnectionPool pool =
                new ConnectionPool(new Dialer(Resolver.SYSTEM), new PoolLimits(1, 1, 1, 1, SECOND, NanoClock.NEVER));
        Route route = new Route(InetSocketAddress.createUnresolved("server", 80), null, "");
        PooledConnection connection = new PooledConnection(pool, new RoutePool(route, 1));
        List<Long> meanwhile = new ArrayList<>();
        connection.open(new CutTransport(new byte[0], CutTransport.End.OPEN) {
            @Override
            public void write(ByteBuffer source, long expiresAt) {
                source.position(source.position() + 3);
                meanwhile.add(connection.sent());
                source.position(source.limit());
            }
        });
        connection.send(new byte[10], 2, 8, NanoClock.NEVER);
        assertEquals(8, connection.sent());
        connection.send(new byte[10], 2, 5, NanoClock.NEVER);
        assertEquals(13, connection.sent());
        assertEquals(List.of(3L, 11L), meanwhile);
        connection.close();
    }
}
