package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.ScriptedServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Plain calls, against a server that sends exactly the bytes below. */
class HttpipeTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nOK\n";

    @Test
    void sendsHostThenTheCallersHeadersThenTheDefaults() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = Httpipe.create()) {
            Response response = hp.request(Request.get(server.uri("/a?x=1")).header("x-trace-id", "7"));

            assertEquals("OK\n", response.text());
            assertEquals(
                    "GET /a?x=1 HTTP/1.1\r\n"
                            + "Host: 127.0.0.1:" + server.port() + "\r\n"
                            + "X-Trace-Id: 7\r\n"
                            + "User-Agent: httpipe/0.1\r\n"
                            + "Accept: */*\r\n\r\n",
                    server.heads().getFirst());
        }
    }

    @Test
    void reusesAConnectionAndCountsTheReuse() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = Httpipe.create()) {
            assertEquals(0, hp.get(server.uri("/1")).reusedTimes());
            assertEquals(1, hp.get(server.uri("/2")).reusedTimes());
            assertEquals(2, hp.get(server.uri("/3")).reusedTimes());
            assertEquals(1, server.connections());
        }
    }

    @Test
    void readsAChunkedBodyWithExtensionsAndTrailers() throws Exception {
        String chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "5;name=\"a;b\"\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 1\r\nX-Sum: 2\r\n\r\n";
        try (ScriptedServer server = ScriptedServer.answering(chunked, OK);
                Httpipe hp = Httpipe.create()) {
            Response response = hp.get(server.uri("/"));
            assertEquals("hello world", response.text());
            assertEquals(List.of("1", "2"), response.trailers().all("x-sum"));
            assertEquals(1, hp.get(server.uri("/")).reusedTimes());
        }
    }

    @Test
    void theReadTimeoutEndsTheWaitForTheHead() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(Peer::awaitClose);
                Httpipe hp = Httpipe.create()) {
            Timeouts quick = Timeouts.DEFAULT.read(Duration.ofMillis(50));
            TimedOutException e = assertThrows(
                    TimedOutException.class,
                    () -> hp.request(Request.get(server.uri("/")).timeouts(quick)));
            assertEquals(Phase.RESPONSE_HEAD, e.phase());
            assertTrue(e.getMessage().contains("read timeout of 50 ms"), e.getMessage());
        }
    }

    @Test
    void aSerializedExceptionKeepsItsMessage() throws Exception {
        try (Httpipe hp = Httpipe.builder().resolver(host -> List.of()).build()) {
            HttpipeException e = assertThrows(ConnectFailedException.class, () -> hp.get("http://nowhere.test/"));
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
                out.writeObject(e);
            }
            try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
                assertTrue(((IOException) in.readObject()).getMessage().contains("unknown host"));
            }
        }
    }
}
