package io.httpipe;

import io.httpipe.internal.connect.CallStep;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.connect.TlsIdentity;
import io.httpipe.internal.connect.TlsTransport;
import io.httpipe.internal.pool.ConnectionPool;
import io.httpipe.internal.pool.PooledConnection;
import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.ResponseHead;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The generic interface: one connection, spoken over step by step.
 *
 * {@snippet :
 * try (Exchange exchange = hp.connect("127.0.0.1", 9090)) {
 *     exchange.timeout(Duration.ofSeconds(5));
 *     exchange.sendRequest(Request.get("/echo"));
 *     for (Token token = exchange.read(); !(token instanceof Token.Eof); token = exchange.read()) {
 *         System.out.println(token);
 *     }
 *     exchange.sendRequest(Request.get("/status")); // the same connection again
 *     Response status = exchange.readResponse();
 *     exchange.keepAlive();
 * }
 * }
 *
 * <p>It owns a connection, from the pool or fresh, until that is given back or closed. One request after another may
 * go over it; each response must be read to its end before the next. Calls in another order get an
 * {@link IllegalStateException} that says what was expected. After any {@link HttpipeException} the connection is
 * closed, save one: a read that times out over TCP or TLS leaves it open, nothing that has arrived is lost, and
 * reading may go on. (Over a Unix socket it closes too, and so does the end of a {@link Deadline}.)
 *
 * <p>For one thread at a time.
 */
public final class Exchange implements AutoCloseable {
    /** The largest array that is made before anything has arrived for it. */
    private static final int ROOM = 1 << 16;

    /** How much of a response body is held that comes before the request has been sent. */
    private static final int EARLY = 1 << 16;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private enum State {
        READY("sslHandshake, sendRequest, keepAlive or close"),
        HEAD("read or readResponse"),
        FIELDS("read or readResponse"),
        BODY("read or readResponse"),
        TRAILERS("read"),
        DONE("sendRequest, keepAlive or close"),
        CLOSED("nothing: the exchange is over");

        private final String expected;

        State(String expected) {
            this.expected = expected;
        }
    }

    private final Httpipe client;
    private final ConnectionPool pool;
    private final Endpoint endpoint;
    private final ConnectOptions options;
    private final Limits limits;
    private final PooledConnection connection;
    private int chunkSize;
    private Timeouts timeouts;
    private State state = State.READY;

    private @Nullable Conversation talk;
    private @Nullable ResponseHead head;

    /** The next field line of the head or trailer section. */
    private int next;

    private long bodyBytes;

    /** What a {@link #readResponse} had gathered of the body when it timed out; still to be handed out. */
    private ByteBuffer kept = NOTHING;

    /** What the last chunk left unused: a server that sends an octet at a time gets no new array for each. */
    private byte[] spare = NOTHING.array();

    /** Whether the last response has been read to its end, wherever the connection is by now. */
    private boolean eof;

    Exchange(
            Httpipe client,
            ConnectionPool pool,
            Endpoint endpoint,
            ConnectOptions options,
            PooledConnection connection,
            Timeouts timeouts,
            Limits limits,
            int chunkSize) {
        this.client = client;
        this.pool = pool;
        this.endpoint = endpoint;
        this.options = options;
        this.connection = connection;
        this.timeouts = timeouts;
        this.limits = limits;
        this.chunkSize = chunkSize;
    }

    /**
     * Sets the time that each step may take from now on: a handshake, each write, each wait for something to read.
     *
     * @param each positive
     */
    public void timeout(Duration each) {
        timeouts(Timeouts.of(each));
    }

    /**
     * Sets the times that the steps may take from now on.
     *
     * @param timeouts that to connect bounds the handshake
     */
    public void timeouts(Timeouts timeouts) {
        this.timeouts = Arguments.notNull("timeouts", timeouts);
        if (talk != null && talk.request().parts().timeouts == null) {
            talk.budget().limits(timeouts.limits());
        }
    }

