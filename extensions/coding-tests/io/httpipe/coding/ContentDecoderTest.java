package io.httpipe.coding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import io.httpipe.ContentDecoder;
import io.httpipe.Decoding;
import io.httpipe.DecodingException;
import io.httpipe.Httpipe;
import io.httpipe.Limits;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.StreamedResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Tests a content coding through a client: pieces, flushes, cut and changed data. Each extension with a coding runs
 * these tests with its own decoder.
 */
@Timeout(120)
public abstract class ContentDecoderTest {
    protected static final byte[] PLAIN =
            "Some text that is repeated. ".repeat(500).getBytes(StandardCharsets.UTF_8);
    private static final DecodingException.Reason LIMIT = DecodingException.Reason.LIMIT;
    private static final DecodingException.Reason TRAILING_DATA = DecodingException.Reason.TRAILING_DATA;

    final String coding;
    private final ContentDecoder decoder;

    /**
     * Tests a decoder.
     *
     * @param coding the name of its coding
     */
    protected ContentDecoderTest(String coding, ContentDecoder decoder) {
        this.coding = coding;
        this.decoder = decoder;
    }

    /** {@return a stream that encodes what is written to it} Its {@code flush} sends everything that was written. */
    protected abstract OutputStream encoder(OutputStream out, int level) throws IOException;

    protected final byte[] encode(byte[] plain, int level) throws IOException {
        ByteArrayOutputStream encoded = new ByteArrayOutputStream();
        try (OutputStream out = encoder(encoded, level)) {
            out.write(plain);
        }
        return encoded.toByteArray();
    }

    protected static Httpipe client() {
        return Httpipe.builder().decoding(Decoding.ON).build();
    }

    protected final byte[] whole(byte[] encoded) throws IOException {
        try (CodedServer server = CodedServer.chunked(coding, encoded.length + 1, encoded);
                Httpipe hp = client()) {
            return hp.get(server.uri()).body();
        }
    }

    protected final DecodingException.Reason refusal(byte[] encoded) {
        return assertThrows(DecodingException.class, () -> whole(encoded)).reason();
    }

    @Test
    void asksForTheCodingAndDecodesIt() throws Exception {
        byte[] encoded = encode(PLAIN, 5);
        try (CodedServer server = CodedServer.chunked(coding, 1000, encoded);
                Httpipe hp = client()) {
            Response response = hp.get(server.uri());
            assertArrayEquals(PLAIN, response.body());
            assertTrue(
                    server.lastHead().contains("Accept-Encoding: gzip, deflate, " + coding + "\r\n"), server::lastHead);
            assertEquals(coding, response.wireHeaders().first("Content-Encoding"));
            byte[] streamed = hp.stream(Request.get(server.uri()), r -> r.body().readAllBytes());
            assertArrayEquals(PLAIN, streamed);
        }
    }

