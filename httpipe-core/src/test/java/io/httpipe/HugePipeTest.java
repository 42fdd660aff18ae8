package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pipes 1 GiB in a JVM with 64 MiB of heap. */
@Timeout(180)
class HugePipeTest {
    private static final long SIZE = 1L << 30;
    private static final int PIECE = 1 << 16;

    /** Computes the length and checksum of the request body it receives, in either framing. */
    private record Sink(boolean chunked, CompletableFuture<String> sum) {
        void serve(Socket socket) throws IOException {
            BufferedInputStream in = new BufferedInputStream(socket.getInputStream(), PIECE);
            String head = line(in);
            for (String line = head; !line.isEmpty(); line = line(in)) {
                head += line;
            }
            if (chunked != head.contains("Transfer-Encoding: chunked")) {
                throw new IOException("unexpected framing: " + head);
            }
            CRC32 crc = new CRC32();
            long left = SIZE;
            while (left > 0) {
                long count = chunked ? Long.parseLong(line(in), 16) : SIZE;
                take(in, count, crc);
                left -= count;
                if (chunked) {
                    line(in);
                }
            }
            if (chunked && !(line(in) + line(in)).equals("0")) {
                throw new IOException("no proper end");
            }
            sum.complete(Long.toHexString(crc.getValue()));
            socket.getOutputStream().write(ascii("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nOK\n"));
        }

        private static void take(InputStream in, long count, CRC32 crc) throws IOException {
            byte[] piece = new byte[PIECE];
            for (long left = count; left > 0; ) {
                int read = in.read(piece, 0, (int) Math.min(left, piece.length));
                if (read < 0) {
                    throw new IOException("bytes are missing");
                }
                crc.update(piece, 0, read);
                left -= read;
            }
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
            line.append((char) next);
        }
        return line.toString().strip();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] piece(int number) {
        byte[] piece = new byte[PIECE];
        Arrays.fill(piece, (byte) number);
        return piece;
    }

    private static void produce(Socket socket, boolean chunked) throws IOException {
        while (!line(socket.getInputStream()).isEmpty()) {
            continue;
        }
        OutputStream out = socket.getOutputStream();
        String framing = chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + SIZE;
        out.write(ascii("HTTP/1.1 200 OK\r\n" + framing + "\r\n\r\n"));
        for (int i = 0; i < SIZE / PIECE; i++) {
            if (chunked) {
                out.write(ascii(Integer.toHexString(PIECE) + "\r\n"));
            }
            out.write(piece(i));
            if (chunked) {
                out.write(ascii("\r\n"));
            }
        }
        if (chunked) {
            out.write(ascii("0\r\n\r\n"));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPipeOfAGibibyteFitsASmallHeap(boolean chunked) throws Exception {
        CompletableFuture<String> received = new CompletableFuture<>();
        try (ServerSocket source = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ServerSocket sink = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            start(source, socket -> produce(socket, chunked), received);
            start(sink, new Sink(chunked, received)::serve, received);
            Process child = new ProcessBuilder(List.of(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx64m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Child.class.getName(),
                            "http://127.0.0.1:" + source.getLocalPort() + "/",
                            "http://127.0.0.1:" + sink.getLocalPort() + "/"))
                    .redirectErrorStream(true)
                    .start();
            try (BufferedReader output =
                    new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
                String said = output.lines().collect(Collectors.joining("\n", "", "\n"));
                assertEquals("200\n", said);
            }
            CRC32 expected = new CRC32();
            for (int i = 0; i < SIZE / PIECE; i++) {
                expected.update(piece(i));
            }
            assertEquals(Long.toHexString(expected.getValue()), received.get(10, TimeUnit.SECONDS));
        }
    }

    /** Handles one connection. */
    private interface Handler {
        void serve(Socket socket) throws IOException;
    }

    private static void start(ServerSocket listener, Handler handler, CompletableFuture<String> failing) {
        Thread.ofPlatform().daemon().start(() -> {
            try (Socket socket = listener.accept()) {
                handler.serve(socket);
            } catch (IOException e) {
                failing.completeExceptionally(e);
            }
        });
    }

    /** Runs in the small JVM. */
    static final class Child {
        private Child() {}

        public static void main(String[] uris) throws IOException {
            try (Httpipe hp = Httpipe.create();
                    StreamedResponse source = hp.stream(Request.get(uris[0]))) {
                System.out.print(source.pipe().request(Request.post(uris[1])).status() + "\n");
            }
        }
    }
}
