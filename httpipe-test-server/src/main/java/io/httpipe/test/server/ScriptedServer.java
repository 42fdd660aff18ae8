package io.httpipe.test.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;

/**
 * An HTTP/1.1 server for tests of HTTP clients. It sends exactly the bytes that a test specifies, and records the
 * requests.
 *
 * {@snippet :
 * try (ScriptedServer server = ScriptedServer.start()) {
 *     server.route("GET", "/users/1", Answer.of(200, "Ada"));
 *     server.enqueue(Answer.of(503), Answer.of(200, "at last"));
 *
 *     assertEquals("at last", client.getWithRetry(server.uri("/flaky")));
 *
 *     server.takeRequest().assertMethod("GET").assertTarget("/flaky");
 * }
 * }
 *
 * <p>A request is answered by the {@linkplain #route route} that matches it best, else by the next answer in the
 * {@linkplain #enqueue queue}, else by the {@linkplain #answer function}. A request that none of them answers gets a
 * 500, and makes {@link #close} fail. A {@link Script} replaces all of this on its connection and sends bytes itself.
 *
 * <p>The server listens on a free port of 127.0.0.1 unless its {@linkplain #builder builder} says otherwise. Any thread
 * may call any method at any time. Each connection has a virtual thread.
 */
public final class ScriptedServer implements AutoCloseable {
    /** The pause after the server could not accept a connection, for example because too many files are open. */
    private static final Duration RETRY = Duration.ofMillis(10);

    private final Listener listener;
    private final boolean secure;
    private final List<Script> scripts;
    private final int maxHead;
    private final int maxBody;
    private final Answers answers = new Answers();
    private final Records records = new Records();
    private final AtomicInteger connections = new AtomicInteger();
    private final Services services = new Services();
    private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean closing = new AtomicBoolean();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread acceptor;

    ScriptedServer(Listener listener, ScriptedServerBuilder builder) {
        this.listener = listener;
        secure = builder.tls != null;
        scripts = List.copyOf(builder.scripts);
        maxHead = builder.maxHead;
        maxBody = builder.maxBody;
        acceptor = Thread.ofPlatform().daemon().name("scripted-server").unstarted(this::accept);
    }

    /** Begins to accept connections. */
    void listen() {
        acceptor.start();
    }

    /**
     * Starts a server on a free port of 127.0.0.1.
     *
     * @return the server
     * @throws IOException if it cannot listen
     */
    public static ScriptedServer start() throws IOException {
        return builder().start();
    }

    /** {@return the settings of a new server} */
    public static ScriptedServerBuilder builder() {
        return new ScriptedServerBuilder();
    }

    /**
     * Starts a server that runs a script on each connection.
     *
     * @param scripts the script of each connection in turn. The last one serves all later connections.
     * @return the server
     * @throws IOException if it cannot listen
     */
    public static ScriptedServer of(Script... scripts) throws IOException {
        return builder().scripts(scripts).start();
    }

    /**
     * Starts a TLS server that runs a script on each connection. The script's first read or write does the handshake.
     *
     * @param context the certificate of the server; see {@link TestAuthority}
     * @param scripts as for {@link #of}
     * @return the server
     * @throws IOException if it cannot listen
     */
    public static ScriptedServer tls(SSLContext context, Script... scripts) throws IOException {
        return builder().tls(context).scripts(scripts).start();
    }

    /**
     * Starts a server on a Unix socket that runs a script on each connection.
     *
     * @param path the path of the socket, which must not exist yet. Closing the server deletes it.
     * @param scripts as for {@link #of}
     * @return the server
     * @throws IOException if it cannot listen
     */
    public static ScriptedServer unix(Path path, Script... scripts) throws IOException {
        return builder().unix(path).scripts(scripts).start();
    }

    /**
     * Starts a server that sends these responses in turn, one for each request head. Requests must have no body.
     *
     * @param responses whole responses in ISO 8859-1. The last one is repeated.
     * @return the server
     * @throws IOException if it cannot listen
     */
    public static ScriptedServer answering(String... responses) throws IOException {
        return of(inTurn(responses));
    }

    /**
     * Starts a server that answers each request with a function.
     *
     * @param function the function
     * @return the server
     * @throws IOException if it cannot listen
     */
    public static ScriptedServer answering(Responder function) throws IOException {
        return start().answer(function);
    }

    /**
     * {@return the script of {@link #answering(String...)}}
     *
     * @param responses whole responses in ISO 8859-1. Each request, on any connection, gets the next one. The last one
     *     is repeated.
     */
    public static Script inTurn(String... responses) {
        if (responses.length == 0) {
            throw new IllegalArgumentException("at least one response is needed");
        }
        AtomicInteger next = new AtomicInteger();
        return peer -> {
            while (peer.nextHead() != null) {
                peer.send(responses[Math.min(next.getAndIncrement(), responses.length - 1)]);
            }
        };
    }

