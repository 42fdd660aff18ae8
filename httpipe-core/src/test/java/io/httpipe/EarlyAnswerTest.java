package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.LargeBody;
import io.httpipe.testing.Signal;
import io.httpipe.testing.SilentStream;
import io.httpipe.testing.Threads;
import io.httpipe.testing.Transports;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A response, or the loss of the connection, during an upload. */
@Timeout(60)
class EarlyAnswerTest {
    private static final String TOO_LARGE = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    private static final int SIZE = LargeBody.SIZE;

    /** The response is due within 100 ms. A loaded machine gets more time. */
    private static final long BOUND = TimeUnit.SECONDS.toNanos(2);

    private static Script respondsAfter64Kib(Signal testDone, String answer) {
        return peer -> {
            peer.head();
            peer.body(65_536);
            peer.send(answer);
            testDone.await();
        };
    }

    @ParameterizedTest
    @MethodSource("io.httpipe.testing.LargeBody#overEachTransport")
    void anEarlyResponseIsReturnedAtOnceIfTheServerStopsReading(LargeBody kind, Transports transport) throws Exception {
        for (Threads threads : Threads.values()) {
            Signal testDone = new Signal();
            AtomicLong supplied = new AtomicLong();
            try (ScriptedServer server = transport.server(respondsAfter64Kib(testDone, TOO_LARGE));
                    Httpipe hp = transport.client().build()) {
                Request request = Transports.request("POST", server).body(kind.body(supplied));
                long start = System.nanoTime();
                Response response = threads.call(() -> hp.request(request));
                long took = System.nanoTime() - start;

                assertEquals(413, response.status());
                assertEquals("big", response.text());
                assertTrue(took < BOUND, () -> "took " + took / 1_000_000 + " ms");
                assertTrue(supplied.get() < SIZE, "the upload has not stopped");
                testDone.set();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Transports.class)
    void anEarlyResponseStopsTheUploadEvenIfTheServerKeepsReading(Transports transport) throws Exception {
        AtomicLong supplied = new AtomicLong();
        CompletableFuture<Integer> received = new CompletableFuture<>();
        try (ScriptedServer server = transport.server(peer -> {
                    peer.head();
                    peer.body(65_536);
                    peer.send(TOO_LARGE);
                    int rest = 0;
                    try {
                        for (int read = -1; read != 0; rest += read) {
                            read = peer.body(65_536).length();
                        }
                    } catch (IOException e) {
                        // A reset, or an end without close_notify.
                    }
                    received.complete(rest);
                });
                Httpipe hp = transport.client().build()) {
            Body body = Body.writing(out -> {
                while (true) {
                    out.write(new byte[8192]);
                    supplied.addAndGet(8192);
                    out.flush();
                }
            });
            assertEquals(
                    413,
                    hp.request(Transports.request("POST", server).body(body)).status());
            // The client is still open, so the call has closed the connection.
            received.get(20, TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @MethodSource("io.httpipe.testing.LargeBody#overEachTransport")
    void anEarlyResponseFollowedByACloseIsReturned(LargeBody kind, Transports transport) throws Exception {
        Script script = peer -> {
            peer.head();
            peer.body(65_536);
            peer.send(TOO_LARGE);
        };
        try (ScriptedServer server = transport.server(script);
                Httpipe hp = transport.client().build()) {
            Request request = Transports.request("POST", server).body(kind.body());
            Response response = Threads.VIRTUAL.call(() -> hp.request(request));
            assertEquals(413, response.status());
            assertEquals("big", response.text());
        }
    }

    @ParameterizedTest
    @MethodSource("io.httpipe.testing.LargeBody#overEachTransport")
    void aCloseWithoutAResponseEndsTheUploadAtOnce(LargeBody kind, Transports transport) throws Exception {
        for (boolean reset : transport == Transports.UNIX ? new boolean[] {false} : new boolean[] {false, true}) {
            try (ScriptedServer server = transport.server(peer -> {
                        peer.head();
                        peer.body(65_536);
                        if (reset) {
                            peer.reset();
                        }
                    });
                    Httpipe hp = transport.client().build()) {
                Request request = Transports.request("POST", server).body(kind.body());
                long start = System.nanoTime();
                HttpipeException e =
                        assertThrows(HttpipeException.class, () -> Threads.VIRTUAL.call(() -> hp.request(request)));
                assertTrue(System.nanoTime() - start < BOUND);
                assertTrue(
                        e instanceof ConnectionLostException
                                || transport == Transports.TLS && e instanceof TlsFailedException,
                        e::toString);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.httpipe.testing.LargeBody#overEachTransport")
    void anEarlyResponseDelimitedByACloseIsIncompleteAfterAReset(LargeBody kind, Transports transport)
            throws Exception {
        for (int i = 0; i < 20; i++) {
            try (ScriptedServer server = transport.server(peer -> {
                        peer.head();
                        // The rest is never read, so the close becomes a reset.
                        peer.body(1);
                        peer.send("HTTP/1.1 413 Content Too Large\r\n\r\na part");
                        if (transport == Transports.TCP) {
                            peer.reset();
                        } else {
                            peer.cut();
                        }
                    });
                    Httpipe hp = transport.client().build()) {
                Request request = Transports.request("POST", server).body(kind.body());
                assertThrows(ConnectionLostException.class, () -> Threads.VIRTUAL.call(() -> hp.request(request)));
            }
        }
    }

    @Test
    void aHalfCloseWithoutAResponseEndsTheUpload() throws Exception {
        Signal testDone = new Signal();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.body(65_536);
                    peer.socket().shutdownOutput();
                    testDone.await();
                });
                Httpipe hp = Httpipe.create()) {
            Request request = Request.post(server.uri("/")).body(new byte[SIZE]);
            ConnectionLostException e = assertThrows(ConnectionLostException.class, () -> hp.request(request));
            assertTrue(e.getMessage().contains("without an answer"), e.getMessage());
            testDone.set();
        }
    }

    @ParameterizedTest
    @EnumSource(Transports.class)
    void anEarlyResponseIsReturnedEvenIfTheBodyStreamBlocks(Transports transport) throws Exception {
        Signal testDone = new Signal();
        try (SilentStream in = new SilentStream(80_000);
                ScriptedServer server = transport.server(respondsAfter64Kib(testDone, TOO_LARGE));
                Httpipe hp = transport.client().build()) {
            long start = System.nanoTime();
            Response response = hp.request(Transports.request("POST", server).body(Body.of(in)));
            assertTrue(System.nanoTime() - start < BOUND);
            assertEquals("big", response.text());
            testDone.set();
        }
    }

    @Test
    void anEarlyResponseEndsAWaitingWriterAtItsNextWrite() throws Exception {
        Signal answered = new Signal();
        Signal testDone = new Signal();
        CompletableFuture<Throwable> writeFailure = new CompletableFuture<>();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.body(65_536);
                    peer.send(TOO_LARGE);
                    answered.set();
                    testDone.await();
                });
                Httpipe hp = Httpipe.create()) {
            Thread caller = Thread.currentThread();
            Response response = hp.request(Request.post(server.uri("/")).body(Body.writing(SIZE, out -> {
                assertEquals(caller, Thread.currentThread());
                out.write(new byte[65_536]);
                answered.await();
                try {
                    while (true) {
                        out.write(new byte[8192]);
                    }
                } catch (IOException e) {
                    writeFailure.complete(e);
                    throw e;
                }
            })));
            assertEquals(413, response.status());
            assertTrue(writeFailure.isDone());
            testDone.set();
        }
    }

    @Test
    void anEarlyResponseIsReturnedEvenIfTheWriterWrapsOrIgnoresTheException() throws Exception {
        Signal testDone = new Signal();
        try (ScriptedServer server = ScriptedServer.of(respondsAfter64Kib(testDone, TOO_LARGE));
                Httpipe hp = Httpipe.create()) {
            Response wrapped = hp.request(Request.post(server.uri("/")).body(Body.writing(out -> {
                try {
                    out.write(new byte[SIZE]);
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            })));
            assertEquals(413, wrapped.status());
            Response overlooked = hp.request(Request.post(server.uri("/")).body(Body.writing(out -> {
                assertThrows(IOException.class, () -> out.write(new byte[SIZE]));
            })));
            assertEquals(413, overlooked.status());
            assertEquals(0, overlooked.reusedTimes());
            testDone.set();
        }
    }

    @ParameterizedTest
    @EnumSource(Transports.class)
    void informationalHeadsDoNotStopTheUpload(Transports transport) throws Exception {
        byte[] body = new byte[3_000_000];
        try (ScriptedServer server = transport.server(peer -> {
                    while (peer.nextHead() != null) {
                        for (int sent = 0; sent < body.length; sent += 1_000_000) {
                            peer.send(
                                    "HTTP/1.1 10" + sent / 1_000_000 % 2 * 2 + " Wait\r\nX-Sent: " + sent + "\r\n\r\n");
                            assertEquals(1_000_000, peer.body(1_000_000).length());
                        }
                        peer.send(OK);
                    }
                });
                Httpipe hp = transport.client().build()) {
            Request request = Transports.request("POST", server).body(body);
            assertEquals(200, hp.request(request).status());
            assertEquals(1, hp.request(request).reusedTimes());
        }
    }

    @ParameterizedTest
    @EnumSource(Transports.class)
    void aResponseDirectlyAfterTheLastByteKeepsTheConnectionReusable(Transports transport) throws Exception {
        byte[] body = new byte[100_000];
        int uploads = transport == Transports.TCP ? 2000 : 300;
        try (ScriptedServer server = transport.server(peer -> {
                    while (peer.nextHead() != null) {
                        peer.body(body.length);
                        peer.send(OK);
                    }
                });
                Httpipe hp = transport.client().build()) {
            Request request = Transports.request("POST", server).body(body);
            for (int i = 0; i < uploads; i++) {
                assertEquals(i, hp.request(request).reusedTimes());
            }
            assertEquals(1, server.connections());
        }
    }

    @Test
    void aConnectionWithAnIncompleteRequestIsNotReused() throws Exception {
        Signal testDone = new Signal();
        try (ScriptedServer server = ScriptedServer.of(respondsAfter64Kib(testDone, TOO_LARGE));
                Httpipe hp = Httpipe.create()) {
            Request request = Request.post(server.uri("/")).body(new byte[SIZE]);
            assertEquals(0, hp.request(request).reusedTimes());
            assertEquals(0, hp.request(request).reusedTimes());
            assertEquals(2, server.connections());
            testDone.set();
        }
    }
}
