package io.httpipe.soak;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/**
 * What a well-formed answer is like, in all the ways in which one may be: a function of its seed.
 *
 * @param length of the body
 * @param lf     whether a lone LF ends lines of its head, most or all of them, which is tolerated
 * @param folded whether a field is folded, which is tolerated too
 */
record Plan(
        long seed,
        int status,
        Framing framing,
        int length,
        int informational,
        boolean lf,
        boolean folded,
        Pace pace,
        Then then) {
    private static final Pattern LINE_END = Pattern.compile("\r\n");

    /** What delimits the body. */
    enum Framing {
        LENGTH,
        CHUNKED,
        CLOSE,
        OLD,
        NONE
    }

    /** How the octets come. */
    enum Pace {
        AT_ONCE,
        IN_PIECES,
        DRIPPING
    }

    /** What becomes of the connection afterwards. */
    enum Then {
        KEEP,
        SAY_CLOSE,
        CLOSE,
        ADD_SURPLUS
    }

    /** Surplus in the same segment is there when the answer is, so that no request can slip in between. */
    private static final int SURPLUS_WITHIN = 4096;

    private static final String SURPLUS = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";

    static Plan of(long seed) {
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
        Then then = switch (random.nextInt(20)) {
            case 0 -> Then.SAY_CLOSE;
            case 1 -> Then.CLOSE;
            case 2 -> length <= SURPLUS_WITHIN ? Then.ADD_SURPLUS : Then.KEEP;
            default -> Then.KEEP;
        };
        if (framing == Framing.CLOSE) {
            then = Then.CLOSE;
        } else if (then == Then.ADD_SURPLUS) {
            pace = Pace.AT_ONCE;
        }
        return new Plan(seed, status, framing, length, informational, lf, folded, pace, then);
    }

    static int pick(SplittableRandom random, int... numbers) {
        return numbers[random.nextInt(numbers.length)];
    }

    /** Mostly a short one. */
    static int length(SplittableRandom random) {
        int size = random.nextInt(100);
        return random.nextInt(size < 50 ? 300 : size < 80 ? 8_000 : size < 95 ? 64_000 : size < 99 ? 200_000 : 600_000);
    }

    /** Whether another request can follow on the connection. */
    boolean keeps() {
        return then == Then.KEEP;
    }

    /** How much comes behind the answer. */
    int surplus() {
        return then == Then.ADD_SURPLUS ? SURPLUS.length() : 0;
    }

    /** Whether the end of the connection ends the body, so that nobody can tell that it was cut. */
    boolean canBeCutUnnoticed() {
        return framing == Framing.CLOSE;
    }

    boolean hasTrailers() {
        return framing == Framing.CHUNKED && (seed & 3) == 0;
    }

    /** A checksum as field values have it. */
    static String sum(Checksum sum) {
        return Long.toHexString(sum.getValue());
    }

    /** The answer as it goes out, 1xx heads in front and surplus behind included. */
    byte[] octets(String method, long id, String more) {
        SplittableRandom random = new SplittableRandom(seed + 1);
        byte[] body = Content.of(seed, length);
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
                .append(more);
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
        if (then == Then.SAY_CLOSE) {
            head.append("Connection: close\r\n");
        }
        String lines = head.append("\r\n").toString();
        text(out, lf ? LINE_END.matcher(lines).replaceAll(end -> random.nextInt(4) == 0 ? "\r\n" : "\n") : lines);
        if (!method.equals("HEAD") && framing != Framing.NONE) {
            body(out, body, sum, random);
        }
        if (then == Then.ADD_SURPLUS) {
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
