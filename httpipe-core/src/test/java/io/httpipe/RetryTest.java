package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ClosedPort;
import io.httpipe.test.server.Peer;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.ConnectionFault;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Transports;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A request is sent a second time only if it is idempotent and no byte of a response has arrived. */
@Timeout(60)
class RetryTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    /** Answers the first request, and closes after the head of the second. */
    private static final Script DIES_AT_THE_SECOND = peer -> {
        peer.head();
        peer.send(OK);
        peer.nextHead();
    };

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"})
    void anIdempotentRequestIsSentOnceMoreIfAReusedConnectionIsLost(String method) throws Exception {
        try (ScriptedServer server = ScriptedServer.of(DIES_AT_THE_SECOND, ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.create()) {
            hp.get(server.uri("/1"));
            Response response = hp.request(Request.of(method, server.uri("/2")));
            assertEquals(200, response.status());
            assertEquals(0, response.reusedTimes());
            assertEquals(3, server.heads().size());
            assertEquals(server.heads().get(1), server.heads().get(2));
        }
    }

    @Test
    void theSecondAttemptSendsTheBodyAgain() throws Exception {
        Script second = peer -> {
            peer.head();
            assertEquals("again", peer.body(5));
            peer.send(OK);
        };
        Script first = peer -> {
            peer.head();
            peer.send(OK);
            peer.head();
            assertEquals("again", peer.body(5));
        };
        try (ScriptedServer server = ScriptedServer.of(first, second);
                Httpipe hp = Httpipe.create()) {
            hp.get(server.uri("/"));
            assertEquals(
                    "OK", hp.request(Request.put(server.uri("/")).body("again")).text());
        }
    }

    /** The connection is lost in each way, before or right after the first byte of a response. */
    @ParameterizedTest
    @CsvSource({
        "TCP, CLOSE",
        "TCP, RESET",
        "TLS, CLOSE",
        "TLS, CUT",
        "TLS, RESET",
        "UNIX, CLOSE",
    })
    void overEachTransportARequestIsSentOnceMoreUnlessAResponseByteArrived(Transports transport, ConnectionFault fault)
            throws Exception {
        // A reset may discard the byte before the client can read it.
        for (String answer : fault == ConnectionFault.RESET ? List.of("") : List.of("", "H")) {
            Script dies = peer -> {
                peer.head();
                peer.send(OK);
                peer.head();
                peer.send(answer);
                fault.strike(peer);
            };
            try (ScriptedServer server = transport.server(dies, ScriptedServer.inTurn(OK));
                    Httpipe hp = transport.client().build()) {
                Request get = Transports.request("GET", server);
                hp.request(get);
                if (answer.isEmpty()) {
                    assertEquals(0, hp.request(get).reusedTimes());
                    assertEquals(2, server.connections());
                    assertEquals(3, server.heads().size());
                } else {
                    ConnectionLostException e = assertThrows(ConnectionLostException.class, () -> hp.request(get));
                    assertEquals(1, e.bytesReceived());
                    assertEquals(2, server.heads().size());
                }
                assertEquals("OK", hp.request(get).text());
            }
        }
    }

    @Test
    void aResetCountsAsALostConnectionToo() throws Exception {
        Script resets = peer -> {
            peer.head();
            peer.send(OK);
            peer.head();
            peer.reset();
        };
        try (ScriptedServer server = ScriptedServer.of(resets, ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.create()) {
            hp.get(server.uri("/"));
            assertEquals("OK", hp.get(server.uri("/")).text());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PATCH", "LOCK"})
    void aPostIsNeverSentTwice(String method) throws Exception {
        try (ScriptedServer server = ScriptedServer.of(DIES_AT_THE_SECOND, ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.create()) {
            hp.get(server.uri("/1"));
            Request request = Request.of(method, server.uri("/2"));
            ConnectionLostException e = assertThrows(ConnectionLostException.class, () -> hp.request(request));
            assertEquals(1, e.reusedTimes());
            assertEquals(Phase.RESPONSE_HEAD, e.phase());
            assertEquals(0, e.bytesReceived());
            assertFalse(e.safeToRetry());
            hp.get(server.uri("/3"));
            assertEquals(3, server.heads().size());
        }
    }

    @Test
    void aPostWithAnIdempotencyKeyIsSentOnceMore() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(DIES_AT_THE_SECOND, ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.create()) {
            hp.get(server.uri("/1"));
            assertEquals(
                    "OK",
                    hp.request(Request.post(server.uri("/2")).header("idempotency-key", "k"))
                            .text());
            assertEquals(3, server.heads().size());
        }
    }

    @Test
    void thereIsNoThirdAttempt() throws Exception {
        Script diesAtOnce = Peer::head;
        try (ScriptedServer server = ScriptedServer.of(DIES_AT_THE_SECOND, diesAtOnce);
                Httpipe hp = Httpipe.create()) {
            hp.get(server.uri("/1"));
            ConnectionLostException e = assertThrows(ConnectionLostException.class, () -> hp.get(server.uri("/2")));
            assertEquals(0, e.reusedTimes());
            assertTrue(e.safeToRetry());
            assertEquals(3, server.heads().size());
            assertEquals(2, server.connections());
        }
    }

    @Test
    void theSecondAttemptUsesANewConnectionEvenIfOthersAreIdle() throws Exception {
        try (ScriptedServer server =
                        ScriptedServer.of(DIES_AT_THE_SECOND, DIES_AT_THE_SECOND, ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.create()) {
            try (StreamedResponse one = hp.stream(Request.get(server.uri("/1")));
                    StreamedResponse two = hp.stream(Request.get(server.uri("/2")))) {
                assertEquals(200, one.status());
                assertEquals(200, two.status());
            }
            assertEquals(2, server.connections());
            assertEquals("OK", hp.get(server.uri("/3")).text());
            assertEquals(3, server.connections());
        }
    }

    @Test
    void aRequestOnANewConnectionThatIsLostIsNotSentAgain() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(Peer::head, ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.create()) {
            ConnectionLostException e = assertThrows(ConnectionLostException.class, () -> hp.get(server.uri("/")));
            assertTrue(e.safeToRetry());
            assertEquals(1, server.connections());
        }
    }

    @Test
    void afterOneByteOfAResponseNothingIsSentAgain() throws Exception {
        Script oneByte = peer -> {
            peer.head();
            peer.send(OK);
            peer.head();
            peer.send("H");
        };
        try (ScriptedServer server = ScriptedServer.of(oneByte, ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.create()) {
            hp.get(server.uri("/"));
            ConnectionLostException e = assertThrows(ConnectionLostException.class, () -> hp.get(server.uri("/")));
            assertEquals(1, e.bytesReceived());
            assertEquals(1, e.reusedTimes());
            assertEquals(2, server.heads().size());
        }
    }

    @Test
    void afterATimeoutNothingIsSentAgain() throws Exception {
        Signal requestArrived = new Signal();
        Script silent = peer -> {
            peer.head();
            peer.send(OK);
            peer.head();
            requestArrived.set();
            peer.awaitClose();
        };
        try (ScriptedServer server = ScriptedServer.of(silent, ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.create()) {
            hp.get(server.uri("/"));
            Request impatient = Request.get(server.uri("/")).timeouts(Timeouts.DEFAULT.read(Duration.ofMillis(30)));
            TimedOutException e = assertThrows(TimedOutException.class, () -> hp.request(impatient));
            assertEquals(1, e.reusedTimes());
            assertTrue(e.safeToRetry());
            requestArrived.await();
            assertEquals(2, server.heads().size());
        }
    }

    @Test
    void afterAMalformedResponseNothingIsSentAgain() throws Exception {
        Script garbage = peer -> {
            peer.head();
            peer.send(OK);
            peer.head();
            peer.send("!");
            peer.awaitClose();
        };
        try (ScriptedServer server = ScriptedServer.of(garbage, ScriptedServer.inTurn(OK));
                Httpipe hp = Httpipe.create()) {
            hp.get(server.uri("/"));
            assertThrows(MalformedResponseException.class, () -> hp.get(server.uri("/")));
            assertEquals(2, server.heads().size());
        }
    }

    @Test
    void aFailedConnectLeavesTheBodyUnread() throws Exception {
        InputStream in = new ByteArrayInputStream(new byte[] {'x'});
        try (ClosedPort nobody = new ClosedPort();
                Httpipe hp = Httpipe.create()) {
            Request post =
                    Request.post("http://127.0.0.1:" + nobody.port() + "/").body(Body.of(in));
            assertTrue(assertThrows(ConnectFailedException.class, () -> hp.request(post))
                    .safeToRetry());
        }
        assertEquals('x', in.read());
    }
}
