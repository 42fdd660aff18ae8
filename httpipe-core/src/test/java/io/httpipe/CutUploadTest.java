package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.Fault;
import io.httpipe.testing.LargeBody;
import io.httpipe.testing.ScriptedServer;
import io.httpipe.testing.Transports;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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

/** A server that stops, closes or resets while a body is being sent to it, with and without an answer before. */
@Timeout(60)
class CutUploadTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    private static final Body BYTES = LargeBody.BYTES.body();
    private static final Duration SOON = Duration.ofMillis(600);

    /** What the server says before the fault strikes. */
    enum Answer {
        NONE(""),
        HALF_A_HEAD("HTTP/1.1 413 Content Too La"),
        HALF_A_BODY("HTTP/1.1 413 Content Too Large\r\nContent-Length: 10\r\n\r\n01234"),
        ALL("HTTP/1.1 413 Content Too Large\r\nContent-Length: 5\r\n\r\n01234");

        final String said;

        Answer(String said) {
            this.said = said;
        }
    }

    static Stream<Arguments> eachFaultOverEachTransport() {
        return Stream.of(Transports.values())
                .flatMap(transport -> Stream.of(Fault.values())
                        .filter(fault -> fault != Fault.CUT || transport == Transports.TLS)
                        .map(fault -> Arguments.of(transport, fault)));
    }

    /** An upload of which the server takes so many bytes. */
    private record Cut(LargeBody kind, int taken, Answer answer) {
        static List<Cut> over(Transports transport) {
            // Handshakes, and megabytes that are encrypted, take their time.
            boolean slow = transport == Transports.TLS;
            List<Cut> cuts = new ArrayList<>();
            for (LargeBody kind : List.of(LargeBody.BYTES, LargeBody.STREAM, LargeBody.WRITER)) {
                for (int taken : slow ? new int[] {1000} : new int[] {0, 1000, 100_000}) {
                    for (Answer answer : Answer.values()) {
                        cuts.add(new Cut(kind, taken, answer));
                    }
                }
            }
            return cuts;
        }

        static Cut of(String head) {
            String[] path = head.split("[ /]+", 5);
            return new Cut(LargeBody.valueOf(path[1]), Integer.parseInt(path[2]), Answer.valueOf(path[3]));
        }

        String path() {
            return "/" + kind + "/" + taken + "/" + answer;
        }

        Body body() {
            return kind == LargeBody.BYTES ? BYTES : kind.body();
        }

        void check(Fault fault, HttpipeException e) {
            String what = this + ", " + e.bytesSent() + " bytes sent: " + e;
            assertEquals(
                    fault == Fault.STOP ? TimedOutException.class : ConnectionLostException.class, e.getClass(), what);
            // A server that closes TLS in order reads on what comes meanwhile: all of it, if the listener gets no
            // carrier.
            boolean all = fault == Fault.CLOSE && e.phase() == Phase.RESPONSE_HEAD;
            assertTrue(e.bytesSent() > 0 && (all || e.bytesSent() < LargeBody.SIZE), what);
            assertTrue(e.bytesReceived() <= answer.said.length(), what);
            assertFalse(e.safeToRetry(), what);
            // What was said before a reset may be lost with it.
            assertTrue(answer != Answer.ALL || fault == Fault.RESET, what);
            if (answer != Answer.HALF_A_BODY) {
                assertTrue(e.phase() == Phase.SEND || e.phase() == Phase.RESPONSE_HEAD, what);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("eachFaultOverEachTransport")
    void endsInItsErrorOrInTheAnswer(Transports transport, Fault fault) throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        ScriptedServer.Script script = peer -> {
            String head = peer.head();
            if (head.startsWith("GET ")) {
                peer.send(OK);
                return;
            }
            Cut cut = Cut.of(head);
            peer.body(cut.taken);
            peer.send(cut.answer.said);
            if (fault == Fault.STOP) {
                over.await();
            } else if (fault != Fault.RESET || transport != Transports.UNIX) {
                fault.strike(peer);
            }
        };
        try (ScriptedServer server = transport.server(script);
                Httpipe hp = transport.client().build();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> calls = new ArrayList<>();
            List<Cut> cuts = Cut.over(transport);
            for (Cut cut : cuts) {
                boolean inVain = fault == Fault.STOP && cut.answer != Answer.ALL;
                Request request = Transports.request("POST", server)
                        .path(cut.path())
                        .body(cut.body())
                        .timeouts(inVain ? Timeouts.DEFAULT.send(SOON).read(SOON) : Timeouts.DEFAULT);
                calls.add(threads.submit(() -> {
                    try {
                        Response response = hp.request(request);
                        assertEquals(Answer.ALL, cut.answer, cut.toString());
                        assertEquals(413, response.status());
                        assertEquals("01234", response.text());
                    } catch (HttpipeException e) {
                        cut.check(fault, e);
                    }
                    return null;
                }));
            }
            for (Future<?> call : calls) {
                call.get(40, TimeUnit.SECONDS);
            }
            over.countDown();
            assertEquals(cuts.size(), server.heads().size(), "nothing is sent twice");
            assertEquals(List.of(), hp.stats(), "nothing is left of it");
            assertEquals("OK", hp.request(Transports.request("GET", server)).text());
        }
    }
}
