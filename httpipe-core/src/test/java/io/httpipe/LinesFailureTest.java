package io.httpipe;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Threads;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Lines of a body that fails: no line comes twice, and none comes afterwards. */
@Timeout(60)
class LinesFailureTest {
    private static final String START = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\na\nb\n";

    private static void assertFailed(Throwable failure, Iterator<String> lines) {
        for (int i = 0; i < 3; i++) {
            assertSame(failure, failure(lines::hasNext));
            assertSame(failure, failure(lines::next));
        }
    }

    private static Throwable failure(Runnable call) {
        RuntimeException e = assertThrows(RuntimeException.class, call::run);
        return e instanceof UncheckedIOException wrapper ? wrapper.getCause() : e;
    }

    @Test
    void aBodyThatIsCutHasNoMoreLines() throws Exception {
        for (String half : List.of("", "half")) {
            try (ScriptedServer server = ScriptedServer.of(peer -> {
                        peer.head();
                        peer.send(START + half);
                    });
                    Httpipe hp = Httpipe.create();
                    StreamedResponse response = hp.stream(Request.get(server.uri("/")))) {
                Iterator<String> lines = response.lines().iterator();
                assertEquals("a", lines.next());
                assertEquals("b", lines.next());
                assertFailed(assertInstanceOf(ConnectionLostException.class, failure(lines::next)), lines);
            }
        }
    }

    @Test
    void aBodyThatAnotherThreadAbortsHasNoMoreLines() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    peer.head();
                    peer.send(START);
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.create();
                StreamedResponse response = hp.stream(Request.get(server.uri("/")))) {
            Iterator<String> lines = response.lines().iterator();
            assertEquals("a", lines.next());
            assertEquals("b", lines.next());
            Thread reader = Thread.currentThread();
            Thread aborter = Thread.ofPlatform().start(() -> {
                Threads.awaitWaiting(reader, "LineReader.next SocketTransport.read");
                response.abort();
            });
            assertFailed(assertInstanceOf(CancelledException.class, failure(lines::next)), lines);
            aborter.join();
        }
    }

    /** The body of an interceptor may return more bytes after a failure. But the failure may have lost some bytes. */
    @Test
    void aBodyThatGoesOnAfterAFailureHasNoMoreLines() {
        for (Exception failure : List.of(new IOException("lost"), new IllegalStateException("lost"))) {
            StreamedResponse response = StreamedResponse.of(Response.of(200)).withBody(new FailingOnce(failure));
            Iterator<String> lines = response.lines().iterator();
            assertEquals("a", lines.next());
            assertFailed(failure, lines);
        }
    }

    private static final class FailingOnce extends InputStream {
        private final InputStream before = new ByteArrayInputStream("a\nha".getBytes(ISO_8859_1));
        private final InputStream after = new ByteArrayInputStream("lf\nb\n".getBytes(ISO_8859_1));
        private final Exception failure;
        private boolean failed;

        FailingOnce(Exception failure) {
            this.failure = failure;
        }

        @Override
        public int read() throws IOException {
            return (failed ? after : before).read();
        }

        @Override
        public int read(byte[] into, int offset, int count) throws IOException {
            int read = (failed ? after : before).read(into, offset, count);
            if (read >= 0 || failed) {
                return read;
            }
            failed = true;
            if (failure instanceof IOException e) {
                throw e;
            }
            throw (RuntimeException) failure;
        }
    }
}
