package io.httpipe.testing;

import io.httpipe.Endpoint;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * A server that sends exactly the bytes of a script. Each accepted connection gets the next script; the last script
 * serves all later connections. If a script fails, {@link #close} fails too.
 *
 * {@snippet :
 * try (ScriptedServer server = ScriptedServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")) {
 *     hp.get(server.uri("/a"));
 *     assertEquals("GET /a HTTP/1.1", server.heads().getFirst().lines().findFirst().orElseThrow());
 * }
 * }
 */
public final class ScriptedServer implements AutoCloseable {
    /** The behavior of the server on one connection. The connection is closed when the script returns. */
    @FunctionalInterface
    public interface Script {
        void run(Peer peer) throws Exception;
    }

    /** Accepts connections. */
    private interface ConnectionListener extends AutoCloseable {
        Link accept() throws IOException;

        Endpoint endpoint();

        @Override
        void close() throws IOException;
    }

    /**
     * One accepted connection.
     *
     * @param socket the socket, with TLS if used; null for a Unix socket
     * @param underlying what is closed to end the connection at once, such as the TCP socket under TLS
     */
    private record Link(InputStream in, OutputStream out, Socket socket, AutoCloseable underlying) {
        static Link of(Socket socket, Socket underlying) throws IOException {
            underlying.setTcpNoDelay(true);
            return new Link(socket.getInputStream(), socket.getOutputStream(), socket, underlying);
        }
    }

    private final ConnectionListener listener;
    private final String scheme;
    private final Script[] scripts;
    private final AtomicInteger connections = new AtomicInteger();
    private final List<Link> links = new CopyOnWriteArrayList<>();
    private final List<String> heads = new CopyOnWriteArrayList<>();
    private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private volatile boolean closed;

    private ScriptedServer(ConnectionListener listener, String scheme, Script... scripts) {
        this.listener = listener;
        this.scheme = scheme;
        this.scripts = scripts;
        Thread.ofPlatform().daemon().name("scripted-server").start(this::accept);
    }

    /** {@return a server on a free loopback port} */
    public static ScriptedServer of(Script... scripts) throws IOException {
        return on(loopback(), scripts);
    }

    /** {@return a server on this listener} */
    public static ScriptedServer on(ServerSocket listener, Script... scripts) {
        return new ScriptedServer(new TcpListener(listener, null, socket -> {}), "http", scripts);
    }

    /** {@return a TLS server, whose handshake runs when a script first reads or writes} */
    public static ScriptedServer tls(SSLContext context, Script... scripts) throws IOException {
        return tlsWith(context, socket -> {}, scripts);
    }

    /** {@return a TLS server on this listener} */
    public static ScriptedServer tlsOn(ServerSocket listener, SSLContext context, Script... scripts) {
        return new ScriptedServer(new TcpListener(listener, context, socket -> {}), "https", scripts);
    }

    /** {@return a TLS server that configures its sockets before the handshake} */
    public static ScriptedServer tlsWith(SSLContext context, Consumer<SSLSocket> setup, Script... scripts)
            throws IOException {
        return new ScriptedServer(new TcpListener(loopback(), context, setup), "https", scripts);
    }

    /**
     * Starts a server on a free loopback port with small receive buffers.
     *
     * @param context null for plain text
     */
    public static ScriptedServer narrow(SSLContext context, Script... scripts) throws IOException {
        ServerSocket listener = new ServerSocket();
        listener.setReceiveBufferSize(4096);
        listener.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 1024);
        return new ScriptedServer(
                new TcpListener(listener, context, socket -> {}), context == null ? "http" : "https", scripts);
    }

    /** {@return a server on a Unix socket, whose path must not exist yet} */
    public static ScriptedServer unix(Path path, Script... scripts) throws IOException {
        ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(path));
        return new ScriptedServer(new UnixListener(listener, path), "http", scripts);
    }

    /** {@return a server that sends these responses in turn to requests without a body} */
    public static ScriptedServer answering(String... responses) throws IOException {
        return of(inTurn(responses));
    }

    /** {@return the script of {@link #answering}} */
    public static Script inTurn(String... responses) {
        AtomicInteger next = new AtomicInteger();
        return peer -> {
            while (peer.nextHead() != null) {
                peer.send(responses[Math.min(next.getAndIncrement(), responses.length - 1)]);
            }
        };
    }

    private static ServerSocket loopback() throws IOException {
        return new ServerSocket(0, 1024, InetAddress.getByName("127.0.0.1"));
    }

    public int port() {
        return ((Endpoint.Tcp) endpoint()).port();
    }

    /** {@return the address of the server} */
    public Endpoint endpoint() {
        return listener.endpoint();
    }

    public String uri(String path) {
        return uri("127.0.0.1", path);
    }

    public String uri(String host, String path) {
        return scheme + "://" + host + (endpoint() instanceof Endpoint.Tcp tcp ? ":" + tcp.port() : "") + path;
    }

    /** {@return the number of accepted connections} */
    public int connections() {
        return connections.get();
    }

    /** {@return the request heads read so far, in order, each with its final empty line} */
    public List<String> heads() {
        return heads;
    }

    private void accept() {
        while (!closed) {
            try {
                Link link = listener.accept();
                links.add(link);
                Script script = scripts[Math.min(connections.getAndIncrement(), scripts.length - 1)];
                Thread.ofVirtual().start(() -> serve(link, script));
            } catch (IOException e) {
                if (!closed) {
                    failures.add(e);
                }
                return;
            }
        }
    }

    private void serve(Link link, Script script) {
        try {
            script.run(new Peer(link));
        } catch (Throwable e) {
            if (!closed) {
                failures.add(e);
            }
        } finally {
            closeQuietly(link.out);
            closeQuietly(link.underlying);
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        listener.close();
        for (Link link : links) {
            closeQuietly(link.underlying);
        }
        if (!failures.isEmpty()) {
            throw new AssertionError("a script failed", failures.peek());
        }
    }

    private static void closeQuietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            // If the client has closed first, TLS cannot send its close_notify.
        }
    }

    private record TcpListener(ServerSocket listener, SSLContext context, Consumer<SSLSocket> setup)
            implements ConnectionListener {
        @Override
        public Link accept() throws IOException {
            Socket accepted = listener.accept();
            if (context == null) {
                return Link.of(accepted, accepted);
            }
            SSLSocket secured = (SSLSocket) context.getSocketFactory().createSocket(accepted, null, true);
            setup.accept(secured);
            return Link.of(secured, accepted);
        }

        @Override
        public Endpoint endpoint() {
            return Endpoint.of("127.0.0.1", listener.getLocalPort());
        }

        @Override
        public void close() throws IOException {
            listener.close();
        }
    }

    private record UnixListener(ServerSocketChannel listener, Path path) implements ConnectionListener {
        @Override
        public Link accept() throws IOException {
            SocketChannel channel = listener.accept();
            return new Link(Channels.newInputStream(channel), Channels.newOutputStream(channel), null, channel);
        }

        @Override
        public Endpoint endpoint() {
            return Endpoint.unix(path);
        }

        @Override
        public void close() throws IOException {
            listener.close();
        }
    }

    /** The server's side of one connection. */
    public final class Peer {
        private final Link link;

        private Peer(Link link) {
            this.link = link;
        }

        public Socket socket() {
            return link.socket;
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
            for (int last = 0; last != 0x0d0a0d0a; ) {
                int next = head.size() == 0 ? firstByte() : link.in.read();
                if (next < 0) {
                    return head.size() == 0 ? null : failPartial(head);
                }
                head.write(next);
                last = last << 8 | next;
            }
            String text = head.toString(StandardCharsets.ISO_8859_1);
            heads.add(text);
            return text;
        }

        /** A reset before a head counts as a close: the client had unread bytes. */
        private int firstByte() throws IOException {
            try {
                return link.in.read();
            } catch (java.net.SocketException e) {
                return -1;
            }
        }

        private String failPartial(ByteArrayOutputStream head) throws EOFException {
            throw new EOFException("the client closed within a head: " + head);
        }

        /** Reads exactly this many bytes of a request body. */
        public String body(int length) throws IOException {
            return new String(link.in.readNBytes(length), StandardCharsets.ISO_8859_1);
        }

        /** {@return a reader for the body of the request with this head} */
        public RequestBodyReader bodyOf(String head) {
            return new RequestBodyReader(head, link.in);
        }

        /** {@return the stream to which {@link #send} writes} */
        public OutputStream out() {
            return link.out;
        }

        /** {@return the next byte, or -1 if the client has closed} */
        public int read() throws IOException {
            return link.in.read();
        }

        public void send(String text) throws IOException {
            send(text.getBytes(StandardCharsets.ISO_8859_1));
        }

        public void send(byte[] bytes) throws IOException {
            link.out.write(bytes);
        }

        /** Sends each byte separately, after a pause. Ends early if the client has closed. */
        public void drip(byte[] bytes, long pauseMillis) throws InterruptedException {
            CountDownLatch never = new CountDownLatch(1);
            try {
                for (byte next : bytes) {
                    if (pauseMillis > 0) {
                        boolean released = never.await(pauseMillis, TimeUnit.MILLISECONDS);
                        assert !released;
                    }
                    link.out.write(next);
                }
            } catch (IOException e) {
                // The client has closed.
            }
        }

        /** Closes the sending direction only. The client may still send. */
        public void end() {
            try {
                link.socket.shutdownOutput();
            } catch (IOException e) {
                // The client has closed both directions.
            }
        }

        /** Closes in order and returns when TCP has acknowledged the close. */
        public void closeAndAwaitAcknowledgement() throws IOException {
            ((Socket) link.underlying).setSoLinger(true, 10);
            link.socket.close();
        }

        /** Sends bytes below TLS, without encryption. */
        public void sendBelow(byte[] bytes) throws IOException {
            ((Socket) link.underlying).getOutputStream().write(bytes);
        }

        /** Closes the TCP connection without a TLS close_notify. */
        public void cut() throws Exception {
            link.underlying.close();
        }

        /** Closes with a reset instead of an orderly end. */
        public void reset() throws IOException {
            Socket underlying = (Socket) link.underlying;
            underlying.setSoLinger(true, 0);
            underlying.close();
        }

        /** Waits until the client has closed its side, and discards the bytes it still sends. */
        public void awaitClose() {
            try {
                byte[] rest = new byte[8192];
                while (link.in.read(rest) >= 0) {
                    continue;
                }
            } catch (IOException e) {
                // A reset is a close too.
            }
        }
    }
}
