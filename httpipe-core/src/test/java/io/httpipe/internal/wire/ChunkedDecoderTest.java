package io.httpipe.internal.wire;

import static io.httpipe.internal.wire.ParserHarness.LIMITS;
import static io.httpipe.internal.wire.ParserHarness.bytes;
import static io.httpipe.internal.wire.ParserHarness.linesOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Chunked bodies. Each is fed whole, byte by byte, and cut in two at every byte. Bytes after it must not be consumed.
 */
class ChunkedDecoderTest {
    /** The start of the next response, which must not be consumed. */
    private static final String NEXT = "HTTP/1.1 200 OK\r\n\r\n0\r\n\r\n";

    private record DecodedBody(String data, List<String> trailers) {}

    /** Feeds a decoder like the real caller: bytes not consumed stay in front of the bytes that arrive next. */
    private static final class DecoderFeed {
        final ChunkedDecoder decoder;
        final byte[] stream;
        final StringBuilder data = new StringBuilder();
        int start;
        int end;

        DecoderFeed(WireLimits limits, String stream) {
            this.decoder = new ChunkedDecoder(limits);
            this.stream = bytes(stream);
        }

        /** Feeds all bytes of the stream before this index. */
        void arriveUpTo(int index) throws MalformedException {
            end = index;
            while (!decoder.done()) {
                if (decoder.remaining() == 0) {
                    start = decoder.advance(stream, start, end);
                }
                int count = (int) Math.min(decoder.remaining(), end - start);
                if (count == 0) {
                    return;
                }
                data.append(new String(stream, start, count, StandardCharsets.ISO_8859_1));
                start += count;
                decoder.dataTaken(count);
            }
        }

        DecodedBody decoded() {
            return new DecodedBody(data.toString(), linesOf(decoder.trailers()));
        }
    }

    private static DecodedBody read(WireLimits limits, String stream, int... cuts) throws IOException {
        DecoderFeed feed = new DecoderFeed(limits, stream);
        for (int cut : cuts) {
            feed.arriveUpTo(cut);
        }
        feed.arriveUpTo(stream.length());
        if (!feed.decoder.done()) {
            throw new EOFException("still waiting after " + Ascii.quote(stream));
        }
        assertEquals(NEXT, stream.substring(feed.start), "bytes after the body are not consumed");
        return feed.decoded();
    }

    private static DecodedBody decode(String body) throws IOException {
        return decode(LIMITS, body);
    }

    /** Decodes a body. Checks that it is the same however it arrives, and that it ends at the last byte of the text. */
    private static DecodedBody decode(WireLimits limits, String body) throws IOException {
        String stream = body + NEXT;
        DecodedBody whole = read(limits, stream);
        for (int cut = 0; cut <= stream.length(); cut++) {
            assertEquals(whole, read(limits, stream, cut), "cut at " + cut);
        }
        assertEquals(whole, read(limits, stream, everyByte(stream)), "byte by byte");

        DecoderFeed exact = new DecoderFeed(limits, body);
        for (int length = 0; length < body.length(); length++) {
            exact.arriveUpTo(length);
            assertFalse(exact.decoder.done(), "not done after %d bytes".formatted(length));
        }
        exact.arriveUpTo(body.length());
        assertTrue(exact.decoder.done(), "done at the last byte");
        return whole;
    }

    private static String assertRefused(String body) {
        return assertRefused(LIMITS, body);
    }

    /** Checks that a body is refused however it arrives. Returns the message; where the body is cut may change it. */
    private static String assertRefused(WireLimits limits, String body) {
        String stream = body + NEXT;
        for (int cut = 0; cut <= stream.length(); cut++) {
            int at = cut;
            assertThrows(MalformedException.class, () -> read(limits, stream, at), "cut at " + cut);
        }
        assertThrows(MalformedException.class, () -> read(limits, stream, everyByte(stream)), "byte by byte");
        // The body must be refused without the bytes after it, as soon as its line is complete.
        DecoderFeed alone = new DecoderFeed(limits, body);
        assertThrows(MalformedException.class, () -> {
            alone.arriveUpTo(body.length());
            fail("waiting for more of " + Ascii.quote(body));
        });
        return assertThrows(MalformedException.class, () -> read(limits, stream))
                .getMessage();
    }

