package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.FullListener;
import io.httpipe.testing.ScriptedServer;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Transports;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** An interrupt ends a call wherever it is, closes its connection, and is still to be seen afterwards. */
@Timeout(60)
class CancelTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    /** The two kinds of threads: the JDK interrupts blocking operations on each in its own way. */
    enum Threads {
        VIRTUAL,
        PLATFORM;

        Thread start(Runnable task) {
            return this == VIRTUAL
                    ? Thread.ofVirtual().start(task)
                    : Thread.ofPlatform().start(task);
        }
    }

    static Stream<Arguments> threadsAndTransports() {
        return Arrays.stream(Threads.values())
                .flatMap(threads -> Arrays.stream(Transports.values()).map(below -> Arguments.of(threads, below)));
    }

    /** A call on a thread of its own. */
    private static final class Caller {
        private final CompletableFuture<Throwable> failure = new CompletableFuture<>();
        private volatile boolean stillInterrupted;
        private final Thread thread;

        Caller(Threads threads, Httpipe hp, Request request) {
            thread = threads.start(() -> {
                try {
                    hp.request(request);
                    failure.complete(new AssertionError("the call came back"));
                } catch (Throwable e) {
                    stillInterrupted = Thread.currentThread().isInterrupted();
                    failure.complete(e);
                }
            });
        }

        CancelledException cancel() throws Exception {
            thread.interrupt();
            CancelledException e = assertInstanceOf(CancelledException.class, failure.get(20, TimeUnit.SECONDS));
            assertTrue(stillInterrupted, "the flag is left set");
            assertTrue(e.getMessage().startsWith("cancelled by an interrupt"), e.getMessage());
            return e;
        }

        /** Waits until the thread is inside an operation of the JDK's sockets. */
        void awaitInside(String operation) {
            while (Arrays.stream(thread.getStackTrace())
                    .noneMatch(frame -> frame.getClassName().startsWith("sun.nio.ch.")
                            && frame.getMethodName().contains(operation))) {
                assertFalse(failure.isDone(), "the call has ended by itself");
                Thread.onSpinWait();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void whileResolving(Threads threads) throws Exception {
        Signal asked = new Signal();
        CountDownLatch never = new CountDownLatch(1);
        try (Httpipe hp = Httpipe.builder()
                .resolver(host -> {
                    asked.set();
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                    return List.of(InetAddress.getLoopbackAddress());
                })
                .build()) {
            Caller caller = new Caller(threads, hp, Request.post("http://slow.test/"));
            asked.await();
            CancelledException e = caller.cancel();
            assertEquals(Phase.RESOLVE, e.phase());
            assertEquals(Endpoint.of("slow.test", 80), e.endpoint());
            assertTrue(e.safeToRetry());
        } finally {
            never.countDown();
        }
    }

    @ParameterizedTest
    @EnumSource
    void whileConnecting(Threads threads) throws Exception {
        try (FullListener full = new FullListener();
                Httpipe hp = Httpipe.create()) {
            Caller caller = new Caller(threads, hp, Request.post("http://127.0.0.1:" + full.port() + "/"));
            caller.awaitInside("onnect");
            CancelledException e = caller.cancel();
            assertEquals(Phase.CONNECT, e.phase());
            assertEquals(0, e.bytesSent());
            assertTrue(e.safeToRetry());
        }
    }

    @ParameterizedTest
    @EnumSource
    void noOtherAddressIsTriedAfterwards(Threads threads) throws Exception {
        try (FullListener full = new FullListener();
                ScriptedServer server = ScriptedServer.on(
                        new java.net.ServerSocket(full.port(), 8, InetAddress.getByName("127.0.0.2")),
                        ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.builder()
                        .resolver(
                                host -> List.of(InetAddress.getByName("127.0.0.1"), InetAddress.getByName("127.0.0.2")))
                        .build()) {
            Caller caller = new Caller(threads, hp, Request.get("http://two.test:" + full.port() + "/"));
            caller.awaitInside("onnect");
            caller.cancel();
            assertEquals("OK", hp.get("http://127.0.0.2:" + full.port() + "/").text());
            assertEquals(1, server.connections());
        }
    }

    @ParameterizedTest
    @EnumSource
    void inTheHandshake(Threads threads) throws Exception {
        Signal hello = new Signal();
        Signal closed = new Signal();
        ScriptedServer.Script mute = peer -> {
            assertEquals(0x16, peer.read());
            hello.set();
            peer.awaitClose();
            closed.set();
        };
        try (ScriptedServer server = ScriptedServer.of(mute);
                Httpipe hp = Httpipe.create()) {
            Caller caller = new Caller(threads, hp, Request.post("https://127.0.0.1:" + server.port() + "/"));
            hello.await();
            CancelledException e = caller.cancel();
            assertEquals(Phase.TLS, e.phase());
            assertTrue(e.safeToRetry());
            closed.await();
        }
    }

    @ParameterizedTest
    @MethodSource("threadsAndTransports")
    void whileSending(Threads threads, Transports transport) throws Exception {
        Signal begun = new Signal();
        Signal cancelled = new Signal();
        Signal closed = new Signal();
        ScriptedServer.Script deaf = peer -> {
            peer.head();
            begun.set();
            cancelled.await();
            peer.awaitClose();
            closed.set();
        };
        try (ScriptedServer server = transport.server(deaf);
                Httpipe hp = transport.client().build()) {
            // More than the sockets' buffers take, so that it blocks for sure.
            Request post = Transports.request("POST", server).body(new byte[32 << 20]);
            Caller caller = new Caller(threads, hp, post);
            begun.await();
            CancelledException e = caller.cancel();
            cancelled.set();
            assertEquals(Phase.SEND, e.phase());
            assertTrue(e.bytesSent() > 0);
            assertFalse(e.safeToRetry());
            closed.await();
        }
    }

    @ParameterizedTest
    @MethodSource("threadsAndTransports")
    void whileWaitingForTheHead(Threads threads, Transports transport) throws Exception {
        Signal asked = new Signal();
        Signal closed = new Signal();
        ScriptedServer.Script silent = peer -> {
            peer.head();
            peer.send(OK);
            peer.head();
            asked.set();
            peer.awaitClose();
            closed.set();
        };
        try (ScriptedServer server = transport.server(silent, ScriptedServer.inTurn(OK));
                Httpipe hp = transport.client().build()) {
            Request get = Transports.request("GET", server);
            hp.request(get);
            Caller caller = new Caller(threads, hp, get);
            asked.await();
            caller.awaitInside("read");
            CancelledException e = caller.cancel();
            assertEquals(Phase.HEAD, e.phase());
            assertEquals(1, e.reusedTimes());
            assertEquals(server.heads().getLast().length(), e.bytesSent());
            assertEquals(0, e.bytesReceived());
            closed.await();
            // An idempotent request over a reused connection that died without a byte: yet not sent again.
            assertEquals(2, server.heads().size());
            assertEquals(0, hp.request(get).reusedTimes());
        }
    }

    @ParameterizedTest
    @MethodSource("threadsAndTransports")
    void whileReadingTheBody(Threads threads, Transports transport) throws Exception {
        int half = 16 << 20;
        Signal sent = new Signal();
        Signal closed = new Signal();
        ScriptedServer.Script halfway = peer -> {
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + 2 * half + "\r\n\r\n");
            peer.send(new byte[half]);
            sent.set();
            peer.awaitClose();
            closed.set();
        };
        try (ScriptedServer server = transport.server(halfway);
                Httpipe hp = transport.client().build()) {
            Caller caller = new Caller(threads, hp, Transports.request("GET", server));
            // By then more has been read than sockets hold, so that the call must be in the body.
            sent.await();
            CancelledException e = caller.cancel();
            assertEquals(Phase.BODY, e.phase());
            assertTrue(e.bytesReceived() > 0);
            closed.await();
        }
    }

    @ParameterizedTest
    @MethodSource("threadsAndTransports")
    void beforeTheStart(Threads threads, Transports transport) throws Exception {
        try (ScriptedServer server = transport.server(ScriptedServer.inTurn(OK));
                Httpipe hp = transport.client().build()) {
            Request get = Transports.request("GET", server);
            hp.request(get);
            CompletableFuture<Throwable> failure = new CompletableFuture<>();
            threads.start(() -> {
                Thread.currentThread().interrupt();
                try {
                    hp.request(get);
                    failure.complete(new AssertionError("the call came back"));
                } catch (HttpipeException e) {
                    assertTrue(Thread.currentThread().isInterrupted());
                    failure.complete(e);
                }
            });
            CancelledException e = assertInstanceOf(CancelledException.class, failure.get(20, TimeUnit.SECONDS));
            assertEquals(0, e.bytesSent());
            hp.request(get);
            assertEquals(2, server.heads().size(), "nothing of the cancelled request was sent");
        }
    }

    @ParameterizedTest
    @EnumSource
    void oneOfManyCallsIsCancelledAndTheOthersGoOn(Threads threads) throws Exception {
        int count = 20;
        CountDownLatch asked = new CountDownLatch(count);
        Signal answer = new Signal();
        ScriptedServer.Script slow = peer -> {
            if (peer.nextHead() != null) {
                asked.countDown();
                answer.await();
                peer.send(OK);
                peer.awaitClose();
            }
        };
        try (ScriptedServer server = ScriptedServer.of(slow);
                Httpipe hp = Httpipe.create()) {
            List<Caller> callers = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                callers.add(new Caller(threads, hp, Request.get(server.uri("/" + i))));
            }
            assertTrue(asked.await(20, TimeUnit.SECONDS));
            callers.removeLast().cancel();
            callers.removeFirst().cancel();
            answer.set();
            for (Caller caller : callers) {
                assertInstanceOf(AssertionError.class, caller.failure.get(20, TimeUnit.SECONDS));
            }
        }
    }
}
