package io.httpipe;

import static io.httpipe.testing.Encodings.bytes;
import static io.httpipe.testing.Encodings.chunk;
import static io.httpipe.testing.Encodings.response;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.internal.policy.Codec;
import io.httpipe.internal.policy.ContentCoding;
import io.httpipe.internal.policy.DecodingRules;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.AnsweringServer;
import io.httpipe.testing.Threads;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A codec with native memory is closed once, however its body ends, and never while it decodes. */
@Timeout(60)
class CodecClosingTest {
    private static final int ROUNDS = 500;

    /** A coding that copies its input, except that a {@code !} is malformed and a {@code ?} is a fault of the codec. */
    private static final class CountingCoding implements ContentCoding {
        final AtomicInteger opened = new AtomicInteger();
        final AtomicInteger closed = new AtomicInteger();
        final AtomicInteger faults = new AtomicInteger();
        final Semaphore closings = new Semaphore(0);

        @Override
        public String name() {
            return "copy";
        }

        @Override
        public Codec open() {
            opened.incrementAndGet();
            return new CopyingCodec(this);
        }
    }

    private static final class CopyingCodec implements Codec {
        private final CountingCoding coding;
        private final AtomicInteger inside = new AtomicInteger();
        private boolean open = true;

        CopyingCodec(CountingCoding coding) {
            this.coding = coding;
        }

        @Override
        public boolean decode(ByteBuffer in, ByteBuffer out) throws IOException {
            inside.incrementAndGet();
            try {
                coding.faults.addAndGet(open ? 0 : 1);
                while (in.hasRemaining() && out.hasRemaining()) {
                    byte b = in.get();
                    if (b == '!') {
                        throw new IOException("bad");
                    }
                    if (b == '?') {
                        throw new IllegalStateException("fault");
                    }
                    out.put(b);
                }
                return true;
            } finally {
                inside.decrementAndGet();
            }
        }

        @Override
        public void close() {
            coding.faults.addAndGet(open && inside.get() == 0 ? 0 : 1);
            open = false;
            coding.closed.incrementAndGet();
            coding.closings.release();
        }
    }

    private interface Step {
        void run(Httpipe hp, String uri) throws Exception;
    }

    private static void check(String body, int codecs, Step step) throws Exception {
        CountingCoding coding = new CountingCoding();
        try (AnsweringServer server = new AnsweringServer(request -> response("copy, copy", bytes(body)));
                Httpipe hp = client(coding)) {
            step.run(hp, server.uri("/"));
            assertEquals(codecs, coding.opened.get());
            assertEquals(codecs, coding.closed.get());
            assertEquals(0, coding.faults.get());
        }
    }

    private static Httpipe client(ContentCoding coding) {
        return Httpipe.builder()
                .decoding(new Decoding(new DecodingRules(() -> List.of(coding))))
                .build();
    }

    @Test
    void theCodecIsClosedAtTheEndOfTheBody() throws Exception {
        check("text", 2, (hp, uri) -> assertEquals("text", hp.get(uri).text()));
        check("text", 2, (hp, uri) -> {
            StreamedResponse response = hp.stream(Request.get(uri));
            response.body().readAllBytes();
            assertEquals(-1, response.body().read(), "without a close");
        });
    }

    @Test
    void theCodecIsClosedAfterAFailure() throws Exception {
        for (String body : new String[] {"te!t", "te?t"}) {
            check(body, 1, (hp, uri) -> assertThrows(DecodingException.class, () -> hp.get(uri)));
            check(body, 1, (hp, uri) -> {
                StreamedResponse response = hp.stream(Request.get(uri));
                assertThrows(DecodingException.class, () -> response.body().readAllBytes());
            });
        }
    }