    /**
     * Shakes hands for TLS as the client's own {@link Tls} says; does nothing but tell if TLS is spoken already, in
     * whichever way.
     *
     * @return what was agreed on
     * @throws TlsFailedException    if the certificate is not trusted or does not fit, or no protocol is shared
     * @throws HttpipeException      if the handshake failed otherwise
     * @throws IllegalStateException after a request has been sent
     */
    public TlsSession sslHandshake() throws HttpipeException {
        return sslHandshake(client.tls(), true);
    }

    /**
     * Shakes hands for TLS; does nothing but tell if TLS is spoken already in just this way. The name to ask for and to
     * verify is that of {@code tls}, else the host connected to. From now on the connection belongs to a pool of its
     * own kind, out of which {@link ConnectOptions#withTls} gets it again.
     *
     * @param tls trust, keys and name for this connection
     * @return what was agreed on
     * @throws TlsFailedException    if the certificate is not trusted or does not fit, or no protocol is shared
     * @throws HttpipeException      if the handshake failed otherwise
     * @throws IllegalStateException after a request has been sent, or if TLS is spoken already in another way
     */
    public TlsSession sslHandshake(Tls tls) throws HttpipeException {
        return sslHandshake(Arguments.notNull("tls", tls), false);
    }

    private TlsSession sslHandshake(Tls tls, boolean orAnyOther) throws HttpipeException {
        expect(State.READY);
        int port = endpoint instanceof Endpoint.Tcp tcp ? tcp.port() : 0;
        CallTimeouts budget = new CallTimeouts(
                timeouts.limits(), NanoClock.now(), Deadline.ambient().ticks());
        try {
            TlsIdentity plan = tls.plan(endpoint instanceof Endpoint.Tcp tcp ? tcp.host() : "localhost", budget);
            if (!(connection.transport() instanceof TlsTransport)) {
                pool.secure(connection, port, plan, budget);
            } else if (!orAnyOther && !plan.equals(connection.route().tls())) {
                // It may have been verified less, or as somebody else.
                throw new IllegalStateException("expected the Tls that is spoken over this connection already");
            }
            return TlsSession.of((TlsTransport) connection.transport());
        } catch (IOException e) {
            throw fail(e, budget);
        }
    }

    /**
     * Sends a request whole, its body included. A final status of 300 or more that comes meanwhile, or a complete 2xx
     * that closes the connection, ends the sending, and the answer can be read. Of any other 2xx that begins meanwhile
     * up to 64 KiB are held while the rest of the request is sent; {@link Httpipe#stream} reads it as it comes.
     *
     * <p>Where the request's URI points to makes no difference except for its Host. Its timeouts win over this
     * exchange's.
     *
     * @param request may have only a path
     * @throws BodyTooLargeException if more than 64 KiB of the response came before the request had been sent
     * @throws HttpipeException      if it could not be sent, and no answer tells why
     * @throws IllegalStateException if the last response has not been read to its end
     */
    public void sendRequest(Request request) throws HttpipeException {
        expect(State.READY, State.DONE);
        Request own = client.spelled(Arguments.notNull("request", request))
                .over(endpoint, connection.transport() instanceof TlsTransport);
        own.parts().requireUnsentBody();
        CallTimeouts budget = client.budget(own.parts().timeouts == null ? own.timeouts(timeouts) : own);
        boolean reusable = talk == null || talk.reusable();
        connection.transport().patient(false);
        talk = new Conversation(connection, own, budget, limits.wire());
        head = null;
        bodyBytes = 0;
        eof = false;
        boolean sent = false;
        try {
            budget.enter(CallStep.SEND);
            if (!reusable) {
                throw new IOException("the connection ended with the last response");
            }
            // What has come unasked must not be taken for the answer.
            connection.input().requireQuiet();
            talk.send(EARLY, true);
            if (talk.cameTooEarly() && !talk.sentWhole()) {
                throw ErrorMapping.tooEarly(EARLY, endpoint, budget, talk);
            }
            connection.transport().patient(true);
            state = State.HEAD;
            sent = true;
        } catch (IOException e) {
            throw fail(e, budget);
        } finally {
            if (!sent) {
                abort();
            }
        }
    }

