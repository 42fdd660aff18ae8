package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ClosedPort;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.RequestRecorder;
import io.httpipe.testing.Servers;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Threads;
import io.httpipe.testing.Transports;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One end of a pipe fails. Both ends are closed, and the error names the one that failed. */
@Timeout(60)
class PipeFailureTest {
    private static final String TOO_LARGE = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig";
    private static final long BOUND = TimeUnit.SECONDS.toNanos(2);

    /** Sends the head and a few bytes of the body, then nothing until the client closes. */
    private static Script silent(Signal closed) {
        return peer -> {
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
            peer.awaitClose();
            closed.set();
        };
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\nhello",
                "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\nhello",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nxyz\r\n"
            })
    void b26_theErrorNamesASourceThatFailsMidwayAndTheDestinationSeesACutBody(String answer) throws Exception {
        RequestRecorder recorder = new RequestRecorder();
        try (ScriptedServer source = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send(answer);
                });
                ScriptedServer destination = ScriptedServer.of(recorder);
                Httpipe hp = Httpipe.create()) {
            Pipe pipe = hp.stream(Request.get(source.uri("/"))).pipe();
            Request put = Request.put(destination.uri("/"));
            RequestBodyException e = assertThrows(RequestBodyException.class, () -> pipe.request(put));
            assertEquals(Servers.endpoint(destination), e.endpoint());
            HttpipeException cause = assertInstanceOf(HttpipeException.class, e.getCause());
            assertEquals(Servers.endpoint(source), cause.endpoint());
            assertEquals(Phase.RESPONSE_BODY, cause.phase());
            assertTrue(e.getMessage().contains(Servers.endpoint(source).toString()), e.getMessage());
            String received = recorder.received();
            assertTrue(received.isEmpty() || received.contains("hello"), received);
            assertFalse(received.endsWith("0\r\n\r\n"), received);
        }
    }

    @Test
    void b26_theErrorNamesASourceThatTimesOut() throws Exception {
        RequestRecorder recorder = new RequestRecorder();
        Signal closed = new Signal();
        try (ScriptedServer source = ScriptedServer.of(silent(closed));
                ScriptedServer destination = ScriptedServer.of(recorder);
                Httpipe hp = Httpipe.create()) {
            Timeouts quick = Timeouts.DEFAULT.read(Duration.ofSeconds(1));
            Pipe pipe = hp.stream(Request.get(source.uri("/")).timeouts(quick)).pipe();
            RequestBodyException e =
                    assertThrows(RequestBodyException.class, () -> pipe.request(Request.put(destination.uri("/"))));
            TimedOutException cause = assertInstanceOf(TimedOutException.class, e.getCause());
            assertEquals(Servers.endpoint(source), cause.endpoint());
            assertTrue(recorder.received().endsWith("5\r\nhello\r\n"));
            closed.await();
        }
    }

    @Test
    void b26_theErrorNamesASourceThatExceedsItsMaxSize() throws Exception {
        Signal closed = new Signal();
        try (ScriptedServer source = ScriptedServer.of(silent(closed));
                ScriptedServer destination = ScriptedServer.of(new RequestRecorder());
                Httpipe hp = Httpipe.create()) {
            Pipe pipe = hp.stream(Request.get(source.uri("/")).maxBodySize(4)).pipe();
            RequestBodyException e =
                    assertThrows(RequestBodyException.class, () -> pipe.request(Request.put(destination.uri("/"))));
            assertInstanceOf(BodyTooLargeException.class, e.getCause());
            closed.await();
        }
    }

    @Test
    void b19_anUnreachableDestinationClosesTheSource() throws Exception {
        Signal closed = new Signal();
        try (ClosedPort nobody = new ClosedPort();
                ScriptedServer source = ScriptedServer.of(PipeTest.endless(closed));
                Httpipe hp = Httpipe.create()) {
            Pipe pipe = hp.stream(Request.get(source.uri("/"))).pipe();
            ConnectFailedException e = assertThrows(
                    ConnectFailedException.class,
                    () -> pipe.request(Request.put("http://127.0.0.1:" + nobody.port() + "/")));
            assertEquals(Endpoint.of("127.0.0.1", nobody.port()), e.endpoint());
            closed.await();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5})
    void theDeadlineOfThePipeEndsTheWaitForASilentSource(int bytesSent) throws Exception {
        Signal sourceClosed = new Signal();
        Signal destinationClosed = new Signal();
        try (ScriptedServer source = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n" + "x".repeat(bytesSent));
                    peer.awaitClose();
                    sourceClosed.set();
                });
                ScriptedServer destination = ScriptedServer.of(peer -> {
                    peer.awaitClose();
                    destinationClosed.set();
                });
                Httpipe hp = Httpipe.create()) {
            Pipe pipe = hp.stream(Request.get(source.uri("/"))).pipe();
            Request put = Request.put(destination.uri("/")).timeout(Duration.ofSeconds(1));
            long start = System.nanoTime();
            TimedOutException e = assertThrows(TimedOutException.class, () -> pipe.request(put));
            assertTrue(System.nanoTime() - start < BOUND);
            assertTrue(e.getMessage().startsWith("exceeded the deadline of "), e.getMessage());
            assertEquals(Servers.endpoint(destination), e.endpoint());
            assertFalse(e.safeToRetry(), "the source cannot be read again, whether or not anything was sent");
            sourceClosed.await();
            destinationClosed.await();
        }
    }

    @ParameterizedTest
    @EnumSource(Transports.class)
    void b19_theErrorNamesADestinationThatClosesAndTheSourceIsClosed(Transports transport) throws Exception {
        Signal closed = new Signal();
        try (ScriptedServer source = transport.server(PipeTest.endless(closed));
                ScriptedServer destination = transport.server(peer -> {
                    peer.head();
                    peer.body(100_000);
                });
                Httpipe hp = transport.client().build()) {
            Pipe pipe = hp.stream(Transports.request("GET", source)).pipe();
            HttpipeException e =
                    assertThrows(HttpipeException.class, () -> pipe.request(Transports.request("PUT", destination)));
            assertEquals(Servers.endpoint(destination), e.endpoint());
            assertFalse(e instanceof RequestBodyException, e::toString);
            closed.await();
        }
    }

    @Test
    void b19_theErrorNamesADestinationThatSendsAMalformedResponseAndTheSourceIsClosed() throws Exception {
        Signal closed = new Signal();
        try (ScriptedServer source = ScriptedServer.of(PipeTest.endless(closed));
                ScriptedServer destination = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send("nonsense\r\n");
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.create()) {
            Pipe pipe = hp.stream(Request.get(source.uri("/"))).pipe();
            MalformedResponseException e = assertThrows(
                    MalformedResponseException.class, () -> pipe.request(Request.put(destination.uri("/"))));
            assertEquals(Servers.endpoint(destination), e.endpoint());
            closed.await();
        }
    }

    @ParameterizedTest
    @EnumSource(Transports.class)
    void b26_anEarlyResponseOfTheDestinationIsReturnedAndTheSourceIsClosed(Transports transport) throws Exception {
        Signal closed = new Signal();
        Signal done = new Signal();
        try (ScriptedServer source = transport.server(PipeTest.endless(closed));
                ScriptedServer destination = transport.server(peer -> {
                    peer.head();
                    peer.body(65_536);
                    peer.send(TOO_LARGE);
                    done.await();
                });
                Httpipe hp = transport.client().build()) {
            Pipe pipe = hp.stream(Transports.request("GET", source)).pipe();
            long start = System.nanoTime();
            Response response = pipe.request(Transports.request("PUT", destination));
            assertTrue(System.nanoTime() - start < BOUND);
            assertEquals(413, response.status());
            assertEquals("big", response.text());
            closed.await();
            done.set();
        }
    }

    @ParameterizedTest
    @EnumSource(Transports.class)
    void b26_anEarlyResponseIsReturnedWhileTheSourceIsSilent(Transports transport) throws Exception {
        Signal closed = new Signal();
        Signal done = new Signal();
        try (ScriptedServer source = transport.server(silent(closed));
                ScriptedServer destination = transport.server(peer -> {
                    peer.head();
                    peer.body(10);
                    peer.send(TOO_LARGE);
                    done.await();
                });
                Httpipe hp = transport.client().build()) {
            for (Threads threads : Threads.values()) {
                long start = System.nanoTime();
                Response response = threads.call(() -> hp.stream(Transports.request("GET", source))
                        .pipe()
                        .request(Transports.request("PUT", destination)));
                assertTrue(System.nanoTime() - start < BOUND);
                assertEquals("big", response.text());
            }
            closed.await();
            done.set();
        }
    }

    @Test
    void b26_theLossOfTheDestinationEndsThePipeWhileTheSourceIsSilent() throws Exception {
        Signal closed = new Signal();
        try (ScriptedServer source = ScriptedServer.of(silent(closed));
                ScriptedServer destination = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.body(10);
                });
                Httpipe hp = Httpipe.create()) {
            Pipe pipe = hp.stream(Request.get(source.uri("/"))).pipe();
            ConnectionLostException e =
                    assertThrows(ConnectionLostException.class, () -> pipe.request(Request.put(destination.uri("/"))));
            assertEquals(Servers.endpoint(destination), e.endpoint());
            closed.await();
        }
    }

    /** The request to the source could be repeated, but not the one to the destination, which has received a part. */
    @ParameterizedTest
    @EnumSource
    void aPipeCancelledWhileTheSourceIsSilentIsNotSafeToRetry(Threads threads) throws Exception {
        Signal closed = new Signal();
        Signal started = new Signal();
        try (ScriptedServer source = ScriptedServer.of(silent(closed));
                ScriptedServer destination = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.body(10);
                    started.set();
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.create()) {
            Pipe pipe = hp.stream(Request.get(source.uri("/"))).pipe();
            FutureTask<CancelledException> piping = new FutureTask<>(() ->
                    assertThrows(CancelledException.class, () -> pipe.request(Request.post(destination.uri("/")))));
            Thread thread = threads.start(piping);
            started.await();
            Threads.awaitWaiting(thread, "Http1Conversation.readBody SocketTransport.read");
            thread.interrupt();
            CancelledException e = piping.get(20, TimeUnit.SECONDS);
            assertEquals(Servers.endpoint(source), e.endpoint());
            assertEquals(Phase.RESPONSE_BODY, e.phase());
            assertFalse(e.safeToRetry());
            closed.await();
        }
    }

    @Test
    void aTimeoutSetOnThePipeAppliesToTheDestination() throws Exception {
        Signal closed = new Signal();
        Signal done = new Signal();
        try (ScriptedServer source = ScriptedServer.of(PipeTest.endless(closed), PipeTest.endless(new Signal()));
                ScriptedServer destination = ScriptedServer.of(peer -> {
                    peer.head();
                    done.await();
                });
                Httpipe hp = Httpipe.create()) {
            Request get = Request.get(source.uri("/"));
            Request put = Request.put(destination.uri("/"));
            Timeouts ofPipe = Timeouts.DEFAULT.send(Duration.ofMillis(110));
            Pipe pipe = hp.stream(get).pipe().timeouts(ofPipe);
            TimedOutException e = assertThrows(TimedOutException.class, () -> pipe.request(put));
            assertTrue(e.getMessage().contains("send timeout of 110 ms"), e.getMessage());
            assertEquals(Servers.endpoint(destination), e.endpoint());
            closed.await();

            Timeouts own = Timeouts.DEFAULT.send(Duration.ofMillis(120));
            Pipe other = hp.stream(get).pipe().timeouts(ofPipe);
            TimedOutException f = assertThrows(TimedOutException.class, () -> other.request(put.timeouts(own)));
            assertTrue(f.getMessage().contains("send timeout of 120 ms"), f.getMessage());
            done.set();
        }
    }
}
