package io.httpipe.soak;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/**
 * Describes a valid response. Everything in it follows from the seed.
 *
 * @param length     the length of the body in bytes
 * @param lf         whether a lone LF ends most or all lines of the head, which the client accepts
 * @param folded     whether a field is folded, which the client accepts too
 * @param afterwards what happens to the connection after the response
 */
record ResponseSpec(
        long seed,
        int status,
        Framing framing,
        int length,
        int informational,
        boolean lf,
        boolean folded,
        Pace pace,
        Then afterwards) {
    private static final Pattern LINE_END = Pattern.compile("\r\n");

    /** How the end of the body is marked. */
    enum Framing {
        LENGTH,
        CHUNKED,
        CLOSE,
        OLD,
        NONE
    }

    /** How the server sends the bytes. */
    enum Pace {
        AT_ONCE,
        IN_PIECES,
        DRIPPING
    }

    /** What happens to the connection after the response. */
    enum Then {
        KEEP,
        SAY_CLOSE,
        CLOSE,
        ADD_SURPLUS
    }

    /** Up to this size, surplus bytes are in the same segment as the response, so no request comes between them. */
    private static final int SURPLUS_WITHIN = 4096;

    private static final String SURPLUS = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";

    static ResponseSpec of(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Framing framing = switch (random.nextInt(20)) {
            case 0 -> Framing.NONE;
            case 1, 2 -> Framing.CLOSE;
            case 3 -> Framing.OLD;
            case 4, 5, 6, 7, 8, 9, 10, 11 -> Framing.CHUNKED;
            default -> Framing.LENGTH;
        };
        int status = framing == Framing.NONE
                ? random.nextBoolean() ? 204 : 304
                : random.nextInt(10) > 0 ? 200 : pick(random, 201, 206, 301, 404, 500, 503, 999);
        int length = framing == Framing.NONE ? 0 : length(random);
        int informational = random.nextInt(10) == 0 ? 1 + random.nextInt(6) : 0;
        boolean lf = random.nextInt(50) == 0;
        boolean folded = random.nextInt(50) == 0;
        Pace pace = switch (random.nextInt(20)) {
            case 0 -> Pace.DRIPPING;
            case 1, 2, 3, 4 -> Pace.IN_PIECES;
            default -> Pace.AT_ONCE;
        };
        Then afterwards = switch (random.nextInt(20)) {
            case 0 -> Then.SAY_CLOSE;
            case 1 -> Then.CLOSE;
            case 2 -> length <= SURPLUS_WITHIN ? Then.ADD_SURPLUS : Then.KEEP;
            default -> Then.KEEP;
        };
        if (framing == Framing.CLOSE) {
            afterwards = Then.CLOSE;
        } else if (afterwards == Then.ADD_SURPLUS) {
            pace = Pace.AT_ONCE;
        }
        return new ResponseSpec(seed, status, framing, length, informational, lf, folded, pace, afterwards);
    }

    static int pick(SplittableRandom random, int... numbers) {
        return numbers[random.nextInt(numbers.length)];
    }

    /** Returns a random length, mostly a short one. */
    static int length(SplittableRandom random) {
        int size = random.nextInt(100);
        return random.nextInt(size < 50 ? 300 : size < 80 ? 8_000 : size < 95 ? 64_000 : size < 99 ? 200_000 : 600_000);
    }

    /** Whether another request can follow on the connection. */
    boolean keeps() {
        return afterwards == Then.KEEP;
    }

    /** How many bytes follow the response. */
    int surplus() {
        return afterwards == Then.ADD_SURPLUS ? SURPLUS.length() : 0;
    }

    /** Whether the close ends the body, so that the client cannot notice a cut. */
    boolean canBeCutUnnoticed() {
        return framing == Framing.CLOSE;
    }

    /** Whether a cut is noticed and no surplus can come late. */
    boolean canBeRelayed() {
        return framing != Framing.CLOSE && afterwards != Then.ADD_SURPLUS;
    }

    boolean hasTrailers() {
        return framing == Framing.CHUNKED && (seed & 3) == 0;
    }

    /** Returns a checksum as the text of a field value. */
    static String sum(Checksum sum) {
        return Long.toHexString(sum.getValue());
    }

    /** Returns the bytes of the response, including the 1xx heads before it and the surplus after it. */
    byte[] bytes(String method, long id, String extraFields) {
        SplittableRandom random = new SplittableRandom(seed + 1);
        byte[] body = GeneratedBytes.of(seed, length);
        CRC32C crc = new CRC32C();
        crc.update(body);
        String sum = sum(crc);
        ByteArrayOutputStream out = new ByteArrayOutputStream(length + 512);
        for (int i = 0; i < informational; i++) {
            String field = random.nextBoolean() ? "Link: </" + i + ">\r\n" : "";
            text(out, "HTTP/1.1 " + pick(random, 100, 102, 103, 199) + " Wait\r\n" + field + "\r\n");
        }
        StringBuilder head = new StringBuilder();
        head.append(framing == Framing.OLD ? "HTTP/1.0 " : "HTTP/1.1 ").append(status);
        head.append(random.nextInt(10) == 0 ? "" : " Some reason").append("\r\n");
        head.append("X-Id: ")
                .append(id)
                .append("\r\n")
                .append("x-sum: ")
                .append(sum)
                .append("\r\n")
                .append(extraFields);
        if (folded) {
            head.append("X-Folded: one\r\n\ttwo\r\n   three\r\n");
        }
        switch (framing) {
            case LENGTH -> head.append("Content-Length: ").append(length).append("\r\n");
            case OLD ->
                head.append("Connection: Keep-Alive\r\ncontent-length:")
                        .append(length)
                        .append("\r\n");
            case CHUNKED -> head.append("Transfer-Encoding: Chunked\r\n");
            case CLOSE, NONE -> {}
        }
        if (afterwards == Then.SAY_CLOSE) {
            head.append("Connection: close\r\n");
        }
        String lines = head.append("\r\n").toString();
        text(out, lf ? LINE_END.matcher(lines).replaceAll(end -> random.nextInt(4) == 0 ? "\r\n" : "\n") : lines);
        if (!method.equals("HEAD") && framing != Framing.NONE) {
            body(out, body, sum, random);
        }
        if (afterwards == Then.ADD_SURPLUS) {
            text(out, SURPLUS);
        }
        return out.toByteArray();
    }

    private void body(ByteArrayOutputStream out, byte[] body, String sum, SplittableRandom random) {
        if (framing != Framing.CHUNKED) {
            out.writeBytes(body);
            return;
        }
        for (int at = 0; at < length; ) {
            int size = Math.min(length - at, 1 + random.nextInt(random.nextInt(8) == 0 ? 16 : 20_000));
            String extension = switch (random.nextInt(8)) {
                case 0 -> ";a=b;c=\"\\\"d;\"";
                case 1 -> "  \t";
                default -> "";
            };
            text(out, "0".repeat(random.nextInt(3)) + Integer.toHexString(size) + extension + "\r\n");
            out.write(body, at, size);
            text(out, "\r\n");
            at += size;
        }
        text(out, "0\r\n" + (hasTrailers() ? "X-Trailing-Sum: " + sum + "\r\n" : "") + "\r\n");
    }

    private static void text(ByteArrayOutputStream out, String text) {
        out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
    }
}
