package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.RequestBodyReader;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Transports;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Closes a streamed response whose upload is written but not yet read by the server. */
@Timeout(60)
class CloseDuringUploadTest {
    private static final int LONG = 16 << 20;

    /** The response exceeds the socket buffers, so the server continues only while the client reads, like an echo. */
    @ParameterizedTest
    @EnumSource(
            value = Transports.class,
            names = {"TCP", "UNIX"})
    void closingAResponseDoesNotDiscardUnreadUploadBytes(Transports transport) throws Exception {
        Signal headSeen = new Signal();
        Signal written = new Signal();
        CompletableFuture<String> received = new CompletableFuture<>();
        try (ScriptedServer server = transport.server(peer -> {
                    String head = peer.head();
                    RequestBodyReader body = peer.bodyOf(head).upTo(1);
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + LONG + "\r\n\r\n");
                    written.await();
                    try {
                        peer.send(new byte[LONG]);
                        received.complete(body.all().facts());
                    } catch (IOException e) {
                        received.completeExceptionally(e);
                    }
                });
                Httpipe hp = transport.client().build()) {
            Body body = Body.writing(out -> {
                out.write('a');
                out.flush();
                headSeen.await();
                out.write(new byte[10_000]);
                out.flush();
                written.set();
            });
            StreamedResponse response =
                    hp.stream(Transports.request("POST", server).body(body));
            headSeen.set();
            response.close();
            assertTrue(response.requestSentWhole());
            byte[] expected = new byte[10_001];
            expected[0] = 'a';
            assertEquals(RequestBodyReader.facts(expected), received.get(20, TimeUnit.SECONDS));
        }
    }

    @Test
    void anAbortedCallHasSentItsWholeRequest() throws Exception {
        Signal aborted = new Signal();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.bodyOf(peer.head()).all();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
                    aborted.await();
                });
                Httpipe hp = Httpipe.create()) {
            StreamedResponse response = hp.stream(Request.post(server.uri("/")).body("abc"));
            response.abort();
            assertTrue(response.requestSentWhole());
            aborted.set();
        }
    }

    /** close() waits while the server still reads the upload. An interrupt ends this wait. */
    @Test
    void anInterruptEndsTheWaitForTheServer() throws Exception {
        Signal headSeen = new Signal();
        CompletableFuture<Thread> closing = new CompletableFuture<>();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    String head = peer.head();
                    RequestBodyReader body = peer.bodyOf(head).upTo(1);
                    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                    body.all();
                    closing.get().interrupt();
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.create()) {
            Body body = Body.writing(out -> {
                out.write('a');
                out.flush();
                headSeen.await();
                out.write('b');
            });
            StreamedResponse response = hp.stream(Request.post(server.uri("/")).body(body));
            closing.complete(Thread.currentThread());
            headSeen.set();
            response.close();
            assertTrue(Thread.interrupted());
            assertEquals(List.of(), hp.stats());
        }
    }
}
