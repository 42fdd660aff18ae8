package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.ConnectionFault;
import io.httpipe.testing.FileDescriptors;
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

/** A response that ends too early: by each fault, at each byte, over each transport, in each framing. */
@Timeout(120)
class CutResponseTest {
    private static final String EMPTY = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    /** Long enough for the server to send its bytes first, unless the machine is busy. */
    private static final Duration READ = Duration.ofMillis(500);

    /** Spare connections: while the pool checks an idle connection, a call finds another one and opens none. */
    private static final int SPARE = 3;

    static Stream<Arguments> eachFaultOverEachTransport() {
        return Stream.of(Transports.values())
                .flatMap(transport -> Stream.of(ConnectionFault.values())
                        .filter(fault -> fault != ConnectionFault.CUT || transport == Transports.TLS)
                        .map(fault -> Arguments.of(transport, fault)));
    }

    /** A response in this framing that the fault cuts after {@code at} bytes. */
    private record CutPoint(FramingFaultTest.Framing framing, int at) {
        static List<CutPoint> over(Transports transport) {
            List<CutPoint> cuts = new ArrayList<>();
            for (FramingFaultTest.Framing framing : FramingFaultTest.Framing.values()) {
                // A handshake for each byte would take too long. CutHandshakeTest covers the record boundaries.
                int step = transport == Transports.TLS ? 7 : 1;
                for (int at = 0; at < framing.whole.length(); at += step) {
                    cuts.add(new CutPoint(framing, at));
                }
                cuts.add(new CutPoint(framing, framing.whole.length()));
            }
            return cuts;
        }

        static CutPoint of(String head) {
            String[] path = head.split("[ /]+", 4);
            return new CutPoint(FramingFaultTest.Framing.valueOf(path[1]), Integer.parseInt(path[2]));
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

        /** Whether the client must take the received bytes for a complete response. */
        boolean isWhole(ConnectionFault fault) {
            return framing == FramingFaultTest.Framing.UNTIL_CLOSE
                    ? !inHead() && fault == ConnectionFault.CLOSE
                    : at == framing.whole.length();
        }

        void check(ConnectionFault fault, Response response) {
            assertTrue(isWhole(fault), this + " is not whole");
            int end = framing == FramingFaultTest.Framing.UNTIL_CLOSE ? at - framing.head.length() : 10;
            assertEquals("0123456789".substring(0, end), response.text());
            assertTrue(response.reusedTimes() > 0);
        }

        void check(ConnectionFault fault, HttpipeException e) {
            String what = this + ": " + e;
            if (fault == ConnectionFault.STOP) {
                assertEquals(TimedOutException.class, e.getClass(), what);
                assertTrue(e.getMessage().contains("read timeout of 500 ms"), what);
            } else {
                assertEquals(ConnectionLostException.class, e.getClass(), what);
            }
            boolean allReceived = fault == ConnectionFault.CLOSE || fault == ConnectionFault.CUT;
            // A reset may discard bytes sent before it. On a busy machine a timeout may expire before all bytes arrive.
            assertTrue(allReceived ? e.bytesReceived() == at : e.bytesReceived() <= at, what);
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
     * Makes all calls at the same time, each over its own connection. The connections are reused ones, so connecting
     * takes no time. Still, no POST may be sent twice.
     */
    @ParameterizedTest
    @MethodSource("eachFaultOverEachTransport")
    void aResponseCutAtAnyByteThrowsTheMatchingExceptionAndLeaksNothing(Transports transport, ConnectionFault fault)
            throws Exception {
        List<CutPoint> cuts = CutPoint.over(transport);
        int connections = cuts.size() + SPARE;
        CountDownLatch connected = new CountDownLatch(connections);
        Script script = peer -> {
            for (String head = peer.nextHead(); head != null; head = peer.nextHead()) {
                if (head.startsWith("POST / ")) {
                    connected.countDown();
                    connected.await();
                    peer.send(EMPTY);
                    continue;
                }
                CutPoint cut = CutPoint.of(head);
                // Closing a Unix socket with unread bytes has the effect of a reset.
                if (fault == ConnectionFault.RESET && transport == Transports.UNIX) {
                    peer.send(cut.sent());
                    return;
                }
                if (peer.body(1).isEmpty()) {
                    return;
                }
                try {
                    peer.send(cut.sent());
                } catch (IOException e) {
                    assertEquals(ConnectionFault.STOP, fault, "the client closes early only after a timeout");
                    return;
                }
                if (fault != ConnectionFault.STOP || !cut.isWhole(fault)) {
                    fault.strike(peer);
                    return;
                }
            }
        };
        long before = FileDescriptors.open();
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
            Request cutRequest = fault == ConnectionFault.STOP ? marked.timeouts(Timeouts.DEFAULT.read(READ)) : marked;
            for (CutPoint cut : cuts) {
                calls.add(() -> {
                    try {
                        cut.check(fault, hp.request(cutRequest.path(cut.path())));
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
                assertTrue(stats.idle() <= SPARE + 2, "only connections with whole responses may be idle: " + stats);
            }
            assertEquals(connections, server.connections());
            assertEquals(200, hp.request(request).status(), "the pool can be used afterwards");
        }
        // The JDK opens some descriptors permanently at first use.
        long allowed = before + 9;
        long left = FileDescriptors.least(allowed, Duration.ofSeconds(20));
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
