package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Transports;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A file body arrives whole, however slowly the server reads it. */
@Timeout(60)
class FileUploadTest {
    /** More than the buffers of both sockets hold. */
    private static final int SIZE = 16 << 20;

    @TempDir
    private Path temporary;

    @ParameterizedTest
    @EnumSource(Transports.class)
    void aFileArrivesWholeAtAServerThatReadsLate(Transports transport) throws Exception {
        byte[] content = new byte[SIZE];
        new Random(1).nextBytes(content);
        Path file = Files.write(temporary.resolve("upload"), content);
        Signal clientWaits = new Signal();
        AtomicReference<String> received = new AtomicReference<>("");
        Script slow = peer -> {
            peer.head();
            clientWaits.await();
            received.set(peer.body(SIZE));
            peer.send("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
        };
        try (ScriptedServer server = transport.server(slow);
                Httpipe hp = transport.client().build()) {
            Request upload = Transports.request("PUT", server).body(Body.of(file));
            FutureTask<Response> call = new FutureTask<>(() -> hp.request(upload));
            Thread thread = Thread.ofVirtual().start(call);
            while (server.heads().isEmpty() || thread.getState() == Thread.State.RUNNABLE) {
                Thread.onSpinWait();
            }
            clientWaits.set();
            assertEquals(201, call.get().status());
        }
        assertArrayEquals(content, received.get().getBytes(StandardCharsets.ISO_8859_1));
    }
}
