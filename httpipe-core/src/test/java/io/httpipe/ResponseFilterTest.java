package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Servers;
import io.httpipe.testing.Signal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Filters: the data that they see, and what happens to the response and the connection when they stop. */
@Timeout(60)
class ResponseFilterTest {
    /** The same nine bytes in each framing, with chunks of three for a client whose chunk size is three. */
    enum Framing {
        LENGTH("Content-Length: 9\r\n\r\nabcdefghi"),
        CHUNKED("Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n3\r\nghi\r\n0\r\nX-Sum: 9\r\n\r\n"),
        UNTIL_CLOSE("Connection: close\r\n\r\nabcdefghi");

        final String wire;

        Framing(String wire) {
            this.wire = "HTTP/1.1 200 OK\r\nX-A: b\r\n" + wire;
        }

        ScriptedServer serve() throws IOException {
            return ScriptedServer.of(peer -> {
                while (peer.nextHead() != null) {
                    peer.send(wire);
                    if (this == UNTIL_CLOSE) {
                        return;
                    }
                }
            });
        }
    }

    private static Httpipe client() {
        return Httpipe.builder().chunkSize(3).build();
    }

    private static String text(byte[] chunk) {
        return new String(chunk, StandardCharsets.ISO_8859_1);
    }

    /** Returns a filter that collects the body, and stops when it has this many characters. */
    private static ResponseFilter.BodyFilter collect(StringBuilder into, int enough) {
        return chunk -> {
            into.append(text(chunk));
            return into.length() < enough;
        };
    }

