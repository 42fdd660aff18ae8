package io.httpipe.test.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class EffectTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    private static final Answer HELLO = Answer.of(200, "hello");

    private static Wire.Received receive(Answer answer, int patienceMillis) throws IOException {
        try (ScriptedServer server = ScriptedServer.start().enqueue(answer)) {
            return Wire.receive(server, GET, patienceMillis);
        }
    }

    @Test
    void anAnswerClosesAtEachOfItsBytes() throws IOException {
        String whole = HEAD + "hello";
        for (int at = 0; at <= whole.length(); at++) {
            assertEquals(
                    new Wire.Received(whole.substring(0, at), "close"), receive(HELLO.at(at, Effect.CLOSE), 20_000));
        }
    }

    @Test
    void aResetComesAfterTheBytesBeforeIt() throws IOException {
        Wire.Received received = receive(HELLO.atBody(2, Effect.RESET), 20_000);

        // TCP may discard bytes that have arrived before a reset.
        assertEquals("reset", received.end());
        assertTrue((HEAD + "he").startsWith(received.text()), received.text());
    }

    @Test
    void aStallKeepsTheConnectionOpen() throws IOException {
        try (ScriptedServer server = ScriptedServer.start().enqueue(HELLO.atBody(2, Effect.STALL));
                Socket socket = new Socket("127.0.0.1", server.port())) {
            socket.getOutputStream().write(Text.latin(GET));
            String expected = HEAD + "he";
            assertEquals(expected, Text.latin(socket.getInputStream().readNBytes(expected.length())));

            socket.setSoTimeout(200);
            assertThrows(
                    SocketTimeoutException.class, () -> socket.getInputStream().read());
        }
    }

    @Test
    void aHalfCloseStillReceives() throws Exception {
        try (ScriptedServer server = ScriptedServer.start().enqueue(HELLO.atBody(2, Effect.HALF_CLOSE));
                Socket socket = new Socket("127.0.0.1", server.port())) {
            socket.getOutputStream().write(Text.latin(GET));
            assertEquals(HEAD + "he", Text.latin(socket.getInputStream().readAllBytes()));

            socket.getOutputStream().write(Text.latin("more"));
            socket.shutdownOutput();
            while (!server.conversation().contains("> more")) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void aDelayComesBeforeItsByte() throws IOException {
        long start = System.nanoTime();

        assertEquals(
                new Wire.Received(HEAD + "hello", "close"),
                receive(HELLO.atBody(2, Effect.delay(Duration.ofMillis(100))).atEnd(Effect.CLOSE), 20_000));
        assertTrue(System.nanoTime() - start >= 100_000_000);
    }

    @Test
    void aThrottledAnswerIsNotFasterThanItsRate() throws IOException {
        long start = System.nanoTime();
        String body = "x".repeat(200);

        Wire.Received received =
                receive(Answer.of(200, body).atBody(0, Effect.throttle(1000)).atEnd(Effect.CLOSE), 20_000);

        assertTrue(received.text().endsWith("\r\n\r\n" + body));
        assertTrue(System.nanoTime() - start >= 200_000_000);
    }

    @Test
    void closingTheServerEndsADelay() throws Exception {
        try (ScriptedServer server = ScriptedServer.start().enqueue(HELLO.at(0, Effect.delay(Duration.ofHours(1))));
                Socket socket = new Socket("127.0.0.1", server.port())) {
            socket.getOutputStream().write(Text.latin(GET));
            server.takeRequest();
        }
    }
}
