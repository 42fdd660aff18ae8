package io.httpipe.coding;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A server that answers each request with the same chunked response. */
public final class CodedServer implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final String coding;
    private final Writer writer;
    private volatile String lastHead = "";

    /** Writes the body. */
    public interface Writer {
        void writeTo(OutputStream wire) throws Exception;
    }

    private CodedServer(String coding, Writer writer) throws IOException {
        this.coding = coding;
        this.writer = writer;
        Thread.ofPlatform().daemon().start(this::serve);
    }

    /** Sends each write of the writer as a chunk. */
    public static CodedServer of(String coding, Writer writer) throws IOException {
        return new CodedServer(coding, writer);
    }

    public static CodedServer chunked(String coding, int size, byte[] body) throws IOException {
        return new CodedServer(coding, wire -> {
            for (int from = 0; from < body.length; from += size) {
                wire.write(body, from, Math.min(size, body.length - from));
            }
        });
    }

    public String uri() {
        return "http://127.0.0.1:" + listener.getLocalPort() + "/";
    }

    public String lastHead() {
        return lastHead;
    }

    private void serve() {
        while (!listener.isClosed()) {
            try (Socket socket = listener.accept()) {
                socket.setTcpNoDelay(true);
                lastHead = head(socket.getInputStream());
                OutputStream out = socket.getOutputStream();
                out.write(("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Encoding: " + coding
                                + "\r\nTransfer-Encoding: chunked\r\n\r\n")
                        .getBytes(StandardCharsets.ISO_8859_1));
                writer.writeTo(new Chunks(out));
                out.write("0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
            } catch (Exception e) {
                // The client has closed the connection, or the test is over.
            }
        }
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int b = in.read();
            if (b < 0) {
                throw new IOException("closed");
            }
            head.append((char) b);
        }
        return head.toString();
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }

    private static final class Chunks extends OutputStream {
        private final OutputStream out;

        Chunks(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int oneByte) throws IOException {
            write(new byte[] {(byte) oneByte}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int count) throws IOException {
            if (count == 0) {
                return;
            }
            byte[] size = (Integer.toHexString(count) + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
            byte[] chunk = new byte[size.length + count + 2];
            System.arraycopy(size, 0, chunk, 0, size.length);
            System.arraycopy(bytes, offset, chunk, size.length, count);
            chunk[chunk.length - 2] = '\r';
            chunk[chunk.length - 1] = '\n';
            out.write(chunk);
        }
    }
}
