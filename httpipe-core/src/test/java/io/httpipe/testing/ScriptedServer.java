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

    /** Where connections come from. */
    private interface ResponseListener extends AutoCloseable {
        Link accept() throws IOException;

        Endpoint endpoint();

        @Override
        void close() throws IOException;
    }

    /**
     * One accepted connection.
     *
     * @param socket the socket to speak through, null for a Unix socket
     * @param below  what is closed to end everything at once, such as the TCP socket under TLS
     */
    private record Link(InputStream in, OutputStream out, Socket socket, AutoCloseable below) {
        static Link of(Socket socket, Socket below) throws IOException {
            below.setTcpNoDelay(true);
            return new Link(socket.getInputStream(), socket.getOutputStream(), socket, below);
        }
    }

    private final ResponseListener listener;
    private final String scheme;
    private final Script[] scripts;
    private final AtomicInteger connections = new AtomicInteger();
    private final List<Link> links = new CopyOnWriteArrayList<>();
    private final List<String> heads = new CopyOnWriteArrayList<>();
    private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private volatile boolean closed;

    private ScriptedServer(ResponseListener listener, String scheme, Script... scripts) {
        this.listener = listener;
        this.scheme = scheme;
        this.scripts = scripts;
        Thread.ofPlatform().daemon().name("scripted-server").start(this::accept);
    }

    /** A server on a free loopback port. */
    public static ScriptedServer of(Script... scripts) throws IOException {
        return on(loopback(), scripts);
    }

    /** The same behind TLS or with other options, on a listener made by the test. */
    public static ScriptedServer on(ServerSocket listener, Script... scripts) {
        return new ScriptedServer(new TcpListener(listener, null, socket -> {}), "http", scripts);
    }

    /** A server behind TLS; it shakes hands when a script first reads or writes. */
    public static ScriptedServer tls(SSLContext context, Script... scripts) throws IOException {
        return tlsWith(context, socket -> {}, scripts);
    }

    /** A server behind TLS whose sockets are set up before the handshake. */
    public static ScriptedServer tlsWith(SSLContext context, Consumer<SSLSocket> setup, Script... scripts)
            throws IOException {
        return new ScriptedServer(new TcpListener(loopback(), context, setup), "https", scripts);
    }

    /**
     * A server on a free loopback port whose sockets hold little of what it does not read.
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

    /** A server on a Unix socket, which must not exist yet. */
    public static ScriptedServer unix(Path path, Script... scripts) throws IOException {
        ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(path));
        return new ScriptedServer(new UnixListener(listener, path), "http", scripts);
    }

    /** Answers requests without a body, one after another on each connection, with these responses in turn. */
    public static ScriptedServer answering(String... responses) throws IOException {
        return of(inTurn(responses));
    }

    /** The script of {@link #answering}. */
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

    /** Where the server listens. */
    public Endpoint endpoint() {
        return listener.endpoint();
    }

    public String uri(String path) {
        return uri("127.0.0.1", path);
    }

    public String uri(String host, String path) {
        return scheme + "://" + host + (endpoint() instanceof Endpoint.Tcp tcp ? ":" + tcp.port() : "") + path;
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
            closeQuietly(link.below);
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        listener.close();
        for (Link link : links) {
            closeQuietly(link.below);
        }
        if (!failures.isEmpty()) {
            throw new AssertionError("a script failed", failures.peek());
        }
    }

    private static void closeQuietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            // The client may have gone first, and then TLS has nobody to say its farewell to.
        }
    }

    private record TcpListener(ServerSocket listener, SSLContext context, Consumer<SSLSocket> setup)
            implements ResponseListener {
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

    private record UnixListener(ServerSocketChannel listener, Path path) implements ResponseListener {
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
                int octet = head.size() == 0 ? firstOctet() : link.in.read();
                if (octet < 0) {
                    return head.size() == 0 ? null : failPartial(head);
                }
                head.write(octet);
                last = last << 8 | octet;
            }
            String text = head.toString(StandardCharsets.ISO_8859_1);
            heads.add(text);
            return text;
        }

        /** A reset where a head might begin is a close too: the client had not read all that was sent. */
        private int firstOctet() throws IOException {
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

        /** A reader of the body that this head announces. */
        public RequestBodyReader bodyOf(String head) {
            return new RequestBodyReader(head, link.in);
        }

        /** What {@link #send} writes to. */
        public OutputStream out() {
            return link.out;
        }

        /** Reads one byte, or -1 at the client's close. */
        public int read() throws IOException {
            return link.in.read();
        }

        public void send(String octets) throws IOException {
            send(octets.getBytes(StandardCharsets.ISO_8859_1));
        }

        public void send(byte[] octets) throws IOException {
            link.out.write(octets);
        }

        /** Sends each byte by itself, that often a pause in front of it; ends early when the client has gone. */
        public void drip(byte[] octets, long pauseMillis) throws InterruptedException {
            CountDownLatch never = new CountDownLatch(1);
            try {
                for (byte octet : octets) {
                    if (pauseMillis > 0) {
                        boolean over = never.await(pauseMillis, TimeUnit.MILLISECONDS);
                        assert !over;
                    }
                    link.out.write(octet);
                }
            } catch (IOException e) {
                // The client has gone.
            }
        }

        /** Ends the sending; the client may still send. */
        public void end() {
            try {
                link.socket.shutdownOutput();
            } catch (IOException e) {
                // The client has closed all of it.
            }
        }

        /** Closes in order and comes back when the client's machine has acknowledged it. */
        public void closeAndAwaitAcknowledgement() throws IOException {
            ((Socket) link.below).setSoLinger(true, 10);
            link.socket.close();
        }

        /** Sends octets past TLS, if there is TLS. */
        public void sendBelow(byte[] octets) throws IOException {
            ((Socket) link.below).getOutputStream().write(octets);
        }

        /** Ends the TCP connection, without a word of TLS if there is TLS above it. */
        public void cut() throws Exception {
            link.below.close();
        }

        /** Closes with a reset instead of an orderly end. */
        public void reset() throws IOException {
            Socket below = (Socket) link.below;
            below.setSoLinger(true, 0);
            below.close();
        }

        /** Waits until the client has closed its side; what it still sends is thrown away. */
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
