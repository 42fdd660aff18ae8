package io.httpipe;

import io.httpipe.internal.call.CallFactory;
import io.httpipe.internal.call.CallFailedException;
import io.httpipe.internal.call.DirectConnection;
import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.connect.ProxyIdentity;
import io.httpipe.internal.policy.ProxyAuthentication;
import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.ResponseHead;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * One connection that the caller uses step by step, to send requests and to read each response whole or in pieces.
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
 * <p>An exchange owns its connection, new or from the connection pool, until {@link #keepAlive}, {@link #close} or
 * {@link #abort}. It can send one request after another, but each response must be read to its end before the next
 * request. A method called in the wrong order throws an {@link IllegalStateException} that says what was expected.
 *
 * <p><b>Timeouts.</b> An exchange is mutable, unlike a {@link Request}: {@link #setTimeout} and {@link #setTimeouts}
 * change the exchange itself. These timeouts limit its single steps. {@link Httpipe.Builder#timeout} and the timeout
 * and deadline of a request limit the time from {@link #sendRequest} to the end of the response.
 * {@link Deadline#within} limits the handshakes and requests that begin inside.
 *
 * <p><b>Failures.</b> Any {@link HttpipeException} closes the connection, except a read timeout over TCP or TLS. After
 * such a timeout the connection stays open, no received byte is lost, and reading can continue. A read timeout over a
 * Unix socket closes the connection. If the deadline of the whole call passes, the connection is closed too.
 *
 * <p>Only one thread at a time may use an exchange.
 */
public final class Exchange implements AutoCloseable {
    private final Httpipe client;
    private final DirectConnection connection;
    private final Endpoint endpoint;
    private final ConnectOptions options;
    private int chunkSize;
    private Timeouts timeouts;
    private ExchangeState state = ExchangeState.READY;
    private @Nullable ResponseHead head;

    /** Adds the credentials for a proxy without a tunnel; null if no request has been sent through a proxy. */
    private @Nullable ProxyAuthentication proxyAuthentication;

    /** The index of the next line of the head or the trailer section. */
    private int nextLine;

    /** Whether the last response was read to its end. Stays true when the connection is closed. */
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
     * Sets one timeout for each step from now on: a TLS handshake, each write, each wait for bytes from the server.
     *
     * @param timeout positive
     */
    public void setTimeout(Duration timeout) {
        setTimeouts(Timeouts.of(timeout));
    }

    /**
     * Sets the timeouts of the steps from now on, even for a response that is being read. This method changes the
     * exchange itself. A request with {@link Request#timeouts} keeps its own.
     *
     * @param timeouts {@code connect} limits the TLS handshake; {@code acquire} has no effect here
     */
    public void setTimeouts(Timeouts timeouts) {
        this.timeouts = Arguments.notNull("timeouts", timeouts);
        connection.limits(timeouts.limits());
    }

    /**
     * Does a TLS handshake with the client's {@link Tls}. If the connection already uses TLS with any settings, this
     * method returns its session without a handshake.
     *
     * @return the parameters that the handshake agreed on
     * @throws TlsFailedException    as for {@link #tlsHandshake(Tls)}
     * @throws HttpipeException      if the handshake failed for another reason
     * @throws IllegalStateException after a request has been sent, or if the connection uses a proxy without a tunnel
     */
    public TlsSession tlsHandshake() throws HttpipeException {
        return tlsHandshake(client.options().tls(), true);
    }

    /**
     * Does a TLS handshake with these settings. If the connection already uses TLS with these settings, this method
     * returns its session without a handshake.
     *
     * <p>The client sends and verifies the name of {@link Tls#serverName}. If it is not set, the client uses the host
     * of the connection. Afterwards the connection belongs to the pool for these settings. When the connection is idle
     * there, {@link Httpipe#connect} with the same {@link ConnectOptions#tls} can take it.
     *
     * @param tls trust, keys and name for this connection
     * @return the parameters that the handshake agreed on
     * @throws TlsFailedException    if the certificate is not trusted or does not match the name, or if the two sides
     *                               have no protocol version in common
     * @throws HttpipeException      if the handshake failed for another reason
     * @throws IllegalStateException if a request has been sent, if the connection uses TLS with other settings, or
     *                               if the connection uses a proxy without a tunnel (see {@link ConnectOptions#proxy})
     */
    public TlsSession tlsHandshake(Tls tls) throws HttpipeException {
        return tlsHandshake(Arguments.notNull("tls", tls), false);
    }

    private TlsSession tlsHandshake(Tls tls, boolean anyTls) throws HttpipeException {
        state.require(ExchangeState.READY);
        CallTimeouts callTimeouts = client.calls().stepTimeouts(timeouts.limits());
        try {
            return TlsSession.of(connection.secure(tls.settings(), anyTls, callTimeouts));
        } catch (CallFailedException e) {
            throw fail(e);
        } catch (SSLException e) {
            throw fail(connection.failed(e, callTimeouts));
        }
    }

    /**
     * Sends a whole request, including its body. The response can arrive before the whole request has been sent:
     *
     * <ul>
     *   <li>A final status of 300 or more, a complete 2xx response that closes the connection, or any final status
     *       instead of 100 Continue ends the sending. The response can then be read.
     *   <li>Any other 2xx response does not end the sending. The exchange keeps up to 64 KiB of it meanwhile.
     *       {@link Httpipe#stream} can read such a response while it arrives.
     * </ul>
     *
     * <p>The URI of the request sets only {@code Host} and the target; the connection stays the same. The timeouts of
     * the request override those of the exchange.
     *
     * @param request may have only a path
     * @throws BodyTooLargeException    if more than 64 KiB of the response arrived before the request had been sent
     * @throws HttpipeException         if the request could not be sent, and no response says why
     * @throws IllegalArgumentException if the URI is an https URI, and the connection uses a proxy without a tunnel
     * @throws IllegalStateException    if the last response has not been read to its end, or if the body has been sent
     *                                  and cannot be sent again
     */
    public void sendRequest(Request request) throws HttpipeException {
        state.require(ExchangeState.READY, ExchangeState.DONE);
        Outgoing outgoing = connection.adapted(client.outgoing(request));
        outgoing.requireUnsentBody();
        head = null;
        eof = false;
        boolean sent = false;
        try {
            CallTimeouts callTimeouts = client.calls().timeouts(outgoing, timeouts.limits());
            connection.send(throughProxy(outgoing, callTimeouts), callTimeouts);
            state = ExchangeState.HEAD;
            sent = true;
        } catch (CallFailedException e) {
            throw fail(e);
        } finally {
            if (!sent) {
                abort();
            }
        }
    }

    private Outgoing throughProxy(Outgoing request, CallTimeouts callTimeouts) throws CallFailedException {
        ProxyIdentity proxy = connection.proxy();
        if (proxy == null) {
            return request;
        }
        proxyAuthentication = new ProxyAuthentication(callTimeouts);
        try {
            return proxyAuthentication.dress(request.through(proxy));
        } catch (IOException e) {
            throw connection.failed(e, callTimeouts);
        }
    }

    /**
     * Reads the next token as {@link #read(int)} does, with the chunk size of the last such call. Without such a call,
     * the chunk size is {@link Httpipe.Builder#chunkSize}.
     *
     * @return the token; {@link Token.Eof} at the end, and for each further call until the next request
     * @throws BodyTooLargeException if the body is larger than {@link Request#maxBodySize}
     * @throws HttpipeException      if the response did not arrive or could not be parsed
     * @throws IllegalStateException if no request has been sent, or the exchange is over
     */
    public Token read() throws HttpipeException {
        return read(chunkSize);
    }

    /**
     * Reads the next token. This method waits for a whole head, and at the end of the body for the whole trailer
     * section. Within the body, it waits only if no data has arrived yet. A body token contains the data that has
     * arrived.
     *
     * @param chunkSize the maximum size of a body token in bytes, from now on; 1 or more
     * @return the token; {@link Token.Eof} at the end, and for each further call until the next request
     * @throws BodyTooLargeException if the body is larger than {@link Request#maxBodySize}
     * @throws HttpipeException      if the response did not arrive or could not be parsed
     * @throws IllegalStateException if no request has been sent, or the exchange is over
     */
    public Token read(int chunkSize) throws HttpipeException {
        this.chunkSize = Arguments.atLeast("chunkSize", 1, chunkSize);
        if (state == ExchangeState.HEAD) {
            return headToken();
        }
        if (state == ExchangeState.FIELDS) {
            return fieldToken();
        }
        if (state == ExchangeState.BODY) {
            byte[] chunk = readChunk();
            if (chunk != null) {
                return new Token.Body(chunk);
            }
            state = ExchangeState.TRAILERS;
            nextLine = 0;
            return new Token.BodyEnd();
        }
        state.require(ExchangeState.TRAILERS, ExchangeState.DONE);
        return state == ExchangeState.TRAILERS ? trailerToken() : new Token.Eof();
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
        if (nextLine == fields.size()) {
            state = ExchangeState.BODY;
            return new Token.HeaderEnd();
        }
        int i = nextLine++;
        return new Token.Header(fields.name(i), fields.value(i), fields.line(i));
    }

    private Token trailerToken() {
        FieldLines trailers = connection.trailers();
        if (nextLine == trailers.size()) {
            finish();
            return new Token.Eof();
        }
        int i = nextLine++;
        return new Token.Trailer(trailers.name(i), trailers.value(i), trailers.line(i));
    }

    /**
     * Reads the rest of the response. Skips 1xx heads other than 101.
     *
     * @return the response; its body has the bytes that were not read before
     * @throws BodyTooLargeException if the body is larger than {@link Request#maxBodySize}, or the rest of it is larger
     *                               than {@link Limits#maxBodySize} and the request sets no limit
     * @throws HttpipeException      if the rest did not arrive or could not be parsed
     * @throws IllegalStateException if no request has been sent, the body was read to its end, or the exchange is over
     */
    public Response readResponse() throws HttpipeException {
        try {
            return readResponse(ResponseFilter.NONE);
        } catch (HttpipeException e) {
            throw e;
        } catch (IOException e) {
            throw new AssertionError("only a filter throws other exceptions", e);
        }
    }

    /**
     * Reads the rest of the response and passes it to a filter, which can stop the reading.
     *
     * <p>If the filter stops or throws, the response was read in part and {@link #eof} is false. Reading can continue
     * with the next byte of the body, even with another filter. If much of the body is left, {@link #close} closes the
     * connection.
     *
     * <p>A header filter is called one time for each response. It is not called if {@link #read} has already returned
     * {@link Token.HeaderEnd}.
     *
     * @param filter gets the head, the body or both
     * @return the response as far as it was read; its body contains the bytes that this method has read and has not
     *         passed to the filter
     * @throws BodyTooLargeException as for {@link #readResponse()}; {@link Limits#maxBodySize} does not apply if the
     *                               filter gets the body
     * @throws HttpipeException      if the rest did not arrive or could not be parsed
     * @throws IOException           what the filter throws
     * @throws IllegalStateException if no request has been sent, the body was read to its end, or the exchange is over
     */
    public Response readResponse(ResponseFilter filter) throws IOException {
        Arguments.notNull("filter", filter);
        state.require(ExchangeState.HEAD, ExchangeState.FIELDS, ExchangeState.BODY);
        while (state == ExchangeState.HEAD) {
            nextHead();
        }
        ResponseHead received = Objects.requireNonNull(head);
        Headers headers = Headers.of(received.fields());
        boolean readsBody = true;
        if (state == ExchangeState.FIELDS) {
            state = ExchangeState.BODY;
            readsBody = filter.acceptsHead(received.status(), headers);
        }
        byte[] body = readsBody ? readBody(filter.bodyFilter()) : new byte[0];
        Headers trailers = Headers.of(connection.trailers());
        Headers edited = filter.editHeaders(headers);
        return new Response(received, edited, body, trailers, reusedTimes(), connection.sentWhole(), null);
    }

    /** Reads until the body ends or the filter stops. Returns the bytes that were not passed to a filter. */
    private byte[] readBody(ResponseFilter.@Nullable BodyFilter filter) throws IOException {
        long maxBodySize = connection.maxBodySize();
        // Without a filter, the whole body must fit into one array.
        long limit = filter != null
                ? Long.MAX_VALUE
                : Math.min(
                        maxBodySize >= 0 ? maxBodySize : client.options().limits.maxBodySize(),
                        CallFactory.LARGEST_ARRAY);
        if (state == ExchangeState.BODY && connection.remaining() > limit) {
            throw fail(connection.tooLarge(limit));
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try {
            // The filter may have closed the exchange.
            for (boolean wantsMore = true; wantsMore && state == ExchangeState.BODY; ) {
                byte[] chunk = readChunk();
                if (chunk == null) {
                    finish();
                } else if (filter != null) {
                    wantsMore = filter.body(chunk);
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
        state = ExchangeState.DONE;
        eof = true;
    }

    /**
     * Sends a request and reads its whole response.
     *
     * @param request may have only a path
     * @return the whole response, with any status
     * @throws HttpipeException      if the request could not be sent, or no whole response arrived
     * @throws IllegalStateException if the last response has not been read to its end
     */
    public Response request(Request request) throws HttpipeException {
        sendRequest(request);
        return readResponse();
    }

    /** {@return whether the last response was read to its end; stays true when the exchange is over} */
    public boolean eof() {
        return eof;
    }

    /**
     * Gives the connection back to its pool and ends the exchange. The pool's limits are those of the
     * {@link ConnectOptions}, or otherwise those of the client.
     *
     * @return true if the connection is in the pool now, or a waiting call has got it. False if it was closed, for
     *         example because the request or the response asked for that, the server has already closed it, or the pool
     *         keeps no connections
     * @throws IllegalStateException if the response has not been read to its end
     */
    public boolean keepAlive() {
        return release(null, null);
    }

    /**
     * Gives the connection back to its pool with these limits and ends the exchange.
     *
     * @param idleTimeout how long the connection may stay idle there; positive
     * @param maxIdle     how many idle connections the pool keeps, 0 or more; if it has more, those that have been idle
     *                    longest are closed
     * @return true or false as for {@link #keepAlive()}
     * @throws IllegalStateException if the response has not been read to its end
     */
    public boolean keepAlive(Duration idleTimeout, int maxIdle) {
        return release(Arguments.positive("idleTimeout", idleTimeout), Arguments.atLeast("maxIdle", 0, maxIdle));
    }

    private boolean release(@Nullable Duration idleTimeout, @Nullable Integer maxIdlePerRoute) {
        state.require(ExchangeState.READY, ExchangeState.DONE);
        Options clientOptions = client.options();
        int limit = firstOf(maxIdlePerRoute, options.maxIdlePerRoute(), clientOptions.maxIdlePerRoute);
        Duration timeout = firstOf(idleTimeout, options.idleTimeout(), clientOptions.idleTimeout);
        state = ExchangeState.CLOSED;
        return connection.release(limit, NanoClock.nanos(timeout));
    }

    private static <T> T firstOf(@Nullable T argument, @Nullable T option, T clientOption) {
        return argument != null ? argument : option != null ? option : clientOption;
    }

    /** {@return how many times the connection has been reused, this exchange included; 0 if it was new} */
    public int reusedTimes() {
        return connection.reusedTimes();
    }

    /**
     * Ends the exchange. If only a part of the response has been read, this method reads up to 64 KiB more within 100
     * ms. If nothing of the response is left to read and the connection can be reused, the connection goes back to its
     * pool. Otherwise it is closed. A second call has no effect.
     */
    @Override
    public void close() {
        if (state == ExchangeState.CLOSED) {
            return;
        }
        if (state == ExchangeState.READY) {
            release(null, null);
        } else if (connection.drain()) {
            finish();
            release(null, null);
        } else {
            abort();
        }
    }

    /** Closes the connection in any state and ends the exchange. Has no effect if the exchange is already over. */
    public void abort() {
        if (state != ExchangeState.CLOSED) {
            state = ExchangeState.CLOSED;
            connection.abort();
        }
    }

    /** Returns the endpoint, whether TLS is used, and which methods may be called now. */
    @Override
    public String toString() {
        String over = connection.isEncrypted() ? ", TLS" : "";
        return "Exchange[%s%s, reused %dx, expects %s]".formatted(endpoint, over, reusedTimes(), state.expected);
    }

    private ResponseHead nextHead() throws HttpipeException {
        try {
            ResponseHead received = connection.nextHead();
            if (!received.informational()) {
                if (proxyAuthentication != null) {
                    proxyAuthentication.learn(received);
                }
                head = received;
                nextLine = 0;
                state = ExchangeState.FIELDS;
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
            state = ExchangeState.CLOSED;
        }
        return ErrorMapping.ofExchange(e);
    }
}
