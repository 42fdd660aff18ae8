package io.httpipe.internal.call;

import io.httpipe.internal.connect.CallStep;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.ExpiredException;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.connect.ReadBuffer;
import io.httpipe.internal.connect.WaitStrategy;
import io.httpipe.internal.pool.PooledConnection;
import io.httpipe.internal.wire.BodyFraming;
import io.httpipe.internal.wire.ChunkedDecoder;
import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.HeadParser;
import io.httpipe.internal.wire.MalformedException;
import io.httpipe.internal.wire.ResponseHead;
import io.httpipe.internal.wire.WireLimits;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends one request over an HTTP/1.x connection and reads the response. While a body is sent in several writes, a
 * {@link ResponseListener} reads the response head on its own thread. It also reads the body of a 2xx, unless the
 * caller reads that body meanwhile.
 */
final class Http1Conversation implements Conversation {
    /** {@link #drain} stops when it has read at least this many bytes of the body. */
    private static final int DRAIN_BYTES = 1 << 16;

    /** {@link #drain} reads for at most this long, in nanoseconds. */
    private static final long DRAIN_TIME = 100_000_000;

    /** The client closes an idle connection this many nanoseconds before the server. A request takes time to arrive. */
    private static final long KEEP_ALIVE_MARGIN = 1_000_000_000;

    private final PooledConnection connection;
    private final Outgoing request;

    /** Copied from the request. With thousands of waiting calls, the request is no longer in a CPU cache. */
    private final String method;

    private final boolean exactNames;
    private final CallTimeouts timeouts;
    private final WireLimits limits;
    private final ReadBuffer input;
    private final HeadParser parser;
    private final long sentBefore;
    private final long receivedBefore;

    /** Heads that arrived while the request was being sent and have not been taken; null if there were none. */
    private @Nullable Queue<ResponseHead> earlyHeads;

    private int informationalHeads;

    /** The size of all heads together, in bytes. Informational heads are kept in memory while a body is sent. */
    private int headBytes;

    private boolean keepAlive;

    /** Null for a request that has no body and whose head was written without an error. */
    private @Nullable UploadState upload;

    /** Null if the response body is not chunked. */
    private @Nullable ChunkedDecoder chunkedDecoder;

    /** An error in the framing that {@link #available} found. The next read throws it. */
    private @Nullable MalformedException framingError;

    /** The bytes left of a body with a length; -1 if the body ends when the server closes the connection. */
    private long remaining;

    private boolean ended;

    /** The status of the final response; 0 before its head has arrived. */
    private int finalStatus;

    /** Whether the server closes the connection after the final response. */
    private boolean serverCloses;

    Http1Conversation(PooledConnection connection, Outgoing request, CallTimeouts timeouts, WireLimits limits) {
        this.connection = connection;
        this.request = request;
        this.method = request.method();
        this.exactNames = request.exactNames();
        this.timeouts = timeouts;
        this.limits = limits;
        this.input = connection.input();
        this.parser = new HeadParser(limits);
        this.sentBefore = connection.sent();
        this.receivedBefore = input.received();
        this.keepAlive = !request.fields().hasToken("Connection", "close");
    }

    @Override
    public PooledConnection connection() {
        return connection;
    }

    @Override
    public Outgoing request() {
        return request;
    }

    @Override
    public CallTimeouts timeouts() {
        return timeouts;
    }

    @Override
    public long bytesSent() {
        return connection.sent() - sentBefore;
    }

    @Override
    public long bytesReceived() {
        return input.received() - receivedBefore;
    }

    @Override
    public boolean intact() {
        return bytesSent() == 0 && (upload == null || !upload.isBodySpent());
    }

    @Override
    public void send(long readAhead, boolean impatient) throws IOException {
        OutgoingBody body = request.body();
        if (body == null) {
            sendHead();
        } else {
            upload = new UploadState(this);
            upload.start(body, new ResponseListener.ReadAhead(readAhead, impatient));
        }
    }

    private void sendHead() throws IOException {
        try {
            request.head(0).sendOver(connection, timeouts.enter(CallStep.SEND));
        } catch (IOException e) {
            upload = new UploadState(this);
            upload.headFailed(e);
        }
    }

    UploadState upload() {
        return Objects.requireNonNull(upload, "a request without a body");
    }

    @Override
    public boolean isSending() {
        return upload != null && upload.isSending();
    }

    @Override
    public boolean sentWhole() {
        return upload == null || upload.sentWhole();
    }

    @Override
    public ResponseHead takeHead() throws IOException {
        ResponseHead head = earlyHeads == null ? null : earlyHeads.poll();
        if (head == null) {
            prepareToWait();
            head = nextHead();
            while (head == null) {
                fill(timeouts.enter(CallStep.HEAD));
                head = nextHead();
            }
            handleHead(head);
        }
        return head;
    }

