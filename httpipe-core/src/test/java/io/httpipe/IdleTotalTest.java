package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.httpipe.testing.CutTransport;
import org.junit.jupiter.api.Test;

/** The total number of idle connections that a client keeps. */
class IdleTotalTest {
    private static long idle(Httpipe.Builder options) throws HttpipeException {
        try (Httpipe hp =
                options.dialer(CutTransport.dialer(CutTransport::ordinary)).build()) {
            for (int i = 0; i < 300; i++) {
                hp.get("http://server-" + i + "/");
            }
            return hp.stats().stream().mapToLong(RouteStats::idle).sum();
        }
    }

    @Test
    void is256ByDefaultOrMaxIdlePerRouteIfThatIsMore() throws Exception {
        assertEquals(256, idle(Httpipe.builder()));
        assertEquals(256, idle(Httpipe.builder().maxIdlePerRoute(1)));
        assertEquals(280, idle(Httpipe.builder().maxIdlePerRoute(280)));
    }

    @Test
    void theLimitIsWhatTheBuilderSets() throws Exception {
        assertEquals(300, idle(Httpipe.builder().maxIdleConnections(1000)));
        assertEquals(7, idle(Httpipe.builder().maxIdleConnections(7).maxIdlePerRoute(100)));
        assertEquals(0, idle(Httpipe.builder().maxIdleConnections(0)));
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> Httpipe.builder().maxIdleConnections(-1));
        assertEquals("maxIdleConnections: -1 is less than 0", e.getMessage());
    }
}
