package io.httpipe.test.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScriptedServerTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    @Test
    void aRouteAnswersAndTheRequestIsRecorded() throws Exception {
        try (ScriptedServer server = ScriptedServer.start().route("GET", "/a", Answer.of(200, "hello"))) {
            assertEquals("hello", Wire.get(server.uri("/a?b")).body());

            RecordedRequest request = server.takeRequest()
                    .assertMethod("GET")
                    .assertTarget("/a?b")
                    .assertBody("");
            assertEquals("/a", request.path());
            assertEquals("b", request.rawQuery());
            server.assertNoMoreRequests();
            server.assertConnections(1);
        }
    }

    @Test
    void theBestRouteWins() throws Exception {
        try (ScriptedServer server = ScriptedServer.start()
                .route("*", "/a/*", Answer.of(200, "prefix"))
                .route("GET", "/a/*", Answer.of(200, "prefix of GET"))
                .route("GET", "/a/b/*", Answer.of(200, "longer"))
                .route("GET", "/a/c", Answer.of(200, "replaced"))
                .route("GET", "/a/c", Answer.of(200, "exact"))
                .route("GET", "/q?x=1", Answer.of(200, "query"))
                .route("*", "*", request -> Answer.of(404, "none for " + request.target()))) {
            assertEquals("prefix", Wire.post(server.uri("/a/c"), "x").body());
            assertEquals("prefix of GET", Wire.get(server.uri("/a/x")).body());
            assertEquals("longer", Wire.get(server.uri("/a/b/x")).body());
            assertEquals("exact", Wire.get(server.uri("/a/c?d")).body());
            assertEquals("query", Wire.get(server.uri("/q?x=1")).body());
            assertEquals("none for /q?x=2", Wire.get(server.uri("/q?x=2")).body());
        }
    }

    @Test
    void aRouteGivesItsAnswersInTurnAndRepeatsTheLast() throws Exception {
        try (ScriptedServer server =
                ScriptedServer.start().route("GET", "/", Answer.of(503), Answer.of(200, "at last"))) {
            assertEquals(503, Wire.get(server.uri("/")).statusCode());
            assertEquals(200, Wire.get(server.uri("/")).statusCode());
            assertEquals(200, Wire.get(server.uri("/")).statusCode());
        }
    }

    @Test
    void theQueueComesBeforeTheFunction() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(request -> Answer.of(200, request.text()))
                .enqueue(Answer.of(200, "first"), Answer.of(200, "second"))) {
            assertEquals("first", Wire.post(server.uri("/"), "echo").body());
            assertEquals("second", Wire.post(server.uri("/"), "echo").body());
            assertEquals("echo", Wire.post(server.uri("/"), "echo").body());
            assertEquals(
                    List.of(1, 2, 3),
                    server.requests().stream().map(RecordedRequest::number).toList());
        }
    }

    @Test
    void aRequestIsRecordedWithItsBytes() throws Exception {
        String post = "POST /a HTTP/1.1\r\nHost: a\r\nA: 1\r\na:  2 \r\nTransfer-Encoding: chunked\r\n\r\n"
                + "3;x=y\r\nabc\r\n02\r\nde\r\n0\r\nSum: 9\r\n\r\n";
        try (ScriptedServer server = ScriptedServer.start().enqueue(Answer.of(200), Answer.of(200))) {
            Wire.exchange(server, GET + post);

            assertEquals(1, server.takeRequest().number());
            RecordedRequest request =
                    server.takeRequest().assertHeader("a", "1", "2").assertBody("abcde");
            assertEquals(2, request.number());
            assertEquals(1, request.connection());
            assertEquals("HTTP/1.1", request.version());
            assertEquals("1", request.header("A"));
            assertEquals(List.of(new Header("Sum", "9")), request.trailers());
            assertEquals(post, Text.latin(request.bytes()));
            assertTrue(request.isComplete());
        }
    }

    @Test
    void aFailedAssertionShowsTheConversation() throws Exception {
        try (ScriptedServer server = ScriptedServer.start().enqueue(Answer.of(200, "hello"))) {
            Wire.exchange(server, GET);
            RecordedRequest request = server.takeRequest();

            String message = String.valueOf(assertThrows(AssertionError.class, () -> request.assertMethod("POST"))
                    .getMessage());

            assertTrue(
                    message.startsWith("the method of request 1 is <GET>, expected <POST>\nconnection 1 from /127"),
                    message);
            assertTrue(message.contains("  > GET / HTTP/1.1\n  > Host: a\n  >\n  < HTTP/1.1 200 OK\n"), message);
            assertTrue(message.contains("  < hello\n"), message);
        }
    }

    @Test
    void aRequestThatDoesNotComeFailsTheTest() throws Exception {
        try (ScriptedServer server = ScriptedServer.start()) {
            assertEquals(
                    "no request within 10 ms\nno client has connected\n",
                    assertThrows(AssertionError.class, () -> server.takeRequest(Duration.ofMillis(10)))
                            .getMessage());
        }
    }

    @Test
    void aRequestWithoutAnAnswerFailsTheTest() throws Exception {
        ScriptedServer server = ScriptedServer.start().route("GET", "/a", Answer.of(200));

        String response = Wire.exchange(server, GET);

        assertTrue(response.startsWith("HTTP/1.1 500 "), response);
        String why = "nothing answers GET /: the routes are [GET /a], the queue is empty, and there is no function";
        assertTrue(response.contains(why), response);
        String failure = Wire.failureOf(server);
        assertTrue(failure.contains(why) && failure.contains("> GET / HTTP/1.1"), failure);
    }

    @Test
    void aFunctionThatFailsFailsTheTest() throws Exception {
        ScriptedServer server = ScriptedServer.answering(request -> {
            throw new IllegalStateException("not today");
        });

        assertTrue(Wire.exchange(server, GET).contains("not today"));
        String failure = Wire.failureOf(server);
        assertTrue(failure.contains("the server failed: java.lang.IllegalStateException: not today"), failure);
    }

    @Test
    void aFunctionThatFailsWithAnIOExceptionFailsTheTestToo() throws Exception {
        ScriptedServer server = ScriptedServer.answering(request -> {
            throw new java.io.IOException("no file");
        });

        assertTrue(Wire.exchange(server, GET).contains("no file"));
        assertTrue(Wire.failureOf(server).contains("no file"));
        assertEquals(1, server.requests().size());
    }

    @Test
    void anImpossibleAnswerIsRefusedAtOnce() throws Exception {
        try (ScriptedServer server = ScriptedServer.start()) {
            Answer impossible = Answer.of(200).at(99, Effect.CLOSE);
            assertThrows(IllegalArgumentException.class, () -> server.enqueue(impossible));
            assertThrows(IllegalArgumentException.class, () -> server.route("GET", "/", impossible));
            assertThrows(IllegalArgumentException.class, () -> server.route("GET", "/"));
            assertThrows(IllegalArgumentException.class, () -> server.route("G T", "/", Answer.of(200)));
            assertThrows(IllegalArgumentException.class, () -> server.route("GET", "a", Answer.of(200)));
        }
    }

    @Test
    void aPortInUseIsNamed() throws Exception {
        try (ScriptedServer server = ScriptedServer.start()) {
            String message = String.valueOf(assertThrows(
                            java.net.BindException.class,
                            () -> ScriptedServer.builder().port(server.port()).start())
                    .getMessage());
            assertTrue(message.startsWith("cannot listen on port " + server.port() + " of 127.0.0.1: "), message);
        }
    }

    @Test
    void aBuilderStartsOneServer() throws Exception {
        ScriptedServerBuilder builder = ScriptedServer.builder();
        try (ScriptedServer server = builder.start()) {
            String message = String.valueOf(
                    assertThrows(IllegalStateException.class, builder::start).getMessage());
            assertEquals("this builder has already started a server: " + server, message);
        }
    }

    @Test
    void wrongSettingsAreRefused(@TempDir Path folder) throws Exception {
        ScriptedServerBuilder builder = ScriptedServer.builder();
        assertThrows(IllegalArgumentException.class, () -> builder.port(65_536));
        assertThrows(IllegalArgumentException.class, () -> builder.maxHead(0));
        assertThrows(IllegalArgumentException.class, () -> builder.maxBody(0));
        assertThrows(IllegalArgumentException.class, () -> builder.receiveBuffer(0));
        assertThrows(
                IllegalStateException.class,
                () -> ScriptedServer.builder()
                        .unix(folder.resolve("s"))
                        .port(80)
                        .start());
        assertThrows(IllegalArgumentException.class, ScriptedServer::inTurn);
        try (java.net.ServerSocket listener = new java.net.ServerSocket(0)) {
            assertThrows(
                    IllegalStateException.class,
                    () -> ScriptedServer.builder().port(80).listener(listener).start());
        }
    }

    @Test
    void scriptsServeTheirConnectionsInTurn() throws Exception {
        try (ScriptedServer server =
                ScriptedServer.of(peer -> peer.send("first"), ScriptedServer.inTurn("a", "b"), peer -> {
                    peer.head();
                    peer.send("third" + peer.body(2));
                })) {
            assertEquals("first", Wire.exchange(server, ""));
            assertEquals("abb", Wire.exchange(server, GET + GET + GET));
            assertEquals("thirdxy", Wire.exchange(server, GET + "xy"));
            assertEquals("thirdxz", Wire.exchange(server, GET + "xz"));
            assertEquals(5, server.heads().size());
            assertEquals(GET, server.heads().getFirst());
            server.assertConnections(4);
            assertThrows(AssertionError.class, () -> server.assertConnections(5));
        }
    }

    @Test
    void aScriptCanReadRequestsAndThenLeaveTheRestToTheServer() throws Exception {
        try (ScriptedServer server = ScriptedServer.builder()
                .scripts(peer -> {
                    peer.request().assertMethod("GET");
                    assertTrue(peer.send(Answer.of(200, "by hand")));
                    peer.serve();
                })
                .start()
                .answer(request -> Answer.of(200, "by function"))) {
            String responses = Wire.exchange(server, GET + GET);

            assertTrue(responses.contains("by hand") && responses.endsWith("by function"), responses);
            assertEquals(2, server.requests().size());
        }
    }

    @Test
    void aUnixSocketWorksLikeAPort(@TempDir Path folder) throws Exception {
        Path path = folder.resolve("socket");
        try (ScriptedServer server = ScriptedServer.builder().unix(path).start().enqueue(Answer.of(200, "hello"));
                SocketChannel client = SocketChannel.open(server.address())) {
            client.write(java.nio.ByteBuffer.wrap(Text.latin(GET)));
            client.shutdownOutput();
            String response =
                    Text.latin(java.nio.channels.Channels.newInputStream(client).readAllBytes());

            assertTrue(response.endsWith("hello"), response);
            assertEquals("http://localhost/a", server.uri("/a"));
            assertThrows(IllegalStateException.class, server::port);
            String message = String.valueOf(assertThrows(java.io.IOException.class, () -> ScriptedServer.unix(path))
                    .getMessage());
            assertTrue(message.startsWith("cannot listen on the Unix socket " + path), message);
        }
        assertFalse(Files.exists(path));
    }

    @Test
    void aRequestWithExpectIsToldToContinue() throws Exception {
        String post = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi";
        try (ScriptedServer server =
                ScriptedServer.start().enqueue(Answer.of(200), Answer.of(417).early())) {
            assertTrue(Wire.exchange(server, post).startsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
            assertTrue(Wire.exchange(server, post).startsWith("HTTP/1.1 417 \r\n"));
        }
    }

    @Test
    void anEarlyAnswerComesBeforeTheBody() throws Exception {
        String head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n";
        try (ScriptedServer server =
                        ScriptedServer.start().enqueue(Answer.of(200, "early").earlyAfter(2), Answer.of(200, "next"));
                Socket socket = new Socket("127.0.0.1", server.port())) {
            byte[] early = Answer.of(200, "early").bytes();
            socket.getOutputStream().write(Text.latin(head + "ab"));
            assertEquals(Text.latin(early), Text.latin(socket.getInputStream().readNBytes(early.length)));
            assertEquals(List.of(), server.requests());

            socket.getOutputStream().write(Text.latin("cd" + GET));
            server.takeRequest().assertBody("abcd");
            server.takeRequest().assertMethod("GET");
        }
    }

    @Test
    void aBodyThatBreaksOffIsRecorded() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(request -> Answer.of(200))) {
            assertEquals("", Wire.exchange(server, "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nab"));
            RecordedRequest request = server.takeRequest();

            assertFalse(request.isComplete());
            assertEquals("ab", request.text());
            assertThrows(AssertionError.class, () -> request.assertBody("ab"));
        }
    }

    @Test
    void aRequestOrAnAnswerCanEndTheConnection() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(request -> Answer.of(200, "x"))) {
            String close = "GET / HTTP/1.1\r\nConnection: close\r\n\r\n";
            String one = Text.latin(Answer.of(200, "x").bytes());
            assertEquals(one, Wire.exchange(server, close + GET));
            assertEquals(one, Wire.exchange(server, "GET / HTTP/1.0\r\n\r\n" + GET));
            assertEquals(one + one, Wire.exchange(server, GET + GET));

            server.answer(request -> Answer.of(200, "x").header("Connection", "close"));
            assertTrue(Wire.exchange(server, GET + GET).endsWith("\r\n\r\nx"));
            assertEquals(5, server.requests().size());
        }
    }

    @Test
    void aHeadRequestGetsNoBody() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(request -> Answer.of(200, "hello"))) {
            assertEquals(
                    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", Wire.exchange(server, "HEAD / HTTP/1.1\r\n\r\n"));
        }
    }

    @Test
    void aBadRequestIsRefusedAndFailsTheTest() throws Exception {
        ScriptedServer server = ScriptedServer.answering(request -> Answer.of(200));

        assertTrue(Wire.exchange(server, "GET  / HTTP/1.1\r\n\r\n").startsWith("HTTP/1.1 400 "));

        String failure = Wire.failureOf(server);
        assertTrue(failure.contains("not a request line: \"GET  / HTTP/1.1\""), failure);
    }

    @Test
    void requestsAreBounded() throws Exception {
        ScriptedServer server =
                ScriptedServer.builder().maxHead(100).maxBody(10).start().answer(request -> Answer.of(200));

        assertTrue(Wire.exchange(server, "GET /" + "a".repeat(96)).startsWith("HTTP/1.1 431 "));
        assertTrue(Wire.exchange(server, "PUT / HTTP/1.1\r\nContent-Length: 11\r\n\r\n")
                .startsWith("HTTP/1.1 413 "));
        assertTrue(Wire.exchange(server, "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n5\r\n")
                .startsWith("HTTP/1.1 413 "));
        assertEquals(2, server.requests().size(), "requests with a body that is too large");

        assertTrue(Wire.failureOf(server).contains("the head of this message is longer than 100 bytes"));
    }

    @Test
    void whatWasReceivedCanBeForgotten() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering("HTTP/1.1 204 x\r\n\r\n")) {
            Wire.exchange(server, GET);
            assertEquals(1, server.heads().size());
            assertTrue(server.conversation().contains("< HTTP/1.1 204 x\n"));

            server.forget();

            assertEquals(List.of(), server.heads());
            assertEquals("no client has connected\n", server.conversation());
        }
    }

    @Test
    void afterForgetOpenConnectionsAndNumbersGoOn() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(request -> Answer.of(204));
                Socket socket = new Socket("127.0.0.1", server.port())) {
            int length = Answer.of(204).bytes().length;
            socket.getOutputStream().write(Text.latin("GET /old HTTP/1.1\r\n\r\n"));
            socket.getInputStream().readNBytes(length);
            server.forget();
            socket.getOutputStream().write(Text.latin("GET /new HTTP/1.1\r\n\r\n"));
            socket.getInputStream().readNBytes(length);

            assertEquals(2, server.takeRequest().assertTarget("/new").number());
            String conversation = server.conversation();
            assertTrue(conversation.startsWith("connection 1 from /127"), conversation);
            assertTrue(conversation.contains("> GET /new") && !conversation.contains("/old"), conversation);
        }
    }

    @Test
    void aRequestIsRecordedBeforeAnEarlyAnswerThatEndsIt() throws Exception {
        String post = "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nab";
        try (ScriptedServer server = ScriptedServer.start()
                        .enqueue(Answer.of(200, "early").earlyAfter(2).atEnd(Effect.STALL));
                Socket socket = new Socket("127.0.0.1", server.port())) {
            socket.getOutputStream().write(Text.latin(post));
            socket.getInputStream().readNBytes(Answer.of(200, "early").bytes().length);

            // The server still waits for the close of the client.
            assertEquals("ab", server.takeRequest().text());
            assertEquals(1, server.requests().size());
        }
    }

    @Test
    void answersInTurnMayBeEarly() throws Exception {
        String head = "POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n";
        try (ScriptedServer server = ScriptedServer.start()
                        .route(
                                "POST",
                                "/",
                                Answer.of(200, "1"),
                                Answer.of(200, "2").early(),
                                Answer.of(200, "3"));
                Socket first = new Socket("127.0.0.1", server.port())) {
            String expect = head.replace("Content", "Expect: 100-continue\r\nContent");
            first.getOutputStream().write(Text.latin(expect));
            // From now on the first request has its answer, though its body has not arrived.
            first.getInputStream().readNBytes("HTTP/1.1 100 Continue\r\n\r\n".length());

            assertTrue(Wire.exchange(server, head + "x").endsWith("2"));
            first.getOutputStream().write('x');
            first.shutdownOutput();
            assertTrue(Text.latin(first.getInputStream().readAllBytes()).endsWith("1"));
            assertTrue(Wire.exchange(server, head + "x").endsWith("3"));
        }
    }
}