    private void handleHead(ResponseHead head) throws IOException {
        boolean headKeepsAlive = head.keepsAlive();
        keepAlive &= headKeepsAlive;
        if (!head.informational()) {
            finalStatus = head.status();
            serverCloses = !headKeepsAlive;
            startBody(BodyFraming.of(method, head));
            int seconds = head.keepAliveTimeout();
            if (seconds >= 0) {
                connection.serverKeepAlive(seconds * 1_000_000_000L - KEEP_ALIVE_MARGIN);
            }
        }
    }

    @Override
    public ResponseHead takeFinalHead() throws IOException {
        ResponseHead head = takeHead();
        while (head.informational()) {
            head = takeHead();
        }
        return head;
    }

    /** Reads the next head while the request is being sent. {@link #takeHead} returns it later. */
    ResponseHead readEarlyHead(LongSupplier readBy) throws IOException {
        ResponseHead head = nextHead();
        while (head == null) {
            fill(readBy.getAsLong());
            head = nextHead();
        }
        handleHead(head);
        if (earlyHeads == null) {
            earlyHeads = new ArrayDeque<>();
        }
        earlyHeads.add(head);
        return head;
    }

    /** The status of the final response; 0 before its head has arrived. */
    int finalStatus() {
        return finalStatus;
    }

    /** Whether the whole response has arrived, even if it has not been taken. */
    boolean receivedWhole() {
        return ended;
    }

    /** Whether the server closes the connection after the final response. */
    boolean serverCloses() {
        return serverCloses;
    }

    /**
     * Makes one read of the body while the request is being sent. {@link #readBody} returns these bytes later.
     *
     * @param limit the largest number of bytes to keep
     * @return false if more bytes than the limit have been read
     */
    boolean readAhead(long limit, long readBy) throws IOException {
        ReadAheadBuffer buffer = Objects.requireNonNullElseGet(readAheadBuffer(), () -> new ReadAheadBuffer(limit + 1));
        buffer.fill((into, offset, count) -> receiveBody(into, offset, count, readBy));
        upload().readAheadBuffer = buffer.size() == 0 ? null : buffer;
        return !buffer.isFull();
    }

    @Override
    public boolean exceededReadAhead() {
        ReadAheadBuffer buffer = readAheadBuffer();
        return buffer != null && buffer.isFull();
    }

    private @Nullable ReadAheadBuffer readAheadBuffer() {
        return upload == null ? null : upload.readAheadBuffer;
    }

    /**
     * Chooses how to wait for the response: together with other calls, alone, or alone after other threads have run. In
     * the last case, this method also reads what has arrived so far.
     */
    private void prepareToWait() throws IOException {
        WaitStrategy waitStrategy = connection.waitStrategy();
        int leased = connection.leasedOnRoute();
        boolean together = waitStrategy.waitsTogether(leased);
        connection.transport().waitTogether(together ? waitStrategy : null);
        if (together || input.available() > 0 || !waitStrategy.yieldIfItPays(leased)) {
            return;
        }
        timeouts.enterWithoutWait(CallStep.HEAD);
        if (timeouts.isExpired()) {
            throw new ExpiredException();
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new ClosedByInterruptException();
        }
        int read = input.fillNow();
        if (read < 0) {
            throw closedBeforeHead();
        }
        waitStrategy.recordYield(read > 0, leased);
    }

    /** Parses the next head; returns null if it has not arrived completely. */
    private @Nullable ResponseHead nextHead() throws IOException {
        ResponseHead head = input.available() == 0 ? null : parser.head(input.array(), input.start(), input.end());
        if (head != null) {
            input.skipTo(input.start() + parser.consumed());
            if (head.informational() && ++informationalHeads > limits.informational()) {
                throw new MalformedException("more than %d informational responses".formatted(informationalHeads - 1));
            }
            headBytes += parser.consumed();
            if (headBytes > limits.headBytes()) {
                throw new MalformedException(
                        "response heads larger than %d bytes together".formatted(limits.headBytes()));
            }
        }
        return head != null && exactNames ? head.withNamesAsReceived() : head;
    }

    private void fill(long readBy) throws IOException {
        if (!input.fill(readBy)) {
            throw closedBeforeHead();
        }
    }

    private EOFException closedBeforeHead() {
        return new EOFException(
                bytesReceived() == 0
                        ? "the server closed the connection without an answer"
                        : "the server closed the connection within the response head");
    }

    private void startBody(BodyFraming framing) {
        remaining = framing.length();
        ended = remaining == 0;
        if (ended) {
            connection.checkBeforeNextUse();
        } else if (framing.chunked()) {
            chunkedDecoder = new ChunkedDecoder(limits);
        } else if (framing.untilClose()) {
            keepAlive = false;
            serverCloses = true;
        }
    }

    @Override
    public long remaining() {
        if (chunkedDecoder != null || remaining < 0) {
            return -1;
        }
        ReadAheadBuffer buffer = readAheadBuffer();
        return buffer == null ? remaining : remaining + buffer.size();
    }

