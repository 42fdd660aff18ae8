package io.httpipe.test.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What makes {@link ScriptedServer#close} fail. */
class ScriptedServerCloseTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    @Test
    void aScriptThatFailsFailsTheTest() throws Exception {
        ScriptedServer server = ScriptedServer.of(peer -> {
            peer.head();
            throw new AssertionError("a wrong head");
        });

        Wire.exchange(server, GET);

        String failure = Wire.failureOf(server);
        assertTrue(failure.contains("the server failed: java.lang.AssertionError: a wrong head"), failure);
    }

    @Test
    void answersThatAreLeftFailTheTest() throws Exception {
        ScriptedServer server =
                ScriptedServer.start().enqueue(Answer.of(200), Answer.of(201, "left"), Answer.raw("too"));
        Wire.exchange(server, GET);

        String failure = Wire.failureOf(server);
        assertTrue(failure.startsWith("answers left in the queue: [201 (4 bytes), raw (3 bytes)]\n"), failure);
        assertTrue(failure.contains("> GET / HTTP/1.1"), failure);
    }

    @Test
    void aDiscardedQueueIsNoFailure() throws Exception {
        try (ScriptedServer server = ScriptedServer.start().enqueue(Answer.of(200))) {
            assertEquals(1, server.discardQueue());
        }
    }

    @Test
    void aClosedServerTakesNoMoreAnswers() throws Exception {
        ScriptedServer server = ScriptedServer.start();
        server.close();
        server.close();

        assertEquals(
                "this server is closed: " + server,
                assertThrows(IllegalStateException.class, () -> server.enqueue(Answer.of(200)))
                        .getMessage());
        assertThrows(IllegalStateException.class, () -> server.answer(request -> Answer.of(200)));
        assertThrows(IllegalStateException.class, () -> server.route("GET", "/", Answer.of(200)));
        assertThrows(AssertionError.class, () -> server.takeRequest(Duration.ZERO));
        assertThrows(java.net.ConnectException.class, () -> new Socket("127.0.0.1", server.port()).close());
    }

    @Test
    void aTlsSetupThatFailsClosesOnlyItsConnection() throws Exception {
        TestAuthority authority = TestAuthority.create();
        AtomicInteger setups = new AtomicInteger();
        ScriptedServer server = ScriptedServer.builder()
                .tls(authority.serverContext(), socket -> {
                    if (setups.incrementAndGet() == 1) {
                        throw new IllegalArgumentException("no such cipher suite");
                    }
                })
                .scripts(peer -> peer.sendBelow(Text.latin("hello")))
                .start();

        assertEquals("", Wire.exchange(server, ""));
        assertEquals("hello", Wire.exchange(server, ""));
        String failure = Wire.failureOf(server);
        assertTrue(failure.contains("no such cipher suite"), failure);
    }

    @Test
    void whatFailsOnlyBecauseTheServerClosesIsNoFailure() throws Exception {
        Script read = peer -> peer.socket().getInputStream().readAllBytes();
        List<Script> scripts = List.of(
                read,
                peer -> new CountDownLatch(1).await(),
                peer -> {
                    try {
                        read.run(peer);
                    } catch (java.io.IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                },
                peer -> {
                    try {
                        read.run(peer);
                    } catch (java.io.IOException e) {
                        throw new AssertionError("cut", e);
                    }
                });
        for (Script script : scripts) {
            running(script).close();
        }
        ScriptedServer failing = running(peer -> {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                throw new IllegalStateException("a fault of the script");
            }
        });
        assertTrue(Wire.failureOf(failing).contains("a fault of the script"));
    }

    /** {@return a server whose script runs} */
    private static ScriptedServer running(Script script) throws Exception {
        CountDownLatch runs = new CountDownLatch(1);
        ScriptedServer server = ScriptedServer.of(peer -> {
            runs.countDown();
            script.run(peer);
        });
        Thread.ofVirtual().start(() -> {
            try (Socket socket = new Socket("127.0.0.1", server.port())) {
                socket.getInputStream().read();
            } catch (java.io.IOException e) {
                // The server has closed.
            }
        });
        runs.await();
        return server;
    }

    @Test
    void aScriptThatDoesNotEndFailsTheTest() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        CountDownLatch runs = new CountDownLatch(1);
        ScriptedServer server = ScriptedServer.of(peer -> {
            runs.countDown();
            while (end.getCount() > 0) {
                try {
                    end.await();
                } catch (InterruptedException e) {
                    // This script is stubborn.
                }
            }
        });
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            runs.await();
            String failure = Wire.failureOf(server);
            assertTrue(failure.contains("scripted-server-1 has not ended within 5 s"), failure);
            assertTrue(socket.isConnected());
        } finally {
            end.countDown();
        }
    }
}
