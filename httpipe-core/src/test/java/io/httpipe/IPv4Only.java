package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.ArrayList;
import java.util.List;

/** Tests a client in a JVM that supports only IPv4. {@link IPv4OnlyTest} starts it with the port of a server. */
final class IPv4Only {
    private IPv4Only() {}

    public static void main(String[] arguments) throws Exception {
        List<InetAddress> both = List.of(InetAddress.getByName("::1"), InetAddress.getByName("127.0.0.1"));
        Resolver resolver = host -> host.equals("both") ? both : both.subList(0, 1);
        String port = ":" + arguments[0] + "/";
        try (Httpipe hp = Httpipe.builder().resolver(resolver).build()) {
            assertEquals("OK", hp.get("http://both" + port).text(), "over the second address");
            for (String host : List.of("[::1]", "six")) {
                ConnectFailedException e =
                        assertThrows(ConnectFailedException.class, () -> hp.get("http://" + host + port));
                assertTrue(e.getMessage().contains("this JVM cannot connect to addresses such as"), e.getMessage());
                assertEquals(Phase.CONNECT, e.phase());
                assertTrue(e.safeToRetry());
                Throwable cause = e;
                while (cause.getCause() != null) {
                    cause = cause.getCause();
                }
                assertInstanceOf(UnsupportedAddressTypeException.class, cause);
                assertThrows(ConnectFailedException.class, () -> hp.connect(host.equals("six") ? host : "::1", 80));
            }
            fanOut(hp, port);
        }
        System.out.println("done");
    }

    /** A request that cannot connect is one failed result among the others. */
    private static void fanOut(Httpipe hp, String port) throws HttpipeException {
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            requests.add(Request.get("http://" + (i == 4 ? "[::1]" : "127.0.0.1") + port));
        }
        int answered = 0;
        try (FanOutResults results = FanOut.over(hp).concurrency(2).results(requests)) {
            while (results.hasNext()) {
                if (results.next() instanceof FanOutResults.Failed failed) {
                    assertEquals(4, failed.index());
                } else {
                    answered++;
                }
            }
        }
        assertEquals(19, answered);
    }
}
