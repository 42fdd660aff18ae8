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
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.StreamedResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A content coding through a client: pieces, flushes, cut and changed data. Each extension with a coding runs these tests
 * with its own decoder.
 */
@Timeout(120)
public abstract class ContentDecoderTest {
    protected static final byte[] PLAIN =
            "Some text that is repeated. ".repeat(500).getBytes(StandardCharsets.UTF_8);
    private static final DecodingException.Reason LIMIT = DecodingException.Reason.LIMIT;

    private final String coding;
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

    /** {@return a stream that encodes what is written to it, and flushes it} */
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
            assertTrue(server.lastHead().contains("Accept-Encoding: gzip, deflate, " + coding + "\r\n"), server::lastHead);
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

    /** If the bytes arrive together with the end, the library cannot tell them from malformed data. */
    @Test
    void otherBytesAfterTheEndAreRefused() throws Exception {
        byte[] encoded = encode(PLAIN, 5);
        byte[] longer = Arrays.copyOf(encoded, encoded.length + 5);
        refusal(longer);
        try (CodedServer server = CodedServer.of(coding, wire -> {
                    wire.write(encoded);
                    wire.flush();
                    wire.write("xxxxx".getBytes(StandardCharsets.UTF_8));
                });
                Httpipe hp = client()) {
            assertThrows(DecodingException.class, () -> hp.get(server.uri()));
        }
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

    /** Each byte is changed in turn. The format has no checksum, so other bytes may come out, but nothing else happens. */
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
    void tenGibibytesOfZerosEndAtTheRatio() throws Exception {
        try (CodedServer server = CodedServer.of(coding, wire -> {
                    byte[] zeros = new byte[1 << 20];
                    try (OutputStream out = encoder(wire, 5)) {
                        for (int i = 0; i < 10 << 10; i++) {
                            out.write(zeros);
                            out.flush();
                        }
                    }
                });
                Httpipe hp = client()) {
            DecodingException e = assertThrows(DecodingException.class, () -> hp.get(server.uri()));
            assertEquals(LIMIT, e.reason());
            DecodingException streamed = assertThrows(
                    DecodingException.class,
                    () -> hp.stream(
                            Request.get(server.uri()), r -> r.body().transferTo(OutputStream.nullOutputStream())));
            assertEquals(LIMIT, streamed.reason());
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
