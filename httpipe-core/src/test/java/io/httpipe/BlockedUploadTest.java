package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.LargeBody;
import io.httpipe.testing.Signal;
import io.httpipe.testing.SilentStream;
import io.httpipe.testing.Threads;
import io.httpipe.testing.Transports;
import java.io.IOException;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Uploads that make no progress: the server reads nothing, or the source returns nothing. */
@Timeout(60)
class BlockedUploadTest {
    @ParameterizedTest
    @MethodSource("io.httpipe.testing.LargeBody#overEachTransport")
    void b31_theSendTimeoutEndsAnUploadThatTheServerDoesNotRead(LargeBody kind, Transports transport) throws Exception {
        assertTimesOut(
                kind,
                transport,
                "send timeout of 150 ms",
                request -> request.timeouts(Timeouts.DEFAULT.send(Duration.ofMillis(150))));
    }

    @ParameterizedTest
    @EnumSource(LargeBody.class)
    void b31_theDeadlineEndsAnUploadThatTheServerDoesNotRead(LargeBody kind) throws Exception {
        assertTimesOut(
                kind, Transports.TCP, "exceeded the deadline", request -> request.timeout(Duration.ofSeconds(1)));
    }

    private static void assertTimesOut(
            LargeBody kind, Transports transport, String limit, UnaryOperator<Request> change) throws Exception {
        Signal testDone = new Signal();
        try (ScriptedServer server = transport.server(peer -> {
                    try {
                        peer.nextHead();
                    } catch (IOException e) {
                        // The timeout expired while the head was being sent.
                    }
                    testDone.await();
                });
                Httpipe hp = transport.client().build()) {
            for (Threads threads : Threads.values()) {
                Request request =
                        change.apply(Transports.request("POST", server).body(kind.body()));
                TimedOutException e =
                        assertThrows(TimedOutException.class, () -> threads.call(() -> hp.request(request)));
                assertEquals(Phase.SEND, e.phase());
                assertTrue(e.getMessage().contains(limit), e.getMessage());
            }
            testDone.set();
        }
    }

    @Test
    void b31_theDeadlineEndsAnUploadWhoseStreamBlocks() throws Exception {
        try (SilentStream in = new SilentStream(1);
                ScriptedServer server = ScriptedServer.of(Peer::awaitClose);
                Httpipe hp = Httpipe.create()) {
            Request request = Request.post(server.uri("/")).body(Body.of(in)).timeout(Duration.ofMillis(100));
            TimedOutException e = assertThrows(TimedOutException.class, () -> hp.request(request));
            assertTrue(e.getMessage().contains("exceeded the deadline"), e.getMessage());
        }
    }
}
