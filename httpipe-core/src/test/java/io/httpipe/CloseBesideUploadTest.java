package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.RequestBodyReader;
import io.httpipe.testing.ScriptedServer;
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

/** A streamed response that is closed when its upload has just been written, and the server has not read all of it. */
@Timeout(60)
class CloseBesideUploadTest {
    private static final int LONG = 16 << 20;

    /** More than the sockets hold, so that the server reads on only if the client takes it, as with an echo. */
    @ParameterizedTest
    @EnumSource(
            value = Transports.class,
            names = {"TCP", "UNIX"})
    void whatTheServerHasNotReadYetIsNotDiscarded(Transports below) throws Exception {
        Signal headSeen = new Signal();
        Signal written = new Signal();
        CompletableFuture<String> received = new CompletableFuture<>();
        try (ScriptedServer server = below.server(peer -> {
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
                Httpipe hp = below.client().build()) {
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

    /** The time in which the server may still take in the upload is time that an interrupt ends. */
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
