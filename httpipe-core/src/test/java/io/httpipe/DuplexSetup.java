package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.RequestBodyReader;
import io.httpipe.test.server.Script;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Threads;
import io.httpipe.testing.Transports;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** Servers, bodies and calls that the tests of early responses share. */
final class DuplexSetup {
    static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

    /** More than the sockets of both sides hold. */
    static final byte[] LARGE = new byte[32 << 20];

    private DuplexSetup() {}

    /** When the server begins its response. Most responses end with the length and checksum of the received body. */
    enum ResponseTiming {
        BEGINS_BEFORE_IT_READS {
            @Override
            void serve(Peer peer, RequestBodyReader body, long size) throws IOException {
                peer.send(CHUNKED + "3\r\nOK \r\n");
                finish(peer, body.all().facts());
            }
        },
        BEGINS_MIDWAY {
            @Override
            void serve(Peer peer, RequestBodyReader body, long size) throws IOException {
                body.upTo(size / 2);
                peer.send(CHUNKED + "3\r\nOK \r\n");
                finish(peer, body.all().facts());
            }
        },
        ACCEPTS_FIRST {
            @Override
            void serve(Peer peer, RequestBodyReader body, long size) throws IOException {
                peer.send("HTTP/1.1 202 Accepted\r\nContent-Length: 3\r\n\r\nOK ");
                body.all();
            }
        };

        abstract void serve(Peer peer, RequestBodyReader body, long size) throws IOException;

        private static void finish(Peer peer, String facts) throws IOException {
            peer.send(Integer.toHexString(facts.length()) + "\r\n" + facts + "\r\n0\r\n\r\n");
        }
    }

    /** The interface through which a client sends a request and reads the response. */
    enum CallStyle {
        REQUEST {
            @Override
            String send(Httpipe hp, Request request) throws IOException {
                Response response = hp.request(request);
                assertTrue(response.requestSentWhole());
                return response.text();
            }
        },
        STREAM {
            @Override
            String send(Httpipe hp, Request request) throws IOException {
                try (StreamedResponse response = hp.stream(request)) {
                    String text = new String(response.body().readAllBytes(), StandardCharsets.US_ASCII);
                    assertTrue(response.requestSentWhole());
                    return text;
                }
            }
        },
        HANDLER {
            @Override
            String send(Httpipe hp, Request request) throws IOException {
                return hp.stream(
                        request, response -> new String(response.body().readAllBytes(), StandardCharsets.US_ASCII));
            }
        },
        EXCHANGE {
            @Override
            String send(Httpipe hp, Request request) throws IOException {
                ConnectOptions plain = ConnectOptions.DEFAULT;
                ConnectOptions options = request.outgoing().secure() ? plain.tls(Exchanges.TRUSTING) : plain;
                try (Exchange exchange = hp.connect(request.endpoint(), options)) {
                    Response response = exchange.request(request);
                    assertTrue(response.requestSentWhole());
                    return response.text();
                }
            }
        },
        FAN_OUT {
            @Override
            String send(Httpipe hp, Request request) throws IOException {
                return FanOut.over(hp).all(List.of(request)).getFirst().text();
            }
        };

        abstract String send(Httpipe hp, Request request) throws IOException;
    }

    static Stream<Arguments> eachTimingAndStyle() {
        return Arrays.stream(ResponseTiming.values())
                .flatMap(server -> Arrays.stream(CallStyle.values()).map(style -> Arguments.of(server, style)));
    }

    static Stream<Arguments> eachTransportAndThreadKind() {
        return Arrays.stream(Transports.values())
                .flatMap(transport -> Arrays.stream(Threads.values()).map(threads -> Arguments.of(transport, threads)));
    }

    /** {@return a body that sends one byte, waits for the signal and then fails} */
    static Body bodyFailingAfter(Signal responseBegun, IOException failure) {
        return Body.writing(out -> {
            out.write('a');
            out.flush();
            responseBegun.await();
            throw failure;
        });
    }

    static byte[] randomBytes(int size) {
        byte[] bytes = new byte[size];
        new Random(15).nextBytes(bytes);
        return bytes;
    }

    /** {@return bodies of every kind with these bytes: with and without a length, in memory and from other sources} */
    static List<Body> bodies(byte[] bytes) {
        int half = bytes.length / 2;
        return List.of(
                Body.of(bytes),
                Body.of(new TwoPieceStream(bytes)),
                Body.of(new TwoPieceStream(bytes), bytes.length),
                Body.of(() -> new ByteArrayInputStream(bytes), bytes.length),
                Body.of(List.of(Arrays.copyOf(bytes, half), Arrays.copyOfRange(bytes, half, bytes.length))
                        .iterator()),
                Body.writing(bytes.length, out -> {
                    out.write(bytes, 0, half);
                    out.flush();
                    out.write(bytes, half, bytes.length - half);
                }));
    }

    /** A stream that returns its bytes in two pieces. Between them, available() is 0. */
    private static final class TwoPieceStream extends InputStream {
        private final Iterator<byte[]> pieces;
        private ByteArrayInputStream piece = new ByteArrayInputStream(new byte[0]);

        TwoPieceStream(byte[] bytes) {
            int half = bytes.length / 2;
            pieces = List.of(Arrays.copyOf(bytes, half), Arrays.copyOfRange(bytes, half, bytes.length))
                    .iterator();
        }

        @Override
        public int read() {
            throw new AssertionError("single bytes are not read");
        }

        @Override
        public int read(byte[] buffer, int offset, int count) {
            if (piece.available() == 0 && pieces.hasNext()) {
                piece = new ByteArrayInputStream(pieces.next());
            }
            return piece.read(buffer, offset, count);
        }

        @Override
        public int available() {
            return piece.available();
        }
    }

    static Script serving(ResponseTiming timing, int size, BlockingQueue<String> received) {
        return peer -> {
            for (String head = peer.nextHead(); head != null; head = peer.nextHead()) {
                RequestBodyReader body = peer.bodyOf(head);
                timing.serve(peer, body, size);
                received.add(body.facts());
            }
        };
    }

    /** Asserts that the server has received this many bodies with these facts. */
    static void assertReceived(int count, String facts, BlockingQueue<String> received) throws Exception {
        for (int i = 0; i < count; i++) {
            assertEquals(facts, received.poll(20, TimeUnit.SECONDS));
        }
        assertTrue(received.isEmpty());
    }

    static void echo(Peer peer) throws IOException {
        for (String head = peer.nextHead(); head != null; head = peer.nextHead()) {
            RequestBodyReader body = peer.bodyOf(head);
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + Integer.parseInt(head.split(" ")[1].substring(1))
                    + "\r\n\r\n");
            while (body.next(peer.out())) {
                continue;
            }
        }
    }

    /** Waits until the client has no connections. Fails the test if it keeps one. */
    static void awaitNoConnections(Httpipe hp) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!hp.stats().isEmpty() && System.nanoTime() < end) {
            Thread.yield();
        }
        assertEquals(List.of(), hp.stats());
    }
}
