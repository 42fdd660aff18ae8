package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.FloodTest.CallStyle;
import io.httpipe.test.server.Peer;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Servers;
import io.httpipe.testing.Transports;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Measures the memory that an attacked call holds at its worst moment: one byte before a limit ends it. */
@Timeout(60)
class WorstMomentTest {
    private static final int CALLS = 50;

    /** How many bytes a call may hold at most. Without an attack, a waiting call holds a few KiB. */
    private static final int MAX_BYTES = 320 << 10;

    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final String HINTS = "HTTP/1.1 103 Early Hints\r\nX: ";

    private static String upTo(int length, String start, String filler) {
        return start + filler.repeat((length - start.length()) / filler.length());
    }

    /** Almost as many bytes of 1xx heads as the limits allow. */
    private static final String MANY_HINTS = (upTo(9000, HINTS, "x") + "\r\n\r\n").repeat(7);

    private static final String A_FINAL_HEAD = upTo(65_535, "HTTP/1.1 200 OK\r\nX: ", "x");

    /** The bytes that the server sends before it pauses, and the least number of KiB that the call must hold then. */
    enum Moment {
        A_HEADER_LINE(Transports.TCP, CallStyle.REQUEST, upTo(65_535, "HTTP/1.1 200 OK\r\nX: ", "x"), 40),
        A_HEADER_LINE_OVER_TLS(Transports.TLS, CallStyle.REQUEST, A_HEADER_LINE.sent, 40),
        A_HEADER_LINE_OVER_UNIX(Transports.UNIX, CallStyle.TOKENS, A_HEADER_LINE.sent, 40),
        FIELDS(
                Transports.TCP,
                CallStyle.REQUEST,
                "HTTP/1.1 200 OK\r\n" + ("X-" + "a".repeat(150) + ": " + "b".repeat(160) + "\r\n").repeat(199) + "\r\n",
                40),
        INFORMATIONAL(Transports.TCP, CallStyle.REQUEST, MANY_HINTS + A_FINAL_HEAD, 40),
        INFORMATIONAL_AS_TOKENS(Transports.TCP, CallStyle.TOKENS, MANY_HINTS + A_FINAL_HEAD, 40),
        INFORMATIONAL_FOR_A_BODY_THAT_WAITS(Transports.TCP, CallStyle.EXPECTING, A_FINAL_HEAD, 40),
        INFORMATIONAL_BEFORE_A_BODY_IS_SENT(Transports.TCP, CallStyle.UPLOADING, MANY_HINTS + A_FINAL_HEAD, 0),
        A_CHUNK_EXTENSION(Transports.TCP, CallStyle.STREAM, CHUNKED + upTo(4095, "1;a=", "b"), 1),
        TRAILERS(Transports.TLS, CallStyle.STREAM, CHUNKED + "0\r\n" + upTo(16_383, "", "X:\r\n"), 8),
        A_GREAT_LENGTH(Transports.TCP, CallStyle.REQUEST, "HTTP/1.1 200 OK\r\nContent-Length: 2000000000\r\n\r\n", 0),
        A_GREAT_CHUNK(Transports.TCP, CallStyle.REQUEST, CHUNKED + "7fffffffffffffff\r\nx", 0),
        HALF_A_TLS_RECORD(null, CallStyle.REQUEST, upTo(16_384, "\26\3\3\100\0", "x"), 8),
        HALF_A_TLS_HANDSHAKE_MESSAGE(
                null,
                CallStyle.REQUEST,
                latin("16030340000200" + "7ff0") + "x".repeat(16_380) + "\26\3\3\77\0" + "x".repeat(16_128),
                20),
        CHANGES_OF_KEYS(Transports.TLS, CallStyle.STREAM, "HTTP/1.1 200 OK\r\n\r\n", 40);

        /** Null if a server without TLS answers the ClientHello. */
        final Transports transport;

        final CallStyle style;
        final String sent;
        final int minKib;

        Moment(Transports transport, CallStyle style, String sent, int minKib) {
            this.transport = transport;
            this.style = style;
            this.sent = sent;
            this.minKib = minKib;
        }

        void play(Peer peer) throws IOException {
            if (transport == null) {
                int type = peer.read();
                assert type == 0x16;
            } else {
                peer.head();
            }
            if (style == CallStyle.EXPECTING) {
                // The arrival of the body shows that everything before it has been read.
                peer.send(MANY_HINTS + "HTTP/1.1 100 Continue\r\n\r\n");
                peer.body(1);
            }
            peer.send(sent);
            for (int i = 0; this == CHANGES_OF_KEYS && i < 95; i++) {
                ((SSLSocket) peer.socket()).startHandshake();
            }
        }

        Request request(ScriptedServer server) {
            return (transport == null
                            ? Request.post("https://localhost/").at(Servers.endpoint(server))
                            : Transports.request("POST", server))
                    .maxBodySize(Long.MAX_VALUE);
        }
    }

    private static String latin(String hex) {
        return new String(HexFormat.of().parseHex(hex), java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @EnumSource
    void anAttackedCallHoldsAtMostAFewHundredKib(Moment moment) throws Exception {
        CountDownLatch sent = new CountDownLatch(CALLS);
        CountDownLatch over = new CountDownLatch(1);
        Script script = peer -> {
            moment.play(peer);
            sent.countDown();
            over.await();
        };
        Transports transport = moment.transport == null ? Transports.TCP : moment.transport;
        long during = 0;
        try (ScriptedServer server = transport.server(script);
                Httpipe hp = Transports.TLS.client().build()) {
            List<Thread> calls = new ArrayList<>();
            for (int i = 0; i < CALLS; i++) {
                calls.add(Thread.ofVirtual().start(() -> {
                    try {
                        moment.style.take(hp, moment.request(server));
                    } catch (IOException e) {
                        // The server closes before the body ends, so the call fails.
                    }
                }));
            }
            assertTrue(sent.await(20, TimeUnit.SECONDS));
            // The bytes may not have arrived yet, and a garbage collection takes a while.
            for (int quiet = 0; quiet < 2; quiet++) {
                awaitWaiting(calls);
                long now = used();
                if (now > during + CALLS * 1024) {
                    quiet = 0;
                }
                during = now;
            }
            over.countDown();
            for (Thread call : calls) {
                call.join();
            }
        }
        long held = (during - used()) / CALLS;
        assertTrue(held >= moment.minKib << 10, "so little that it cannot be the moment: " + held);
        assertTrue(held <= MAX_BYTES, "holds " + held);
    }

    private static void awaitWaiting(List<Thread> threads) {
        for (Thread thread : threads) {
            while (thread.getState() == Thread.State.RUNNABLE) {
                Thread.yield();
            }
        }
    }

    /**
     * Returns the used bytes of the heap. A thread that allocates between a collection and the reading adds a whole
     * region, so this is the smallest of several readings.
     */
    private static long used() {
        long smallest = Long.MAX_VALUE;
        for (int more = 3; more > 0; more--) {
            System.gc();
            long now = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
            if (now < smallest - CALLS * 256) {
                more = 3;
            }
            smallest = Math.min(smallest, now);
        }
        return smallest;
    }
}