    @ParameterizedTest
    @EnumSource
    void aHeaderFilterThatReturnsTrueGetsTheWholeResponse(Framing framing) throws Exception {
        List<String> seen = new ArrayList<>();
        try (ScriptedServer server = framing.serve();
                Httpipe hp = client();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.sendRequest(Request.get("/"));
            Response response = exchange.readResponse(
                    ResponseFilter.ofHeader((status, headers) -> seen.add(status + " " + headers.first("x-a"))));
            assertEquals("abcdefghi", response.text());
            assertEquals(List.of("200 b"), seen);
            assertEquals(
                    framing == Framing.CHUNKED ? "9" : null, response.trailers().first("X-Sum"));
            assertTrue(exchange.eof());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aHeaderFilterThatStopsLeavesTheBodyToBeRead(Framing framing) throws Exception {
        try (ScriptedServer server = framing.serve();
                Httpipe hp = client();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.sendRequest(Request.get("/"));
            Response head = exchange.readResponse(ResponseFilter.ofHeader((status, headers) -> status != 200));
            assertEquals(200, head.status());
            assertEquals("b", head.headers().first("X-A"));
            assertEquals(0, head.body().length);
            assertFalse(exchange.eof());
            IllegalStateException e =
                    assertThrows(IllegalStateException.class, () -> exchange.sendRequest(Request.get("/")));
            assertEquals("expected read or readResponse", e.getMessage());
            assertThrows(IllegalStateException.class, exchange::keepAlive);
            Response rest = exchange.readResponse(ResponseFilter.ofHeader((status, headers) -> {
                throw new AssertionError("it has been seen");
            }));
            assertEquals("abcdefghi", rest.text());
            assertEquals(200, rest.status(), "the head is still known");
            assertTrue(exchange.eof());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aBodyFilterThatStopsLeavesTheRestToBeRead(Framing framing) throws Exception {
        StringBuilder seen = new StringBuilder();
        try (ScriptedServer server = framing.serve();
                Httpipe hp = client();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.sendRequest(Request.get("/"));
            Response stopped = exchange.readResponse(ResponseFilter.ofBody(collect(seen, 3)));
            assertEquals("abc", seen.toString());
            assertEquals(0, stopped.body().length);
            assertEquals(Headers.EMPTY, stopped.trailers());
            assertFalse(exchange.eof());
            assertEquals("body def", Tokens.text(exchange.read()));
            Response rest = exchange.readResponse(ResponseFilter.ofBody(collect(seen, 100)));
            assertEquals("abcghi", seen.toString());
            assertEquals(0, rest.body().length, "the filter has it");
            assertEquals(
                    framing == Framing.CHUNKED ? "9" : null, rest.trailers().first("X-Sum"));
            assertTrue(exchange.eof());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"LENGTH", "CHUNKED"})
    void closingAfterAStopReadsTheRestAndKeepsTheConnection(Framing framing) throws Exception {
        try (ScriptedServer server = framing.serve();
                Httpipe hp = client()) {
            for (int i = 0; i < 3; i++) {
                try (Exchange exchange = hp.connect(Servers.endpoint(server))) {
                    assertEquals(i, exchange.reusedTimes());
                    exchange.sendRequest(Request.get("/"));
                    exchange.readResponse(
                            i == 0
                                    ? ResponseFilter.ofHeader((status, headers) -> false)
                                    : ResponseFilter.ofBody(chunk -> false));
                }
            }
            assertEquals(1, server.connections());
        }
    }

    @Test
    void closingAfterAStopInALongBodyClosesTheConnection() throws Exception {
        Signal closed = new Signal();
        Script script = peer -> {
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nabc");
            peer.awaitClose();
            closed.set();
        };
        try (ScriptedServer server = ScriptedServer.of(script);
                Httpipe hp = client()) {
            try (Exchange exchange = hp.connect(Servers.endpoint(server))) {
                exchange.sendRequest(Request.get("/"));
                exchange.readResponse(ResponseFilter.ofBody(chunk -> false));
            }
            closed.await();
        }
    }

    @Test
    void aHeaderFilterABodyFilterAndAHeaderEditWorkTogether() throws Exception {
        StringBuilder seen = new StringBuilder();
        try (ScriptedServer server = Framing.CHUNKED.serve();
                Httpipe hp = client();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.sendRequest(Request.get("/"));
            ResponseFilter filter = ResponseFilter.ofHeader((status, headers) -> seen.append(status)
                                    .append(headers.first("X-A"))
                                    .append(' ')
                                    .length()
                            > 0)
                    .body(collect(seen, 100))
                    .headers(headers -> headers.without("Transfer-Encoding"));
            Response response = exchange.readResponse(filter);
            assertEquals("200b abcdefghi", seen.toString());
            assertFalse(response.headers().contains("Transfer-Encoding"));
            assertEquals("b", response.headers().first("X-A"));
            assertEquals("9", response.trailers().first("X-Sum"));
            exchange.sendRequest(Request.get("/"));
            assertEquals("b", exchange.readResponse().headers().first("X-A"), "the edit was of one response");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n",
                "HTTP/1.1 304 Not Modified\r\nX-A: b\r\nContent-Length: 7\r\n\r\n",
                "HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 7\r\n\r\n",
                "HTTP/1.1 200 OK\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n",
            })
    void aHeaderFilterAlsoRunsForAResponseWithoutABody(String answer) throws Exception {
        Request request = answer.contains(" 200 ") ? Request.head("/") : Request.get("/");
        List<Integer> seen = new ArrayList<>();
        try (ScriptedServer server = ScriptedServer.answering(answer);
                Httpipe hp = client();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.sendRequest(request);
            ResponseFilter filter = ResponseFilter.ofHeader((status, headers) -> seen.add(status))
                    .body(chunk -> {
                        throw new AssertionError("there is no body");
                    });
            assertEquals("b", exchange.readResponse(filter).headers().first("X-A"));
            assertTrue(exchange.eof());
            exchange.sendRequest(request);
            exchange.readResponse(ResponseFilter.ofHeader((status, headers) -> !seen.add(status)));
            assertFalse(exchange.eof(), "it has stopped before the end");
            assertEquals(2, seen.size());
            assertEquals(List.of("body end", "eof"), Tokens.rest(exchange));
            assertTrue(exchange.keepAlive());
        }
    }

    @Test
    void filtersDoNotSeeInformationalHeads() throws Exception {
        List<Integer> seen = new ArrayList<>();
        try (ScriptedServer server = ScriptedServer.answering("HTTP/1.1 103 Early\r\n\r\n" + Framing.LENGTH.wire);
                Httpipe hp = client();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.sendRequest(Request.get("/"));
            exchange.readResponse(ResponseFilter.ofHeader((status, headers) -> seen.add(status)));
            assertEquals(List.of(200), seen);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void aHeaderFilterRunsIfTheEndOfTheHeadHasNotBeenReadAsAToken(int tokens) throws Exception {
        List<Integer> seen = new ArrayList<>();
        try (ScriptedServer server = Framing.LENGTH.serve();
                Httpipe hp = client();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.sendRequest(Request.get("/"));
            for (int i = 0; i < tokens; i++) {
                exchange.read();
            }
            exchange.readResponse(ResponseFilter.ofHeader((status, headers) -> seen.add(headers.size())));
            // StatusLine, two Headers, HeaderEnd.
            assertEquals(tokens < 4 ? List.of(2) : List.of(), seen);
        }
    }

    /** The kinds of exceptions that a filter may throw. */
    enum Thrown {
        IO(new IOException("full disk")),
        RUNTIME(new IllegalArgumentException("no such thing")),
        ERROR(new LinkageError("no such class"));

        final Throwable throwable;

        Thrown(Throwable throwable) {
            this.throwable = throwable;
        }

        boolean goOn() throws IOException {
            switch (throwable) {
                case IOException e -> throw e;
                case RuntimeException e -> throw e;
                default -> throw (Error) throwable;
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void anExceptionOfAFilterStopsTheReadingAndReachesTheCaller(Thrown thrown) throws Exception {
        try (ScriptedServer server = Framing.CHUNKED.serve();
                Httpipe hp = client();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.sendRequest(Request.get("/"));
            ResponseFilter header = ResponseFilter.ofHeader((status, headers) -> thrown.goOn());
            assertSame(thrown.throwable, assertThrows(Throwable.class, () -> exchange.readResponse(header)));
            assertFalse(exchange.eof());
            ResponseFilter body = ResponseFilter.ofBody(chunk -> thrown.goOn());
            assertSame(thrown.throwable, assertThrows(Throwable.class, () -> exchange.readResponse(body)));
            assertFalse(exchange.eof());
            assertEquals("defghi", exchange.readResponse().text(), "the filter has consumed the first chunk");
            assertTrue(exchange.keepAlive());
            assertEquals(1, hp.get(server.uri("/")).reusedTimes());
        }
    }

    @Test
    void aFilterCanEndTheExchange() throws Exception {
        try (ScriptedServer server = Framing.LENGTH.serve();
                Httpipe hp = client()) {
            Exchange inBody = hp.connect(Servers.endpoint(server));
            inBody.sendRequest(Request.get("/"));
            StringBuilder seen = new StringBuilder();
            inBody.readResponse(ResponseFilter.ofBody(chunk -> {
                seen.append(text(chunk));
                inBody.abort();
                return true;
            }));
            assertEquals("abc", seen.toString());
            assertThrows(IllegalStateException.class, inBody::keepAlive);

            Exchange atTheEnd = hp.connect(Servers.endpoint(server));
            atTheEnd.sendRequest(Request.get("/"));
            atTheEnd.readResponse(ResponseFilter.ofBody(chunk -> {
                if (text(chunk).endsWith("i")) {
                    atTheEnd.close();
                }
                return true;
            }));
            assertThrows(IllegalStateException.class, atTheEnd::keepAlive, "the connection has been returned already");

            Exchange inHead = hp.connect(Servers.endpoint(server));
            assertEquals(1, inHead.reusedTimes());
            inHead.sendRequest(Request.get("/"));
            inHead.readResponse(ResponseFilter.ofHeader((status, headers) -> {
                inHead.abort();
                return true;
            }));
            assertThrows(IllegalStateException.class, inHead::read);
            assertEquals(0, hp.get(server.uri("/")).reusedTimes());
        }
    }

    @Test
    void aFailureOfTheServerReachesTheCaller() throws Exception {
        Script script = peer -> {
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
        };
        StringBuilder seen = new StringBuilder();
        try (ScriptedServer server = ScriptedServer.of(script);
                Httpipe hp = client();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.sendRequest(Request.get("/"));
            IOException e = assertThrows(
                    IOException.class, () -> exchange.readResponse(ResponseFilter.ofBody(collect(seen, 100))));
            assertInstanceOf(ConnectionLostException.class, e);
            assertEquals("abc", seen.toString());
            assertThrows(IllegalStateException.class, exchange::readResponse);
        }
    }
}
