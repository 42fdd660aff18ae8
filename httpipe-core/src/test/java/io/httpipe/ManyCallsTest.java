package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.FileDescriptors;
import io.httpipe.testing.Servers;
import io.httpipe.testing.Signal;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many calls at once, and closing the client. */
@Timeout(60)
class ManyCallsTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    /** Answers each request with its own path. */
    private static final Script ECHO = peer -> {
        for (String head = peer.nextHead(); head != null; head = peer.nextHead()) {
            String path = head.split(" ", 3)[1];
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + path.length() + "\r\n\r\n" + path);
        }
    };

    @Test
    void aThousandVirtualThreadsEachGetTheirOwnResponse() throws Exception {
        int calls = 1000;
        try (ScriptedServer server = ScriptedServer.of(ECHO);
                Httpipe hp = Httpipe.builder().maxIdlePerRoute(100).build()) {
            for (int round = 0; round < 3; round++) {
                List<Future<Response>> answers = new ArrayList<>();
                try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                    for (int i = 0; i < calls; i++) {
                        String uri = server.uri("/" + round + "/" + i);
                        answers.add(threads.submit(() -> hp.get(uri)));
                    }
                }
                for (int i = 0; i < calls; i++) {
                    assertEquals("/" + round + "/" + i, answers.get(i).get().text());
                }
            }
            assertEquals(3 * calls, server.heads().size());
            assertTrue(server.connections() <= 3 * calls);
            // With idle connections available, a single call opens no new one.
            int before = server.connections();
            assertTrue(hp.get(server.uri("/")).reusedTimes() > 0);
            assertEquals(before, server.connections());
        }
    }

    @Test
    void consecutiveCallsShareOneConnection() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(ECHO);
                Httpipe hp = Httpipe.create()) {
            for (int i = 0; i < 500; i++) {
                assertEquals(i, hp.get(server.uri("/" + i)).reusedTimes());
            }
            assertEquals(1, server.connections());
        }
    }

    @Test
    void callsLeaveNoDescriptorBehind() throws Exception {
        // The JDK and the scripted server open some descriptors once and keep them; failing calls must not.
        failAndSucceed(20);
        long before = FileDescriptors.open();
        failAndSucceed(200);
        long after = FileDescriptors.least(before + 49, Duration.ofSeconds(20));
        assertTrue(after < before + 50, before + " descriptors before, " + after + " after");
    }

    private static void failAndSucceed(int times) throws Exception {
        CountDownLatch closed = new CountDownLatch(4 * times);
        Script asPathSays = peer -> {
            String answer = switch (peer.head().charAt(5)) {
                case 'a' -> OK;
                case 'b' -> "nonsense";
                case 'c' -> "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut";
                default -> "";
            };
            peer.send(answer);
            if (!answer.equals(OK)) {
                peer.end();
            }
            peer.awaitClose();
            closed.countDown();
        };
        try (ScriptedServer server = ScriptedServer.of(asPathSays);
                Httpipe hp = Httpipe.builder().maxIdlePerRoute(0).build()) {
            for (int i = 0; i < times; i++) {
                assertEquals("OK", hp.get(server.uri("/a")).text());
                assertThrows(MalformedResponseException.class, () -> hp.get(server.uri("/b")));
                assertThrows(ConnectionLostException.class, () -> hp.get(server.uri("/c")));
                assertThrows(ConnectionLostException.class, () -> hp.get(server.uri("/d")));
            }
            assertTrue(closed.await(20, TimeUnit.SECONDS), "the server has seen each connection closed");
        }
    }

    @Test
    void closingTheClientClosesIdleConnectionsAndRefusesNewCalls() throws Exception {
        Signal closed = new Signal();
        Script watching = peer -> {
            peer.head();
            peer.send(OK);
            assertEquals(-1, peer.read());
            closed.set();
        };
        try (ScriptedServer server = ScriptedServer.of(watching)) {
            Httpipe hp = Httpipe.create();
            hp.get(server.uri("/"));
            hp.close();
            closed.await();
            Request request = Request.get(server.uri("/"));
            assertThrows(IllegalStateException.class, () -> hp.get(server.uri("/")));
            assertThrows(IllegalStateException.class, () -> hp.request(request));
            assertThrows(IllegalStateException.class, () -> hp.stream(request));
            assertThrows(IllegalStateException.class, () -> hp.connect(Servers.endpoint(server)));
            hp.close();
            assertEquals(1, server.connections());
        }
    }

    @Test
    void aRunningCallMayEndAfterItsClientIsClosed() throws Exception {
        Signal requestArrived = new Signal();
        Signal answer = new Signal();
        Signal closed = new Signal();
        Script slow = peer -> {
            peer.head();
            requestArrived.set();
            answer.await();
            peer.send(OK);
            assertEquals(-1, peer.read());
            closed.set();
        };
        try (ScriptedServer server = ScriptedServer.of(slow);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Httpipe hp = Httpipe.builder().closeGrace(Duration.ofSeconds(20)).build();
            Future<Response> call = threads.submit(() -> hp.get(server.uri("/")));
            requestArrived.await();
            Future<?> closing = threads.submit(hp::close);
            awaitRefusal(hp);
            answer.set();
            assertEquals("OK", call.get(20, TimeUnit.SECONDS).text());
            closing.get(20, TimeUnit.SECONDS);
            closed.await();
        }
    }

    @Test
    void aCallThatOutlivesTheCloseGraceFails() throws Exception {
        Signal requestArrived = new Signal();
        Signal closed = new Signal();
        Script silent = peer -> {
            peer.head();
            requestArrived.set();
            peer.awaitClose();
            closed.set();
        };
        try (ScriptedServer server = ScriptedServer.of(silent);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Httpipe hp = Httpipe.builder().closeGrace(Duration.ofMillis(20)).build();
            Future<HttpipeException> call =
                    threads.submit(() -> assertThrows(HttpipeException.class, () -> hp.get(server.uri("/"))));
            requestArrived.await();
            hp.close();
            closed.await();
            HttpipeException e = call.get(20, TimeUnit.SECONDS);
            CancelledException cancelled = assertInstanceOf(CancelledException.class, e);
            assertEquals(CancelledException.Reason.CLIENT_CLOSED, cancelled.reason());
            assertEquals(1, server.heads().size(), "not tried again");
        }
    }

    private static void awaitRefusal(Httpipe hp) throws IOException {
        boolean refused = false;
        while (!refused) {
            try {
                // A literal address and a port without a listener, so that connecting fails at once.
                hp.get("http://127.0.0.1:1/");
            } catch (HttpipeException e) {
                Thread.onSpinWait();
            } catch (IllegalStateException e) {
                refused = true;
            }
        }
    }
}
