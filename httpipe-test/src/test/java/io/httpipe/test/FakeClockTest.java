package io.httpipe.test;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.CookieStore;
import io.httpipe.Retries;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class FakeClockTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void movesOnlyWhenTold() {
        FakeClock clock = FakeClock.at(START);
        Clock berlin = clock.withZone(ZoneId.of("Europe/Berlin"));
        assertEquals(START, clock.instant());
        assertEquals(ZoneOffset.UTC, clock.getZone());
        clock.advance(Duration.ofHours(1));
        assertEquals(START.plusSeconds(3600), clock.instant());
        assertEquals(START.plusSeconds(3600), berlin.instant());
        clock.advance(Duration.ofHours(-1));
        assertEquals(START, clock.instant());
        clock.set(Instant.EPOCH);
        assertEquals(0, clock.millis());
        assertEquals("FakeClock[1970-01-01T00:00:00Z]", clock.toString());
    }

    @Test
    void cookiesExpireByIt() {
        FakeClock clock = FakeClock.at(START);
        CookieStore cookies = CookieStore.inMemory(domain -> false, clock);
        cookies.add("http://a.test/", "id=1; Max-Age=60");
        clock.advance(Duration.ofSeconds(59));
        assertEquals(1, cookies.all().size());
        clock.advance(Duration.ofSeconds(2));
        assertEquals(0, cookies.all().size());
    }

    @Test
    void retriesTakeIt() {
        FakeClock clock = FakeClock.at(START);
        assertEquals(Retries.of(3).clock(clock), Retries.of(3).clock(clock).clock(clock));
    }
}
