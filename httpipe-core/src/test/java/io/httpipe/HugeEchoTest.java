package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.RequestBodyReader;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Transports;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sends 256 MiB to a server that echoes them at once, from a JVM with 64 MiB of heap. */
@Timeout(180)
class HugeEchoTest {
    private static final int PIECE = 1 << 16;
    private static final int PIECES = 4096;

    private static void echo(Peer peer) throws IOException {
        RequestBodyReader body = peer.bodyOf(peer.head());
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + (long) PIECE * PIECES + "\r\n\r\n");
        while (body.next(peer.out())) {
            continue;
        }
        peer.awaitClose();
    }

    @ParameterizedTest
    @ValueSource(strings = {"with a length", "in chunks"})
    void aBodyLargerThanTheHeapComesBackWhole(String framing) throws Exception {
        try (ScriptedServer server = Transports.TCP.server(HugeEchoTest::echo)) {
            Process child = new ProcessBuilder(List.of(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx64m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Child.class.getName(),
                            server.uri("/"),
                            framing))
                    .redirectErrorStream(true)
                    .start();
            CRC32 expected = new CRC32();
            for (int i = 0; i < PIECES; i++) {
                expected.update(Child.piece(i));
            }
            try (BufferedReader output =
                    new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
                String said = output.lines().collect(Collectors.joining("\n"));
                assertEquals(Long.toHexString(expected.getValue()) + " true", said);
            }
        }
    }

    /** Runs in the small JVM; prints the checksum of the echoed bytes, and whether the whole body was sent. */
    static final class Child {
        private Child() {}

        static byte[] piece(int number) {
            byte[] piece = new byte[PIECE];
            Arrays.fill(piece, (byte) number);
            return piece;
        }

        public static void main(String[] arguments) throws IOException {
            Body.Writer writer = out -> {
                for (int i = 0; i < PIECES; i++) {
                    out.write(piece(i));
                }
            };
            Body body = arguments[1].equals("in chunks")
                    ? Body.writing(writer)
                    : Body.writing((long) PIECE * PIECES, writer);
            try (Httpipe hp = Httpipe.create();
                    StreamedResponse response =
                            hp.stream(Request.post(arguments[0]).body(body))) {
                CRC32 sum = new CRC32();
                byte[] piece = new byte[PIECE];
                for (int read = response.body().read(piece);
                        read >= 0;
                        read = response.body().read(piece)) {
                    sum.update(piece, 0, read);
                }
                System.out.println(Long.toHexString(sum.getValue()) + " " + response.requestSentWhole());
            }
        }
    }
}
