package io.httpipe.coding;

import io.httpipe.Decoding;
import io.httpipe.DecodingException;
import io.httpipe.Httpipe;
import io.httpipe.Request;
import java.io.OutputStream;
import java.lang.reflect.Constructor;

/**
 * Gets 10 GiB of zeros, whole and streamed, and prints how each call ends. The argument is the name of the class that
 * tests the coding.
 */
final class DecompressionBomb {
    private static final int MEBIBYTES = 10 << 10;

    private DecompressionBomb() {}

    public static void main(String[] args) throws Exception {
        Constructor<?> constructor = Class.forName(args[0]).getDeclaredConstructor();
        constructor.setAccessible(true);
        ContentDecoderTest test = (ContentDecoderTest) constructor.newInstance();
        try (CodedServer server = CodedServer.of(test.coding, wire -> sendZeros(test, wire));
                Httpipe hp = Httpipe.builder().decoding(Decoding.ON).build()) {
            Request request = Request.get(server.uri());
            print(() -> hp.request(request));
            print(() -> hp.stream(request, r -> r.body().transferTo(OutputStream.nullOutputStream())));
        }
    }

    /** Sends until the client has closed the connection. */
    private static void sendZeros(ContentDecoderTest test, OutputStream wire) throws Exception {
        byte[] zeros = new byte[1 << 20];
        try (OutputStream out = test.encoder(wire, 5)) {
            for (int i = 0; i < MEBIBYTES; i++) {
                out.write(zeros);
                out.flush();
            }
        }
    }

    private interface Action {
        void run() throws Exception;
    }

    private static void print(Action action) throws Exception {
        try {
            action.run();
            System.out.println("decoded");
        } catch (DecodingException e) {
            System.out.println(e.reason() + ", " + (e.bytesReceived() < 1 << 20));
        }
    }
}
