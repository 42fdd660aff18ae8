package io.httpipe;

import static io.httpipe.testing.Encodings.bytes;
import static io.httpipe.testing.Encodings.changed;
import static io.httpipe.testing.Encodings.first;
import static io.httpipe.testing.Encodings.gzip;
import static io.httpipe.testing.Encodings.joined;
import static io.httpipe.testing.Encodings.rawDeflate;
import static io.httpipe.testing.Encodings.response;
import static io.httpipe.testing.Encodings.zlib;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.httpipe.testing.AnsweringServer;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Decoding} of whole and streamed responses: which codings are requested, decoded and refused. */
@Timeout(60)
class DecodingTest {
    private static final String TEXT = "A line that is repeated. ".repeat(200);
    private static final byte[] PLAIN = bytes(TEXT);

    private static Httpipe client() {
        return Httpipe.builder().decoding(Decoding.ON).build();
    }

    private static AnsweringServer serving(String response) throws IOException {
        return new AnsweringServer(request -> response);
    }

    private static Response whole(String response) throws IOException {
        try (AnsweringServer server = serving(response);
                Httpipe hp = client()) {
            return hp.get(server.uri("/"));
        }
    }

    private static byte[] streamed(String response) throws IOException {
        try (AnsweringServer server = serving(response);
                Httpipe hp = client()) {
            return hp.stream(Request.get(server.uri("/")), r -> r.body().readAllBytes());
        }
    }

    private static DecodingException refusal(String coding, byte[] body) throws IOException {
        String response = response(coding, body);
        DecodingException streamed = assertThrows(DecodingException.class, () -> streamed(response));
        DecodingException whole = assertThrows(DecodingException.class, () -> whole(response));
        assertEquals(whole.reason(), streamed.reason());
        assertFalse(whole.safeToRetry());
        assertEquals(1, whole.hops().size(), "no second attempt");
        return whole;
    }

    @Test
    void isOffByDefault() throws Exception {
        byte[] encoded = gzip(PLAIN);
        try (AnsweringServer server = serving(response("gzip", encoded));
                Httpipe hp = Httpipe.create()) {
            Response response = hp.get(server.uri("/"));
            assertNull(server.last().field("Accept-Encoding"));
            assertArrayEquals(encoded, response.body());
            assertEquals("gzip", response.headers().first("Content-Encoding"));
        }
    }

    @Test
    void aRequestDecidesOverItsClient() throws Exception {
        byte[] encoded = gzip(PLAIN);
        try (AnsweringServer server = serving(response("gzip", encoded));
                Httpipe on = client();
                Httpipe off = Httpipe.create()) {
            assertArrayEquals(
                    encoded,
                    on.request(Request.get(server.uri("/")).decoding(Decoding.OFF))
                            .body());
            assertNull(server.last().field("Accept-Encoding"));
            assertEquals(
                    TEXT,
                    off.request(Request.get(server.uri("/")).decoding(Decoding.ON))
                            .text());
            assertEquals("gzip, deflate", server.last().field("Accept-Encoding"));
        }
    }

    @Test
    void asksUnlessTheRequestDecidesOrWantsARange() throws Exception {
        try (AnsweringServer server = serving(response("gzip", gzip(PLAIN)));
                Httpipe hp = client()) {
            Request request = Request.get(server.uri("/"));
            hp.request(request);
            assertEquals("gzip, deflate", server.last().field("Accept-Encoding"));
            assertEquals(
                    TEXT, hp.request(request.header("Accept-Encoding", "br")).text(), "decodes what comes");
            assertEquals("br", server.last().field("Accept-Encoding"));
            hp.request(request.withoutHeader("Accept-Encoding"));
            assertNull(server.last().field("Accept-Encoding"));
            hp.request(request.header("Range", "bytes=0-9"));
            assertNull(server.last().field("Accept-Encoding"));
        }
    }

    @Test
    void oneRequestServesClientsWithAndWithoutDecoding() throws Exception {
        try (AnsweringServer server = serving(response("gzip", gzip(PLAIN)));
                Httpipe on = client();
                Httpipe off = Httpipe.create()) {
            Request request = Request.get(server.uri("/"));
            for (int round = 0; round < 3; round++) {
                assertEquals(TEXT, on.request(request).text());
                assertEquals("gzip, deflate", server.last().field("Accept-Encoding"));
                assertArrayEquals(gzip(PLAIN), off.request(request).body());
                assertNull(server.last().field("Accept-Encoding"));
                on.request(request.header("X-Round", "" + round));
                assertEquals("" + round, server.last().field("X-Round"));
            }
        }
    }

