package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.LargeBody;
import io.httpipe.testing.ScriptedServer;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Threads;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.SequenceInputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sources of request bodies that do not do, or do not mean, what one might take them to. */
@Timeout(60)
class BodySourceTest {
    /** Some libraries tell of their own time limits so; the thread that reads their streams is interrupted by nobody. */
    @ParameterizedTest
    @EnumSource
    void aStreamThatSaysItWasInterruptedThoughNobodyInterruptedHasFailed(Threads threads) throws Exception {
        InterruptedIOException timeout = new InterruptedIOException("timeout");
        InputStream failing = new InputStream() {
            @Override
            public int read() throws IOException {
                throw timeout;
            }
        };
        try (ScriptedServer server = ScriptedServer.of(ScriptedServer.Peer::awaitClose);
                Httpipe hp = Httpipe.create()) {
            threads.call(() -> {
                InputStream some = new ByteArrayInputStream(new byte[3]);
                for (InputStream in : List.of(failing, new SequenceInputStream(some, failing))) {
                    Request request = Request.post(server.uri("/")).body(Body.of(in));
                    RequestBodyException e = assertThrows(RequestBodyException.class, () -> hp.request(request));
                    assertSame(timeout, e.getCause());
                    assertFalse(Thread.currentThread().isInterrupted());
                }
                return null;
            });
        }
    }

    /** It runs in the caller's thread, and whatever it calls may have taken the flag down when it met the interrupt. */
    @Test
    void aWriterThatSaysItWasInterruptedIsBelieved() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(ScriptedServer.Peer::awaitClose);
                Httpipe hp = Httpipe.create()) {
            Request request = Request.post(server.uri("/")).body(Body.writing(out -> {
                throw new InterruptedIOException();
            }));
            assertThrows(CancelledException.class, () -> hp.request(request));
            assertTrue(Thread.interrupted());
        }
    }

    /** What is still being written when the writer says that it is done is not part of the body. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aWriterThatLeavesAThreadOfItsOwnWritingHasNotWrittenAll(boolean announced) throws Exception {
        int length = LargeBody.SIZE;
        Signal begun = new Signal();
        Signal done = new Signal();
        CompletableFuture<Void> written = new CompletableFuture<>();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.body(65_536);
                    begun.set();
                    done.await();
                });
                Httpipe hp = Httpipe.create()) {
            Timeouts quick = Timeouts.DEFAULT.read(Duration.ofSeconds(2));
            Body.Writer writer = out -> {
                Thread.startVirtualThread(() -> {
                    try {
                        out.write(new byte[length]);
                        written.complete(null);
                    } catch (IOException e) {
                        written.completeExceptionally(e);
                    }
                });
                begun.await();
                if (announced) {
                    // It has nothing to do here, and its end must not pass for that of the write.
                    out.flush();
                }
            };
            Request request = Request.post(server.uri("/"))
                    .timeouts(quick)
                    .body(announced ? Body.writing(length, writer) : Body.writing(writer));
            RequestBodyException e = assertThrows(RequestBodyException.class, () -> hp.request(request));
            assertTrue(e.getCause().getMessage().startsWith("a thread was still writing"), e.getMessage());
            assertThrows(ExecutionException.class, () -> written.get(20, TimeUnit.SECONDS));
            done.set();
        }
    }
}