    /**
     * Reads the next token, with the chunk size that was used last; the client's at first.
     *
     * @return the token; {@link Token.Eof} at the end and whenever asked again
     * @throws HttpipeException      if nothing readable came
     * @throws IllegalStateException if no request has been sent, or the exchange is over
     */
    public Token read() throws HttpipeException {
        return read(chunkSize);
    }

    /**
     * Reads the next token, which for the body means what has arrived, without waiting for more.
     *
     * @param chunkSize the most bytes that a body token has, from now on; 1 or more
     * @return the token; {@link Token.Eof} at the end and whenever asked again
     * @throws HttpipeException      if nothing readable came
     * @throws IllegalStateException if no request has been sent, or the exchange is over
     */
    public Token read(int chunkSize) throws HttpipeException {
        this.chunkSize = Arguments.atLeast("chunkSize", 1, chunkSize);
        return switch (state) {
            case HEAD -> headToken();
            case FIELDS -> fieldToken();
            case BODY -> {
                byte[] chunk = readChunk();
                if (chunk != null) {
                    yield new Token.Body(chunk);
                }
                state = State.TRAILERS;
                next = 0;
                yield new Token.BodyEnd();
            }
            case TRAILERS -> trailerToken();
            case DONE -> new Token.Eof();
            case READY, CLOSED -> throw wrongOrder();
        };
    }

    private Token headToken() throws HttpipeException {
        ResponseHead received = nextHead();
        if (received.informational()) {
            return new Token.Informational(received.status(), received.reason(), Headers.of(received.fields()));
        }
        Version version = received.minorVersion() == 0 ? Version.HTTP_1_0 : Version.HTTP_1_1;
        return new Token.StatusLine(version, received.status(), received.reason());
    }

    private Token fieldToken() {
        FieldLines fields = Objects.requireNonNull(head).fields();
        if (next == fields.size()) {
            state = State.BODY;
            return new Token.HeaderEnd();
        }
        int i = next++;
        return new Token.Header(fields.name(i), fields.value(i), fields.line(i));
    }

    private Token trailerToken() {
        FieldLines trailers = talk().trailers();
        if (next == trailers.size()) {
            finish();
            return new Token.Eof();
        }
        int i = next++;
        return new Token.Trailer(trailers.name(i), trailers.value(i), trailers.line(i));
    }

    /**
     * Reads what is left of the response; a 1xx before it is passed over.
     *
     * @return the response, its body from where reading had come to
     * @throws HttpipeException      if the rest did not come
     * @throws IllegalStateException if no request has been sent, or the response was read to its end
     */
    public Response readResponse() throws HttpipeException {
        try {
            return readResponse(ResponseFilter.NONE);
        } catch (HttpipeException e) {
            throw e;
        } catch (IOException e) {
            throw new AssertionError("no filter, no other error", e);
        }
    }

    /**
     * Reads what is left of the response past a filter. If that stops the reading, the response is returned as far as
     * it was read: {@link #eof} is false, and reading may go on, even with another filter, from the next byte of the
     * body; {@link #close} then closes the connection unless little is left to drain. What a filter throws stops the
     * reading just so. Of one response a header filter sees the head once, and not at all when {@link #read} has given
     * its {@link Token.HeaderEnd}.
     *
     * @param filter sees the head, and takes the body, or only one of the two
     * @return the response as far as it was read, its body from where reading had come to
     * @throws BodyTooLargeException if the body, where no filter takes it, is larger than {@link Request#maxSize} or
     *                               else {@link Limits#bodyBytes}
     * @throws HttpipeException      if the rest did not come
     * @throws IOException           what the filter throws
     * @throws IllegalStateException if no request has been sent, or the response was read to its end
     */
    public Response readResponse(ResponseFilter filter) throws IOException {
        Arguments.notNull("filter", filter);
        expect(State.HEAD, State.FIELDS, State.BODY);
        while (state == State.HEAD) {
            nextHead();
        }
        ResponseHead received = Objects.requireNonNull(head);
        Headers headers = Headers.of(received.fields());
        boolean goesOn = true;
        if (state == State.FIELDS) {
            state = State.BODY;
            goesOn = filter.goesOn(received.status(), headers);
        }
        byte[] body = goesOn ? readBody(filter.bodyFilter()) : NOTHING.array();
        Headers trailers = Headers.of(talk().trailers());
        return new Response(received, filter.edited(headers), body, trailers, reusedTimes(), talk().sentWhole());
    }

