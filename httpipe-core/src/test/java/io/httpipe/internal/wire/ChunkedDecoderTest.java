package io.httpipe.internal.wire;

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

/** Chunked bodies, each fed whole, byte by byte, and cut in two at every octet; surplus must be left alone. */
class ChunkedDecoderTest {
    /** What the next response might look like; it must never be touched. */
    private static final String NEXT = "HTTP/1.1 200 OK\r\n\r\n0\r\n\r\n";

    private record Decoded(String data, List<String> trailers) {}

    /** Does as the real caller does: what the decoder has not eaten stays in front of what arrives next. */
    private static final class Feed {
        final ChunkedDecoder decoder;
        final byte[] stream;
        final StringBuilder data = new StringBuilder();
        int start;
        int end;

        Feed(WireLimits limits, String stream) {
            this.decoder = new ChunkedDecoder(limits);
            this.stream = Wire.bytes(stream);
        }

        /** Lets this much of the stream arrive. */
        void arrive(int until) throws MalformedException {
            end = until;
            while (!decoder.done()) {
                if (decoder.remaining() == 0) {
                    start = decoder.advance(stream, start, end);
                }
                int take = (int) Math.min(decoder.remaining(), end - start);
                if (take == 0) {
                    return;
                }
                data.append(new String(stream, start, take, StandardCharsets.ISO_8859_1));
                start += take;
                decoder.took(take);
            }
        }

        Decoded decoded() {
            return new Decoded(data.toString(), Wire.lines(decoder.trailers()));
        }
    }

    private static Decoded read(WireLimits limits, String stream, int... cuts) throws IOException {
        Feed feed = new Feed(limits, stream);
        for (int cut : cuts) {
            feed.arrive(cut);
        }
        feed.arrive(stream.length());
        if (!feed.decoder.done()) {
            throw new EOFException("still waiting after " + Ascii.quote(stream));
        }
        assertEquals(NEXT, stream.substring(feed.start), "the surplus is left alone");
        return feed.decoded();
    }

    private static Decoded decode(String body) throws IOException {
        return decode(Wire.LIMITS, body);
    }

    /** The body, which must come out the same however it arrives, and must end just where the text does. */
    private static Decoded decode(WireLimits limits, String body) throws IOException {
        String stream = body + NEXT;
        Decoded whole = read(limits, stream);
        for (int cut = 0; cut <= stream.length(); cut++) {
            assertEquals(whole, read(limits, stream, cut), "cut at " + cut);
        }
        assertEquals(whole, read(limits, stream, everyOctet(stream)), "byte by byte");

        Feed exact = new Feed(limits, body);
        for (int length = 0; length < body.length(); length++) {
            exact.arrive(length);
            assertFalse(exact.decoder.done(), "not done after %d octets".formatted(length));
        }
        exact.arrive(body.length());
        assertTrue(exact.decoder.done(), "done at the last octet");
        return whole;
    }

    private static String refused(String body) {
        return refused(Wire.LIMITS, body);
    }

    /** The message with which this body is refused; where it is cut makes no difference but to the wording. */
    private static String refused(WireLimits limits, String body) {
        String stream = body + NEXT;
        for (int cut = 0; cut <= stream.length(); cut++) {
            int at = cut;
            assertThrows(MalformedException.class, () -> read(limits, stream, at), "cut at " + cut);
        }
        assertThrows(MalformedException.class, () -> read(limits, stream, everyOctet(stream)), "byte by byte");
        // Not only because of what comes next: the fault shows as soon as its line is there.
        Feed alone = new Feed(limits, body);
        assertThrows(MalformedException.class, () -> {
            alone.arrive(body.length());
            fail("waiting for more of " + Ascii.quote(body));
        });
        return assertThrows(MalformedException.class, () -> read(limits, stream))
                .getMessage();
    }

    private static int[] everyOctet(String stream) {
        int[] cuts = new int[stream.length()];
        for (int i = 0; i < cuts.length; i++) {
            cuts[i] = i;
        }
        return cuts;
    }

    @Test
    void readsChunksUpToTheLastOne() throws Exception {
        assertEquals(new Decoded("hello world", List.of()), decode("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"));
    }

    @Test
    void readsAnEmptyBody() throws Exception {
        assertEquals(new Decoded("", List.of()), decode("0\r\n\r\n"));
    }

    @Test
    void takesNothingInTheDataForFraming() throws Exception {
        String data = "0\r\n\r\n5\r\nhello\r\n";
        assertEquals(15, data.length());
        assertEquals(data, decode("f\r\n" + data + "\r\n0\r\n\r\n").data());
    }

