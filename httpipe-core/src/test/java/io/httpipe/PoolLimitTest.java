package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests which calls get a connection when there are more calls than connections, and what happens to the others. */
@Timeout(30)
class PoolLimitTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nOK\n";

    /** Answers each request only when the test releases a permit. */
    private static ScriptedServer gated(Semaphore gate) throws Exception {
        return ScriptedServer.of(peer -> {
            while (peer.nextHead() != null) {
                gate.acquire();
                peer.send(OK);
            }
        });
    }

    private static Thread waiting(FutureTask<?> task) {
        Thread thread = Thread.ofVirtual().start(task);
        awaitQueued(thread);
        return thread;
    }

    /** Waits until a call is in the queue of the pool. A call that still waits for a lock does not count. */
    private static void awaitQueued(Thread thread) {
        while (thread.isAlive()
                && Stream.of(thread.getStackTrace())
                        .noneMatch(frame -> frame.getClassName().endsWith(".pool.Waiter")
                                && frame.getMethodName().equals("await"))) {
            Thread.onSpinWait();
        }
    }

    @Test
    void theClientNeverOpensMoreConnectionsThanAllowed() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = Httpipe.builder().maxConnectionsPerRoute(4).build();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Response>> calls = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                calls.add(threads.submit(() -> hp.get(server.uri("/"))));
            }
            for (Future<Response> call : calls) {
                assertEquals(200, call.get().status());
            }
            assertTrue(server.connections() <= 4, "connections: " + server.connections());
        }
    }

    @Test
    void waitingCallsGetConnectionsInTheirOrder() throws Exception {
        Semaphore gate = new Semaphore(0);
        List<Integer> order = Collections.synchronizedList(new ArrayList<>());
        try (ScriptedServer server = gated(gate);
                Httpipe hp = Httpipe.builder().maxConnectionsPerRoute(1).build()) {
            List<FutureTask<Void>> calls = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                int number = i;
                FutureTask<Void> call = new FutureTask<>(() -> {
                    hp.get(server.uri("/" + number));
                    return null;
                });
                calls.add(call);
                if (i == 0) {
                    Thread.ofVirtual().start(call);
                    while (server.heads().isEmpty()) {
                        Thread.onSpinWait();
                    }
                } else {
                    waiting(call);
                }
            }
            gate.release(20);
            for (FutureTask<Void> call : calls) {
                call.get();
            }
            for (String head : server.heads()) {
                order.add(Integer.parseInt(head.substring(5, head.indexOf(" HTTP"))));
            }
            assertEquals(java.util.stream.IntStream.range(0, 20).boxed().toList(), order);
        }
    }

    @Test
    void callsThatGiveUpDoNotChangeTheOrderOfTheOthers() throws Exception {
        Semaphore gate = new Semaphore(0);
        try (ScriptedServer server = gated(gate);
                Httpipe hp = Httpipe.builder().maxConnectionsPerRoute(1).build()) {
            FutureTask<Response> holder = new FutureTask<>(() -> hp.get(server.uri("/holder")));
            Thread.ofVirtual().start(holder);
            while (server.heads().isEmpty()) {
                Thread.onSpinWait();
            }
            List<FutureTask<Response>> patient = new ArrayList<>();
            List<Thread> cancelled = new ArrayList<>();
            List<FutureTask<TimedOutException>> hasty = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                Request request = Request.get(server.uri("/" + i));
                switch (i % 3) {
                    case 0 -> {
                        patient.add(new FutureTask<>(() -> hp.request(request)));
                        waiting(patient.getLast());
                    }
                    case 1 ->
                        cancelled.add(waiting(new FutureTask<>(
                                () -> assertThrows(CancelledException.class, () -> hp.request(request)))));
                    default -> {
                        Timeouts quick = Timeouts.DEFAULT.acquire(Duration.ofMillis(300));
                        hasty.add(new FutureTask<>(() ->
                                assertThrows(TimedOutException.class, () -> hp.request(request.timeouts(quick)))));
                        Thread.ofVirtual().start(hasty.getLast());
                    }
                }
            }
            cancelled.forEach(Thread::interrupt);
            for (FutureTask<TimedOutException> call : hasty) {
                assertEquals(Phase.ACQUIRE, call.get().phase());
            }
            for (Thread thread : cancelled) {
                thread.join();
            }
            assertEquals(patient.size(), hp.stats().getFirst().waiting());
            gate.release(1 + patient.size());
            for (FutureTask<Response> call : patient) {
                assertEquals(200, call.get().status());
            }
            assertEquals(
                    List.of("/holder", "/0", "/3", "/6", "/9", "/12", "/15", "/18", "/21", "/24", "/27"),
                    server.heads().stream().map(head -> head.split(" ", 3)[1]).toList());
            assertEquals(1, server.connections());
        }
    }

    @Test
    void underTheTotalLimitTheCallThatCameFirstIsServedFirstWhateverItsRoute() throws Exception {
        Semaphore gate = new Semaphore(0);
        List<String> order = Collections.synchronizedList(new ArrayList<>());
        Script gated = peer -> {
            for (String head = peer.nextHead(); head != null; head = peer.nextHead()) {
                order.add(head.split(" ", 3)[1]);
                gate.acquire();
                peer.send(OK);
            }
        };
        try (ScriptedServer one = ScriptedServer.of(gated);
                ScriptedServer two = ScriptedServer.of(gated);
                ScriptedServer three = ScriptedServer.of(gated);
                Httpipe hp = Httpipe.builder().maxConnections(1).build()) {
            List<ScriptedServer> servers = List.of(one, one, two, one, three, two, one, one, three, three, two, one);
            List<FutureTask<Response>> calls = new ArrayList<>();
            List<String> arrived = new ArrayList<>();
            for (ScriptedServer server : servers) {
                String path = "/" + calls.size();
                arrived.add(path);
                calls.add(new FutureTask<>(() -> hp.get(server.uri(path))));
                if (calls.size() > 1) {
                    waiting(calls.getLast());
                    continue;
                }
                Thread.ofVirtual().start(calls.getLast());
                while (order.isEmpty()) {
                    Thread.onSpinWait();
                }
            }
            gate.release(calls.size());
            for (FutureTask<Response> call : calls) {
                assertEquals(200, call.get().status());
            }
            assertEquals(arrived, order);
        }
    }

    @Test
    void theTimeoutOfAWaitingCallNamesHowTheConnectionsAreUsed() throws Exception {
        Semaphore gate = new Semaphore(0);
        try (ScriptedServer server = gated(gate);
                Httpipe hp = Httpipe.builder().maxConnectionsPerRoute(1).build();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Response> holder = threads.submit(() -> hp.get(server.uri("/slow")));
            while (server.heads().isEmpty()) {
                Thread.onSpinWait();
            }
            Timeouts quick = Timeouts.DEFAULT.acquire(Duration.ofMillis(30));
            TimedOutException e = assertThrows(
                    TimedOutException.class,
                    () -> hp.request(Request.get(server.uri("/next")).timeouts(quick)));
            assertEquals(Phase.ACQUIRE, e.phase());
            assertTrue(e.getMessage().contains("acquire timeout of 30 ms"), e.getMessage());
            assertEquals(TimedOutException.Limit.ACQUIRE, e.limit());
            assertTrue(e.getMessage().contains("1 of 1 connections of the route"), e.getMessage());
            assertTrue(e.getMessage().contains("/slow"), e.getMessage());
            gate.release();
            assertEquals(200, holder.get().status());
            gate.release();
            assertEquals(1, hp.get(server.uri("/after")).reusedTimes(), "no place was lost");
        }
    }

    @Test
    void aDeadlineThatTheQueueCannotMeetEndsTheCallAtOnce() throws Exception {
        Semaphore gate = new Semaphore(10);
        Script slow = peer -> {
            while (peer.nextHead() != null) {
                LockSupport.parkNanos(20_000_000);
                gate.acquire();
                peer.send(OK);
            }
        };
        try (ScriptedServer server = ScriptedServer.of(slow);
                Httpipe hp = Httpipe.builder().maxConnectionsPerRoute(1).build();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 10; i++) {
                hp.get(server.uri("/"));
            }
            List<Future<Response>> patient = new ArrayList<>();
            for (int i = 0; i < 51; i++) {
                patient.add(threads.submit(() -> hp.get(server.uri("/patient"))));
            }
            while (hp.stats().getFirst().waiting() < 50) {
                Thread.onSpinWait();
            }
            Request hasty = Request.get(server.uri("/hasty")).timeout(Duration.ofMillis(150));
            TimedOutException e = assertThrows(TimedOutException.class, () -> hp.request(hasty));
            assertEquals(Phase.ACQUIRE, e.phase());
            assertTrue(e.safeToRetry());
            assertTrue(
                    e.getMessage().startsWith("cannot meet the deadline of 150 ms (earlier calls need at least "),
                    e.getMessage());
            assertEquals(TimedOutException.Limit.DEADLINE, e.limit());
            String longest = "longest by GET " + server.uri("/patient") + " for ";
            assertTrue(e.getMessage().contains(longest), e.getMessage());
            assertFalse(e.getMessage().contains("2147483647"), e.getMessage());
            assertTrue(e.getMessage().contains("; 50 other calls wait for the route"), e.getMessage());
            gate.release(51);
            for (Future<Response> call : patient) {
                assertEquals(200, call.get().status());
            }
        }
    }

    @Test
    void underTheTotalLimitACallReplacesTheIdleConnectionOfAnotherRoute() throws Exception {
        try (ScriptedServer one = ScriptedServer.answering(OK);
                ScriptedServer two = ScriptedServer.answering(OK);
                Httpipe hp = Httpipe.builder().maxConnections(1).build()) {
            assertEquals(0, hp.get(one.uri("/")).reusedTimes());
            assertEquals(0, hp.get(two.uri("/")).reusedTimes());
            assertEquals(1, hp.get(two.uri("/")).reusedTimes());
            assertEquals(0, hp.get(one.uri("/")).reusedTimes());
        }
    }

    @Test
    void aRouteWithoutConnectionsUnderTheTotalLimitGetsTheNextFreeSlot() throws Exception {
        Semaphore gate = new Semaphore(0);
        try (ScriptedServer slow = gated(gate);
                ScriptedServer other = ScriptedServer.answering(OK);
                Httpipe hp = Httpipe.builder().maxConnections(1).build();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Response> holder = threads.submit(() -> hp.get(slow.uri("/")));
            while (slow.heads().isEmpty()) {
                Thread.onSpinWait();
            }
            FutureTask<Response> starving = new FutureTask<>(() -> hp.get(other.uri("/")));
            waiting(starving);
            gate.release();
            assertEquals(200, holder.get().status());
            assertEquals(200, starving.get().status());
        }
    }

    @Test
    void aConnectionOlderThanItsLifetimeIsNotReused() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = Httpipe.builder().maxLifetime(Duration.ofNanos(1)).build()) {
            assertEquals(0, hp.get(server.uri("/")).reusedTimes());
            assertEquals(0, hp.get(server.uri("/")).reusedTimes());
            assertEquals(2, server.connections());
        }
    }

    @Test
    void closeLetsARunningCallEndWithinTheGraceTime() throws Exception {
        Semaphore gate = new Semaphore(0);
        try (ScriptedServer server = gated(gate);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Httpipe hp = Httpipe.builder().closeGrace(Duration.ofSeconds(20)).build();
            Future<Response> running = threads.submit(() -> hp.get(server.uri("/")));
            while (server.heads().isEmpty()) {
                Thread.onSpinWait();
            }
            FutureTask<Void> closing = new FutureTask<>(hp::close, null);
            Thread closer = Thread.ofVirtual().start(closing);
            while (closer.getState() != Thread.State.TIMED_WAITING) {
                Thread.onSpinWait();
            }
            assertThrows(IllegalStateException.class, () -> hp.get(server.uri("/")));
            gate.release();
            assertEquals(200, running.get().status());
            closing.get();
            hp.close();
        }
    }

    @Test
    void closeEndsCallsStillRunningAfterTheGraceTimeAndRefusesWaitingCalls() throws Exception {
        try (ScriptedServer server = gated(new Semaphore(0));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Httpipe hp = Httpipe.builder()
                    .maxConnectionsPerRoute(1)
                    .closeGrace(Duration.ZERO)
                    .build();
            Future<Response> running = threads.submit(() -> hp.get(server.uri("/")));
            while (server.heads().isEmpty()) {
                Thread.onSpinWait();
            }
            FutureTask<Response> queued = new FutureTask<>(() -> hp.get(server.uri("/")));
            waiting(queued);
            hp.close();
            ExecutionException lost = assertThrows(ExecutionException.class, running::get);
            assertEndedWithTheClient(Phase.RESPONSE_HEAD, lost.getCause());
            ExecutionException refused = assertThrows(ExecutionException.class, queued::get);
            assertEndedWithTheClient(Phase.ACQUIRE, refused.getCause());
        }
    }

    private static void assertEndedWithTheClient(Phase phase, Throwable e) {
        CancelledException cancelled = assertInstanceOf(CancelledException.class, e);
        assertEquals(CancelledException.Reason.CLIENT_CLOSED, cancelled.reason());
        assertEquals(phase, cancelled.phase());
    }

    @Test
    void anIdleConnectionThatTheServerClosesIsDroppedSoonWithoutACall() throws Exception {
        CountDownLatch answered = new CountDownLatch(1);
        AtomicInteger end = new AtomicInteger(-2);
        CountDownLatch seen = new CountDownLatch(1);
        Script halfClosing = peer -> {
            peer.head();
            peer.send(OK);
            answered.await();
            peer.socket().shutdownOutput();
            end.set(peer.read());
            seen.countDown();
        };
        try (ScriptedServer server = ScriptedServer.of(halfClosing);
                Httpipe hp = Httpipe.create()) {
            hp.get(server.uri("/"));
            answered.countDown();
            assertTrue(seen.await(10, TimeUnit.SECONDS), "the client closed its side");
            assertEquals(-1, end.get());
        }
    }
}
