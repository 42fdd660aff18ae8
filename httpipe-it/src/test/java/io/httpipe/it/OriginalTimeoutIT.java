package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Httpipe;
import io.httpipe.Phase;
import io.httpipe.Request;
import io.httpipe.TimedOutException;
import io.httpipe.Timeouts;
import java.time.Duration;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.RepeatedTest;

/** The original's t/07-timeout.t, with shorter timeouts. It runs each test twice. */
class OriginalTimeoutIT {
    private static final Timeouts TIMEOUTS = Timeouts.of(Duration.ofSeconds(10)).read(Duration.ofMillis(200));

    @AutoClose
    private final Httpipe hp = Clients.builder().timeouts(TIMEOUTS).build();

    private TimedOutException assertReadTimesOut(Request request) {
        TimedOutException e = assertThrows(TimedOutException.class, () -> hp.request(request));
        assertEquals(Phase.RESPONSE_HEAD, e.phase());
        assertTrue(e.getMessage().contains("read timeout of 200 ms"), e.getMessage());
        return e;
    }

    @RepeatedTest(2)
    void t07_timeout_test1_theReadTimeoutIsShorterThanTheOthers() {
        assertReadTimesOut(Transport.TCP.get("/sleep?ms=3600000"));
    }

    @RepeatedTest(2)
    void t07_timeout_test2_theReadTimeoutAppliesToAnUnfinishedInformationalHead() {
        // Whether it arrives within 200 ms or not, the line HTTP/1.1 100 Continue must not count as a complete head.
        TimedOutException e = assertReadTimesOut(Transport.TCP.get("/half-continue?ms=3600000"));
        assertTrue(e.bytesReceived() == 0 || e.bytesReceived() == "HTTP/1.1 100 Continue\r\n".length());
    }
}
