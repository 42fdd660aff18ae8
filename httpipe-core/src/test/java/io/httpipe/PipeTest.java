package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.ScriptedServer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The body of one response becomes that of the next request. */
@Timeout(30)
class PipeTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nOK\n";
    private static final String HELLO = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    private static final String CHUNKED_HELLO = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "3\r\nhel\r\n2\r\nlo\r\n0\r\nX-Sum: 5d41\r\nContent-Type: evil\r\n\r\n";

    /** Takes one request whose body is all that comes up to this end, and answers it. */
    private static ScriptedServer taking(String end, CompletableFuture<String> taken) throws Exception {
        return ScriptedServer.of(peer -> {
            StringBuilder all = new StringBuilder(peer.head());
            while (all.indexOf(end) < 0) {
                all.append((char) peer.read());
            }
            taken.complete(all.toString());
            peer.send(OK);
        });
    }

    /** Sends this much, then keeps the connection open until the client closes it. */
    private static ScriptedServer unfinished(String response, CountDownLatch closed) throws Exception {
        return ScriptedServer.of(peer -> {
            peer.head();
            peer.send(response);
            peer.awaitClose();
            closed.countDown();
        });
    }

    @Test
    void carriesTheLengthOver() throws Exception {
        CompletableFuture<String> taken = new CompletableFuture<>();
        try (ScriptedServer source = ScriptedServer.answering(HELLO);
                ScriptedServer target = taking("hello", taken);
                Httpipe hp = Httpipe.create();
                StreamedResponse response = hp.stream(Request.get(source.uri("/")))) {
            assertEquals(
                    "OK\n",
                    response.pipe().request(Request.post(target.uri("/in"))).text());
            assertTrue(taken.get().startsWith("POST /in HTTP/1.1\r\n"));
            assertTrue(taken.get().contains("\r\nContent-Length: 5\r\n"), taken.get());
            assertFalse(taken.get().contains("Transfer-Encoding"), taken.get());
        }
    }

    @Test
    void sendsChunksAndTheTrailersThatMayBeSentOnWhereTheLengthIsUnknown() throws Exception {
        CompletableFuture<String> taken = new CompletableFuture<>();
        try (ScriptedServer source = ScriptedServer.answering(CHUNKED_HELLO);
                ScriptedServer target = taking("X-Sum: 5d41\r\n\r\n", taken);
                Httpipe hp = Httpipe.create();
                StreamedResponse response = hp.stream(Request.get(source.uri("/")))) {
            assertEquals(
                    "OK\n",
                    response.pipe().request(Request.post(target.uri("/"))).text());
            String sent = taken.get();
            assertTrue(sent.contains("\r\nTransfer-Encoding: chunked\r\n"), sent);
            assertFalse(sent.contains("Content-Length"), sent);
            String body = sent.substring(sent.indexOf("\r\n\r\n") + 4);
            assertEquals("hello", body.replaceAll("(?s)0\r\nX-Sum.*", "").replaceAll("[0-9A-F]+\r\n|\r\n", ""));
            assertTrue(body.endsWith("0\r\nX-Sum: 5d41\r\n\r\n"), body);
        }
    }

    @Test
    void chainsThreeRequestsAndMore() throws Exception {
        CompletableFuture<String> taken = new CompletableFuture<>();
        ScriptedServer.Script upperCase = peer -> {
            String head = peer.head();
            assertTrue(head.contains("Content-Length: 5\r\n"), head);
            String body = peer.body(5);
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + Character.toUpperCase(body.charAt(0))
                    + body.substring(1));
        };
        try (ScriptedServer source = ScriptedServer.answering(HELLO);
                ScriptedServer first = ScriptedServer.of(upperCase);
                ScriptedServer second = ScriptedServer.of(upperCase);
                ScriptedServer last = taking("Hello", taken);
                Httpipe hp = Httpipe.create();
                StreamedResponse zero = hp.stream(Request.get(source.uri("/")));
                StreamedResponse one = zero.pipe().stream(Request.post(first.uri("/")));
                StreamedResponse two = one.pipe().stream(Request.post(second.uri("/")))) {
            assertEquals("OK\n", two.pipe().request(Request.put(last.uri("/"))).text());
            assertTrue(taken.get().endsWith("\r\n\r\nHello"));
            assertEquals(0, hp.stats().stream().mapToInt(RouteStats::leased).sum());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HEAD 200", "GET 204", "GET 304"})
    void b26_aSourceThatHasNoBodyGivesAnEmptyOne(String methodAndStatus) throws Exception {
        String method = methodAndStatus.substring(0, methodAndStatus.indexOf(' '));
        String status = methodAndStatus.substring(methodAndStatus.indexOf(' ') + 1);
        String length = status.equals("204") ? "" : "Content-Length: 5\r\n";
        try (ScriptedServer source = ScriptedServer.answering("HTTP/1.1 " + status + " X\r\n" + length + "\r\n");
                ScriptedServer target = ScriptedServer.answering(OK);
                Httpipe hp = Httpipe.create();
                StreamedResponse response = hp.stream(Request.of(method, source.uri("/")))) {
            assertEquals(
                    "OK\n",
                    response.pipe().request(Request.post(target.uri("/"))).text());
            String head = target.heads().getFirst();
            assertTrue(head.contains("\r\nContent-Length: 0\r\n"), head);
        }
    }

    @Test
    void b26_aSourceThatBreaksOffIsNamedAndTheTargetSeesNoProperEnd() throws Exception {
        CompletableFuture<String> seen = new CompletableFuture<>();
        ScriptedServer.Script breaking = peer -> {
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n");
        };
        ScriptedServer.Script target = peer -> {
            StringBuilder all = new StringBuilder(peer.head());
            for (int octet = peer.read(); octet >= 0; octet = peer.read()) {
                all.append((char) octet);
            }
            seen.complete(all.toString());
        };
        try (ScriptedServer source = ScriptedServer.of(breaking);
                ScriptedServer sink = ScriptedServer.of(target);
                Httpipe hp = Httpipe.create();
                StreamedResponse response = hp.stream(Request.get(source.uri("/")))) {
            RequestBodyException e = assertThrows(
                    RequestBodyException.class, () -> response.pipe().request(Request.post(sink.uri("/"))));
            assertEquals(sink.port(), ((Endpoint.Tcp) e.endpoint()).port());
            ConnectionLostException cause = assertInstanceOf(ConnectionLostException.class, e.getCause());
            assertEquals(source.port(), ((Endpoint.Tcp) cause.endpoint()).port());
            assertEquals(Phase.BODY, cause.phase());
            assertFalse(seen.get(10, TimeUnit.SECONDS).contains("0\r\n\r\n"));
            assertEquals(0, hp.stats().size(), "both connections are closed");
        }
    }

    @Test
    void b26_aTargetThatRefusesTheConnectionClosesTheSource() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        int deadPort;
        try (ServerSocket dead = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            deadPort = dead.getLocalPort();
        }
        try (ScriptedServer source = unfinished("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhel", closed);
                Httpipe hp = Httpipe.create()) {
            StreamedResponse response = hp.stream(Request.get(source.uri("/")));
            ConnectFailedException e = assertThrows(
                    ConnectFailedException.class,
                    () -> response.pipe().request(Request.post("http://127.0.0.1:" + deadPort + "/")));
            assertEquals(deadPort, ((Endpoint.Tcp) e.endpoint()).port());
            assertTrue(closed.await(10, TimeUnit.SECONDS));
        }
    }

    @Test
    void b26_anEarlyAnswerOfTheTargetIsReturnedAndTheSourceClosed() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        ScriptedServer.Script tooLarge = peer -> {
            peer.head();
            peer.send("HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n");
            peer.awaitClose();
        };
        try (ScriptedServer source = unfinished("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nhel", closed);
                ScriptedServer target = ScriptedServer.of(tooLarge);
                Httpipe hp = Httpipe.create()) {
            StreamedResponse response = hp.stream(Request.get(source.uri("/")));
            assertEquals(
                    413, response.pipe().request(Request.post(target.uri("/"))).status());
            assertTrue(closed.await(10, TimeUnit.SECONDS));
        }
    }

    @Test
    void hasTimeoutsOfItsOwn() throws Exception {
        try (ScriptedServer source = ScriptedServer.answering(HELLO);
                ScriptedServer silent = ScriptedServer.of(ScriptedServer.Peer::awaitClose);
                Httpipe hp = Httpipe.create();
                StreamedResponse response = hp.stream(Request.get(source.uri("/")))) {
            Pipe pipe = response.pipe().timeouts(Timeouts.of(Duration.ofMillis(200)));
            TimedOutException e =
                    assertThrows(TimedOutException.class, () -> pipe.request(Request.post(silent.uri("/"))));
            assertTrue(e.getMessage().contains("200 ms"), e.getMessage());
            assertEquals(silent.port(), ((Endpoint.Tcp) e.endpoint()).port());
        }
    }

    @Test
    void refusesARequestThatHasABodyOfItsOwnAndClosesTheSource() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        try (ScriptedServer source = unfinished("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nhel", closed);
                Httpipe hp = Httpipe.create()) {
            StreamedResponse response = hp.stream(Request.get(source.uri("/")));
            IllegalArgumentException e = assertThrows(
                    IllegalArgumentException.class,
                    () -> response.pipe().request(Request.post(source.uri("/")).body("own")));
            assertTrue(e.getMessage().startsWith("request: "), e.getMessage());
            assertTrue(closed.await(10, TimeUnit.SECONDS));
        }
    }

    @Test
    void refusesHttp10WhereTheLengthIsUnknownBeforeAnythingIsSent() throws Exception {
        try (ScriptedServer source = ScriptedServer.answering(CHUNKED_HELLO);
                ScriptedServer target = ScriptedServer.answering(OK);
                Httpipe hp = Httpipe.create();
                StreamedResponse response = hp.stream(Request.get(source.uri("/")))) {
            Request old = Request.post(target.uri("/")).version(Version.HTTP_1_0);
            assertThrows(IllegalArgumentException.class, () -> response.pipe().request(old));
            assertEquals(0, target.heads().size());
        }
    }

    @Test
    void anInterruptCancelsTheCallAndClosesBothEnds() throws Exception {
        CountDownLatch sourceClosed = new CountDownLatch(1);
        CountDownLatch targetClosed = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(1);
        ScriptedServer.Script target = peer -> {
            peer.head();
            begun.countDown();
            peer.awaitClose();
            targetClosed.countDown();
        };
        try (ScriptedServer source = unfinished("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nhel", sourceClosed);
                ScriptedServer sink = ScriptedServer.of(target);
                Httpipe hp = Httpipe.create()) {
            CompletableFuture<Throwable> failure = new CompletableFuture<>();
            Thread caller = Thread.ofVirtual().start(() -> {
                try (StreamedResponse response = hp.stream(Request.get(source.uri("/")))) {
                    response.pipe().request(Request.post(sink.uri("/")));
                    failure.complete(new AssertionError("the call came back"));
                } catch (Throwable e) {
                    failure.complete(Thread.currentThread().isInterrupted() ? e : new AssertionError("no flag", e));
                }
            });
            assertTrue(begun.await(10, TimeUnit.SECONDS));
            caller.interrupt();
            assertInstanceOf(CancelledException.class, failure.get(10, TimeUnit.SECONDS));
            assertTrue(sourceClosed.await(10, TimeUnit.SECONDS));
            assertTrue(targetClosed.await(10, TimeUnit.SECONDS));
        }
    }
}
