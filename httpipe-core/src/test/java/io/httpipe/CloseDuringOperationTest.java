package io.httpipe;

import static io.httpipe.testing.Encodings.bytes;
import static io.httpipe.testing.Encodings.chunk;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.internal.policy.Codec;
import io.httpipe.internal.policy.ContentCoding;
import io.httpipe.internal.policy.DecodingRules;
import io.httpipe.test.server.Peer;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Threads;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A close cancels an operation that began while the response was open, even if it does not wait for bytes. */
@Timeout(60)
class CloseDuringOperationTest {
    private static final String CHUNKED =
            "HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nTransfer-Encoding: chunked\r\n\r\n";

    @TempDir
    private Path folder;

    /** The ways in which a caller reads a response. */
    private enum Operation {
        READ,
        READ_ALL,
        READ_MANY,
        SKIP,
        TRANSFER,
        TEXT,
        SAVE,
        LINES,
        EVENTS;

        void run(StreamedResponse response, Path folder) throws IOException {
            BodyReader body = response.body();
            switch (this) {
                case READ -> body.read();
                case READ_ALL -> body.readAllBytes();
                case READ_MANY -> body.readNBytes(new byte[100], 0, 100);
                case SKIP -> body.skipNBytes(100);
                case TRANSFER -> body.transferTo(OutputStream.nullOutputStream());
                case TEXT -> response.text();
                case SAVE -> response.saveTo(folder.resolve("file"));
                case LINES -> response.lines().iterator().next();
                case EVENTS -> response.events().next();
            }
        }
    }

    private interface Ending {
        void end(StreamedResponse response) throws Exception;
    }

    /** A coding that runs {@code before} before it decodes. It then copies or drops its input. */
    private record TestCoding(String name, boolean copies, Runnable before) implements ContentCoding {
        static final TestCoding COPY = new TestCoding("copy", true, () -> {});

        @Override
        public boolean cleansItself() {
            return true;
        }

        @Override
        public Codec open() {
            return new Codec() {
                @Override
                public boolean decode(ByteBuffer in, ByteBuffer out) {
                    before.run();
                    while (in.hasRemaining() && (!copies || out.hasRemaining())) {
                        byte next = in.get();
                        if (copies) {
                            out.put(next);
                        }
                    }
                    return true;
                }

                @Override
                public void close() {}
            };
        }
    }

    private static Httpipe client(ContentCoding... codings) {
        return Httpipe.builder()
                .decoding(new Decoding(new DecodingRules(() -> List.of(codings))))
                .build();
    }

    /** Ends a response while the operation is in a codec. Returns the failure of the operation. */
    private Throwable endWhileDecoding(Operation operation, String codings, boolean copies, Ending ending)
            throws Exception {
        Signal decoding = new Signal();
        Signal mayGoOn = new Signal();
        TestCoding hold = new TestCoding("hold", copies, () -> {
            decoding.set();
            mayGoOn.await();
        });
        Script script = peer -> {
            peer.head();
            peer.send(CHUNKED.formatted(codings) + chunk(bytes("a")));
            peer.awaitClose();
        };
        try (ScriptedServer server = ScriptedServer.of(script);
                Httpipe hp = client(hold, TestCoding.COPY)) {
            StreamedResponse response = hp.stream(Request.get(server.uri("/")));
            FutureTask<Void> running = new FutureTask<>(() -> {
                operation.run(response, folder);
                return null;
            });
            Threads.PLATFORM.start(running);
            decoding.await();
            ending.end(response);
            mayGoOn.set();
            Throwable failure = assertThrows(ExecutionException.class, () -> running.get(20, TimeUnit.SECONDS))
                    .getCause();
            assertThrows(Exception.class, () -> response.body().read(), "it stays closed");
            return failure;
        }
    }

    private static void requireCancelled(Throwable failure) {
        Throwable found = failure instanceof UncheckedIOException e ? e.getCause() : failure;
        CancelledException cancelled = assertInstanceOf(CancelledException.class, found);
        assertEquals(CancelledException.Reason.RESPONSE_CLOSED, cancelled.reason());
        String start = "the response was closed by another thread while reading the response body (";
        assertTrue(cancelled.getMessage().startsWith(start), cancelled.getMessage());
        assertTrue(cancelled.bytesSent() > 0);
        assertTrue(cancelled.bytesReceived() > 0);
        assertFalse(cancelled.safeToRetry());
    }