    @ParameterizedTest
    @CsvSource({"a, 10", "A, 10", "1F, 31", "1f, 31", "0a, 10", "000000000000000000000000c, 12", "fF, 255"})
    void readsASizeInEitherCaseAndWithLeadingZeros(String size, int octets) throws Exception {
        String data = "x".repeat(octets);
        assertEquals(data, decode(size + "\r\n" + data + "\r\n0\r\n\r\n").data());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "00", "000", "00000000000000000000000000000000"})
    void takesEverySpellingOfZeroForTheLastChunk(String zero) throws Exception {
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
    void checksExtensionsAndForgetsThem(String extensions) throws Exception {
        assertEquals(
                new Decoded("hello", List.of("X: 1")),
                decode("5" + extensions + "\r\nhello\r\n0" + extensions + "\r\nX: 1\r\n\r\n"));
    }

    @Test
    void readsTrailers() throws Exception {
        assertEquals(
                new Decoded("hi", List.of("X-Sum: 7", "ETag: \"a\"", "X-Sum: ")),
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
        assertEquals("lone LF in a trailer section", refused(body));
    }

    @Test
    void hasNoTrailersBeforeTheEnd() throws Exception {
        Feed feed = new Feed(Wire.LIMITS, "0\r\nA: 1\r\n\r\n");
        feed.arrive(9);
        assertEquals(0, feed.decoder.trailers().size());
        assertFalse(feed.decoder.done());
        feed.arrive(11);
        assertEquals(1, feed.decoder.trailers().size());
        assertTrue(feed.decoder.done());
    }

    @Test
    void tellsHowMuchOfALargeChunkIsLeft() throws Exception {
        ChunkedDecoder decoder = new ChunkedDecoder(Wire.LIMITS);
        byte[] line = Wire.bytes("7fffffffffffffff\r\n");
        assertEquals(line.length, decoder.advance(line, 0, line.length));
        assertEquals(Long.MAX_VALUE, decoder.remaining());
        decoder.took(1L << 62);
        assertEquals(Long.MAX_VALUE - (1L << 62), decoder.remaining());
        decoder.took(decoder.remaining());
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
    void refusesEverySizeThatIsNotHexDigitsAlone(String body) {
        String message = refused(body);
        assertTrue(message.startsWith("bad chunk size: \""), message);
        refused("2\r\nhi\r\n" + body);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\r\nhello\r\n", "\n0\r\n\r\n", "5\nhello\r\n", "05\nhello\r\n", "5;a\nhello\r\n", "0\n\r\n"})
    void refusesASizeLineThatIsEmptyOrEndsInALoneLineFeed(String body) {
        refused(body);
        refused("2\r\nhi\r\n" + body);
    }

    /** Small devices pad the size to a width of their own, and all recipients but one read it so. */
    @ParameterizedTest
    @ValueSource(strings = {" ", "\t", "     ", " \t \t"})
    void takesSpacesAndTabsBehindASizeForPadding(String padding) throws Exception {
        assertEquals(
                new Decoded("hello", List.of("X: 1")),
                decode("5" + padding + "\r\nhello\r\n0" + padding + "\r\nX: 1\r\n\r\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"5 6", "5 x", "5 \t=", "5 ;", "5;a ", "5 ;a=b\t", "5 \0", "5 \u000b"})
    void refusesAnythingElseBehindThePadding(String line) {
        String message = refused(line + "\r\nhello\r\n");
        assertTrue(message.startsWith("bad chunk extension: \""), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"5 \nhello\r\n", "5 \r\r\nhello\r\n", "5\r \nhello\r\n", "0 \n\r\n", "5 \rhello\r\n"})
    void refusesAnotherLineEndBehindThePadding(String body) {
        refused(body);
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
        refused(line + "\r\nhello\r\n0\r\n\r\n");
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
        String message = refused(size + "\r\nhello\r\n");
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
        String message = refused(body);
        assertTrue(message.startsWith("chunk data not followed by CR LF: \""), message);
    }

    @Test
    void allowsASizeLineOfExactlyTheLimit() throws Exception {
        WireLimits limits = new WireLimits(1024, 9, 8, 10, 64);
        assertEquals("hello", decode(limits, "5;abcdef\r\nhello\r\n0\r\n\r\n").data());
        assertEquals("chunk size line longer than 10 bytes", refused(limits, "5;abcdefg\r\nhello\r\n0\r\n\r\n"));
        assertEquals("hello", decode(limits, "00000005\r\nhello\r\n0\r\n\r\n").data());
        refused(limits, "000000005\r\nhello\r\n0\r\n\r\n");
    }

    /** Each of these lines has ten octets more than its chunk of one octet needs. */
    @ParameterizedTest
    @ValueSource(strings = {"1;abcdefghi", "1          ", "00000000001", "001 ;a = bc", "1 ;a=\"12\";b"})
    void boundsExtensionsAndPaddingByFourLinesAndTheData(String line) throws Exception {
        WireLimits limits = new WireLimits(1024, 9, 8, 30, 64);
        String chunk = line + "\r\nx\r\n";
        // The 13th line makes 130, which is within 4 * 30 and 12 octets of data; the 14th makes 140, beyond 133.
        assertEquals(
                "x".repeat(13), decode(limits, chunk.repeat(13) + "0\r\n\r\n").data());
        assertEquals(
                "chunk extensions and padding exceed the data by more than 120 bytes",
                refused(limits, chunk.repeat(13) + line + "\r\n"));
        refused(limits, chunk.repeat(13) + "0;abcdefghi\r\n");
    }

    @Test
    void allowsExtensionsOf16KibAndAsMuchAsTheData() throws Exception {
        String even = "400;" + "a".repeat(1023) + "\r\n" + "x".repeat(1024) + "\r\n";
        Feed endless = new Feed(Wire.LIMITS, even.repeat(200));
        endless.arrive(endless.stream.length);
        assertEquals(200 * 1024, endless.data.length());

        Feed heavy = new Feed(Wire.LIMITS, ("1;" + "a".repeat(4090) + "\r\nx\r\n").repeat(5));
        MalformedException e = assertThrows(MalformedException.class, () -> heavy.arrive(heavy.stream.length));
        assertEquals("chunk extensions and padding exceed the data by more than 16384 bytes", e.getMessage());
        assertEquals("xxxx", heavy.data.toString(), "the fifth line is too much");
    }

    @Test
    void countsNoDataThatHasNotCome() {
        WireLimits limits = new WireLimits(1024, 9, 8, 20, 64);
        // 80 and 5 octets are allowed by then, and 75 and 12 have come, whatever the last line promises.
        Feed feed = new Feed(limits, "0000000000000001\r\nx\r\n".repeat(5) + "7fffffff;abcdefghijk\r\n");
        assertThrows(MalformedException.class, () -> feed.arrive(feed.stream.length));
        assertEquals("xxxxx", feed.data.toString());
    }

    @Test
    void neverBoundsChunksOfOneOctetThatAreNotPadded() throws Exception {
        Feed feed = new Feed(new WireLimits(1024, 9, 8, 3, 64), "1\r\nx\r\n".repeat(100_000));
        feed.arrive(feed.stream.length);
        assertEquals(100_000, feed.data.length());
    }

    @Test
    void refusesAnEndlessExtensionAsSoonAsTheLimitIsReached() throws Exception {
        Feed feed = new Feed(Wire.LIMITS, "5;a=\"" + "b".repeat(5000));
        feed.arrive(4095);
        assertEquals(0, feed.decoder.remaining());
        assertThrows(MalformedException.class, () -> feed.arrive(4096));
    }

    @Test
    void refusesTrailersOverTheirLimits() throws Exception {
        WireLimits limits = new WireLimits(1024, 2, 8, 64, 16);
        assertEquals(
                List.of("A: 1", "B: 2"),
                decode(limits, "0\r\nA: 1\r\nB:   2\r\n\r\n").trailers());
        assertTrue(refused(limits, "0\r\nA: 1\r\nB:    2\r\n\r\n").startsWith("trailer section larger than 16 bytes"));
        assertTrue(
                refused(limits, "0\r\nX: aaaaaaaaaaaaaaaaaaaaaaaa").startsWith("trailer section larger than 16 bytes"));
        assertEquals(
                "more than 2 fields", refused(new WireLimits(1024, 2, 8, 64, 17), "0\r\nA:1\r\nB:2\r\nC:3\r\n\r\n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Content-Length: 5", "content-length: 5", "TRANSFER-ENCODING: chunked", "Transfer-Encoding:"})
    void refusesFramingFieldsInTrailers(String field) {
        String message = refused("0\r\nA: 1\r\n" + field + "\r\n\r\n");
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
        refused("0\r\n" + line + "\r\n\r\n");
    }

    @Test
    void decodesUnderTheLargestLimitsThereAre() throws Exception {
        int most = Integer.MAX_VALUE;
        WireLimits limits = new WireLimits(most, most, most, most, most);
        assertEquals(
                new Decoded("hello", List.of("A: 1")), decode(limits, "2;x\r\nhe\r\n3\r\nllo\r\n0\r\nA: 1\r\n\r\n"));
    }

    @Test
    void readsATrailerSectionOutOfTheMiddleOfABuffer() throws Exception {
        byte[] buffer = Wire.bytes("xx\r\nA: 1\r\n\r\nyy");
        HeadParser parser = new HeadParser(Wire.LIMITS);

        FieldLines none = parser.trailers(buffer, 2, buffer.length);
        assertNotNull(none);
        assertEquals(0, none.size());
        assertEquals(2, parser.consumed());

        FieldLines one = parser.trailers(buffer, 4, buffer.length);
        assertNotNull(one);
        assertEquals(List.of("A: 1"), Wire.lines(one));
        assertEquals(8, parser.consumed());
    }
}