    @Test
    void isOneOfSeveralCodings() throws Exception {
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(both)) {
            out.write(encode(PLAIN, 3));
        }
        try (CodedServer server = CodedServer.chunked(coding + ", gzip", 7, both.toByteArray());
                Httpipe hp = client()) {
            assertArrayEquals(PLAIN, hp.get(server.uri()).body());
        }
    }

    @Test
    void arrivesByteByByteAndIsReadByteByByte() throws Exception {
        byte[] encoded = encode(PLAIN, 5);
        try (CodedServer server = CodedServer.chunked(coding, 1, encoded);
                Httpipe hp = client();
                StreamedResponse response = hp.stream(Request.get(server.uri()))) {
            for (byte b : PLAIN) {
                assertEquals(b, response.body().read());
            }
            assertEquals(-1, response.body().read());
        }
    }

    @Test
    void eachFlushArrivesBeforeTheNextBytesAreSent() throws Exception {
        CountDownLatch[] seen = {new CountDownLatch(1), new CountDownLatch(1)};
        try (CodedServer server = CodedServer.of(coding, wire -> {
                    try (OutputStream out = encoder(wire, 5)) {
                        for (int i = 0; i < 2; i++) {
                            out.write(("event " + i).getBytes(StandardCharsets.UTF_8));
                            out.flush();
                            seen[i].await();
                        }
                    }
                });
                Httpipe hp = client();
                StreamedResponse response = hp.stream(Request.get(server.uri()))) {
            byte[] buffer = new byte[100];
            for (int i = 0; i < 2; i++) {
                int length = response.body().read(buffer);
                assertEquals("event " + i, new String(buffer, 0, length, StandardCharsets.UTF_8));
                seen[i].countDown();
            }
            assertEquals(-1, response.body().read());
        }
    }

    @Test
    void eachPrefixIsTruncated() throws Exception {
        byte[] encoded = encode("short, short, short".getBytes(StandardCharsets.UTF_8), 5);
        for (int length = 1; length < encoded.length; length++) {
            DecodingException.Reason reason = refusal(Arrays.copyOf(encoded, length));
            assertEquals(DecodingException.Reason.TRUNCATED, reason, "of " + length + " bytes");
        }
    }

    /** The bytes arrive together with the end, or after it, or in pieces. */
    @Test
    void otherBytesAfterTheEndAreRefused() throws Exception {
        for (byte[] encoded :
                List.of(encode(PLAIN, 5), flushed(PLAIN), encode(new byte[1 << 20], 5), encode(new byte[0], 5))) {
            for (byte[] garbage : trailingData()) {
                byte[] longer = Arrays.copyOf(encoded, encoded.length + garbage.length);
                System.arraycopy(garbage, 0, longer, encoded.length, garbage.length);
                for (int size : new int[] {1, encoded.length, longer.length}) {
                    try (CodedServer server = CodedServer.chunked(coding, size, longer);
                            Httpipe hp = Httpipe.builder()
                                    .decoding(Decoding.ON)
                                    .limits(Limits.DEFAULT.maxRatio(1 << 20))
                                    .build()) {
                        DecodingException e = assertThrows(DecodingException.class, () -> hp.get(server.uri()));
                        String what =
                                encoded.length + " bytes in pieces of " + size + ", then " + Arrays.toString(garbage);
                        assertEquals(TRAILING_DATA, e.reason(), what);
                        assertEquals(coding, e.coding());
                    }
                }
            }
        }
    }

    /** {@return bytes that cannot follow the end of the encoded data} */
    protected List<byte[]> trailingData() {
        return List.of(new byte[1], new byte[100], "<html>".getBytes(StandardCharsets.UTF_8));
    }

    /** Returns encoded data that was flushed before its end, so that its last bytes have no output. */
    private byte[] flushed(byte[] plain) throws IOException {
        ByteArrayOutputStream encoded = new ByteArrayOutputStream();
        try (OutputStream out = encoder(encoded, 5)) {
            out.write(plain);
            out.flush();
        }
        return encoded.toByteArray();
    }

    @Test
    void randomDataAtEachLevelIsDecoded() throws Exception {
        Random random = new Random(19);
        for (int level = 1; level <= 9; level++) {
            byte[] plain = new byte[random.nextInt(100_000)];
            for (int i = 0; i < plain.length; i++) {
                plain[i] = (byte) random.nextInt(1 + level * 10);
            }
            byte[] encoded = encode(plain, level);
            try (CodedServer server = CodedServer.chunked(coding, 1 + random.nextInt(5000), encoded);
                    Httpipe hp = client()) {
                assertArrayEquals(plain, hp.get(server.uri()).body());
            }
        }
    }

    /** Changes each byte in turn. The decoder may return wrong bytes, because the format has no checksum, or throw. */
    @Test
    void changedBytesDoNoHarm() throws Exception {
        byte[] encoded = encode(PLAIN, 5);
        for (int i = 0; i < encoded.length; i++) {
            byte[] changed = encoded.clone();
            changed[i] ^= 0x41;
            try (ContentDecoder.Codec codec = decoder.open()) {
                ByteBuffer in = ByteBuffer.wrap(changed);
                ByteBuffer out = ByteBuffer.allocate(100_000);
                codec.decode(in, out);
            } catch (IOException e) {
                assertTrue(e.getMessage() != null, "a message");
            }
        }
    }

    @Test
    void canBeClosedTwiceAndBeforeItsEnd() throws Exception {
        ContentDecoder.Codec codec = decoder.open();
        codec.decode(ByteBuffer.wrap(encode(PLAIN, 5), 0, 20), ByteBuffer.allocate(10));
        codec.close();
        codec.close();
    }

    @Test
    void tenGibibytesOfZerosEndAtTheRatioInASmallHeap() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        DecompressionBomb.class.getName(),
                        getClass().getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor(), output);
            assertEquals(List.of("LIMIT, true", "LIMIT, true"), output.lines().toList());
        } finally {
            process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void usesOnlyTheExportedApi() {
        ArchRuleDefinition.noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.httpipe.internal..")
                .check(new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .importPackages(decoder.getClass().getPackageName()));
    }
}
