package io.httpipe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link Body#writeTo} and {@link Body#isRepeatable}. */
class BodyCopyTest {
    @TempDir
    private Path folder;

    private static byte[] copy(Body body) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        body.writeTo(out);
        return out.toByteArray();
    }

    private static String text(Body body) throws IOException {
        return new String(copy(body), UTF_8);
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(UTF_8));
    }

    @Test
    void bodiesThatCanBeSentAgainAreCopiedAnyNumberOfTimes() throws Exception {
        Path file = Files.writeString(folder.resolve("x"), "abc");
        for (Body body : List.of(
                Body.of("abc"),
                Body.of(file),
                Body.of(() -> stream("abc")),
                Body.writing(out -> out.write("abc".getBytes(UTF_8))).repeatable(),
                Body.of("abc").progress(p -> {}))) {
            assertTrue(body.isRepeatable(), body.toString());
            assertEquals("abc", text(body), body.toString());
            assertEquals("abc", text(body), body.toString());
        }
        assertEquals("a=1&b=%C3%A9", text(Body.form(List.of(Map.entry("a", "1"), Map.entry("b", "é")))));
    }

    @Test
    void aBodyThatCanBeSentOnceCountsAsSent() throws Exception {
        for (Body body : List.of(
                Body.of(stream("abc")),
                Body.of(BodyReader.of(stream("abc"))),
                Body.of(List.of("a".getBytes(UTF_8), "bc".getBytes(UTF_8)).iterator()),
                Body.writing(out -> out.write("abc".getBytes(UTF_8))),
                Body.of(stream("abc")).progress(p -> {}))) {
            assertFalse(body.isRepeatable(), body.toString());
            assertEquals("abc", text(body), body.toString());
            assertThrows(IllegalStateException.class, () -> copy(body), body.toString());
        }
    }

    @Test
    void theResponseOfAPipeIsClosed() throws Exception {
        AtomicBoolean closed = new AtomicBoolean();
        InputStream in = new ByteArrayInputStream("abc".getBytes(UTF_8)) {
            @Override
            public void close() {
                closed.set(true);
            }
        };
        assertEquals("abc", text(Body.closing(BodyReader.of(in))));
        assertTrue(closed.get());
    }

    @Test
    void aStreamInAFormCanBeCompressed() throws Exception {
        Body form = Body.multipart().part("file", Body.of(stream("abc")));
        byte[] compressed = copy(Body.gzip(form));
        String plain = new String(new GZIPInputStream(new ByteArrayInputStream(compressed)).readAllBytes(), UTF_8);
        assertTrue(plain.contains("\r\n\r\nabc\r\n--"), plain);
    }

    @Test
    void gzipIsWrittenAsItIsSent() throws Exception {
        Body body = Body.gzip(Body.of("abc"));
        assertArrayEquals(copy(body), copy(body));
    }
}