    private void requireNoFile() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(), files.toList());
        }
    }

    /** With two codings, the operation is held in the codec of the inner or of the outer coding. */
    @ParameterizedTest
    @EnumSource
    void aCloseWhileDecodingCancelsTheOperation(Operation operation) throws Exception {
        for (String codings : new String[] {"hold", "copy, hold", "hold, copy"}) {
            requireCancelled(endWhileDecoding(operation, codings, false, StreamedResponse::abort));
            requireCancelled(endWhileDecoding(operation, codings, false, StreamedResponse::close));
        }
        requireNoFile();
    }

    /** The close finds the connection free, and reads the rest of the body meanwhile. */
    @ParameterizedTest
    @EnumSource
    void anOperationIsCancelledWhileTheOtherThreadIsStillClosing(Operation operation) throws Exception {
        requireCancelled(endWhileDecoding(operation, "hold", false, response -> {
            Thread closer = Threads.PLATFORM.start(response::close);
            while (closer.isAlive() && !Threads.waits(closer, "Http1Conversation.drain")) {
                Thread.yield();
            }
        }));
        requireNoFile();
    }

    /** The read in progress returns its decoded bytes. The next read of the same operation detects the close. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "READ")
    void aCloseBetweenTwoReadsCancelsTheOperation(Operation operation) throws Exception {
        for (String codings : new String[] {"hold", "copy, hold", "hold, copy"}) {
            requireCancelled(endWhileDecoding(operation, codings, true, StreamedResponse::abort));
            requireCancelled(endWhileDecoding(operation, codings, true, StreamedResponse::close));
        }
        requireNoFile();
    }

    private static Script dripping(String coding) {
        return peer -> {
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\n%sContent-Length: 60000\r\n\r\n".formatted(coding));
            peer.drip(new byte[60_000], 10);
        };
    }

    @Test
    void aCloseByTheProgressListenerCancelsTheOperation() throws Exception {
        for (String coding : new String[] {"", "Content-Encoding: copy\r\n"}) {
            try (ScriptedServer server = ScriptedServer.of(dripping(coding));
                    Httpipe hp = client(TestCoding.COPY)) {
                StreamedResponse response = hp.stream(Request.get(server.uri("/")));
                requireCancelled(assertThrows(
                        IOException.class,
                        () -> response.saveTo(folder.resolve("file"), progress -> response.close())));
                requireNoFile();
            }
        }
    }

    @Test
    void anAbortByTheOutputCancelsTheTransfer() throws Exception {
        for (boolean replaced : new boolean[] {false, true}) {
            try (ScriptedServer server = ScriptedServer.of(dripping(""));
                    Httpipe hp = Httpipe.create()) {
                StreamedResponse response = hp.stream(Request.get(server.uri("/")));
                BodyReader body = replaced ? response.withBody(response.body()).body() : response.body();
                OutputStream closing = new OutputStream() {
                    @Override
                    public void write(int oneByte) {
                        response.abort();
                    }
                };
                requireCancelled(assertThrows(IOException.class, () -> body.transferTo(closing)));
            }
        }
    }

    @Test
    void anAbortByTheUploadOfTheBodyCancelsTheOperation() throws Exception {
        try (ScriptedServer from = ScriptedServer.of(dripping(""));
                ScriptedServer to = ScriptedServer.of(Peer::awaitClose);
                Httpipe hp = Httpipe.create()) {
            StreamedResponse source = hp.stream(Request.get(from.uri("/")));
            Body body = Body.of(source.body()).progress(progress -> source.abort());
            Request request = Request.put(to.uri("/")).body(body);
            RequestBodyException e = assertThrows(RequestBodyException.class, () -> hp.request(request));
            requireCancelled(e.getCause());
        }
    }

    @ParameterizedTest
    @EnumSource
    void anOperationThatBeginsAfterTheCloseIsAMistake(Operation operation) throws Exception {
        for (String coding : new String[] {"", "Content-Encoding: copy\r\n"}) {
            try (ScriptedServer server = ScriptedServer.of(dripping(coding));
                    Httpipe hp = client(TestCoding.COPY)) {
                StreamedResponse response = hp.stream(Request.get(server.uri("/")));
                response.abort();
                assertThrows(IllegalStateException.class, () -> operation.run(response, folder));
                requireNoFile();
            }
        }
    }
}