    private static int[] everyByte(String stream) {
        int[] cuts = new int[stream.length()];
        for (int i = 0; i < cuts.length; i++) {
            cuts[i] = i;
        }
        return cuts;
    }

    @Test
    void readsChunksUntilTheLastChunk() throws Exception {
        assertEquals(new DecodedBody("hello world", List.of()), decode("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"));
    }

    @Test
    void readsAnEmptyBody() throws Exception {
        assertEquals(new DecodedBody("", List.of()), decode("0\r\n\r\n"));
    }

    @Test
    void doesNotMistakeDataForFraming() throws Exception {
        String data = "0\r\n\r\n5\r\nhello\r\n";
        assertEquals(15, data.length());
        assertEquals(data, decode("f\r\n" + data + "\r\n0\r\n\r\n").data());
    }

    @ParameterizedTest
    @CsvSource({"a, 10", "A, 10", "1F, 31", "1f, 31", "0a, 10", "000000000000000000000000c, 12", "fF, 255"})
    void readsASizeInEitherCaseAndWithLeadingZeros(String size, int bytes) throws Exception {
        String data = "x".repeat(bytes);
        assertEquals(data, decode(size + "\r\n" + data + "\r\n0\r\n\r\n").data());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "00", "000", "00000000000000000000000000000000"})
    void acceptsEverySpellingOfZeroAsTheLastChunk(String zero) throws Exception {
        assertEquals("hi", decode("2\r\nhi\r\n" + zero + "\r\n\r\n").data());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ";name",
                ";name=value",
                ";a=b;c;d=e",
                ";name=\"a;b\"",
                ";name=\"\"",
                ";name=\"say \\\"hi\\\"\"",
                ";name=\"back\\\\\"",
                ";name=\"tab\there \u00e4\"",
                ";name=\"5\";x=\"=\"",
                " ;a",
                "\t; a",
                " ; a = b ; c = \"d\" ;e",
                ";!#$%&'*+-.^_`|~=1"
            })
    void acceptsAndIgnoresWellFormedExtensions(String extensions) throws Exception {
        assertEquals(
                new DecodedBody("hello", List.of("X: 1")),
                decode("5" + extensions + "\r\nhello\r\n0" + extensions + "\r\nX: 1\r\n\r\n"));
    }

    @Test
    void readsTrailers() throws Exception {
        assertEquals(
                new DecodedBody("hi", List.of("X-Sum: 7", "ETag: \"a\"", "X-Sum: ")),
                decode("2\r\nhi\r\n0\r\nx-sum: 7\r\netag:\"a\" \r\nX-Sum:\r\n\r\n"));
        assertEquals(List.of("A: 1"), decode("0\r\nA: 1\r\n\r\n").trailers());
    }

    @Test
    void joinsFoldedTrailers() throws Exception {
        assertEquals(
                List.of("A: 1   2", "B: 3"),
                decode("0\r\nA: 1\r\n 2\r\nB: 3\r\n\r\n").trailers());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0\r\n\n",
                "0\r\nA: 1\n\n",
                "0\r\nA: 1\n\r\n",
                "0\r\nA: 1\r\n\n",
                "0\r\nA: 1\nB: 2\r\n\r\n",
                "0\r\nA: 1\n 2\r\n\r\n"
            })
    void refusesALoneLineFeedInATrailerSection(String body) {
        assertEquals("lone LF in a trailer section", assertRefused(body));
    }

    @Test
    void hasNoTrailersBeforeTheEnd() throws Exception {
        DecoderFeed feed = new DecoderFeed(LIMITS, "0\r\nA: 1\r\n\r\n");
        feed.arriveUpTo(9);
        assertEquals(0, feed.decoder.trailers().size());
        assertFalse(feed.decoder.done());
        feed.arriveUpTo(11);
        assertEquals(1, feed.decoder.trailers().size());
        assertTrue(feed.decoder.done());
    }

    @Test
    void reportsTheRemainingBytesOfALargeChunk() throws Exception {
        ChunkedDecoder decoder = new ChunkedDecoder(LIMITS);
        byte[] line = bytes("7fffffffffffffff\r\n");
        assertEquals(line.length, decoder.advance(line, 0, line.length));
        assertEquals(Long.MAX_VALUE, decoder.remaining());
        decoder.dataTaken(1L << 62);
        assertEquals(Long.MAX_VALUE - (1L << 62), decoder.remaining());
        decoder.dataTaken(decoder.remaining());
        assertEquals(0, decoder.remaining());
        assertFalse(decoder.done());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-5\r\nhello\r\n",
                "+5\r\nhello\r\n",
                "0x5\r\nhello\r\n",
                "0X5\r\nhello\r\n",
                "x5\r\nhello\r\n",
                " 5\r\nhello\r\n",
                "\t5\r\nhello\r\n",
                "5h\r\nhello\r\n",
                "5,\r\nhello\r\n",
                "5.0\r\nhello\r\n",
                "5_0\r\nhello\r\n",
                "g\r\nhello\r\n",
                "\0005\r\nhello\r\n",
                ";a=b\r\nhello\r\n",
                "5\0\r\nhello\r\n",
                "\u00b2\r\nhello\r\n",
                "HTTP/1.1 200 OK\r\n",
                "hello"
            })
    void refusesASizeThatIsNotOnlyHexDigits(String body) {
        String message = assertRefused(body);
        assertTrue(message.startsWith("bad chunk size: \""), message);
        assertRefused("2\r\nhi\r\n" + body);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\r\nhello\r\n", "\n0\r\n\r\n", "5\nhello\r\n", "05\nhello\r\n", "5;a\nhello\r\n", "0\n\r\n"})
    void refusesASizeLineThatIsEmptyOrEndsInALoneLineFeed(String body) {
        assertRefused(body);
        assertRefused("2\r\nhi\r\n" + body);
    }

    /** Small devices pad the size to a fixed width. All clients that were compared accept the padding, except one. */
    @ParameterizedTest
    @ValueSource(strings = {" ", "\t", "     ", " \t \t"})
    void acceptsSpacesAndTabsAfterASize(String padding) throws Exception {
        assertEquals(
                new DecodedBody("hello", List.of("X: 1")),
                decode("5" + padding + "\r\nhello\r\n0" + padding + "\r\nX: 1\r\n\r\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"5 6", "5 x", "5 \t=", "5 ;", "5;a ", "5 ;a=b\t", "5 \0", "5 \u000b"})
    void refusesPaddingMixedWithAnythingElse(String line) {
        String message = assertRefused(line + "\r\nhello\r\n");
        assertTrue(message.startsWith("bad chunk extension: \""), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"5 \nhello\r\n", "5 \r\r\nhello\r\n", "5\r \nhello\r\n", "0 \n\r\n", "5 \rhello\r\n"})
    void refusesAnyLineEndExceptCrLfAfterPadding(String body) {
        assertRefused(body);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "5;",
                "5; ",
                "5;;a",
                "5;a;",
                "5;a ",
                "5;a=b ",
                "5;=b",
                "5;a=",
                "5;a=;b",
                "5;a=\"b",
                "5;a=\"b\\\"",
                "5;a=\"b\\",
                "5;a=\"b\"c",
                "5;a=b\"c\"",
                "5;a b",
                "5;a=b c",
                "5;a==b",
                "5;\0",
                "5;a=\0",
                "5;a=\"\0\"",
                "5;a=\"\\\0\"",
                "5;a=\"\u007f\"",
                "5;a\r",
                "5\r",
                "5\r;a",
                "5;a=\"b\rc\"",
                "5;\u00e4"
            })
    void refusesAMalformedExtension(String line) {
        assertRefused(line + "\r\nhello\r\n0\r\n\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "8000000000000000",
                "ffffffffffffffff",
                "10000000000000000",
                "10000000000000005",
                "fffffffffffffffff",
                "00008000000000000000"
            })
    void refusesASizeBeyondTheRangeOfALong(String size) {
        String message = assertRefused(size + "\r\nhello\r\n");
        assertTrue(message.startsWith("chunk size too large: \""), message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "5\r\nhello0\r\n\r\n",
                "5\r\nhello!\r\n0\r\n\r\n",
                "5\r\nhello\n0\r\n\r\n",
                "5\r\nhello\r0\r\n\r\n",
                "5\r\nhello\r\r\n0\r\n\r\n",
                "4\r\nhello\r\n0\r\n\r\n",
                "6\r\nhello\r\n0\r\n\r\n"
            })
    void refusesDataThatIsNotFollowedByCrLf(String body) {
        String message = assertRefused(body);
        assertTrue(message.startsWith("chunk data not followed by CR LF: \""), message);
    }

    @Test
    void allowsASizeLineOfExactlyTheLimit() throws Exception {
        WireLimits limits = new WireLimits(1024, 9, 8, 10, 64);
        assertEquals("hello", decode(limits, "5;abcdef\r\nhello\r\n0\r\n\r\n").data());
        assertEquals("chunk size line longer than 10 bytes", assertRefused(limits, "5;abcdefg\r\nhello\r\n0\r\n\r\n"));
        assertEquals("hello", decode(limits, "00000005\r\nhello\r\n0\r\n\r\n").data());
        assertRefused(limits, "000000005\r\nhello\r\n0\r\n\r\n");
    }

    /** Each line is ten bytes longer than a chunk of one byte needs. */
    @ParameterizedTest
    @ValueSource(strings = {"1;abcdefghi", "1          ", "00000000001", "001 ;a = bc", "1 ;a=\"12\";b"})
    void limitsPaddingToFourSizeLinesPlusTheData(String line) throws Exception {
        WireLimits limits = new WireLimits(1024, 9, 8, 30, 64);
        String chunk = line + "\r\nx\r\n";
        // At the 13th line, 12 bytes of data have arrived: the lines have 130 bytes of padding, and 4 * 30 + 12 are
        // allowed. 14 lines have 140, above 133.
        assertEquals(
                "x".repeat(13), decode(limits, chunk.repeat(13) + "0\r\n\r\n").data());
        assertEquals(
                "chunk extensions and padding exceed the data by more than 120 bytes",
                assertRefused(limits, chunk.repeat(13) + line + "\r\n"));
        assertRefused(limits, chunk.repeat(13) + "0;abcdefghi\r\n");
    }

    @Test
    void allows16KibOfExtensionsMoreThanTheData() throws Exception {
        String chunk = "400;" + "a".repeat(1023) + "\r\n" + "x".repeat(1024) + "\r\n";
        DecoderFeed balanced = new DecoderFeed(LIMITS, chunk.repeat(200));
        balanced.arriveUpTo(balanced.stream.length);
        assertEquals(200 * 1024, balanced.data.length());

        DecoderFeed excessive = new DecoderFeed(LIMITS, ("1;" + "a".repeat(4090) + "\r\nx\r\n").repeat(5));
        MalformedException e =
                assertThrows(MalformedException.class, () -> excessive.arriveUpTo(excessive.stream.length));
        assertEquals("chunk extensions and padding exceed the data by more than 16384 bytes", e.getMessage());
        assertEquals("xxxx", excessive.data.toString(), "the fifth line exceeds the limit");
    }

    @Test
    void doesNotCountAnnouncedDataAsReceived() {
        WireLimits limits = new WireLimits(1024, 9, 8, 20, 64);
        // 80 plus 5 bytes of padding are allowed. The lines have 75 plus 12, and the last chunk has no data yet.
        DecoderFeed feed = new DecoderFeed(limits, "0000000000000001\r\nx\r\n".repeat(5) + "7fffffff;abcdefghijk\r\n");
        assertThrows(MalformedException.class, () -> feed.arriveUpTo(feed.stream.length));
        assertEquals("xxxxx", feed.data.toString());
    }

    @Test
    void doesNotLimitUnpaddedChunksOfOneByte() throws Exception {
        DecoderFeed feed = new DecoderFeed(new WireLimits(1024, 9, 8, 3, 64), "1\r\nx\r\n".repeat(100_000));
        feed.arriveUpTo(feed.stream.length);
        assertEquals(100_000, feed.data.length());
    }

    @Test
    void refusesAnEndlessExtensionAsSoonAsTheLimitIsReached() throws Exception {
        DecoderFeed feed = new DecoderFeed(LIMITS, "5;a=\"" + "b".repeat(5000));
        feed.arriveUpTo(4095);
        assertEquals(0, feed.decoder.remaining());
        assertThrows(MalformedException.class, () -> feed.arriveUpTo(4096));
    }

    @Test
    void refusesTrailersOverTheirLimits() throws Exception {
        WireLimits limits = new WireLimits(1024, 2, 8, 64, 16);
        assertEquals(
                List.of("A: 1", "B: 2"),
                decode(limits, "0\r\nA: 1\r\nB:   2\r\n\r\n").trailers());
        assertTrue(assertRefused(limits, "0\r\nA: 1\r\nB:    2\r\n\r\n")
                .startsWith("trailer section larger than 16 bytes"));
        assertTrue(assertRefused(limits, "0\r\nX: aaaaaaaaaaaaaaaaaaaaaaaa")
                .startsWith("trailer section larger than 16 bytes"));
        assertEquals(
                "more than 2 fields",
                assertRefused(new WireLimits(1024, 2, 8, 64, 17), "0\r\nA:1\r\nB:2\r\nC:3\r\n\r\n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Content-Length: 5", "content-length: 5", "TRANSFER-ENCODING: chunked", "Transfer-Encoding:"})
    void refusesFramingFieldsInTrailers(String field) {
        String message = assertRefused("0\r\nA: 1\r\n" + field + "\r\n\r\n");
        assertTrue(message.endsWith(" in a trailer section"), message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "no colon",
                "A : 1",
                ": 1",
                " A: 1",
                " \r\n A: 1",
                "A: 1\r\n \t",
                "A: \0",
                "A: \u000b",
                "A: a\u007f",
                "A: 1\rB: 2",
                "HTTP/1.1 200 OK"
            })
    void refusesMalformedTrailers(String line) {
        assertRefused("0\r\n" + line + "\r\n\r\n");
    }

    @Test
    void decodesWithTheLargestPossibleLimits() throws Exception {
        int max = Integer.MAX_VALUE;
        WireLimits limits = new WireLimits(max, max, max, max, max);
        assertEquals(
                new DecodedBody("hello", List.of("A: 1")),
                decode(limits, "2;x\r\nhe\r\n3\r\nllo\r\n0\r\nA: 1\r\n\r\n"));
    }

    @Test
    void readsATrailerSectionFromTheMiddleOfABuffer() throws Exception {
        byte[] buffer = bytes("xx\r\nA: 1\r\n\r\nyy");
        HeadParser parser = new HeadParser(LIMITS);

        FieldLines none = parser.trailers(buffer, 2, buffer.length);
        assertNotNull(none);
        assertEquals(0, none.size());
        assertEquals(2, parser.consumed());

        FieldLines one = parser.trailers(buffer, 4, buffer.length);
        assertNotNull(one);
        assertEquals(List.of("A: 1"), linesOf(one));
        assertEquals(8, parser.consumed());
    }
}
