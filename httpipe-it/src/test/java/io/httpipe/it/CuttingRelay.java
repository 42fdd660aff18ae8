package io.httpipe.it;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Relays one connection after another to a server. Cuts each after the server has sent a certain number of bytes. */
final class CuttingRelay implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final Codings server;
    private final long[] cuts;
    private final AfterCut afterCut;

    /** How many bytes the client has got over all connections. */
    private long relayed;

    private int cut;
    private volatile int connections;

    /** Called after each cut, before the relay accepts the next connection. */
    interface AfterCut {
        void run() throws Exception;
    }

    /**
     * Starts a relay.
     *
     * @param cuts after how many bytes over all connections to cut, in order. Every second cut resets the connection
     */
    CuttingRelay(Codings server, AfterCut afterCut, long... cuts) throws IOException {
        this.server = server;
        this.cuts = cuts;
        this.afterCut = afterCut;
        Thread.ofPlatform().daemon().start(this::serve);
    }

    String uri(String path) {
        return "http://127.0.0.1:" + listener.getLocalPort() + path;
    }

    int connections() {
        return connections;
    }

    private void serve() {
        try {
            while (true) {
                boolean whole;
                try (Socket client = listener.accept();
                        Socket upstream = new Socket(Codings.host(), server.mappedPort())) {
                    connections++;
                    Thread.ofPlatform().daemon().start(() -> copyRequests(client, upstream));
                    whole = copyResponses(upstream, client);
                }
                if (!whole) {
                    cut++;
                    afterCut.run();
                }
            }
        } catch (Exception e) {
            // The relay has been closed already, or is closed now. Then the client fails.
            close();
        }
    }

    private static void copyRequests(Socket client, Socket upstream) {
        try {
            client.getInputStream().transferTo(upstream.getOutputStream());
            upstream.shutdownOutput();
        } catch (IOException e) {
            // The other direction ends too.
        }
    }

    /** Returns false after a cut. */
    private boolean copyResponses(Socket upstream, Socket client) throws IOException {
        InputStream in = upstream.getInputStream();
        OutputStream out = client.getOutputStream();
        byte[] piece = new byte[1 << 16];
        while (true) {
            long left = cut < cuts.length ? cuts[cut] - relayed : piece.length;
            if (left == 0) {
                if (cut % 2 == 1) {
                    client.setSoLinger(true, 0);
                }
                return false;
            }
            int read = in.read(piece, 0, (int) Math.min(left, piece.length));
            if (read < 0) {
                return true;
            }
            relayed += read;
            out.write(piece, 0, read);
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
