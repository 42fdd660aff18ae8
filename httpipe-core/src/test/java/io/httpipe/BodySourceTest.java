package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.LargeBody;
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

/** Request body sources that throw {@link InterruptedIOException} or return too early. */
@Timeout(60)
class BodySourceTest {
    /** Some libraries report their own timeouts with this exception. No thread was interrupted. */
    @ParameterizedTest
    @EnumSource
    void anInterruptedIOExceptionWithoutAnInterruptIsASourceFailure(Threads threads) throws Exception {
        InterruptedIOException timeout = new InterruptedIOException("timeout");
        InputStream failing = new InputStream() {
            @Override
            public int read() throws IOException {
                throw timeout;
            }
        };
        try (ScriptedServer server = ScriptedServer.of(Peer::awaitClose);
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

    /** A writer runs on the calling thread. The code that it calls may have cleared the interrupt flag. */
    @Test
    void anInterruptedIOExceptionFromAWriterCancelsTheCall() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(Peer::awaitClose);
                Httpipe hp = Httpipe.create()) {
            Request request = Request.post(server.uri("/")).body(Body.writing(out -> {
                throw new InterruptedIOException();
            }));
            assertThrows(CancelledException.class, () -> hp.request(request));
            assertTrue(Thread.interrupted());
        }
    }

    /** Bytes still being written when the writer returns are not part of the body. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aWriterThatReturnsWhileItsThreadStillWritesFails(boolean announced) throws Exception {
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
            Timeouts timeouts = Timeouts.DEFAULT.read(Duration.ofSeconds(2));
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
                    // This flush has nothing to send. Its end must not count as the end of the pending write.
                    out.flush();
                }
            };
            Request request = Request.post(server.uri("/"))
                    .timeouts(timeouts)
                    .body(announced ? Body.writing(length, writer) : Body.writing(writer));
            RequestBodyException e = assertThrows(RequestBodyException.class, () -> hp.request(request));
            assertTrue(e.getCause().getMessage().startsWith("a thread was still writing"), e.getMessage());
            assertThrows(ExecutionException.class, () -> written.get(20, TimeUnit.SECONDS));
            done.set();
        }
    }
}
