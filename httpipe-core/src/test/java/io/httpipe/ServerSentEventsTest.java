package io.httpipe;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Encodings;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Threads;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Events and lines as they arrive, and events over several connections. */
@Timeout(30)
class ServerSentEventsTest {
    private static final String HEAD =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream;charset=utf-8\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";

    private static final String END = "0\r\n\r\n";

    /** Makes the random part of each wait 0. */
    private static final RandomGenerator NO_JITTER = () -> 0;

    private static String chunk(String data) {
        return Integer.toHexString(data.length()) + "\r\n" + data + "\r\n";
    }

    private static Script sending(String... pieces) {
        return peer -> {
            if (peer.nextHead() != null) {
                for (String piece : pieces) {
                    peer.send(piece);
                }
            }
        };
    }

    private static ServerSentEvents open(Httpipe hp, Request request) throws HttpipeException {
        return ServerSentEvents.of(new EventSource(hp, request, Duration.ofSeconds(20), NO_JITTER));
    }

    private static List<String> rest(ServerSentEvents events) {
        List<String> all = new ArrayList<>();
        for (ServerSentEvent event : events) {
            all.add(event.data());
        }
        return all;
    }

    @Test
    void eachEventIsReturnedAsSoonAsItHasArrived() throws Exception {
        Signal first = new Signal();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send(HEAD + chunk("event: x\nid: 7\ndata: a\n") + chunk("\ndata: b"));
                    first.await();
                    peer.send(chunk("c\n\n") + END);
                });
                Httpipe hp = Httpipe.create();
                StreamedResponse response = hp.stream(Request.get(server.uri("/")))) {
            ServerSentEvents events = response.events();
            assertEquals(new ServerSentEvent("x", "a", "7"), events.next());
            first.set();
            assertEquals(new ServerSentEvent("message", "bc", "7"), events.next());
            assertNull(events.next());
            assertNull(events.next());
            assertEquals("7", events.lastEventId());
        }
    }

    /** The stream of an interceptor can end before the body of the response. */
    @Test
    void aReplacedBodyIsClosedBeforeTheNextConnection() throws Exception {
        AtomicInteger open = new AtomicInteger();
        Interceptor replacing = (request, next) -> {
            StreamedResponse response = next.proceed(request);
            if (response.status() == 204) {
                return response;
            }
            assertEquals(1, open.incrementAndGet());
            return response.withBody(new ByteArrayInputStream("data: a\n\n".getBytes(StandardCharsets.UTF_8)) {
                @Override
                public void close() {
                    open.decrementAndGet();
                }
            });
        };
        Script waiting = peer -> {
            peer.head();
            peer.send(HEAD);
            peer.awaitClose();
        };
        Script end = sending("HTTP/1.1 204 x\r\nConnection: close\r\n\r\n");
        try (ScriptedServer server = ScriptedServer.of(waiting, waiting, end);
                Httpipe hp = Httpipe.builder().intercept(replacing).build();
                ServerSentEvents events = open(hp, Request.get(server.uri("/")))) {
            assertEquals(List.of("a", "a"), rest(events));
            assertEquals(0, open.get());
            assertEquals(List.of(), hp.stats());
        }
    }

    @Test
    void linesAreReturnedAsTheyArrive() throws Exception {
        Signal first = new Signal();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send("HTTP/1.1 200 OK\r\n\r\n{}\r\n\n[\u00c3");
                    first.await();
                    peer.send("\u00a4]\n last\r");
                });
                Httpipe hp = Httpipe.create();
                StreamedResponse response = hp.stream(Request.get(server.uri("/")))) {
            Iterable<String> all = response.lines();
            Iterator<String> lines = all.iterator();
            assertEquals("{}", lines.next());
            assertEquals("", lines.next());
            first.set();
            assertEquals("[\u00e4]", lines.next());
            assertEquals(" last\r", lines.next(), "only a line feed ends a line");
            assertFalse(lines.hasNext());
            assertThrows(IllegalStateException.class, all::iterator);
        }
    }

    @Test
    void eventsAndLinesHaveALimit() throws Exception {
        String large = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + "x".repeat(100);
        try (ScriptedServer server = ScriptedServer.of(sending(large));
                Httpipe hp =
                        Httpipe.builder().limits(Limits.DEFAULT.eventBytes(99)).build()) {
            Request get = Request.get(server.uri("/"));
            UncheckedIOException lines = assertThrows(
                    UncheckedIOException.class,
                    () -> hp.stream(get).lines().iterator().hasNext());
            MalformedResponseException e = assertInstanceOf(MalformedResponseException.class, lines.getCause());
            assertTrue(
                    e.getMessage().startsWith("a line has more than the 99 bytes of Limits.eventBytes while"),
                    e.getMessage());
            MalformedResponseException events = assertThrows(
                    MalformedResponseException.class,
                    () -> hp.stream(get).events().next());
            assertTrue(events.getMessage().startsWith("an event has more than the 99 bytes"), events.getMessage());
            assertEquals(0, hp.stats().stream().mapToInt(RouteStats::leased).sum());
        }
    }

    @Test
    void aCompressedBodyHasNoEventsAndLines() {
        StreamedResponse response = StreamedResponse.of(Response.of(200).withHeader("Content-Encoding", "gzip"));
        assertThrows(IllegalStateException.class, response::events);
        assertEquals(
                "the body has Content-Encoding: \"gzip\", which lines() does not decode; see Decoding",
                assertThrows(IllegalStateException.class, response::lines).getMessage());
    }

    @Test
    void theClientConnectsAgainWithTheLastId() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(
                        sending(HEAD, chunk("id: \u00c3\u00a4 1\ndata: a\nretry: 1\n\nid: 2\ndata: lost\n")),
                        sending(HEAD, chunk("data: b\n\n"), END),
                        sending(HEAD, chunk("id\ndata: c\n\n"), END),
                        sending("HTTP/1.1 204 No Content\r\n\r\n"));
                Httpipe hp = Httpipe.create();
                ServerSentEvents events = open(hp, Request.get(server.uri("/")))) {
            assertEquals(List.of("a", "b", "c"), rest(events));
            List<String> heads = server.heads();
            assertEquals(4, heads.size());
            assertTrue(heads.getFirst().contains("\r\nAccept: text/event-stream\r\n"), heads.getFirst());
            assertTrue(heads.getFirst().contains("\r\nCache-Control: no-store\r\n"), heads.getFirst());
            assertFalse(heads.getFirst().contains("Last-Event-ID"), heads.getFirst());
            assertTrue(heads.get(1).contains("\r\nLast-Event-ID: \u00c3\u00a4 1\r\n"), heads.get(1));
            assertTrue(heads.get(2).contains("\r\nLast-Event-ID: \u00c3\u00a4 1\r\n"), heads.get(2));
            assertFalse(heads.get(3).contains("Last-Event-ID"), heads.get(3));
            assertEquals(0, hp.stats().stream().mapToInt(RouteStats::leased).sum());
        }
    }

    @Test
    void theLastIdOfTheCallerIsSentUntilTheServerHasSentOne() throws Exception {
        String none = "id: \0\ndata: a\n\nid: lost\ndata: lost\n";
        try (ScriptedServer server = ScriptedServer.of(
                        sending(HEAD, chunk(none), END),
                        sending(HEAD, chunk("data: a\n\n"), END),
                        sending(HEAD, chunk("id: 7\ndata: b\n\n"), END),
                        sending(HEAD, chunk("id\ndata: c\n\n"), END),
                        sending(HEAD, chunk("data: d\n\n"), END),
                        sending("HTTP/1.1 204 No Content\r\n\r\n"));
                Httpipe hp = Httpipe.create();
                ServerSentEvents events = open(hp, Request.get(server.uri("/")).header("Last-Event-ID", "own"))) {
            assertEquals(List.of("a", "a", "b", "c", "d"), rest(events));
            List<String> heads = server.heads();
            for (String head : heads.subList(0, 3)) {
                assertTrue(head.contains("\r\nLast-Event-ID: own\r\n"), head);
            }
            assertTrue(heads.get(3).contains("\r\nLast-Event-ID: 7\r\n"), heads.get(3));
            assertFalse(heads.get(4).contains("Last-Event-ID"), heads.get(4));
            assertFalse(heads.get(5).contains("Last-Event-ID"), heads.get(5));
        }
    }

    /** Even if the first ID is an empty one. */
    @Test
    void anEmptyIdReplacesThatOfTheCaller() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(
                        sending(HEAD, chunk("id\n\n"), END), sending("HTTP/1.1 204 No Content\r\n\r\n"));
                Httpipe hp = Httpipe.create();
                ServerSentEvents events = open(hp, Request.get(server.uri("/")).header("Last-Event-ID", "own"))) {
            assertEquals(List.of(), rest(events));
            assertEquals(2, server.heads().size());
            assertFalse(server.heads().getLast().contains("Last-Event-ID"));
        }
    }

    @Test
    void aConnectionThatCannotBeOpenedAgainIsTriedAgain() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(
                        sending(HEAD, chunk("data: a\n\n")),
                        Peer::head,
                        Peer::head,
                        sending(HEAD, chunk("data: b\n\n"), END),
                        sending("HTTP/1.1 204 No Content\r\n\r\n"));
                Httpipe hp = Httpipe.create();
                ServerSentEvents events = open(hp, Request.get(server.uri("/")))) {
            assertEquals(List.of("a", "b"), rest(events));
            assertEquals(5, server.connections());
        }
    }

    @Test
    void theFirstConnectionMustSucceed() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(Peer::head);
                Httpipe hp = Httpipe.create()) {
            assertThrows(ConnectionLostException.class, () -> hp.events(Request.get(server.uri("/"))));
            assertEquals(1, server.connections());
        }
    }

    @ParameterizedTest
    @CsvSource({"404", "500", "201", "301"})
    void anotherStatusThan200EndsTheEvents(int status) throws Exception {
        String answer = "HTTP/1.1 %d x\r\nContent-Length: 3\r\n\r\nwhy".formatted(status);
        try (ScriptedServer server =
                        ScriptedServer.of(sending(answer), sending(HEAD, chunk("data: a\n\n")), sending(answer));
                Httpipe hp = Httpipe.create()) {
            Request get = Request.get(server.uri("/"));
            StatusException e = assertThrows(StatusException.class, () -> hp.events(get));
            assertEquals(status, e.status());
            assertEquals("why", e.response().text());
            try (ServerSentEvents events = open(hp, get)) {
                assertNotNull(events.next());
                assertEquals(
                        status,
                        assertThrows(StatusException.class, events::next).status());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"'Content-Type: text/html\r\n', '\"text/html\"'", "'', missing"})
    void anotherContentTypeEndsTheEvents(String field, String shown) throws Exception {
        String fields = field.replace("\\r\\n", "\r\n");
        try (ScriptedServer server =
                        ScriptedServer.of(sending("HTTP/1.1 200 x\r\n" + fields + "Content-Length: 3\r\n\r\nwhy"));
                Httpipe hp = Httpipe.create()) {
            MalformedResponseException e =
                    assertThrows(MalformedResponseException.class, () -> hp.events(Request.get(server.uri("/"))));
            assertTrue(
                    e.getMessage().startsWith("the Content-Type is " + shown + ", not text/event-stream"),
                    e.getMessage());
            assertEquals(List.of(), hp.stats());
        }
    }

    @Test
    void aContentEncodingThatIsNotDecodedIsRefused() throws Exception {
        String coded = HEAD.replace("Connection", "Content-Encoding: gzip\r\nConnection");
        String gzip = chunk(new String(Encodings.gzip(Encodings.bytes("data: a\n\n")), ISO_8859_1));
        // The first response goes out in one write, because the client closes after the head.
        try (ScriptedServer server = ScriptedServer.of(
                        sending(coded + gzip + END),
                        sending(coded, gzip, END),
                        sending(HEAD, chunk("data: b\n\n"), END));
                Httpipe hp = Httpipe.create()) {
            Request get = Request.get(server.uri("/"));
            IllegalStateException e = assertThrows(IllegalStateException.class, () -> hp.events(get));
            assertEquals(
                    "the body has Content-Encoding: \"gzip\", which events() does not decode; see Decoding",
                    e.getMessage());
            assertEquals(List.of(), hp.stats());
            try (ServerSentEvents events = open(hp, get.decoding(Decoding.ON))) {
                assertEquals("a", events.next().data());
                assertEquals("b", events.next().data());
            }
        }
    }

    @Test
    void aPostIsSentOnce() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(
                        sending(HEAD, chunk("data: a\n\n"), END), sending(HEAD, chunk("data: b\n\n")));
                Httpipe hp = Httpipe.create()) {
            Request post = Request.post(server.uri("/")).body("x");
            try (ServerSentEvents events = open(hp, post)) {
                assertEquals(List.of("a"), rest(events));
            }
            try (ServerSentEvents events = open(hp, post)) {
                assertNotNull(events.next());
                assertThrows(ConnectionLostException.class, events::next);
            }
            assertEquals(2, server.connections());
        }
    }

    @Test
    void aSilentConnectionIsReplaced() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(
                        peer -> {
                            peer.head();
                            peer.send(HEAD + chunk("data: a\n\n"));
                            peer.awaitClose();
                        },
                        sending("HTTP/1.1 204 No Content\r\n\r\n"));
                Httpipe hp = Httpipe.create();
                ServerSentEvents events = ServerSentEvents.of(
                        new EventSource(hp, Request.get(server.uri("/")), Duration.ofSeconds(1), NO_JITTER))) {
            assertEquals(List.of("a"), rest(events));
            assertEquals(2, server.connections());
        }
    }

    @Test
    void compressedEventsWithoutTheirEndAreContinued() throws Exception {
        Body body = Body.gzip(Body.writing(out -> {
            out.write("id: 7\ndata: a\n\n".getBytes(ISO_8859_1));
            out.flush();
        }));
        ByteArrayOutputStream encoded = new ByteArrayOutputStream();
        body.writeTo(encoded);
        // The last ten bytes are the empty last block and the trailer.
        String cut = chunk(encoded.toString(ISO_8859_1).substring(0, encoded.size() - 10));
        try (ScriptedServer server = ScriptedServer.of(
                        sending(HEAD.replace("\r\n\r\n", "\r\nContent-Encoding: gzip\r\n\r\n"), cut, END),
                        sending("HTTP/1.1 204 No Content\r\n\r\n"));
                Httpipe hp = Httpipe.builder().decoding(Decoding.ON).build();
                ServerSentEvents events = open(hp, Request.get(server.uri("/")))) {
            assertEquals(List.of("a"), rest(events));
            assertTrue(server.heads().getLast().contains("\r\nLast-Event-ID: 7\r\n"));
        }
    }

    @Test
    void theDeadlineEndsTheEvents() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send(HEAD + chunk("data: a\n\n"));
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.create();
                ServerSentEvents events = open(hp, Request.get(server.uri("/")).timeout(Duration.ofSeconds(2)))) {
            assertNotNull(events.next());
            TimedOutException e = assertThrows(TimedOutException.class, events::next);
            assertEquals(TimedOutException.Limit.DEADLINE, e.limit());
            assertEquals(1, server.connections());
        }
    }

    @Test
    void aWaitThatWouldOutlastTheDeadlineDoesNotBegin() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(sending(HEAD, chunk("retry: 60000\ndata: a\n\n")));
                Httpipe hp = Httpipe.create();
                ServerSentEvents events = open(hp, Request.get(server.uri("/")).timeout(Duration.ofSeconds(20)))) {
            assertNotNull(events.next());
            TimedOutException e = assertThrows(TimedOutException.class, events::next);
            assertEquals(Phase.PAUSE, e.phase());
            assertTrue(e.getMessage().startsWith("cannot meet the deadline of 20 s"), e.getMessage());
        }
    }

    @Test
    void closingEndsAReadAndAWaitOfAnotherThread() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(sending(HEAD, chunk("retry: 60000\ndata: a\n\n")), peer -> {
                    peer.head();
                    peer.send(HEAD);
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.create()) {
            for (String where : List.of("Waits.until", "SocketTransport.read")) {
                ServerSentEvents events = open(hp, Request.get(server.uri("/")));
                CompletableFuture<CancelledException> outcome = new CompletableFuture<>();
                Thread reader = Thread.ofVirtual()
                        .start(() -> outcome.complete(assertThrows(CancelledException.class, () -> {
                            while (events.next() != null) {
                                continue;
                            }
                        })));
                Threads.awaitWaiting(reader, where);
                events.close();
                assertEquals(
                        CancelledException.Reason.RESPONSE_CLOSED,
                        outcome.get(10, TimeUnit.SECONDS).reason());
                assertThrows(IllegalStateException.class, events::next);
            }
            assertEquals(List.of(), hp.stats());
        }
    }

    @Test
    void closingEndsAnAttemptToConnectAgain() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(sending(HEAD, chunk("data: a\n\n"), END), peer -> {
                    peer.head();
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.create()) {
            ServerSentEvents events = open(hp, Request.get(server.uri("/")));
            assertNotNull(events.next());
            CompletableFuture<CancelledException> outcome = new CompletableFuture<>();
            CompletableFuture<Boolean> flag = new CompletableFuture<>();
            Thread reader = Thread.ofVirtual().start(() -> {
                outcome.complete(assertThrows(CancelledException.class, events::next));
                flag.complete(Thread.interrupted());
            });
            Threads.awaitWaiting(reader, "EventSource.open SocketTransport.read");
            events.close();
            assertEquals(
                    CancelledException.Reason.RESPONSE_CLOSED,
                    outcome.get(10, TimeUnit.SECONDS).reason());
            assertFalse(flag.get(10, TimeUnit.SECONDS), "the thread was not interrupted by anybody else");
            assertEquals(List.of(), hp.stats());
        }
    }

    @Test
    void anInterruptWhileConnectingAgainStaysAnInterrupt() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(sending(HEAD, chunk("data: a\n\n"), END), peer -> {
                    peer.head();
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.create()) {
            ServerSentEvents events = open(hp, Request.get(server.uri("/")));
            assertNotNull(events.next());
            CompletableFuture<CancelledException> outcome = new CompletableFuture<>();
            CompletableFuture<Boolean> flag = new CompletableFuture<>();
            Thread reader = Thread.ofVirtual().start(() -> {
                outcome.complete(assertThrows(CancelledException.class, events::next));
                flag.complete(Thread.interrupted());
            });
            Threads.awaitWaiting(reader, "EventSource.open SocketTransport.read");
            reader.interrupt();
            assertEquals(
                    CancelledException.Reason.INTERRUPT,
                    outcome.get(10, TimeUnit.SECONDS).reason());
            assertTrue(flag.get(10, TimeUnit.SECONDS));
        }
    }

    @Test
    void theJitterGrowsWithEachFailure() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(sending(HEAD, END), sending(HEAD, chunk("data: a\n\n"), END));
                Httpipe hp = Httpipe.create()) {
            List<Long> asked = new ArrayList<>();
            RandomGenerator recorded = () -> {
                asked.add((long) asked.size());
                return 0;
            };
            try (ServerSentEvents events = ServerSentEvents.of(
                    new EventSource(hp, Request.get(server.uri("/")), Duration.ofSeconds(20), recorded))) {
                assertNotNull(events.next());
                assertEquals(1, asked.size(), "the first connection needs no wait");
            }
        }
    }
}