    @Test
    void theCodecIsClosedWhenTheResponseIsClosedOrAborted() throws Exception {
        check("text", 0, (hp, uri) -> hp.stream(Request.get(uri)).close());
        check("text", 2, (hp, uri) -> {
            StreamedResponse response = hp.stream(Request.get(uri));
            assertEquals('t', response.body().read());
            response.close();
            response.close();
        });
        check("text", 2, (hp, uri) -> {
            StreamedResponse response = hp.stream(Request.get(uri));
            assertEquals('t', response.body().read());
            response.abort();
        });
    }

    /** The reader is inside a read of the connection. It closes the codec itself. */
    @Test
    void theCodecIsClosedWhenAnotherThreadEndsARead() throws Exception {
        for (boolean abort : new boolean[] {false, true}) {
            assertClosedDuringRead((response, reader) -> {
                if (abort) {
                    response.abort();
                } else {
                    response.close();
                }
            });
        }
    }

    /** The reader reads the received bytes one by one, so that the close can come between any two of its steps. */
    @Test
    void theCodecIsClosedWhenAnotherThreadAbortsDuringManyReads() throws Exception {
        CountingCoding coding = new CountingCoding();
        try (AnsweringServer server = new AnsweringServer(request -> response("copy", new byte[16_000]));
                Httpipe hp = client(coding)) {
            for (int round = 1; round <= ROUNDS; round++) {
                StreamedResponse response = hp.stream(Request.get(server.uri("/")));
                CountDownLatch reading = new CountDownLatch(1);
                AtomicBoolean aborted = new AtomicBoolean();
                FutureTask<Integer> reads = new FutureTask<>(() -> {
                    int byteRead = response.body().read();
                    reading.countDown();
                    while (byteRead >= 0 && !aborted.get()) {
                        byteRead = response.body().read();
                    }
                    return byteRead;
                });
                Thread reader = Threads.PLATFORM.start(reads);
                reading.await();
                response.abort();
                aborted.set(true);
                reader.join();
                assertEquals(round, coding.opened.get());
                assertEquals(round, coding.closed.get());
                assertEquals(0, coding.faults.get());
            }
        }
    }

    @Test
    void theCodecIsClosedWhenTheReaderIsInterrupted() throws Exception {
        assertClosedDuringRead((response, reader) -> reader.interrupt());
    }

    private interface Ending {
        void end(StreamedResponse response, Thread reader);
    }

    private static void assertClosedDuringRead(Ending ending) throws Exception {
        CountingCoding coding = new CountingCoding();
        Script script = peer -> {
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\nContent-Encoding: copy\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + chunk(bytes("a")));
            peer.awaitClose();
        };
        try (ScriptedServer server = ScriptedServer.of(script);
                Httpipe hp = client(coding)) {
            StreamedResponse response = hp.stream(Request.get(server.uri("/")));
            assertEquals('a', response.body().read());
            CountDownLatch reading = new CountDownLatch(1);
            Thread reader = Thread.ofPlatform().start(() -> {
                reading.countDown();
                assertThrows(Exception.class, () -> response.body().read());
            });
            reading.await();
            ending.end(response, reader);
            reader.join();
            assertTrue(coding.closings.tryAcquire(10, TimeUnit.SECONDS));
            assertEquals(1, coding.closed.get());
            assertEquals(0, coding.faults.get());
        }
    }

    @Test
    void theCodecIsClosedWhenTheResponseIsDropped() throws Exception {
        CountingCoding coding = new CountingCoding();
        try (AnsweringServer server = new AnsweringServer(request -> response("copy", bytes("text")));
                Httpipe hp = client(coding)) {
            readOneByteAndDrop(hp, server.uri("/"));
            for (int i = 0; i < 100 && coding.closed.get() == 0; i++) {
                System.gc();
                if (coding.closings.tryAcquire(100, TimeUnit.MILLISECONDS)) {
                    break;
                }
            }
            assertEquals(1, coding.closed.get());
            assertEquals(0, coding.faults.get());
        }
    }

    private static void readOneByteAndDrop(Httpipe hp, String uri) throws IOException {
        assertEquals('t', hp.stream(Request.get(uri)).body().read());
    }
}
