package io.httpipe.soak;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** The bytes of responses that a client must not accept. */
final class FaultyResponses {
    private static final String OK = "HTTP/1.1 200 OK\r\n";
    private static final String CHUNKED = OK + "Transfer-Encoding: chunked\r\n\r\n";

    private static final String[] HEADS = {
        "HTTP/2 200 OK\r\n\r\n",
        "HTTP/1.1 2OO OK\r\n\r\n",
        "HTTP/1.1 099 No\r\n\r\n",
        "HTTP/1.1 1000 No\r\n\r\n",
        "HTTP/1.1 -20 No\r\n\r\n",
        "HTTP/1.1\r\n\r\n",
        "HTTP/1.x 200 OK\r\n\r\n",
        "HTTP/1.1  200 OK\r\n\r\n",
        "HTTP/1.1\t200 OK\r\n\r\n",
        "HTTP/1.1 200 O\0K\r\n\r\n",
        " HTTP/1.1 200 OK\r\n\r\n",
        "\r\nHTTP/1.1 200 OK\r\n\r\n",
        "http/1.1 200 OK\r\n\r\n",
        "ICY 200 OK\r\n\r\n",
        "<html>Not found</html>\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "\0\0\0\0\0\0\0\0",
        "\u0015\u0003\u0001\u0000\u0002\u0002\u0046",
        "hello" + OK + "\r\n",
        OK + "X Y: 1\r\n\r\n",
        OK + ": 1\r\n\r\n",
        OK + "X\r\n\r\n",
        OK + "X : 1\r\n\r\n",
        OK + " X: 1\r\n\r\n",
        OK + "X\u00e4: 1\r\n\r\n",
        OK + "X: a\0b\r\n\r\n",
        OK + "X: a\rb\r\n\r\n",
        OK + "X: 1\n\rY: 2\r\n\r\n",
        OK + "X: 1\r\r\nY: 2\r\n\r\n",
        OK + "Content-Length: 5\u000b\r\n\r\nhello",
        OK + "Transfer-Encoding: \u001fchunked\r\n\r\n0\r\n\r\n",
        OK + "Content-Length: +5\r\n\r\nhello",
        OK + "Content-Length: -1\r\n\r\n",
        OK + "Content-Length: 0x5\r\n\r\nhello",
        OK + "Content-Length: 5 5\r\n\r\nhello",
        OK + "Content-Length: 5, 6\r\n\r\nhello",
        OK + "Content-Length: 5;\r\n\r\nhello",
        OK + "Content-Length:\r\n\r\n",
        OK + "Content-Length: 18446744073709551621\r\n\r\nhello",
        OK + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        OK + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        OK + "Transfer-Encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n",
        OK + "Transfer-Encoding: gzip\r\n\r\n",
        OK + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        OK + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        OK + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        OK + "Transfer-Encoding: identity\r\n\r\n",
        OK + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        OK + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n",
        OK + "Transfer-Encoding:\r\n\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    };

    private static final String[] CHUNKS = {
        "g\r\n",
        "-1\r\n",
        "+5\r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        " 5\r\nhello\r\n0\r\n\r\n",
        "5 x\r\nhello\r\n0\r\n\r\n",
        "\r\n5\r\nhello\r\n0\r\n\r\n",
        "5\nhello\n0\n\n",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhello!\r\n0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhello\rX0\r\n\r\n",
        "5\r\nhello\r\n\r\n",
        "FFFFFFFFFFFFFFFFF\r\n",
        "8000000000000000\r\n",
        "5;a=\"\r\nhello\r\n0\r\n\r\n",
        "5;a=\0\r\nhello\r\n0\r\n\r\n",
        "5;" + "a".repeat(5_000),
        "0".repeat(5_000),
        "5\r\nhello\r\n0\r\nX Y: 1\r\n\r\n",
        "5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n",
        "5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n",
        "5\r\nhello\r\n0\r\nX: a\0\r\n\r\n",
        "5\r\nhello\r\n0\r\nX: " + "a".repeat(20_000) + "\r\n\r\n",
        "5\r\nhello\r\n0\r\nX: a\u007f\r\n\r\n",
        "5 \nhello\r\n0\r\n\r\n",
        ("1;" + "a".repeat(3_000) + "\r\nx\r\n").repeat(6) + "0\r\n\r\n",
        "0\r\n" + "X: 1\r\n".repeat(1_001) + "\r\n",
    };

    private FaultyResponses() {}

    static byte[] head(SplittableRandom random) {
        int index = random.nextInt(HEADS.length + 1);
        if (index == HEADS.length) {
            byte[] noise = new byte[1 + random.nextInt(2_000)];
            random.nextBytes(noise);
            noise[0] |= (byte) 0x80;
            return noise;
        }
        return bytes(HEADS[index]);
    }

    static byte[] chunk(SplittableRandom random) {
        return bytes(CHUNKED + CHUNKS[random.nextInt(CHUNKS.length)]);
    }

    static byte[] bomb(SplittableRandom random) {
        return bytes(
                switch (random.nextInt(4)) {
                    case 0 -> OK + "X: " + "a".repeat(70_000 + random.nextInt(500_000));
                    case 1 -> OK + "X: 1\r\n".repeat(1_001) + "\r\n";
                    case 2 -> OK.trim() + "k".repeat(70_000 + random.nextInt(500_000));
                    default -> OK + "X: 1\r\n".repeat(20_000);
                });
    }

    static byte[] flood(SplittableRandom random) {
        return bytes("HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n".repeat(101 + random.nextInt(500)) + OK
                + "Content-Length: 0\r\n\r\n");
    }

    /** Returns the head of a body without an end, and the piece to send again and again after it. */
    static byte[][] endless(SplittableRandom random) {
        return switch (random.nextInt(4)) {
            case 0 -> new byte[][] {bytes(OK + "Content-Length: 9223372036854775807\r\n\r\n"), new byte[4_000]};
            case 1 -> new byte[][] {bytes(OK + "\r\n"), new byte[4_000]};
            case 2 -> new byte[][] {bytes(CHUNKED), bytes("1\r\nx\r\n".repeat(500))};
            default -> new byte[][] {bytes(CHUNKED + "7FFFFFFFFFFFFFFF\r\n"), new byte[4_000]};
        };
    }

    /** Returns bytes to send on a connection without a request in progress. */
    static byte[] unasked(SplittableRandom random) {
        return bytes(
                switch (random.nextInt(4)) {
                    case 0 -> OK + "Content-Length: 4\r\n\r\nevil";
                    case 1 -> "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
                    case 2 -> "\r\n";
                    default -> "!".repeat(1 + random.nextInt(5_000));
                });
    }

    static byte[] switching() {
        return bytes("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n" + OK
                + "Content-Length: 4\r\n\r\nevil");
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
