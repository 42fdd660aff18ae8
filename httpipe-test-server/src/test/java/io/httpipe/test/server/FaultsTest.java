package io.httpipe.test.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.InjectedFault.Direction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FaultsTest {
    private static List<InjectedFault> ofCalls(Faults faults, int calls) {
        List<InjectedFault> all = new ArrayList<>();
        for (int call = 0; call < calls; call++) {
            InjectedFault fault = faults.onCall(call);
            if (fault != null) {
                all.add(fault);
            }
        }
        return all;
    }

    /** The faults of a connection whose bytes arrive in pieces of this size. */
    private static List<InjectedFault> ofConnection(Faults faults, long number, int piece) {
        List<InjectedFault> all = new ArrayList<>();
        for (Direction direction : Direction.values()) {
            for (long from = 0; from < 100_000; from += piece) {
                long searched = from;
                while (true) {
                    InjectedFault fault = faults.onConnection(number, direction, searched, from + piece);
                    if (fault == null) {
                        break;
                    }
                    all.add(fault);
                    searched = fault.atByte() + 1;
                }
            }
        }
        return all;
    }

    @Test
    void theSameSeedGivesTheSameFaultsHoweverTheBytesAreSplit() {
        Faults faults = Faults.random(7).rate(0.2);
        for (int number = 0; number < 20; number++) {
            assertEquals(ofConnection(faults, number, 1), ofConnection(faults, number, 12_500), "" + number);
        }
        assertEquals(ofCalls(faults, 1_000), ofCalls(Faults.random(7).rate(0.2), 1_000));
        assertNotEquals(ofCalls(faults, 1_000), ofCalls(Faults.random(8).rate(0.2), 1_000));
        assertNotEquals(ofConnection(faults, 0, 1_000), ofConnection(faults, 1, 1_000));
    }

    @Test
    void theRateIsTheShareOfCallsAndOfSpans() {
        for (double rate : new double[] {0.05, 0.3}) {
            Faults faults = Faults.random(1).rate(rate).span(100);
            assertEquals(rate, ofCalls(faults, 20_000).size() / 20_000.0, 0.01);
            assertEquals(rate, ofConnection(faults, 3, 100).size() / 2_000.0, 0.03);
        }
        assertEquals(List.of(), ofCalls(Faults.random(1).rate(0), 1_000));
        assertEquals(1_000, ofCalls(Faults.random(1).rate(1), 1_000).size());
    }

    @Test
    void allKindsOccurAndOnlyThoseThatAreWanted() {
        Set<FaultKind> kinds = EnumSet.noneOf(FaultKind.class);
        ofCalls(Faults.random(1), 1_000).forEach(fault -> kinds.add(fault.kind()));
        assertEquals(EnumSet.allOf(FaultKind.class), kinds);
        assertTrue(
                ofCalls(Faults.random(1).only(FaultKind.CUT, FaultKind.DELAY).without(FaultKind.DELAY), 1_000).stream()
                        .allMatch(fault -> fault.kind() == FaultKind.CUT));
        assertTrue(ofCalls(Faults.random(1).delays(Duration.ofMillis(3)), 1_000).stream()
                .allMatch(fault -> fault.pause().toMillis() < 3));
    }

    @Test
    void exactFaultsAreTheOnlyOnes() {
        InjectedFault first = new InjectedFault(FaultKind.CUT, 3, Direction.RESPONSE, 10, Duration.ZERO);
        InjectedFault second = new InjectedFault(FaultKind.DELAY, 3, Direction.RESPONSE, 5, Duration.ofMillis(1));
        Faults faults = Faults.exactly(first, second);
        assertEquals(List.of(second, first), ofConnection(faults, 3, 1_000));
        assertEquals(List.of(), ofConnection(faults, 2, 1_000));
        assertEquals(second, faults.onCall(3));
        assertNull(faults.onCall(0));
        assertEquals("3: CUT after 10 bytes of the response", first.toString());
        assertEquals("3: DELAY for 1000 us after 5 bytes of the response", second.toString());
    }

    @Test
    void impossibleSettingsAreRefused() {
        Faults faults = Faults.random(1);
        assertThrows(IllegalArgumentException.class, () -> faults.rate(1.1));
        assertThrows(IllegalArgumentException.class, () -> faults.rate(Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> faults.span(0));
        assertThrows(IllegalArgumentException.class, () -> faults.delays(Duration.ZERO));
        assertThrows(IllegalArgumentException.class, faults::only);
        assertThrows(IllegalArgumentException.class, () -> faults.without(FaultKind.values()));
        assertThrows(
                IllegalArgumentException.class,
                () -> new InjectedFault(FaultKind.CUT, 1, Direction.REQUEST, -1, Duration.ZERO));
    }
}
