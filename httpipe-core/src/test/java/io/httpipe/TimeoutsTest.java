package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** {@link Timeouts}: how long each step may take. */
class TimeoutsTest {
    private static final Map<String, Function<Duration, Timeouts>> STEPS = new LinkedHashMap<>();

    static {
        STEPS.put("acquire", Timeouts.DEFAULT::acquire);
        STEPS.put("connect", Timeouts.DEFAULT::connect);
        STEPS.put("send", Timeouts.DEFAULT::send);
        STEPS.put("read", Timeouts.DEFAULT::read);
    }

    @Test
    void hasADefaultForEachStep() {
        assertEquals(Duration.ofSeconds(10), Timeouts.DEFAULT.acquire());
        assertEquals(Duration.ofSeconds(10), Timeouts.DEFAULT.connect());
        assertEquals(Duration.ofSeconds(30), Timeouts.DEFAULT.send());
        assertEquals(Duration.ofSeconds(30), Timeouts.DEFAULT.read());
    }

    @Test
    void changesOnlyTheNamedStep() {
        Duration d = Duration.ofMillis(7);
        Timeouts t = Timeouts.DEFAULT;
        assertEquals(new Timeouts(d, t.connect(), t.send(), t.read()), t.acquire(d));
        assertEquals(new Timeouts(t.acquire(), d, t.send(), t.read()), t.connect(d));
        assertEquals(new Timeouts(t.acquire(), t.connect(), d, t.read()), t.send(d));
        assertEquals(new Timeouts(t.acquire(), t.connect(), t.send(), d), t.read(d));
        assertEquals(new Timeouts(d, d, d, d), Timeouts.of(d));
    }

    @Test
    void refusesDurationsThatAreNotPositiveAndNamesTheStep() {
        STEPS.forEach((step, with) -> {
            assertEquals(step + " is null", refusal(() -> with.apply(null)));
            assertEquals(step + ": PT0S is not positive", refusal(() -> with.apply(Duration.ZERO)));
            assertEquals(step + ": PT-1S is not positive", refusal(() -> with.apply(Duration.ofSeconds(-1))));
        });
        assertTrue(refusal(() -> Timeouts.of(null)).endsWith(" is null"));
    }

    @Test
    void treatsCenturiesAsNoLimit() {
        Timeouts endless = Timeouts.of(Duration.ofSeconds(Long.MAX_VALUE));
        assertEquals(Long.MAX_VALUE, endless.limits().read());
        assertEquals(1, Timeouts.of(Duration.ofNanos(1)).limits().read());
    }

    private static String refusal(Runnable action) {
        return assertThrows(IllegalArgumentException.class, action::run).getMessage();
    }
}