    @Override
    public boolean drain() {
        if (upload != null) {
            upload.finishUnread();
            upload.readAheadBuffer = null;
        }
        boolean bodyStarted = ended || chunkedDecoder != null || remaining > 0;
        if (!bodyStarted || !sentWhole() || !keepAlive || remaining() > DRAIN_BYTES) {
            return ended;
        }
        long end = Math.min(NanoClock.after(DRAIN_TIME), timeouts.deadline());
        byte[] discarded = new byte[4096];
        try {
            for (int drained = 0; !ended && drained < DRAIN_BYTES && NanoClock.now() < end; ) {
                drained += receiveBody(discarded, 0, discarded.length, end);
            }
        } catch (IOException e) {
            // The connection cannot be reused. Its owner closes it.
        }
        return ended;
    }

    @Override
    public boolean ended() {
        return ended && readAheadBuffer() == null;
    }

    @Override
    public boolean settled() {
        return ended() && (upload == null || upload.isSettled());
    }

    @Override
    public void conclude() throws IOException {
        if (upload != null) {
            upload.conclude();
        }
    }

    @Override
    public @Nullable IOException unreportedFailure() {
        return upload == null ? null : upload.unreportedFailure();
    }

    @Override
    public void abandonSending() {
        if (upload != null) {
            upload.abandon();
        }
    }

    @Override
    public int readBody(byte[] into, int offset, int length) throws IOException {
        if (upload != null && upload.isSending()) {
            return upload.readBody(into, offset, length);
        }
        ReadAheadBuffer buffer = readAheadBuffer();
        if (buffer != null) {
            int taken = buffer.take(into, offset, length);
            upload().readAheadBuffer = buffer.size() == 0 ? null : buffer;
            return taken;
        }
        if (ended) {
            conclude();
            return -1;
        }
        boolean arrived = chunkedDecoder == null && input.available() > 0;
        long readBy = arrived ? timeouts.enterWithoutWait(CallStep.BODY) : timeouts.enter(CallStep.BODY);
        return receiveBody(into, offset, length, readBy);
    }

    /** Reads what has arrived of the body from the connection, at least one byte; returns -1 at its end. */
    int receiveBody(byte[] into, int offset, int length, long readBy) throws IOException {
        if (ended) {
            return -1;
        }
        return chunkedDecoder == null
                ? readUnchunked(into, offset, length, readBy)
                : readChunk(chunkedDecoder, into, offset, length, readBy);
    }

    private int readUnchunked(byte[] into, int offset, int length, long readBy) throws IOException {
        int wanted = remaining < 0 ? length : (int) Math.min(length, remaining);
        int read = receive(into, offset, wanted, remaining, readBy);
        if (remaining < 0) {
            if (read < 0 && !connection.isEndTrustworthy()) {
                throw new EOFException("the connection broke within a body of unknown length");
            }
            ended = read < 0;
        } else if (read < 0) {
            throw new EOFException(
                    "the server closed the connection %d bytes before the end of the body".formatted(remaining));
        } else {
            remaining -= read;
            ended = remaining == 0;
        }
        return read;
    }

    /** Reads bytes. After the deadline it only returns bytes that are already in the buffer. */
    private int receive(byte[] into, int offset, int length, long expected, long readBy) throws IOException {
        if (input.available() == 0) {
            timeouts.requireTime();
        }
        return input.read(into, offset, length, expected, readBy);
    }

    private int readChunk(ChunkedDecoder decoder, byte[] into, int offset, int length, long readBy) throws IOException {
        while (advanceToData(decoder) == 0) {
            if (decoder.done()) {
                ended = true;
                return -1;
            }
            timeouts.requireTime();
            if (!input.fill(readBy)) {
                throw new EOFException("the server closed the connection within a chunked body");
            }
        }
        int wanted = (int) Math.min(length, decoder.remaining());
        int read = receive(into, offset, wanted, 0, readBy);
        if (read < 0) {
            throw new EOFException("the server closed the connection within a chunk");
        }
        decoder.dataTaken(read);
        return read;
    }

    /** Consumes the framing that has arrived; returns the number of data bytes that come next. */
    private long advanceToData(ChunkedDecoder decoder) throws MalformedException {
        if (framingError != null) {
            throw framingError;
        }
        if (decoder.remaining() == 0) {
            input.skipTo(decoder.advance(input.array(), input.start(), input.end()));
        }
        return decoder.remaining();
    }

    @Override
    public int available() {
        ReadAheadBuffer buffer = readAheadBuffer();
        if (buffer != null) {
            return buffer.size();
        }
        if (ended) {
            return 0;
        }
        try {
            long left = chunkedDecoder == null ? remaining : advanceToData(chunkedDecoder);
            return left < 0 ? input.available() : (int) Math.min(input.available(), left);
        } catch (MalformedException e) {
            framingError = e;
            return 0;
        }
    }

    @Override
    public FieldLines trailers() {
        FieldLines trailers = chunkedDecoder == null ? FieldLines.EMPTY : chunkedDecoder.trailers();
        return exactNames ? trailers.withNamesAsGiven() : trailers;
    }

    @Override
    public boolean reusable() {
        return settled() && sentWhole() && keepAlive && input.available() == 0;
    }
}
