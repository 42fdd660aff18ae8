package io.httpipe;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.RequestBodyReader;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Signal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The source of a body waits until the server has its first bytes. No wrapper of the body may delay these bytes. */
@Timeout(120)
class BodyDialogueTest {
    private static final String FIRST = "hello";
    private static final String REST = " world";

    private static Stream<Arguments> bodies() {
        List<Function<Signal, Body>> sources = List.of(
                firstArrived -> Body.of(new Source(firstArrived)),
                firstArrived -> Body.of(new Source(firstArrived), FIRST.length() + REST.length()),
                firstArrived -> Body.of(() -> new Source(firstArrived)),
                firstArrived -> Body.of(() -> new Source(firstArrived), FIRST.length() + REST.length()),
                firstArrived -> Body.of(pieces(firstArrived)),
                firstArrived -> Body.writing(out -> write(out, firstArrived)),
                firstArrived -> Body.writing(out -> write(out, firstArrived)).repeatable());
        List<UnaryOperator<Body>> wrappers = List.of(
                body -> body,
                BodyDialogueTest::tee,
                body -> body.progress(p -> {}),
                body -> tee(body.progress(p -> {})),
                body -> Body.multipart().part("a", body),
                body -> tee(Body.multipart().part("a", body)),
                Body::gzip,
                body -> Body.gzip(tee(body)),
                body -> tee(Body.gzip(body)),
                body -> Body.gzip(Body.multipart().part("a", body)));
        return sources.stream().flatMap(source -> wrappers.stream().map(wrapper -> Arguments.of(source, wrapper)));
    }

    private static Body tee(Body body) {
        return body.tee(OutputStream::nullOutputStream);
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void theServerGetsTheFirstBytesBeforeTheSourceGivesTheRest(
            Function<Signal, Body> source, UnaryOperator<Body> wrapper) throws Exception {
        Signal firstArrived = new Signal();
        AtomicReference<String> received = new AtomicReference<>();
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    InputStream body = body(peer);
                    StringBuilder text = new StringBuilder();
                    while (text.indexOf(FIRST) < 0) {
                        text.append(next(body));
                    }
                    firstArrived.set();
                    received.set(text + new String(body.readAllBytes(), ISO_8859_1));
                    peer.send("HTTP/1.1 204 No Content\r\n\r\n");
                });
                Httpipe hp = Httpipe.create()) {
            Body body = wrapper.apply(source.apply(firstArrived));
            assertEquals(
                    204, hp.request(Request.post(server.uri("/")).body(body)).status());
            assertTrue(received.get().contains(FIRST + REST), received.get());
        }
    }

    /** Returns the decoded body of a request that the server receives. */
    private static InputStream body(Peer peer) throws IOException {
        String head = peer.head();
        InputStream body = new ArrivingBody(peer.bodyOf(head));
        return head.contains("\r\nContent-Encoding: gzip\r\n") ? new GZIPInputStream(body) : body;
    }

    private static char next(InputStream body) throws IOException {
        int next = body.read();
        if (next < 0) {
            throw new EOFException("the body ends without its first bytes");
        }
        return (char) next;
    }

    private static void write(OutputStream out, Signal firstArrived) throws IOException {
        out.write(FIRST.getBytes(ISO_8859_1));
        out.flush();
        firstArrived.await();
        out.write(REST.getBytes(ISO_8859_1));
    }

    private static Iterator<byte[]> pieces(Signal firstArrived) {
        return Stream.of(FIRST, REST)
                .map(piece -> {
                    if (piece.equals(REST)) {
                        firstArrived.await();
                    }
                    return piece.getBytes(ISO_8859_1);
                })
                .iterator();
    }

    /** A stream that returns its first bytes and then waits for a signal. */
    private static final class Source extends InputStream {
        private final Signal firstArrived;
        private final InputStream first = new ByteArrayInputStream(FIRST.getBytes(ISO_8859_1));
        private final InputStream rest = new ByteArrayInputStream(REST.getBytes(ISO_8859_1));

        Source(Signal firstArrived) {
            this.firstArrived = firstArrived;
        }

        @Override
        public int read() throws IOException {
            throw new IOException("only pieces are read");
        }

        @Override
        public int read(byte[] into, int offset, int count) throws IOException {
            int read = first.read(into, offset, count);
            if (read >= 0) {
                return read;
            }
            firstArrived.await();
            return rest.read(into, offset, count);
        }
    }

    /** A request body. Each read returns the bytes that have arrived. */
    private static final class ArrivingBody extends InputStream {
        private final RequestBodyReader reader;
        private ByteArrayInputStream piece = new ByteArrayInputStream(new byte[0]);

        ArrivingBody(RequestBodyReader reader) {
            this.reader = reader;
        }

        private boolean arrived() throws IOException {
            ByteArrayOutputStream next = new ByteArrayOutputStream();
            if (piece.available() == 0 && reader.next(next)) {
                piece = new ByteArrayInputStream(next.toByteArray());
            }
            return piece.available() > 0;
        }

        @Override
        public int read() throws IOException {
            return arrived() ? piece.read() : -1;
        }

        @Override
        public int read(byte[] into, int offset, int count) throws IOException {
            return arrived() ? piece.read(into, offset, count) : -1;
        }
    }
}
