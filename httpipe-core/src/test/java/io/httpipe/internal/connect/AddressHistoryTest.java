package io.httpipe.internal.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;

class AddressHistoryTest {
    private static final InetSocketAddress HOST = InetSocketAddress.createUnresolved("a.test", 80);
    private static final InetAddress A = address(1);
    private static final InetAddress B = address(2);
    private static final InetAddress C = address(3);
    private static final List<InetAddress> ALL = List.of(A, B, C);
    private static final long MINUTES = 60_000_000_000L;

    private final AddressHistory history = new AddressHistory();

    private static InetAddress address(int last) {
        try {
            return InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) last});
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void theWinnerIsFirstAndDeadAddressesAreLastForTenMinutes() {
        assertEquals(ALL, history.order(HOST, ALL, 0));
        history.record(HOST, ALL, C, List.of(A), 0);
        assertEquals(List.of(C, B, A), history.order(HOST, ALL, 10 * MINUTES - 1));
        assertEquals(ALL, history.order(HOST, ALL, 10 * MINUTES));
    }

    @Test
    void anotherPortIsAnotherHost() {
        history.record(HOST, ALL, C, List.of(), 0);
        assertEquals(ALL, history.order(InetSocketAddress.createUnresolved("a.test", 81), ALL, 0));
        assertEquals(ALL, history.order(InetSocketAddress.createUnresolved("b.test", 80), ALL, 0));
        assertEquals(List.of(C, A, B), history.order(InetSocketAddress.createUnresolved("A.test", 80), ALL, 0));
    }

    /** Otherwise a busy host would never go back to the address that the resolver prefers. */
    @Test
    void winningAgainDoesNotExtendTheTime() {
        history.record(HOST, ALL, B, List.of(), 0);
        history.record(HOST, ALL, B, List.of(), 9 * MINUTES);
        history.record(HOST, ALL, B, List.of(C), 9 * MINUTES);
        assertEquals(List.of(B, A, C), history.order(HOST, ALL, 9 * MINUTES));
        assertEquals(List.of(A, B, C), history.order(HOST, ALL, 10 * MINUTES));
        history.record(HOST, ALL, B, List.of(), 10 * MINUTES);
        assertEquals(List.of(B, A, C), history.order(HOST, ALL, 10 * MINUTES));
    }

    @Test
    void eachDeadAddressHasItsOwnTime() {
        history.record(HOST, ALL, C, List.of(A), 0);
        history.record(HOST, ALL, C, List.of(B), 5 * MINUTES);
        assertEquals(List.of(C, A, B), history.order(HOST, ALL, 6 * MINUTES));
        assertEquals(List.of(A, C, B), history.order(HOST, ALL, 10 * MINUTES));
        assertEquals(ALL, history.order(HOST, ALL, 15 * MINUTES));
    }

    @Test
    void aDeadAddressThatWinsIsNoLongerDead() {
        history.record(HOST, ALL, C, List.of(A, B), 0);
        history.record(HOST, ALL, A, List.of(C), MINUTES);
        assertEquals(List.of(A, B, C), history.order(HOST, ALL, MINUTES));
    }

    @Test
    void aHostThatFailedAltogetherIsForgotten() {
        history.record(HOST, ALL, C, List.of(A), 0);
        history.forget(HOST);
        assertEquals(ALL, history.order(HOST, ALL, 0));
    }

    @Test
    void itRemembersALimitedNumberOfHosts() {
        int hosts = AddressHistory.MAX_HOSTS + 200;
        for (int port = 1; port <= hosts; port++) {
            history.record(InetSocketAddress.createUnresolved("a.test", port), ALL, C, List.of(), 0);
        }
        int known = 0;
        for (int port = 1; port <= hosts; port++) {
            InetSocketAddress host = InetSocketAddress.createUnresolved("a.test", port);
            known += history.order(host, ALL, 0).getFirst().equals(C) ? 1 : 0;
        }
        assertEquals(AddressHistory.MAX_HOSTS, known);
        InetSocketAddress newest = InetSocketAddress.createUnresolved("a.test", hosts);
        assertEquals(List.of(C, A, B), history.order(newest, ALL, 0));
    }
}
