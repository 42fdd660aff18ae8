package io.httpipe;

import static io.httpipe.RequestOutcome.HEAD;
import static io.httpipe.RequestOutcome.bytes;
import static io.httpipe.RequestOutcome.outcomeOf;
import static io.httpipe.RequestOutcome.stream;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.SilentStream;
import io.httpipe.testing.Transports;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Request bodies whose source fails: the call ends, and is not safe to retry. */
@Timeout(60)
class RequestBodySourceFaultTest {
    @TempDir
    Path directory;

    @Test
    void b19_aSourceThatFailsMidwayClosesTheConnection() throws Exception {
        IOException broken = new IOException("disk on fire");
        RequestOutcome outcome = outcomeOf(Body.writing(out -> {
            out.write(bytes("abc"));
            out.flush();
            out.write(bytes("not flushed"));
            throw broken;
        }));
        assertSame(broken, outcome.sourceFailure());
        assertEquals(HEAD + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", outcome.wire());
        assertTrue(outcome.failure().getMessage().contains("disk on fire"));

        InputStream failing = new InputStream() {
            @Override
            public int read() throws IOException {
                throw broken;
            }
        };
        assertSame(
                broken,
                outcomeOf(Body.of(new SequenceInputStream(stream("abc"), failing)))
                        .sourceFailure());
        assertSame(broken, outcomeOf(Body.of(failing, 3)).sourceFailure());
    }

    @Test
    void b19_aRuntimeExceptionOfTheSourceClosesTheConnectionAndReachesTheCaller() throws Exception {
        IllegalStateException bug = new IllegalStateException("a bug");
        RequestOutcome written = outcomeOf(Body.writing(out -> {
            out.write(bytes("abc"));
            out.flush();
            throw bug;
        }));
        assertSame(bug, written.failure());
        assertEquals(HEAD + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", written.wire());

        Iterator<byte[]> pieces = List.of(bytes("abc"), new byte[0]).stream()
                .map(piece -> {
                    if (piece.length == 0) {
                        throw bug;
                    }
                    return piece;
                })
                .iterator();
        assertSame(bug, outcomeOf(Body.of(pieces)).failure());
        InputStream buggy = new InputStream() {
            @Override
            public int read() {
                throw bug;
            }
        };
        assertSame(bug, outcomeOf(Body.of(buggy)).failure());
    }

    @ParameterizedTest
    @EnumSource(Transports.class)
    void b19_aSourceThatFailsWithinALargeBodyEndsTheCallOverEachTransport(Transports transport) throws Exception {
        try (ScriptedServer server = transport.server(peer -> {
                    peer.head();
                    peer.awaitClose();
                });
                Httpipe hp = transport.client().build()) {
            Request request = Transports.request("POST", server).body(Body.writing(out -> {
                out.write(new byte[100_000]);
                throw new IOException("no more");
            }));
            RequestBodyException e = assertThrows(RequestBodyException.class, () -> hp.request(request));
            assertEquals("no more", e.getCause().getMessage());
            assertTrue(e.bytesSent() > 0);
            assertFalse(e.safeToRetry());
        }
    }

    /** The abandoned read may still consume bytes of the stream, which are then lost. */
    @Test
    void aBodyThatHasNotArrivedYetIsNotSafeToRetry() throws Exception {
        try (SilentStream silent = new SilentStream(0)) {
            RequestOutcome waited =
                    outcomeOf(request -> request.body(Body.of(silent)).timeout(Duration.ofMillis(100)));
            assertInstanceOf(TimedOutException.class, waited.failure());
            waited.assertUnsentAndNotSafeToRetry();
        }
    }

    @Test
    void aBodyThatFailedBeforeAnythingWasSentIsNotSafeToRetry() throws Exception {
        List<Body> broken = List.of(
                Body.of(new Breaking(20 << 10)),
                Body.of(new Breaking(20 << 10), 30 << 10),
                Body.writing(out -> new Breaking(20 << 10).transferTo(out)));
        for (Body body : broken) {
            RequestOutcome outcome = outcomeOf(body);
            outcome.sourceFailure();
            outcome.assertUnsentAndNotSafeToRetry();
        }
    }

    /** The source would fail again. */
    @Test
    void aRepeatableBodyWhoseSourceFailedIsNotSafeToRetry() throws Exception {
        // A directory can be opened and has a size, but cannot be read.
        Body file = Body.of(directory);
        for (boolean chunked : new boolean[] {false, true}) {
            RequestOutcome outcome = outcomeOf(request ->
                    chunked ? request.body(file).trailers(() -> Headers.of("X-Sum", "1")) : request.body(file));
            outcome.sourceFailure();
            outcome.assertUnsentAndNotSafeToRetry();
        }
    }

    /** Returns some bytes, always reports more as available, and then fails. */
    private static final class Breaking extends InputStream {
        private int remaining;

        Breaking(int bytes) {
            remaining = bytes;
        }

        @Override
        public int read() throws IOException {
            if (remaining-- == 0) {
                throw new IOException("no more");
            }
            return 'x';
        }

        @Override
        public int read(byte[] into, int offset, int count) throws IOException {
            int given = Math.min(remaining, count);
            if (given == 0) {
                throw new IOException("no more");
            }
            remaining -= given;
            return given;
        }

        @Override
        public int available() {
            return 1;
        }
    }
}
