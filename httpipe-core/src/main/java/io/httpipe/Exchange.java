package io.httpipe;

import io.httpipe.internal.call.CallFactory;
import io.httpipe.internal.call.CallFailedException;
import io.httpipe.internal.call.DirectConnection;
import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.ResponseHead;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The generic interface: one connection, spoken over step by step.
 *
 * {@snippet :
 * try (Exchange exchange = hp.connect("127.0.0.1", 9090)) {
 *     exchange.setTimeout(Duration.ofSeconds(5));
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
    private enum State {
        READY("tlsHandshake, sendRequest, keepAlive or close"),
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
    private final DirectConnection connection;
    private final Endpoint endpoint;
    private final ConnectOptions options;
    private int chunkSize;
    private Timeouts timeouts;
    private State state = State.READY;
    private @Nullable ResponseHead head;

    /** The index of the next field line or trailer line. */
    private int next;

    /** Whether the last response has been read to its end, wherever the connection is by now. */
    private boolean eof;

    Exchange(
            Httpipe client, DirectConnection connection, Endpoint endpoint, ConnectOptions options, Timeouts timeouts) {
        this.client = client;
        this.connection = connection;
        this.endpoint = endpoint;
        this.options = options;
        this.timeouts = timeouts;
        this.chunkSize = client.options().chunkSize;
    }

    /**
     * Sets the time that each step may take from now on: a handshake, each write, each wait for something to read.
     *
     * @param each positive
     */
    public void setTimeout(Duration each) {
        setTimeouts(Timeouts.of(each));
    }

    /**
     * Sets the times that the steps may take from now on.
     *
     * @param timeouts that to connect bounds the handshake
     */
    public void setTimeouts(Timeouts timeouts) {
        this.timeouts = Arguments.notNull("timeouts", timeouts);
        connection.limits(timeouts.limits());
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
    public TlsSession tlsHandshake() throws HttpipeException {
        return tlsHandshake(client.options().tls(), true);
    }

    /**
     * Shakes hands for TLS; does nothing but tell if TLS is spoken already in just this way. The name to ask for and to
     * verify is that of {@code tls}, else the host connected to. From now on the connection belongs to a pool of its
     * own kind, out of which {@link ConnectOptions#tls} gets it again.
     *
     * @param tls trust, keys and name for this connection
     * @return what was agreed on
     * @throws TlsFailedException    if the certificate is not trusted or does not fit, or no protocol is shared
     * @throws HttpipeException      if the handshake failed otherwise
     * @throws IllegalStateException after a request has been sent, or if TLS is spoken already in another way
     */
    public TlsSession tlsHandshake(Tls tls) throws HttpipeException {
        return tlsHandshake(Arguments.notNull("tls", tls), false);
    }

    private TlsSession tlsHandshake(Tls tls, boolean orAnyOther) throws HttpipeException {
        expect(State.READY);
        CallTimeouts limits = client.calls().stepTimeouts(timeouts.limits());
        try {
            return TlsSession.of(connection.secure(tls.settings(), orAnyOther, limits));
        } catch (CallFailedException e) {
            throw fail(e);
        } catch (SSLException e) {
            throw fail(connection.failed(e, limits));
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
        Outgoing outgoing = client.outgoing(request).over(endpoint.address(), connection.isEncrypted());
        outgoing.requireUnsentBody();
        head = null;
        eof = false;
        boolean sent = false;
        try {
            connection.send(outgoing, client.calls().timeouts(outgoing, timeouts.limits()));
            state = State.HEAD;
            sent = true;
        } catch (CallFailedException e) {
            throw fail(e);
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
        FieldLines trailers = connection.trailers();
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
     * @throws BodyTooLargeException if the body, where no filter takes it, is larger than {@link Request#maxBodySize} or
     *                               else {@link Limits#maxBodySize}
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
        byte[] body = goesOn ? readBody(filter.bodyFilter()) : new byte[0];
        Headers trailers = Headers.of(connection.trailers());
        return new Response(received, filter.edited(headers), body, trailers, reusedTimes(), connection.sentWhole());
    }

    /** Reads on until the body ends or the filter stops; gives what no filter has taken. */
    private byte[] readBody(ResponseFilter.@Nullable BodyFilter filter) throws IOException {
        long maxBodySize = connection.maxBodySize();
        // Without a filter the body goes into one array.
        long limit = filter != null
                ? Long.MAX_VALUE
                : Math.min(
                        maxBodySize >= 0 ? maxBodySize : client.options().limits.maxBodySize(),
                        CallFactory.LARGEST_ARRAY);
        if (state == State.BODY && connection.remaining() > limit) {
            throw fail(connection.tooLarge(limit));
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
                } else if ((long) body.size() + chunk.length > limit) {
                    throw fail(connection.tooLarge(limit));
                } else {
                    body.write(chunk, 0, chunk.length);
                }
            }
        } catch (TimedOutException e) {
            if (body.size() > 0) {
                connection.unread(body.toByteArray());
            }
            throw e;
        }
        return body.toByteArray();
    }

    private void finish() {
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
     * @param idleTimeout how long the connection may stay idle there; positive
     * @param maxIdle     how many idle connections the pool keeps; the oldest one beyond that is closed
     * @return whether it is in the pool now, as for {@link #keepAlive()}
     * @throws IllegalStateException if the response has not been read to its end
     */
    public boolean keepAlive(Duration idleTimeout, int maxIdle) {
        return release(Arguments.positive("idleTimeout", idleTimeout), Arguments.atLeast("maxIdle", 0, maxIdle));
    }

    private boolean release(@Nullable Duration idleTimeout, @Nullable Integer maxIdlePerRoute) {
        expect(State.READY, State.DONE);
        Options defaults = client.options();
        int limit = firstOf(maxIdlePerRoute, options.maxIdlePerRoute(), defaults.maxIdlePerRoute);
        Duration timeout = firstOf(idleTimeout, options.idleTimeout(), defaults.idleTimeout);
        state = State.CLOSED;
        return connection.release(limit, NanoClock.nanos(timeout));
    }

    private static <T> T firstOf(@Nullable T given, @Nullable T option, T byDefault) {
        return given != null ? given : option != null ? option : byDefault;
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
        } else if (connection.drain()) {
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
            connection.abort();
        }
    }

    /** Where to, over what, and which methods may be called now. */
    @Override
    public String toString() {
        String over = connection.isEncrypted() ? ", TLS" : "";
        return "Exchange[%s%s, reused %dx, expects %s]".formatted(endpoint, over, reusedTimes(), state.expected);
    }

    private ResponseHead nextHead() throws HttpipeException {
        try {
            ResponseHead received = connection.nextHead();
            if (!received.informational()) {
                head = received;
                next = 0;
                state = State.FIELDS;
            }
            return received;
        } catch (CallFailedException e) {
            throw fail(e);
        }
    }

    private byte @Nullable [] readChunk() throws HttpipeException {
        try {
            return connection.readChunk(chunkSize);
        } catch (CallFailedException e) {
            throw fail(e);
        }
    }

    private HttpipeException fail(CallFailedException e) {
        if (connection.isClosed()) {
            state = State.CLOSED;
        }
        return ErrorMapping.ofExchange(e);
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
