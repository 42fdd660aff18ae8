package io.httpipe;

import io.httpipe.internal.wire.EventParser;
import io.httpipe.internal.wire.MalformedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The events that a server sends as {@code text/event-stream} (HTML standard, section 9.2).
 *
 * {@snippet :
 * try (ServerSentEvents events = hp.events(Request.get(uri))) {
 *     for (ServerSentEvent event : events) {
 *         System.out.println(event.type() + ": " + event.data());
 *     }
 * }
 * }
 *
 * <p>The events can be read one time only, as they arrive, either with {@link #next} or with the iterator. Events
 * without data, and an incomplete event at the end, are dropped, as the standard says. If an event does not fit into
 * {@link Limits#eventBytes}, the read throws a {@link MalformedResponseException}.
 *
 * <p><b>Connecting again.</b> The events of {@link StreamedResponse#events} end with the response. Those of
 * {@link Httpipe#events} continue with the next response. The client sends the request again, with
 * {@code Last-Event-ID}, if the response ends, if the connection is lost, or if no bytes arrive for the time
 * {@code idle} of {@link Httpipe#events(Request, java.time.Duration)}, by default a minute. If the response ends before
 * its compressed data is complete, the client does the same. Before each such request, it waits for a random time of up
 * to one second, plus the time that the server has asked for with {@code retry}, if any. After each attempt without an
 * event, the maximum of the random time doubles, up to 30 seconds. A 204 ends the events. Any other status than 200
 * throws a {@link StatusException}. Another {@code Content-Type} throws a {@link MalformedResponseException}. A
 * {@code Content-Encoding} that was not {@linkplain Decoding decoded} throws an {@link IllegalStateException}, as in
 * {@link StreamedResponse#events}. Only a request that is idempotent is sent again; the events of a POST without an
 * {@code Idempotency-Key} end with its response.
 *
 * <p><b>Time limits.</b> The deadline of the request limits all connections and waits together. It is the earliest of
 * the client's timeout, {@link Request#timeout}, {@link Request#deadline} and {@link Deadline#within}; there is none by
 * default. After an interrupt, also during a wait, the read throws a {@link CancelledException}.
 *
 * <p>One thread at a time may read. Any thread may call {@link #close}.
 */
public final class ServerSentEvents implements Iterable<ServerSentEvent>, AutoCloseable {
    private final EventParser parser;

    /** Null if there is only one response. */
    private final @Nullable EventSource source;

    private final byte[] piece = new byte[8192];
    private int from;
    private int to;
    private boolean ended;
    private final OnePass<ServerSentEvent> onePass = new OnePass<>(this::next);

    /** Null while there is no connection. */
    private volatile @Nullable StreamedResponse response;

    private volatile boolean closed;

    /** Guards {@link #connecting}, so that only a thread that connects is interrupted. */
    private final ReentrantLock lock = new ReentrantLock();

    /** The thread that waits or connects again; null if there is none, or if {@link #close} has interrupted it. */
    private @Nullable Thread connecting;

    private ServerSentEvents(int limit, @Nullable EventSource source) {
        this.parser = new EventParser(limit);
        this.source = source;
    }

    /** Returns the events of one response. */
    static ServerSentEvents of(StreamedResponse response) {
        ServerSentEvents events = new ServerSentEvents(response.limits().eventBytes(), null);
        events.response = response;
        return events;
    }

    /** Connects, and returns the events of all connections. */
    static ServerSentEvents of(EventSource source) throws HttpipeException {
        ServerSentEvents events = new ServerSentEvents(source.maxEventSize(), source);
        events.connect(source);
        return events;
    }

    /**
     * Waits for the next event.
     *
     * @return the event; null at the end
     * @throws IOException           if the events have failed; always an {@link HttpipeException}, except for an
     *                               exception of a stream that was passed to {@link StreamedResponse#withBody}
     * @throws IllegalStateException if the events have been closed, or if a new response has a {@code Content-Encoding}
     *                               that was not decoded
     */
    public @Nullable ServerSentEvent next() throws IOException {
        for (boolean goesOn = false; !ended; goesOn = true) {
            if (closed && !goesOn) {
                throw new IllegalStateException("the events have been closed");
            }
            if (from == to) {
                read(goesOn);
                continue;
            }
            from = parse();
            EventParser.Event event = parser.event();
            if (event != null) {
                if (source != null) {
                    source.succeeded();
                }
                return new ServerSentEvent(event.type(), event.data(), event.id());
            }
        }
        return null;
    }

    private int parse() throws HttpipeException {
        try {
            return parser.parse(piece, from, to);
        } catch (MalformedException e) {
            ended = true;
            throw Objects.requireNonNull(response).malformed(e);
        }
    }

    /** Reads what has arrived, or connects if there is no connection. */
    private void read(boolean goesOn) throws IOException {
        EventSource connections = source;
        StreamedResponse current = response;
        if (current == null && connections != null) {
            connect(connections);
            return;
        }
        int read = -1;
        try {
            if (current != null) {
                BodyReader body = current.body();
                read = goesOn ? body.readOn(piece, 0, piece.length) : body.read(piece);
            }
        } catch (HttpipeException e) {
            if (connections == null || closed || !connections.mayGoOnAfter(e)) {
                throw e;
            }
        }
        from = 0;
        to = Math.max(0, read);
        if (read < 0) {
            if (current != null && connections != null) {
                // The stream of an interceptor may have ended before the body of the response.
                current.close(false);
            }
            ended = connections == null || !connections.mayGoOn();
            response = null;
            parser.restart();
        }
    }

    private void connect(EventSource connections) throws HttpipeException {
        setConnecting(Thread.currentThread());
        StreamedResponse opened = null;
        try {
            opened = connections.open(parser.hasLastId() ? parser.lastId() : null, parser.retryMillis(), () -> closed);
        } catch (CancelledException e) {
            if (!closed) {
                throw e;
            }
        } finally {
            if (!setConnecting(null)) {
                // The interrupt came from close(). If another thread has interrupted since then, that is cleared too.
                Thread.interrupted();
            }
        }
        response = opened;
        ended = opened == null && !closed;
        if (closed) {
            close();
            throw connections.closed();
        }
    }

    /** Returns false if {@link #close} has interrupted the thread that was set before. */
    private boolean setConnecting(@Nullable Thread thread) {
        lock.lock();
        try {
            boolean leftAlone = thread != null || connecting != null;
            connecting = thread;
            return leftAlone;
        } finally {
            lock.unlock();
        }
    }

    /** {@return the last ID that the server has sent with a complete event; empty if it has sent none} */
    public String lastEventId() {
        return parser.lastId();
    }

    /**
     * {@return the only iterator} If the events fail, it throws an {@link UncheckedIOException}. Its cause is usually
     * an {@link HttpipeException}.
     */
    @Override
    public Iterator<ServerSentEvent> iterator() {
        return onePass.iterator();
    }

    /**
     * Ends the events and the connection. If another thread is reading, waiting or connecting again, it gets a
     * {@link CancelledException} at once.
     */
    @Override
    public void close() {
        closed = true;
        StreamedResponse current = response;
        if (current != null) {
            current.abort();
        }
        lock.lock();
        try {
            if (connecting != null && !connecting.isInterrupted()) {
                connecting.interrupt();
                connecting = null;
            }
        } finally {
            lock.unlock();
        }
    }
}
