package io.httpipe.testing;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server that says exactly the bytes that a test wants. Each accepted connection gets the next script; the last one
 * serves all that come after it. A script that fails makes {@link #close} fail, and with it the test.
 *
 * {@snippet :
 * try (ScriptedServer server = ScriptedServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")) {
 *     hp.get(server.uri("/a"));
 *     assertEquals("GET /a HTTP/1.1", server.heads().getFirst().lines().findFirst().orElseThrow());
 * }
 * }
 */
public final class ScriptedServer implements AutoCloseable {
    /** What the server does on one connection; the connection is closed when it returns. */
    @FunctionalInterface
    public interface Script {
        void run(Peer peer) throws Exception;
    }

    private final ServerSocket listener;
    private final Script[] scripts;
    private final AtomicInteger connections = new AtomicInteger();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final List<String> heads = new CopyOnWriteArrayList<>();
    private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private volatile boolean closed;

    private ScriptedServer(ServerSocket listener, Script... scripts) {
        this.listener = listener;
        this.scripts = scripts;
        Thread.ofPlatform().daemon().name("scripted-server").start(this::accept);
    }

    /** A server on a free loopback port. */
    public static ScriptedServer of(Script... scripts) throws IOException {
        return new ScriptedServer(new ServerSocket(0, 128, InetAddress.getLoopbackAddress()), scripts);
    }

    /** The same behind TLS or with other options, on a listener made by the test. */
    public static ScriptedServer on(ServerSocket listener, Script... scripts) {
        return new ScriptedServer(listener, scripts);
    }

    /** Answers requests without a body, one after another on each connection, with these responses in turn. */
    public static ScriptedServer answering(String... responses) throws IOException {
        AtomicInteger next = new AtomicInteger();
        return of(peer -> {
            while (peer.nextHead() != null) {
                peer.send(responses[Math.min(next.getAndIncrement(), responses.length - 1)]);
            }
        });
    }

    public int port() {
        return listener.getLocalPort();
    }

    public String uri(String path) {
        return "http://127.0.0.1:" + port() + path;
    }

    /** How many connections have been accepted. */
    public int connections() {
        return connections.get();
    }

    /** The request heads read so far, in order, with their blank lines. */
    public List<String> heads() {
        return heads;
    }

    private void accept() {
        while (!closed) {
            try {
                Socket socket = listener.accept();
                sockets.add(socket);
                Script script = scripts[Math.min(connections.getAndIncrement(), scripts.length - 1)];
                Thread.ofVirtual().start(() -> serve(socket, script));
            } catch (IOException e) {
                if (!closed) {
                    failures.add(e);
                }
                return;
            }
        }
    }

    private void serve(Socket socket, Script script) {
        try (socket) {
            script.run(new Peer(socket));
        } catch (Throwable e) {
            if (!closed) {
                failures.add(e);
            }
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
        if (!failures.isEmpty()) {
            throw new AssertionError("a script failed", failures.peek());
        }
    }

    /** The server's side of one connection. */
    public final class Peer {
        private final Socket socket;
        private final InputStream in;

        private Peer(Socket socket) throws IOException {
            this.socket = socket;
            this.in = socket.getInputStream();
        }

        public Socket socket() {
            return socket;
        }

        /** Reads a request head; fails if the client closes instead. */
        public String head() throws IOException {
            String head = nextHead();
            if (head == null) {
                throw new EOFException("the client closed without another request");
            }
            return head;
        }

        /** Reads a request head, or null if the client closes instead. */
        public String nextHead() throws IOException {
            ByteArrayOutputStream head = new ByteArrayOutputStream();
            while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
                int octet = in.read();
                if (octet < 0) {
                    return head.size() == 0 ? null : failPartial(head);
                }
                head.write(octet);
            }
            String text = head.toString(StandardCharsets.ISO_8859_1);
            heads.add(text);
            return text;
        }

        private String failPartial(ByteArrayOutputStream head) throws EOFException {
            throw new EOFException("the client closed within a head: " + head);
        }

        /** Reads exactly this many bytes of a request body. */
        public String body(int length) throws IOException {
            return new String(in.readNBytes(length), StandardCharsets.ISO_8859_1);
        }

        /** Reads one byte, or -1 at the client's close. */
        public int read() throws IOException {
            return in.read();
        }

        public void send(String octets) throws IOException {
            send(octets.getBytes(StandardCharsets.ISO_8859_1));
        }

        public void send(byte[] octets) throws IOException {
            socket.getOutputStream().write(octets);
        }

        /** Closes with a reset instead of an orderly end. */
        public void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }

        /** Waits until the client has closed its side; what it still sends is thrown away. */
        public void awaitClose() {
            try {
                byte[] rest = new byte[8192];
                while (in.read(rest) >= 0) {
                    continue;
                }
            } catch (IOException e) {
                // A reset is a close too.
            }
        }
    }
}
