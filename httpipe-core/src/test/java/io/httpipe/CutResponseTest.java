package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.Descriptors;
import io.httpipe.testing.Fault;
import io.httpipe.testing.ScriptedServer;
import io.httpipe.testing.Transports;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A response that ends too early, in each way and at each byte, over each transport and in each framing. */
@Timeout(120)
class CutResponseTest {
    private static final String EMPTY = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    /** Long enough for the server to say something first, unless the machine is busy. */
    private static final Duration READ = Duration.ofMillis(500);

    /** The pool may have one in its hands to see whether it is still good, and must not open another in its place. */
    private static final int SPARE = 3;

    static Stream<Arguments> eachFaultOverEachTransport() {
        return Stream.of(Transports.values())
                .flatMap(transport -> Stream.of(Fault.values())
                        .filter(fault -> fault != Fault.CUT || transport == Transports.TLS)
                        .map(fault -> Arguments.of(transport, fault)));
    }

    /** A response in this framing after so many bytes of which the fault strikes. */
    private record Cut(FramingFaultTest.Framing framing, int at) {
        static List<Cut> over(Transports transport) {
            List<Cut> cuts = new ArrayList<>();
            for (FramingFaultTest.Framing framing : FramingFaultTest.Framing.values()) {
                // A handshake for each byte would take too long; where records end, CutHandshakeTest looks.
                int step = transport == Transports.TLS ? 7 : 1;
                for (int at = 0; at < framing.whole.length(); at += step) {
                    cuts.add(new Cut(framing, at));
                }
                cuts.add(new Cut(framing, framing.whole.length()));
            }
            return cuts;
        }

        static Cut of(String head) {
            String[] path = head.split("[ /]+", 4);
            return new Cut(FramingFaultTest.Framing.valueOf(path[1]), Integer.parseInt(path[2]));
        }

        String path() {
            return "/" + framing + "/" + at;
        }

        String sent() {
            return framing.whole.substring(0, at);
        }

        boolean inHead() {
            return at < framing.head.length();
        }

        /** Whether the response is whole, seen with the eyes of who does not know what was meant to follow. */
        boolean isWhole(Fault fault) {
            return framing == FramingFaultTest.Framing.UNTIL_CLOSE
                    ? !inHead() && fault == Fault.CLOSE
                    : at == framing.whole.length();
        }

        void check(Fault fault, Response response) {
            assertTrue(isWhole(fault), this + " is not whole");
            int end = framing == FramingFaultTest.Framing.UNTIL_CLOSE ? at - framing.head.length() : 10;
            assertEquals("0123456789".substring(0, end), response.text());
            assertTrue(response.reusedTimes() > 0);
        }

        void check(Fault fault, HttpipeException e) {
            String what = this + ": " + e;
            if (fault == Fault.STOP) {
                assertEquals(TimedOutException.class, e.getClass(), what);
                assertTrue(e.getMessage().contains("read timeout of 500 ms"), what);
            } else {
                assertEquals(ConnectionLostException.class, e.getClass(), what);
            }
            boolean all = fault == Fault.CLOSE || fault == Fault.CUT;
            // A reset may overtake what was sent before, and a timeout what a busy machine is slow to send.
            assertTrue(all ? e.bytesReceived() == at : e.bytesReceived() <= at, what);
            assertEquals(
                    e.bytesReceived() < framing.head.length() ? Phase.RESPONSE_HEAD : Phase.RESPONSE_BODY,
                    e.phase(),
                    what);
            assertTrue(e.reusedTimes() > 0, what);
            assertTrue(e.bytesSent() > 0, what);
            assertTrue(!e.safeToRetry(), what);
        }
    }

    /**
     * Each over a connection of its own, all at the same time. The connections have carried a request before, so that
     * what it takes to open them is no part of it; a POST must not be sent twice all the same.
     */
    @ParameterizedTest
    @MethodSource("eachFaultOverEachTransport")
    void endsInItsErrorAndLeavesNothingBehind(Transports transport, Fault fault) throws Exception {
        List<Cut> cuts = Cut.over(transport);
        int connections = cuts.size() + SPARE;
        CountDownLatch connected = new CountDownLatch(connections);
        ScriptedServer.Script script = peer -> {
            for (String head = peer.nextHead(); head != null; head = peer.nextHead()) {
                if (head.startsWith("POST / ")) {
                    connected.countDown();
                    connected.await();
                    peer.send(EMPTY);
                    continue;
                }
                Cut cut = Cut.of(head);
                // A Unix socket that is closed before all has been read from it is as one that was reset.
                if (fault == Fault.RESET && transport == Transports.UNIX) {
                    peer.send(cut.sent());
                    return;
                }
                if (peer.body(1).isEmpty()) {
                    return;
                }
                try {
                    peer.send(cut.sent());
                } catch (IOException e) {
                    assertEquals(Fault.STOP, fault, "the client leaves early only where it cannot wait");
                    return;
                }
                if (fault != Fault.STOP || !cut.isWhole(fault)) {
                    fault.strike(peer);
                    return;
                }
            }
        };
        long before = Descriptors.open();
        try (ScriptedServer server = transport.server(script);
                Httpipe hp = transport
                        .client()
                        .maxIdlePerRoute(connections)
                        .timeouts(Timeouts.of(Duration.ofSeconds(50)))
                        .build();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Request request = Transports.request("POST", server);
            List<Callable<Object>> calls = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                calls.add(() -> hp.request(request).status());
            }
            runAll(threads, calls);
            calls.clear();
            Request marked = request.body("!");
            Request impatient = fault == Fault.STOP ? marked.timeouts(Timeouts.DEFAULT.read(READ)) : marked;
            for (Cut cut : cuts) {
                calls.add(() -> {
                    try {
                        cut.check(fault, hp.request(impatient.path(cut.path())));
                    } catch (HttpipeException e) {
                        cut.check(fault, e);
                    }
                    return null;
                });
            }
            runAll(threads, calls);
            assertEquals(connections + cuts.size(), server.heads().size(), "nothing is sent twice");
            for (RouteStats stats : hp.stats()) {
                assertEquals(0, stats.leased());
                assertTrue(stats.idle() <= SPARE + 2, "none but those of whole responses may be idle: " + stats);
            }
            assertEquals(connections, server.connections());
            assertEquals(200, hp.request(request).status(), "the pool can be used afterwards");
        }
        // The JDK opens some for good when it first needs them.
        long allowed = before + 9;
        long left = Descriptors.least(allowed, Duration.ofSeconds(20));
        assertTrue(left <= allowed, before + " descriptors before, " + left + " after");
    }

    private static void runAll(ExecutorService threads, List<Callable<Object>> calls) throws Exception {
        List<Future<Object>> results = new ArrayList<>();
        for (Callable<Object> call : calls) {
            results.add(threads.submit(call));
        }
        for (Future<Object> result : results) {
            result.get(60, TimeUnit.SECONDS);
        }
    }
}
