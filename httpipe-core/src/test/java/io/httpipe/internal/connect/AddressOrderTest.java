package io.httpipe.internal.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Addresses such as 4a and 6b stand for IPv4 and IPv6 addresses. */
class AddressOrderTest {
    private static InetAddress address(String name) {
        byte[] bytes = new byte[name.charAt(0) == '6' ? 16 : 4];
        bytes[0] = 10;
        bytes[bytes.length - 1] = (byte) name.charAt(1);
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private static List<InetAddress> addresses(String names) {
        return Arrays.stream(names.split(" ")).map(AddressOrderTest::address).toList();
    }

    private static String names(List<InetAddress> addresses) {
        return addresses.stream()
                .map(InetAddress::getAddress)
                .map(bytes -> (bytes.length == 4 ? "4" : "6") + (char) bytes[bytes.length - 1])
                .collect(Collectors.joining(" "));
    }

    @ParameterizedTest
    @CsvSource({
        "4a, 4a",
        "4a 4b, 4a 4b",
        "6a 6b 4a 4b, 6a 4a 6b 4b",
        "4a 4b 6a 6b, 4a 6a 4b 6b",
        "6a 6b 6c 4a, 6a 4a 6b 6c",
        "4a 6a 6b 6c 4b, 4a 6a 4b 6b 6c",
        "6b 6a 4b 4a, 6b 4b 6a 4a",
        "4a 4a, 4a",
        "6a 4a 6a 4a 4b, 6a 4a 4b",
    })
    void familiesAlternateFromTheFirstAndTheResolversOrderIsKept(String resolved, String order) {
        assertEquals(order, names(AddressOrder.of(addresses(resolved), null, Set.of())));
    }

    @ParameterizedTest
    @CsvSource({
        "6a 4a, 4a, 4a 6a",
        "6a 4a, 6a, 6a 4a",
        "6a 6b 4a 4b, 4b, 4b 6a 4a 6b",
        "6a 6b 4a 4b, 6b, 6b 4a 6a 4b",
        "4a 4b 4c, 4c, 4c 4a 4b",
        "6a 4a, 4z, 6a 4a",
    })
    void theWinnerComesFirstAndFamiliesAlternateFromThere(String resolved, String winner, String order) {
        assertEquals(order, names(AddressOrder.of(addresses(resolved), address(winner), Set.of())));
    }

    @ParameterizedTest
    @CsvSource({
        "6a 4a, 6a, 4a 6a",
        "6a 4a, 4a, 6a 4a",
        "6a 4a, 6a 4a, 6a 4a",
        "6a 6b 4a 4b, 6a, 6b 4a 4b 6a",
        "6a 6b 4a 4b, 6a 6b, 4a 4b 6a 6b",
        "6a 6b 6c 4a 4b, 6b 4a, 6a 4b 6c 4a 6b",
    })
    void deadAddressesComeLast(String resolved, String dead, String order) {
        assertEquals(order, names(AddressOrder.of(addresses(resolved), null, Set.copyOf(addresses(dead)))));
    }

    @Test
    void theWinnerComesFirstAndTheDeadComeLast() {
        List<InetAddress> resolved = addresses("6a 4a 6b 4b");
        assertEquals("4b 6b 4a 6a", names(AddressOrder.of(resolved, address("4b"), Set.of(address("6a")))));
    }
}