    /** Reads on until the body ends or the filter stops; gives what no filter has taken. */
    private byte[] readBody(ResponseFilter.@Nullable BodyFilter filter) throws IOException {
        long maxSize = talk().request().parts().maxSize;
        // Without a filter it comes into one array.
        long most = filter != null
                ? Long.MAX_VALUE
                : Math.min(maxSize >= 0 ? maxSize : limits.bodyBytes(), Httpipe.LARGEST_ARRAY);
        if (state == State.BODY && talk().remaining() > most) {
            throw tooLarge(most);
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try {
            // A filter may have ended the exchange.
            for (boolean goesOn = true; goesOn && state == State.BODY; ) {
                byte[] chunk = readChunk();
                if (chunk == null) {
                    finish();
                } else if (filter != null) {
                    goesOn = filter.body(chunk);
                } else if ((long) body.size() + chunk.length > most) {
                    throw tooLarge(most);
                } else {
                    body.write(chunk, 0, chunk.length);
                }
            }
        } catch (TimedOutException e) {
            if (body.size() > 0) {
                kept = ByteBuffer.wrap(body.toByteArray());
            }
            throw e;
        }
        return body.toByteArray();
    }

    private void finish() {
        spare = NOTHING.array();
        state = State.DONE;
        eof = true;
    }

    /**
     * Sends a request and reads its whole response.
     *
     * @param request may have only a path
     * @return the whole response, whatever its status
     * @throws HttpipeException      if no whole response came
     * @throws IllegalStateException if the last response has not been read to its end
     */
    public Response request(Request request) throws HttpipeException {
        sendRequest(request);
        return readResponse();
    }

    /** {@return whether the last response has been read to its end, wherever the connection is by now} */
    public boolean eof() {
        return eof;
    }

    /**
     * Gives the connection back to its pool, with the limits it was connected with.
     *
     * @return whether it is there now; if one side wanted it closed after the last response, the server has closed it
     *         meanwhile, or nothing may be kept there, it is not, and has been closed
     * @throws IllegalStateException if the response has not been read to its end
     */
    public boolean keepAlive() {
        return release(null, null);
    }

    /**
     * Gives the connection back to its pool.
     *
     * @param maxIdle  how long it may be idle there; positive
     * @param poolSize how many idle connections may be there; the oldest beyond that is closed
     * @return whether it is there now, as for {@link #keepAlive()}
     * @throws IllegalStateException if the response has not been read to its end
     */
    public boolean keepAlive(Duration maxIdle, int poolSize) {
        return release(Arguments.positive("maxIdle", maxIdle), Arguments.atLeast("poolSize", 0, poolSize));
    }

    private boolean release(@Nullable Duration idleTimeout, @Nullable Integer maxIdle) {
        expect(State.READY, State.DONE);
        int most = maxIdle == null ? client.maxIdle(options) : maxIdle;
        boolean reusable = talk == null || talk.reusable();
        if (!reusable || most == 0 || pool.isClosed() || !connection.input().quiet()) {
            abort();
            return false;
        }
        state = State.CLOSED;
        connection.transport().patient(false);
        return pool.release(
                connection, most, NanoClock.nanos(idleTimeout == null ? client.idleTimeout(options) : idleTimeout));
    }

    /** {@return how often the connection had come out of a pool; 0 for a fresh one} */
    public int reusedTimes() {
        return connection.reusedTimes();
    }

    /**
     * Ends the exchange. If the response was read to its end, or is with up to 64 KiB more within 100 ms, the
     * connection goes back to its pool if it can be used again; else it is closed. A second time does nothing.
     */
    @Override
    public void close() {
        if (state == State.CLOSED) {
            return;
        }
        if (state == State.READY) {
            release(null, null);
        } else if (talk().drained()) {
            finish();
            release(null, null);
        } else {
            abort();
        }
    }

    /** Closes the connection, whatever state it is in. */
    public void abort() {
        if (state != State.CLOSED) {
            state = State.CLOSED;
            pool.discard(connection);
        }
    }

    /** Where to, over what, and which methods may be called now. */
    @Override
    public String toString() {
        String over = connection.transport() instanceof TlsTransport ? ", TLS" : "";
        return "Exchange[%s%s, reused %dx, expects %s]".formatted(endpoint, over, reusedTimes(), state.expected);
    }

    private ResponseHead nextHead() throws HttpipeException {
        try {
            ResponseHead received = talk().takeHead();
            if (!received.informational()) {
                head = received;
                next = 0;
                state = State.FIELDS;
            }
            return received;
        } catch (IOException e) {
            throw fail(e, talk().budget());
        }
    }

    private byte @Nullable [] readChunk() throws HttpipeException {
        if (kept.hasRemaining()) {
            byte[] chunk = new byte[Math.min(chunkSize, kept.remaining())];
            kept.get(chunk);
            return chunk;
        }
        long left = talk().remaining();
        int most = (int) Math.min(chunkSize, left > 0 && left < ROOM ? left : ROOM);
        byte[] room = spare.length >= most ? spare : new byte[most];
        spare = room;
        talk().budget().enterWithoutWait(CallStep.BODY);
        try {
            long maxSize = talk().request().parts().maxSize;
            if (maxSize >= 0 && bodyBytes + talk().remaining() > maxSize) {
                throw tooLarge(maxSize);
            }
            int read = talk().readBody(room, 0, most);
            if (read < 0) {
                return null;
            }
            bodyBytes += read;
            if (maxSize >= 0 && bodyBytes > maxSize) {
                throw tooLarge(maxSize);
            }
            if (read == room.length) {
                spare = NOTHING.array();
                return room;
            }
            return Arrays.copyOf(room, read);
        } catch (IOException e) {
            throw fail(e, talk().budget());
        }
    }

    private HttpipeException tooLarge(long maxSize) {
        long announced = talk().remaining() < 0 ? -1 : bodyBytes + talk().remaining();
        HttpipeException e = ErrorMapping.tooLarge(
                maxSize, announced, "read() it piece by piece", endpoint, talk().budget(), talk());
        abort();
        return e;
    }

    /** The error for the caller; the connection is closed unless it is one that can be gone on with. */
    private HttpipeException fail(IOException e, CallTimeouts budget) {
        HttpipeException failure = ErrorMapping.of(e, endpoint, budget, talk, connection);
        if (state == State.CLOSED) {
            failure = ErrorMapping.ofClosed(
                    "the exchange was closed", failure, ErrorMapping.facts(endpoint, budget, talk));
        }
        boolean patient = failure instanceof TimedOutException
                && (state == State.HEAD || state == State.BODY)
                && !budget.exhausted()
                && connection.transport().isOpen();
        if (!patient) {
            abort();
        }
        return failure;
    }

    private Conversation talk() {
        return Objects.requireNonNull(talk, "no request has been sent");
    }

    private void expect(State... expected) {
        if (!Arrays.asList(expected).contains(state)) {
            throw wrongOrder();
        }
    }

    private IllegalStateException wrongOrder() {
        return new IllegalStateException("expected " + state.expected);
    }
}