    /**
     * Answers requests with this method and path.
     *
     * {@snippet :
     * server.route("GET", "/users/1", Answer.of(200, "Ada"));
     * server.route("*", "/static/*", Answer.of(404));
     * server.route("GET", "/status", Answer.of(503), Answer.of(200));     // 503, then always 200
     * }
     *
     * <p>An exact path takes precedence over a prefix, then a longer path over a shorter one, then a method over
     * {@code *}. A route with the same method and path replaces the earlier one.
     *
     * @param method the method, or {@code *} for all
     * @param path a path, with a query if the query must match too, or the start of a target followed by {@code *}
     * @param inTurn the answers in turn. The last one is repeated.
     * @return this server
     * @throws IllegalArgumentException if an answer cannot be sent as described
     * @throws IllegalStateException if the server is closed
     */
    public ScriptedServer route(String method, String path, Answer... inTurn) {
        return route(method, path, Answers.inTurn(inTurn));
    }

    /**
     * Answers requests with this method and path with a function.
     *
     * @param method the method, or {@code *} for all
     * @param path as for {@link #route(String, String, Answer...)}
     * @param function the function
     * @return this server
     * @throws IllegalStateException if the server is closed
     */
    public ScriptedServer route(String method, String path, Responder function) {
        requireOpen();
        answers.route(method, path, function);
        return this;
    }

    /**
     * Adds answers to the queue. Each is sent once, to the next request that no route answers. An answer that is left
     * in the queue makes {@link #close} fail.
     *
     * @param next the answers
     * @return this server
     * @throws IllegalArgumentException if an answer cannot be sent as described
     * @throws IllegalStateException if the server is closed
     */
    public ScriptedServer enqueue(Answer... next) {
        requireOpen();
        answers.enqueue(List.of(next));
        return this;
    }

    /** {@return the number of answers that were in the queue, which is empty now} */
    public int discardQueue() {
        return answers.drain().size();
    }

    /**
     * Answers a request with a function if no route matches the request and the queue is empty.
     *
     * @param function the function. It replaces the earlier one.
     * @return this server
     * @throws IllegalStateException if the server is closed
     */
    public ScriptedServer answer(Responder function) {
        requireOpen();
        answers.function(function);
        return this;
    }

    private void requireOpen() {
        if (closing.get()) {
            throw new IllegalStateException("this server is closed: " + this);
        }
    }

    /** {@return the address on which the server listens} */
    public SocketAddress address() {
        return listener.address();
    }

    /**
     * {@return the port}
     *
     * @throws IllegalStateException if the server listens on a Unix socket
     */
    public int port() {
        if (address() instanceof InetSocketAddress tcp) {
            return tcp.getPort();
        }
        throw new IllegalStateException("a Unix socket has no port: " + this);
    }

    /**
     * Returns a URI of this server. The host is the address of the server; {@code localhost} for a Unix socket.
     *
     * @param path the path with its query
     * @return the URI
     */
    public String uri(String path) {
        String host =
                address() instanceof InetSocketAddress tcp ? tcp.getAddress().getHostAddress() : "localhost";
        return uri(host.indexOf(':') < 0 ? host : "[" + host + "]", path);
    }

    /**
     * Returns a URI of this server.
     *
     * @param host a host name for the URI, such as {@code localhost}
     * @param path the path with its query
     * @return the URI. That of a Unix socket has no port.
     */
    public String uri(String host, String path) {
        String port = address() instanceof InetSocketAddress tcp ? ":" + tcp.getPort() : "";
        return (secure ? "https" : "http") + "://" + host + port + path;
    }

    /** {@return the number of accepted connections} */
    public int connections() {
        return connections.get();
    }

    /** {@return the request heads read so far, in order, each with its final empty line} */
    public List<String> heads() {
        return records.heads();
    }

    /**
     * {@return the requests in the order in which {@link #takeRequest()} returns them, complete or not, except those of
     * {@link Peer#head} and {@link Peer#nextHead}}
     */
    public List<RecordedRequest> requests() {
        return records.requests();
    }

    /**
     * Waits up to five seconds for the next request that was not taken yet.
     *
     * @return the request
     * @throws AssertionError if none comes in time
     * @throws InterruptedException if the thread is interrupted
     */
    public RecordedRequest takeRequest() throws InterruptedException {
        return takeRequest(Services.PATIENCE);
    }

    /**
     * Waits for the next request not taken yet. A request is recorded when its body ends or the server stops reading.
     *
     * @param timeout how long; zero does not wait
     * @return the request
     * @throws AssertionError if none comes in time. The message shows the conversation.
     * @throws InterruptedException if the thread is interrupted
     */
    public RecordedRequest takeRequest(Duration timeout) throws InterruptedException {
        RecordedRequest request = records.take(timeout.toNanos());
        if (request == null) {
            throw new AssertionError("no request within " + timeout.toMillis() + " ms\n" + conversation());
        }
        return request;
    }

