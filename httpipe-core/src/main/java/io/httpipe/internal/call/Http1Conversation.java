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
 * One request and its response over one connection: joins what the socket brings with what the parsers make of it.
 * Belongs to one thread, except {@link #abandonSending}.
 */
final class Http1Conversation implements Conversation {
    /** How much of a body that nobody wants any more is read to save its connection, and for how long. */
    private static final int DRAIN_BYTES = 1 << 16;

    private static final long DRAIN_TIME = 100_000_000;

    /** How long before the server's own time a connection is given up, for the way there takes time as well. */
    private static final long KEEP_ALIVE_MARGIN = 1_000_000_000;

    private final PooledConnection connection;
    private final Outgoing request;

    /** The request's own, kept here: where thousands wait, none finds its request in the caches when it goes on. */
    private final String method;

    private final boolean exactNames;
    private final CallTimeouts timeouts;
    private final WireLimits limits;
    private final ReadBuffer input;
    private final HeadParser parser;
    private final long sentBefore;
    private final long receivedBefore;

    /** Heads that came while the request was being sent and that nobody has taken yet; null if none did. */
    private @Nullable Queue<ResponseHead> early;

    private int informational;

    /** Octets of all heads so far: those of status 1xx wait to be taken while a body is sent, and so count together. */
    private int headBytes;

    private boolean keepAlive;

    /** How the body is sent; null for a request without one, whose head went out in one piece. */
    private @Nullable UploadState sending;

    private @Nullable ChunkedDecoder chunks;

    /** What is wrong with the framing behind what has been read; the next read's to tell. */
    private @Nullable MalformedException malformed;

    /** Octets left of a body with a length; -1 if the close ends it. */
    private long remaining;

    private boolean ended;

    /** The status of the final response; 0 before it. */
    private int finalStatus;

    /** Whether the final response closes the connection, by its head or by what ends its body. */
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
        return bytesSent() == 0 && (sending == null || !sending.isBodySpent());
    }

    @Override
    public void send(long readAhead, boolean impatient) throws IOException {
        OutgoingBody body = request.body();
        if (body == null) {
            sendHead();
        } else {
            sending = new UploadState(this);
            sending.start(body, new ResponseListener.Early(readAhead, impatient));
        }
    }

    private void sendHead() throws IOException {
        RequestHead head = request.head(0);
        try {
            head.sendOver(connection, timeouts.enter(CallStep.SEND));
        } catch (IOException e) {
            sending = new UploadState(this);
            sending.headFailed(e);
        }
    }

    UploadState sending() {
        return Objects.requireNonNull(sending, "a request without a body");
    }

    @Override
    public boolean isSending() {
        return sending != null && sending.goesOn();
    }

    @Override
    public boolean sentWhole() {
        return sending == null || sending.isWhole();
    }

    @Override
    public ResponseHead takeHead() throws IOException {
        ResponseHead head = early == null ? null : early.poll();
        if (head == null) {
            lookForAnswer();
            head = nextHead();
            while (head == null) {
                fill(timeouts.enter(CallStep.HEAD));
                head = nextHead();
            }
            came(head);
        }
        return head;
    }

    private void came(ResponseHead head) throws IOException {
        boolean keeps = head.keepsAlive();
        keepAlive &= keeps;
        if (!head.informational()) {
            finalStatus = head.status();
            serverCloses = !keeps;
            begin(BodyFraming.of(method, head));
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

    /** Reads one more head while the request is being sent; it is to be taken later. */
    ResponseHead hearHead(LongSupplier readBy) throws IOException {
        ResponseHead head = nextHead();
        while (head == null) {
            fill(readBy.getAsLong());
            head = nextHead();
        }
        came(head);
        if (early == null) {
            early = new ArrayDeque<>();
        }
        early.add(head);
        return head;
    }

    /** The status of the final response; 0 before its head has come. */
    int finalStatus() {
        return finalStatus;
    }

    /** Whether the response has come whole, taken or not. */
    boolean received() {
        return ended;
    }

    /** Whether the server closes the connection once its response has come whole. */
    boolean serverCloses() {
        return serverCloses;
    }

    /**
     * Reads once from the body while the request is being sent; the bytes are to be taken later.
     *
     * @return false if more bytes than these wait to be taken
     */
    boolean readAhead(long most, long readBy) throws IOException {
        ReadAheadBuffer room = Objects.requireNonNullElseGet(ahead(), () -> new ReadAheadBuffer(most + 1));
        room.fill((into, offset, count) -> receiveBody(into, offset, count, readBy));
        sending().ahead = room.size() == 0 ? null : room;
        return !room.isFull();
    }

    @Override
    public boolean cameTooEarly() {
        ReadAheadBuffer room = ahead();
        return room != null && room.isFull();
    }

    /** What was read of the body before the request had been sent; null if there is nothing of it to be taken. */
    private @Nullable ReadAheadBuffer ahead() {
        return sending == null ? null : sending.ahead;
    }

    /**
     * Has the answer be waited for together with others where that pays; else lets other threads go first where that
     * does, and reads what has come meanwhile, be it nothing.
     */
    private void lookForAnswer() throws IOException {
        WaitStrategy waitStrategy = connection.waitStrategy();
        int company = connection.leasedOnRoute();
        boolean together = waitStrategy.waitsTogether(company);
        connection.transport().waitTogether(together ? waitStrategy : null);
        if (together || input.available() > 0 || !waitStrategy.yieldIfItPays(company)) {
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
            throw end();
        }
        waitStrategy.recordYield(read > 0, company);
    }

    /** The next head; null if more has to come first. */
    private @Nullable ResponseHead nextHead() throws IOException {
        ResponseHead head = input.available() == 0 ? null : parser.head(input.array(), input.start(), input.end());
        if (head != null) {
            input.skipTo(input.start() + parser.consumed());
            if (head.informational() && ++informational > limits.informational()) {
                throw new MalformedException("more than %d informational responses".formatted(informational - 1));
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
            throw end();
        }
    }

    private EOFException end() {
        return new EOFException(
                bytesReceived() == 0
                        ? "the server closed the connection without an answer"
                        : "the server closed the connection within the response head");
    }

    private void begin(BodyFraming framing) {
        remaining = framing.length();
        ended = remaining == 0;
        if (ended) {
            connection.checkBeforeNextUse();
        } else if (framing.chunked()) {
            chunks = new ChunkedDecoder(limits);
        } else if (framing.untilClose()) {
            keepAlive = false;
            serverCloses = true;
        }
    }

    @Override
    public long remaining() {
        if (chunks != null || remaining < 0) {
            return -1;
        }
        ReadAheadBuffer room = ahead();
        return room == null ? remaining : remaining + room.size();
    }

    @Override
    public boolean drain() {
        if (sending != null) {
            sending.finishUnread();
            sending.ahead = null;
        }
        boolean begun = ended || chunks != null || remaining > 0;
        if (!begun || !sentWhole() || !keepAlive || remaining() > DRAIN_BYTES) {
            return ended;
        }
        long end = Math.min(NanoClock.after(DRAIN_TIME), timeouts.deadline());
        byte[] scratch = new byte[4096];
        try {
            for (int drained = 0; !ended && drained < DRAIN_BYTES && NanoClock.now() < end; ) {
                drained += receiveBody(scratch, 0, scratch.length, end);
            }
        } catch (IOException e) {
            // Then the connection is not worth saving; whoever owns it closes it.
        }
        return ended;
    }

    @Override
    public boolean ended() {
        return ended && ahead() == null;
    }

    @Override
    public boolean settled() {
        return ended() && (sending == null || sending.isSettled());
    }

    @Override
    public void conclude() throws IOException {
        if (sending != null) {
            sending.conclude();
        }
    }

    @Override
    public @Nullable IOException unreportedFailure() {
        return sending == null ? null : sending.unreportedFailure();
    }

    @Override
    public void abandonSending() {
        if (sending != null) {
            sending.abandon();
        }
    }

    @Override
    public int readBody(byte[] into, int offset, int length) throws IOException {
        if (sending != null && sending.goesOn()) {
            return sending.readBody(into, offset, length);
        }
        ReadAheadBuffer room = ahead();
        if (room != null) {
            int taken = room.take(into, offset, length);
            sending().ahead = room.size() == 0 ? null : room;
            return taken;
        }
        if (ended) {
            conclude();
            return -1;
        }
        boolean there = chunks == null && input.available() > 0;
        long readBy = there ? timeouts.enterWithoutWait(CallStep.BODY) : timeouts.enter(CallStep.BODY);
        return receiveBody(into, offset, length, readBy);
    }

    int receiveBody(byte[] into, int offset, int length, long readBy) throws IOException {
        if (ended) {
            return -1;
        }
        return chunks == null
                ? readPlain(into, offset, length, readBy)
                : readChunk(chunks, into, offset, length, readBy);
    }

    private int readPlain(byte[] into, int offset, int length, long readBy) throws IOException {
        int wanted = remaining < 0 ? length : (int) Math.min(length, remaining);
        int read = receive(into, offset, wanted, remaining, readBy);
        if (remaining < 0) {
            if (read < 0 && !connection.isEndTrustworthy()) {
                throw new EOFException("the connection broke within a body that its close was to end");
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

    /** Reads what has arrived also when time is over, but nothing more then, be it there or not. */
    private int receive(byte[] into, int offset, int length, long expected, long readBy) throws IOException {
        if (input.available() == 0) {
            timeouts.requireTime();
        }
        return input.read(into, offset, length, expected, readBy);
    }

    private int readChunk(ChunkedDecoder decoder, byte[] into, int offset, int length, long readBy) throws IOException {
        while (!reachesData(decoder)) {
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

    /** Takes what framing is there; whether data comes next. */
    private boolean reachesData(ChunkedDecoder decoder) throws MalformedException {
        if (malformed != null) {
            throw malformed;
        }
        if (decoder.remaining() == 0) {
            input.skipTo(decoder.advance(input.array(), input.start(), input.end()));
        }
        return decoder.remaining() > 0;
    }

    @Override
    public int available() {
        ReadAheadBuffer room = ahead();
        if (room != null) {
            return room.size();
        }
        if (ended) {
            return 0;
        }
        try {
            long there = chunks == null ? remaining : reachesData(chunks) ? chunks.remaining() : 0;
            return there < 0 ? input.available() : (int) Math.min(input.available(), there);
        } catch (MalformedException e) {
            malformed = e;
            return 0;
        }
    }

    @Override
    public FieldLines trailers() {
        FieldLines trailers = chunks == null ? FieldLines.EMPTY : chunks.trailers();
        return exactNames ? trailers.withNamesAsGiven() : trailers;
    }

    @Override
    public boolean reusable() {
        return settled() && sentWhole() && keepAlive && input.available() == 0;
    }
}