    @Test
    void theDecodedHeadersAreGoneAndStayVisibleAsWireHeaders() throws Exception {
        byte[] encoded = gzip(PLAIN);
        Response response = whole(response("gzip", encoded));
        assertEquals(TEXT, response.text());
        assertNull(response.headers().first("Content-Encoding"));
        assertNull(response.headers().first("Content-Length"));
        assertEquals("gzip", response.wireHeaders().first("Content-Encoding"));
        assertEquals(String.valueOf(encoded.length), response.wireHeaders().first("Content-Length"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "x-gzip", "GZip", "identity, gzip", "gzip,", "gzip\r\nContent-Encoding: identity"})
    void decodesGzipUnderEachOfItsNames(String coding) throws Exception {
        assertEquals(TEXT, whole(response(coding, gzip(PLAIN))).text());
        assertArrayEquals(PLAIN, streamed(response(coding, gzip(PLAIN))));
    }

    @Test
    void decodesDeflateWithAndWithoutItsWrapper() throws Exception {
        assertEquals(TEXT, whole(response("deflate", zlib(PLAIN))).text());
        assertEquals(TEXT, whole(response("deflate", rawDeflate(PLAIN))).text());
        assertEquals("", whole(response("deflate", rawDeflate(new byte[0]))).text());
        assertEquals("a", whole(response("deflate", rawDeflate(bytes("a")))).text());
    }

    @Test
    void undoesSeveralCodingsFromRightToLeft() throws Exception {
        byte[] nested = gzip(zlib(gzip(gzip(rawDeflate(PLAIN)))));
        assertEquals(
                TEXT,
                whole(response("deflate, gzip, x-gzip, deflate, gzip", nested)).text());
        String lines = "deflate, gzip\r\nContent-Encoding: gzip, deflate\r\nContent-Encoding: gzip";
        assertArrayEquals(PLAIN, streamed(response(lines, nested)));
    }

    @Test
    void sixCodingsAreRefused() throws Exception {
        DecodingException e = refusal("gzip, gzip, gzip, gzip, gzip, gzip", PLAIN);
        assertEquals(DecodingException.Reason.LIMIT, e.reason());
        assertEquals("gzip", e.coding());
    }

    @Test
    void anUnknownCodingLeavesTheWholeBodyAndSaysSo() throws Exception {
        byte[] encoded = gzip(PLAIN);
        Response response = whole(response("zip, gzip", encoded));
        assertArrayEquals(encoded, response.body());
        assertEquals("zip, gzip", response.headers().first("Content-Encoding"));
        assertEquals(
                "not decoded: no decoder for \"zip\"", response.hops().getLast().reason());
        assertThrows(IllegalStateException.class, response::text);
    }

    @ParameterizedTest
    @CsvSource({"HEAD, 200", "GET, 304", "GET, 204"})
    void aResponseWithoutABodyIsLeftAlone(String method, int status) throws Exception {
        try (AnsweringServer server = serving("HTTP/1.1 %d x\r\nContent-Encoding: gzip\r\n\r\n".formatted(status));
                Httpipe hp = client()) {
            Response response = hp.request(Request.of(method, server.uri("/")));
            assertEquals("gzip", response.headers().first("Content-Encoding"));
            assertEquals(0, response.body().length);
        }
    }

    @Test
    void aRangeIsLeftAlone() throws Exception {
        byte[] part = first(gzip(PLAIN), 10);
        Response response = whole(response("gzip", part).replace("200 OK", "206 Partial Content"));
        assertArrayEquals(part, response.body());
        assertEquals("gzip", response.headers().first("Content-Encoding"));
    }

    @Test
    void anEmptyBodyWithACodingIsEmpty() throws Exception {
        assertEquals("", whole(response("gzip, deflate", new byte[0])).text());
        assertEquals(0, streamed(response("gzip", new byte[0])).length);
        assertEquals("", whole(response("gzip", gzip(new byte[0]))).text());
    }

    @Test
    void errorPagesAreDecodedToo() throws Exception {
        assertEquals(
                TEXT,
                whole(response("gzip", gzip(PLAIN)).replace("200 OK", "404 Not Found"))
                        .text());
    }

    @Test
    void eachPrefixIsTruncated() throws Exception {
        byte[] plain = bytes("short, short, short");
        for (byte[] encoded : new byte[][] {gzip(plain), zlib(plain), rawDeflate(plain)}) {
            String coding = encoded[0] == 0x1f ? "gzip" : "deflate";
            for (int length = 1; length < encoded.length; length++) {
                assertEquals(
                        DecodingException.Reason.TRUNCATED,
                        refusal(coding, first(encoded, length)).reason(),
                        coding + " " + length);
            }
        }
    }

    @Test
    void otherBytesAfterTheEndAreRefused() throws Exception {
        DecodingException.Reason trailing = DecodingException.Reason.TRAILING_DATA;
        assertEquals(trailing, refusal("gzip", joined(gzip(PLAIN), bytes("x"))).reason());
        assertEquals(
                trailing, refusal("gzip", joined(gzip(PLAIN), new byte[512])).reason());
        assertEquals(
                trailing, refusal("deflate", joined(zlib(PLAIN), bytes("x"))).reason());
        assertEquals(
                trailing,
                refusal("deflate", joined(rawDeflate(PLAIN), bytes("x"))).reason());
        assertEquals(
                trailing,
                refusal("deflate", joined(rawDeflate(new byte[0]), bytes("x"))).reason());
    }

    @Test
    void severalMembersAreOneBody() throws Exception {
        byte[] members = joined(gzip(bytes("one ")), gzip(new byte[0]), gzip(bytes("two")));
        assertEquals("one two", whole(response("gzip", members)).text());
        assertEquals(
                DecodingException.Reason.TRUNCATED,
                refusal("gzip", first(members, members.length - 1)).reason());
    }

    @Test
    void theLengthOfTheLastMemberIsNotThatOfTheBody() throws Exception {
        int[] lengths = {0, 1, 5, 100, 1024, 70_000};
        for (int first : lengths) {
            for (int last : lengths) {
                byte[] plain = bytes("a".repeat(first) + "b".repeat(last));
                byte[] members = joined(gzip(bytes("a".repeat(first))), gzip(bytes("b".repeat(last))));
                assertArrayEquals(plain, whole(response("gzip", members)).body(), first + " + " + last);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 10, 1000, 1024, 1025, Integer.MAX_VALUE, Integer.MIN_VALUE, -1})
    void aWrongLengthInTheTrailerIsNoticed(int wrong) throws Exception {
        byte[] member = gzip(bytes("a".repeat(1023)));
        ByteBuffer.wrap(member).putInt(member.length - 4, Integer.reverseBytes(wrong));
        DecodingException e = refusal("gzip", member);
        assertEquals(DecodingException.Reason.MALFORMED, e.reason());
    }

    @Test
    void manyEmptyMembersAreNoBodyAndDoNotHang() throws Exception {
        byte[] empty = gzip(new byte[0]);
        byte[] many = new byte[empty.length * 20_000];
        for (int at = 0; at < many.length; at += empty.length) {
            System.arraycopy(empty, 0, many, at, empty.length);
        }
        assertEquals("", whole(response("gzip", many)).text());
        byte[] nested = gzip(gzip(gzip(gzip(gzip(new byte[0])))));
        assertEquals("", whole(response("gzip, gzip, gzip, gzip, gzip", nested)).text());
    }

    @Test
    void readingNoBytesDecodesNothing() throws Exception {
        try (AnsweringServer server = serving(response("gzip", gzip(PLAIN)));
                Httpipe hp = client();
                StreamedResponse response = hp.stream(Request.get(server.uri("/")))) {
            assertEquals(0, response.body().read(new byte[1], 1, 0));
            assertEquals(TEXT, response.text());
        }
    }

    @Test
    void eachFieldOfAGzipHeaderMayBeThere() throws Exception {
        byte[] member = gzip(PLAIN);
        byte[] rest = java.util.Arrays.copyOfRange(member, 10, member.length);
        byte[] header = {0x1f, (byte) 0x8b, 8, 2 + 4 + 8 + 16, 1, 2, 3, 4, 0, 3, 3, 0, 'x', 'y', 'z', 'n', 0, 'c', 0};
        java.util.zip.CRC32 crc = new java.util.zip.CRC32();
        crc.update(header);
        byte[] sum = {(byte) crc.getValue(), (byte) (crc.getValue() >>> 8)};
        assertEquals(TEXT, whole(response("gzip", joined(header, sum, rest))).text());
        DecodingException e = refusal("gzip", joined(header, changed(sum, 0), rest));
        assertEquals(DecodingException.Reason.MALFORMED, e.reason());
    }

    @Test
    void aWrongByteIsNoticed() throws Exception {
        byte[] member = gzip(PLAIN);
        DecodingException.Reason malformed = DecodingException.Reason.MALFORMED;
        for (int index : new int[] {0, 1, 2, member.length - 8, member.length - 1}) {
            assertEquals(malformed, refusal("gzip", changed(member, index)).reason(), "byte " + index);
        }
        byte[] reserved = member.clone();
        reserved[3] = (byte) 0x80;
        assertEquals(malformed, refusal("gzip", reserved).reason());
        byte[] zlib = zlib(PLAIN);
        assertEquals(
                malformed, refusal("deflate", changed(zlib, zlib.length - 1)).reason());
        byte[] endless = joined(new byte[] {0x1f, (byte) 0x8b, 8, 8, 0, 0, 0, 0, 0, 0}, bytes("n".repeat(140_000)));
        assertEquals(malformed, refusal("gzip", endless).reason(), "a file name without an end");
        DecodingException e = refusal("gzip", changed(member, member.length - 8));
        assertEquals("gzip", e.coding());
        assertEquals(Phase.RESPONSE_BODY, e.phase());
        assertEquals(
                "the body cannot be decoded from gzip: the checksum is wrong",
                e.getMessage().split(" \\(")[0]);
    }

    @Test
    void theLimitOfTheBodyCountsDecodedBytes() throws Exception {
        byte[] encoded = gzip(PLAIN);
        try (AnsweringServer server = serving(response("gzip", encoded));
                Httpipe hp = client()) {
            Request request = Request.get(server.uri("/"));
            assertEquals(TEXT, hp.request(request.maxBodySize(PLAIN.length)).text());
            Request small = request.maxBodySize(PLAIN.length - 1);
            assertEquals(
                    PLAIN.length - 1,
                    assertThrows(BodyTooLargeException.class, () -> hp.request(small))
                            .maxBodySize());
            assertThrows(
                    BodyTooLargeException.class,
                    () -> hp.stream(small, r -> r.body().readAllBytes()));
        }
    }

    @Test
    void aBodyThatBecomesLongerByEncodingIsNotRefused() throws Exception {
        byte[] encoded = gzip(bytes("x"));
        try (AnsweringServer server = serving(response("gzip", encoded));
                Httpipe hp = client()) {
            assertEquals(
                    "x", hp.request(Request.get(server.uri("/")).maxBodySize(1)).text());
        }
    }

    @Test
    void withoutACodingTheLimitIsThatOfTheClient() throws Exception {
        try (AnsweringServer server = serving(AnsweringServer.ok("12345"));
                Httpipe hp = client()) {
            Request request = Request.get(server.uri("/"));
            assertEquals("12345", hp.request(request.maxBodySize(5)).text());
            assertThrows(BodyTooLargeException.class, () -> hp.request(request.maxBodySize(4)));
        }
    }

    @Test
    void theRatioIsLimitedAfterTheFirst64KiB() throws Exception {
        assertEquals(1 << 16, whole(response("gzip", gzip(new byte[1 << 16]))).body().length);
        byte[] zeros = gzip(new byte[1 << 23]);
        DecodingException e = refusal("gzip", zeros);
        assertEquals(DecodingException.Reason.LIMIT, e.reason());
        DecodingException nested = refusal("gzip, gzip", gzip(zeros));
        assertEquals(DecodingException.Reason.LIMIT, nested.reason());
        try (AnsweringServer server = serving(response("gzip", zeros));
                Httpipe hp = Httpipe.builder()
                        .decoding(Decoding.ON)
                        .limits(Limits.DEFAULT.maxRatio(2000))
                        .build()) {
            assertEquals(1 << 23, hp.get(server.uri("/")).body().length);
        }
    }

    @Test
    void theConnectionIsReusedAndBytesAreThoseOfTheWire() throws Exception {
        String response = response("gzip", gzip(PLAIN));
        try (AnsweringServer server = serving(response);
                Httpipe hp = client()) {
            hp.get(server.uri("/"));
            Response second = hp.get(server.uri("/"));
            assertEquals(1, second.reusedTimes());
            assertEquals(response.length(), second.hops().getFirst().bytesReceived());
            assertEquals(
                    2,
                    hp.stream(Request.get(server.uri("/")), r -> {
                                r.body().readAllBytes();
                                return r.reusedTimes();
                            })
                            .intValue());
        }
    }

    @Test
    void interceptorsSeeDecodedBodies() throws Exception {
        try (AnsweringServer server = serving(response("gzip", gzip(PLAIN)));
                Httpipe hp = Httpipe.builder()
                        .decoding(Decoding.ON)
                        .intercept((request, next) -> {
                            StreamedResponse r = next.proceed(request);
                            assertNull(r.headers().first("Content-Encoding"));
                            return r.withHeaders(r.headers().with("X-Seen", "yes"));
                        })
                        .build()) {
            Response response = hp.get(server.uri("/"));
            assertEquals(TEXT, response.text());
            assertEquals("yes", response.headers().first("X-Seen"));
            assertEquals("gzip", response.wireHeaders().first("Content-Encoding"));
        }
    }
}