    /**
     * Checks that all requests so far have been taken.
     *
     * @throws AssertionError if there is another one
     */
    public void assertNoMoreRequests() {
        List<RecordedRequest> left = records.untaken();
        if (!left.isEmpty()) {
            throw new AssertionError("requests that were not taken: " + left + "\n" + conversation());
        }
    }

    /**
     * Checks how many connections the server has accepted.
     *
     * @param expected the number
     * @throws AssertionError if it is another number
     */
    public void assertConnections(int expected) {
        if (connections() != expected) {
            throw new AssertionError(
                    "there were " + connections() + " connections, expected " + expected + "\n" + conversation());
        }
    }

    /**
     * Forgets the requests so far. Requests that were not taken can no longer be taken. The numbering of requests and
     * connections continues.
     */
    public void forget() {
        records.forget();
    }

    /**
     * Returns the bytes of the last 100 connections, at most the first 8 KiB of each. Received lines have {@code >},
     * sent lines {@code <}.
     *
     * @return the text, for messages
     */
    public String conversation() {
        return records.conversation();
    }

    int received(String head) {
        return records.add(head);
    }

    void record(RecordedRequest request) {
        records.add(request);
    }

    Answers answers() {
        return answers;
    }

    /** {@return whether this exception only shows that the server is closing, and so is not a failure} */
    boolean isDueToClose(Throwable failure) {
        return closing.get() && Services.isOfClose(failure);
    }

    boolean awaitClosed(long nanos) throws InterruptedException {
        return closed.await(nanos, TimeUnit.NANOSECONDS);
    }

    private void accept() {
        while (!closing.get()) {
            try {
                Link link = listener.accept(connections.get() + 1);
                records.add(link.transcript);
                int index = connections.getAndIncrement();
                Script script = scripts.isEmpty() ? Peer::serve : scripts.get(Math.min(index, scripts.size() - 1));
                start(link, script);
            } catch (IOException | RuntimeException | Error e) {
                if (closing.get()) {
                    return;
                }
                failures.add(e);
                if (!listener.isOpen() || isClosedWithin(RETRY)) {
                    return;
                }
            }
        }
    }

    private boolean isClosedWithin(Duration time) {
        try {
            return awaitClosed(time.toNanos());
        } catch (InterruptedException e) {
            return true;
        }
    }

    private void start(Link link, Script script) {
        Peer peer = new Peer(link, new Connection(this, link, maxHead, maxBody));
        Thread thread =
                Thread.ofVirtual().name("scripted-server-" + link.number).unstarted(() -> serve(peer, link, script));
        services.add(link, thread);
        thread.start();
        if (closing.get()) {
            link.cut();
        }
    }

    /** Makes the test fail. */
    void fail(Link link, Throwable cause) {
        link.transcript.note("the server failed: " + cause);
        failures.add(cause);
    }

    private void serve(Peer peer, Link link, Script script) {
        try {
            script.run(peer);
        } catch (Throwable e) {
            if (!isDueToClose(e)) {
                fail(link, e);
            }
        } finally {
            link.transcript.end();
            link.close();
            services.remove(link, Thread.currentThread());
        }
    }

    /**
     * Closes the server and its connections, and waits up to five seconds for the scripts to end. Closing again does
     * nothing.
     *
     * @throws AssertionError if a script or a function has failed or does not end, a request had no answer, or an
     *     answer is left in the queue. The message shows the conversation. An {@link IOException} or an
     *     {@link InterruptedException} of a script that this method has ended is not a failure.
     * @throws IOException if the listener cannot be closed
     */
    @Override
    public void close() throws IOException {
        if (!closing.compareAndSet(false, true)) {
            return;
        }
        closed.countDown();
        listener.close();
        awaitEnd();
        check();
    }

    private void awaitEnd() {
        long end = System.nanoTime() + Services.PATIENCE.toNanos();
        Thread current = Thread.currentThread();
        // The server must also close if the test is interrupted.
        boolean interrupted = Thread.interrupted();
        try {
            acceptor.join(Services.PATIENCE);
            services.end(end, this::fail);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            current.interrupt();
        }
    }

    private void check() {
        List<Answer> left = answers.drain();
        Throwable first = failures.poll();
        if (first != null) {
            AssertionError error = new AssertionError("the server failed: " + first + "\n" + conversation(), first);
            failures.forEach(error::addSuppressed);
            throw error;
        }
        if (!left.isEmpty()) {
            throw new AssertionError("answers left in the queue: " + left + "\n" + conversation());
        }
    }

    /** {@return the address, for messages} */
    @Override
    public String toString() {
        return "ScriptedServer on " + address();
    }
}
