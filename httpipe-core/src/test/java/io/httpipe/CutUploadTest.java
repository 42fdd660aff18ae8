package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.ConnectionFault;
import io.httpipe.testing.LargeBody;
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

/** A server that stops, closes or resets during an upload, with and without an early response. */
@Timeout(60)
class CutUploadTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    private static final Body BYTES = LargeBody.BYTES.body();
    private static final Duration SOON = Duration.ofMillis(600);

    /** The bytes that the server sends before the fault. */
    enum Answer {
        NONE(""),
        HALF_A_HEAD("HTTP/1.1 413 Content Too La"),
        HALF_A_BODY("HTTP/1.1 413 Content Too Large\r\nContent-Length: 10\r\n\r\n01234"),
        ALL("HTTP/1.1 413 Content Too Large\r\nContent-Length: 5\r\n\r\n01234");

        final String sent;

        Answer(String sent) {
            this.sent = sent;
        }
    }

    static Stream<Arguments> eachFaultOverEachTransport() {
        return Stream.of(Transports.values())
                .flatMap(transport -> Stream.of(ConnectionFault.values())
                        .filter(fault -> fault != ConnectionFault.CUT || transport == Transports.TLS)
                        .map(fault -> Arguments.of(transport, fault)));
    }

    /** An upload of which the server reads {@code taken} bytes. */
    private record UploadCase(LargeBody kind, int taken, Answer answer) {
        static List<UploadCase> over(Transports transport) {
            // Handshakes and encryption of megabytes are slow.
            boolean slow = transport == Transports.TLS;
            List<UploadCase> uploads = new ArrayList<>();
            for (LargeBody kind : List.of(LargeBody.BYTES, LargeBody.STREAM, LargeBody.WRITER)) {
                for (int taken : slow ? new int[] {1000} : new int[] {0, 1000, 100_000}) {
                    for (Answer answer : Answer.values()) {
                        uploads.add(new UploadCase(kind, taken, answer));
                    }
                }
            }
            return uploads;
        }

        static UploadCase of(String head) {
            String[] path = head.split("[ /]+", 5);
            return new UploadCase(LargeBody.valueOf(path[1]), Integer.parseInt(path[2]), Answer.valueOf(path[3]));
        }

        String path() {
            return "/" + kind + "/" + taken + "/" + answer;
        }

        Body body() {
            return kind == LargeBody.BYTES ? BYTES : kind.body();
        }

        void check(ConnectionFault fault, HttpipeException e) {
            String what = this + ", " + e.bytesSent() + " bytes sent: " + e;
            assertEquals(
                    fault == ConnectionFault.STOP ? TimedOutException.class : ConnectionLostException.class,
                    e.getClass(),
                    what);
            // A server that closes TLS normally still reads incoming bytes. It may read all of them if the response
            // listener gets no carrier thread.
            boolean all = fault == ConnectionFault.CLOSE && e.phase() == Phase.RESPONSE_HEAD;
            assertTrue(e.bytesSent() > 0 && (all || e.bytesSent() < LargeBody.SIZE), what);
            assertTrue(e.bytesReceived() <= answer.sent.length(), what);
            assertFalse(e.safeToRetry(), what);
            // A reset may discard bytes sent before it.
            assertTrue(answer != Answer.ALL || fault == ConnectionFault.RESET, what);
            if (answer != Answer.HALF_A_BODY) {
                assertTrue(e.phase() == Phase.SEND || e.phase() == Phase.RESPONSE_HEAD, what);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("eachFaultOverEachTransport")
    void aCutUploadReturnsTheCompleteResponseOrThrowsTheMatchingException(Transports transport, ConnectionFault fault)
            throws Exception {
        CountDownLatch testDone = new CountDownLatch(1);
        Script script = peer -> {
            String head = peer.head();
            if (head.startsWith("GET ")) {
                peer.send(OK);
                return;
            }
            UploadCase upload = UploadCase.of(head);
            peer.body(upload.taken);
            peer.send(upload.answer.sent);
            if (fault == ConnectionFault.STOP) {
                testDone.await();
            } else if (fault != ConnectionFault.RESET || transport != Transports.UNIX) {
                fault.strike(peer);
            }
        };
        try (ScriptedServer server = transport.server(script);
                Httpipe hp = transport.client().build();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> calls = new ArrayList<>();
            List<UploadCase> uploads = UploadCase.over(transport);
            for (UploadCase upload : uploads) {
                boolean expectTimeout = fault == ConnectionFault.STOP && upload.answer != Answer.ALL;
                Request request = Transports.request("POST", server)
                        .path(upload.path())
                        .body(upload.body())
                        .timeouts(expectTimeout ? Timeouts.DEFAULT.send(SOON).read(SOON) : Timeouts.DEFAULT);
                calls.add(threads.submit(() -> {
                    try {
                        Response response = hp.request(request);
                        assertEquals(Answer.ALL, upload.answer, upload.toString());
                        assertEquals(413, response.status());
                        assertEquals("01234", response.text());
                    } catch (HttpipeException e) {
                        upload.check(fault, e);
                    }
                    return null;
                }));
            }
            for (Future<?> call : calls) {
                call.get(40, TimeUnit.SECONDS);
            }
            testDone.countDown();
            assertEquals(uploads.size(), server.heads().size(), "nothing is sent twice");
            assertEquals(List.of(), hp.stats(), "nothing is left of it");
            assertEquals("OK", hp.request(Transports.request("GET", server)).text());
        }
    }
}
