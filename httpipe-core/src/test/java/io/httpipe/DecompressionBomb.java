package io.httpipe;

import io.httpipe.test.server.ScriptedServer;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;

/** Gets 10 GiB of zeros in each coding, whole and streamed, and prints how each call ends. */
final class DecompressionBomb {
    private static final long SIZE = 10L << 30;

    private DecompressionBomb() {}

    public static void main(String[] args) throws Exception {
        for (String coding : new String[] {"gzip", "deflate"}) {
            try (ScriptedServer server = ScriptedServer.of(peer -> {
                        peer.head();
                        peer.send("HTTP/1.1 200 OK\r\nContent-Encoding: " + coding + "\r\nConnection: close\r\n\r\n");
                        sendZeros(coding, peer.out());
                    });
                    Httpipe hp = Httpipe.builder().decoding(Decoding.ON).build()) {
                Request request = Request.get(server.uri("/"));
                print(coding, () -> hp.request(request));
                print(coding, () -> hp.stream(request, r -> r.body().transferTo(OutputStream.nullOutputStream())));
            }
        }
    }

    /** Sends until the client has closed the connection. */
    private static void sendZeros(String coding, OutputStream wire) {
        byte[] zeros = new byte[1 << 16];
        try (OutputStream buffered = new BufferedOutputStream(wire, 1 << 12);
                OutputStream out =
                        coding.equals("gzip") ? new GZIPOutputStream(buffered) : new DeflaterOutputStream(buffered)) {
            for (long sent = 0; sent < SIZE; sent += zeros.length) {
                out.write(zeros);
            }
        } catch (IOException e) {
            // The client has closed the connection.
        }
    }

    private interface Action {
        void run() throws Exception;
    }

    private static void print(String coding, Action action) throws Exception {
        try {
            action.run();
            System.out.println(coding + ": decoded");
        } catch (DecodingException e) {
            System.out.println(coding + ": " + e.reason() + ", " + (e.bytesReceived() < 1 << 20));
        }
    }
}
