package io.httpipe;

import io.httpipe.internal.connect.Budget;
import io.httpipe.internal.connect.Courtesy;
import io.httpipe.internal.connect.ExpiredException;
import io.httpipe.internal.connect.Input;
import io.httpipe.internal.connect.Step;
import io.httpipe.internal.connect.Ticks;
import io.httpipe.internal.pool.PooledConnection;
import io.httpipe.internal.wire.BodyFraming;
import io.httpipe.internal.wire.ChunkedDecoder;
import io.httpipe.internal.wire.Fields;
import io.httpipe.internal.wire.Head;
import io.httpipe.internal.wire.HeadParser;
import io.httpipe.internal.wire.MalformedException;
import io.httpipe.internal.wire.WireLimits;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One request and its response over one connection: joins what the socket brings with what the parsers make of it.
 * Belongs to one thread. Errors are the plain ones of the layers below; {@link Failures} adds the facts.
 */
final class Conversation {
    /** How much of a body that nobody wants any more is read to save its connection, and for how long. */
    private static final int DRAIN_BYTES = 1 << 16;

    private static final long DRAIN_TIME = 100_000_000;

    /** How long before the server's own time a connection is given up, for the way there takes time as well. */
    private static final long KEEP_ALIVE_MARGIN = 1_000_000_000;

    private final PooledConnection connection;
    private final Request request;

    /** The request's own, kept here: where thousands wait, none finds its request in the caches when it goes on. */
    private final String method;

    private final Budget budget;
    private final WireLimits limits;
    private final Input input;
    private final HeadParser parser;
    private final long sentBefore;
    private final long receivedBefore;

    /** Heads that came while the request was being sent and that nobody has taken yet; null if none did. */
    private @Nullable Queue<Head> early;

    private int informational;

    /** Octets of all heads so far: those of status 1xx wait to be taken while a body is sent, and so count together. */
    private int headBytes;

    private boolean keepAlive;
    private boolean sentWhole;

    /** Whether a body that cannot be given again has begun to be taken from, sent or not. */
    private boolean bodySpent;

    private @Nullable ChunkedDecoder chunks;

    /** What is wrong with the framing behind what has been read; the next read's to tell. */
    private @Nullable MalformedException malformed;

    /** Octets left of a body with a length; -1 if the close ends it. */
    private long remaining;

    private boolean ended;

    Conversation(PooledConnection connection, Request request, Budget budget, WireLimits limits) {
        this.connection = connection;
        this.request = request;
        this.method = request.method();
        this.budget = budget;
        this.limits = limits;
        this.input = connection.input();
        this.parser = new HeadParser(limits);
        this.sentBefore = connection.sent();
        this.receivedBefore = input.received();
        this.keepAlive = !request.headers().fields().hasToken("Connection", "close");
    }

    PooledConnection connection() {
        return connection;
    }

    Request request() {
        return request;
    }

    Budget budget() {
        return budget;
    }

    long bytesSent() {
        return connection.sent() - sentBefore;
    }

    long bytesReceived() {
        return input.received() - receivedBefore;
    }

    /** Whether another call could send the request: nothing of it has gone out, and none of its body is lost. */
    boolean intact() {
        return bytesSent() == 0 && !bodySpent;
    }

    /** Tells that the body is about to be taken from, be it by another thread. */
    void beginBody(Body body) {
        bodySpent = !body.replayable();
    }

    /** Sends the request; an answer that comes meanwhile ends the sending and waits to be taken. */
    void send() throws IOException {
        sentWhole = request.parts().body == null ? sendHead() : new Upload(this).run();
    }

    private boolean sendHead() throws IOException {
        RequestHead head = request.head(0);
        try {
            head.sendOver(connection, budget.enter(Step.SEND));
            return true;
        } catch (IOException e) {
            return new Upload(this).failed(e);
        }
    }

    /** Takes the next head, of whatever status; the final one tells what the body is delimited by. */
    Head takeHead() throws IOException {
        Head head = early == null ? null : early.poll();
        if (head == null) {
            lookForAnswer();
            head = nextHead();
            while (head == null) {
                fill(budget.enter(Step.HEAD));
                head = nextHead();
            }
        }
        keepAlive &= head.keepsAlive();
        if (!head.informational()) {
            begin(BodyFraming.of(method, head));
            int seconds = head.keepAliveTimeout();
            if (seconds >= 0) {
                connection.serverKeepsFor(seconds * 1_000_000_000L - KEEP_ALIVE_MARGIN);
            }
        }
        return head;
    }

    /** Takes the final head; those of status 1xx before it are passed over. */
    Head takeFinalHead() throws IOException {
        Head head = takeHead();
        while (head.informational()) {
            head = takeHead();
        }
        return head;
    }

    /** Reads one more head while the request is being sent; it is to be taken later. */
    Head hearHead(LongSupplier readBy) throws IOException {
        Head head = nextHead();
        while (head == null) {
            fill(readBy.getAsLong());
            head = nextHead();
        }
        if (early == null) {
            early = new ArrayDeque<>();
        }
        early.add(head);
        return head;
    }

    /**
     * Has the answer be waited for together with others where that pays; else lets other threads go first where that
     * does, and reads what has come meanwhile, be it nothing.
     */
    private void lookForAnswer() throws IOException {
        Courtesy courtesy = connection.courtesy();
        int company = connection.company();
        boolean together = courtesy.waitsTogether(company);
        connection.transport().waitTogether(together ? courtesy : null);
        if (together || input.available() > 0 || !courtesy.letOthersGo(company)) {
            return;
        }
        budget.enterWithoutWait(Step.HEAD);
        if (budget.exhausted()) {
            throw new ExpiredException();
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new ClosedByInterruptException();
        }
        int read = input.fillNow();
        if (read < 0) {
            throw end();
        }
        courtesy.learn(read > 0, company);
    }

    /** The next head; null if more has to come first. */
    private @Nullable Head nextHead() throws IOException {
        Head head = input.available() == 0 ? null : parser.head(input.array(), input.start(), input.end());
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
        return head;
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
        remaining = framing.octets();
        ended = remaining == 0;
        if (ended) {
            connection.lookNextTime();
        } else if (framing.chunked()) {
            chunks = new ChunkedDecoder(limits);
        } else if (framing.untilClose()) {
            keepAlive = false;
        }
    }

    /** How much of the body is still to come; -1 if nobody knows. */
    long remaining() {
        return chunks == null ? remaining : -1;
    }

    /**
     * Reads on to the end of a body that nobody wants any more, if that is near and saves the connection.
     *
     * @return whether the end has been reached
     */
    boolean drained() {
        boolean begun = ended || chunks != null || remaining > 0;
        if (!begun || !sentWhole || !keepAlive || remaining() > DRAIN_BYTES) {
            return ended;
        }
        long end = Math.min(Ticks.after(DRAIN_TIME), budget.deadline());
        byte[] scratch = new byte[4096];
        try {
            for (int drained = 0; !ended && drained < DRAIN_BYTES && Ticks.now() < end; ) {
                drained += readBody(scratch, 0, scratch.length, end);
            }
        } catch (IOException e) {
            // Then the connection is not worth saving; whoever owns it closes it.
        }
        return ended;
    }

    /** Whether the body has been read to its end. */
    boolean ended() {
        return ended;
    }

    /** Reads what is there of the body, at least one octet; -1 at its end. */
    int readBody(byte[] into, int offset, int length) throws IOException {
        boolean there = chunks == null && input.available() > 0;
        long readBy = there ? budget.enterWithoutWait(Step.BODY) : budget.enter(Step.BODY);
        return readBody(into, offset, length, readBy);
    }

    private int readBody(byte[] into, int offset, int length, long readBy) throws IOException {
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
            if (read < 0 && !connection.endsCredibly()) {
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
            budget.requireTime();
        }
        return input.read(into, offset, length, expected, readBy);
    }

    private int readChunk(ChunkedDecoder decoder, byte[] into, int offset, int length, long readBy) throws IOException {
        while (!reachesData(decoder)) {
            if (decoder.done()) {
                ended = true;
                return -1;
            }
            budget.requireTime();
            if (!input.fill(readBy)) {
                throw new EOFException("the server closed the connection within a chunked body");
            }
        }
        int wanted = (int) Math.min(length, decoder.remaining());
        int read = receive(into, offset, wanted, 0, readBy);
        if (read < 0) {
            throw new EOFException("the server closed the connection within a chunk");
        }
        decoder.took(read);
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

    /** How many octets of the body can be read without waiting. */
    int available() {
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

    Fields trailers() {
        return chunks == null ? Fields.EMPTY : chunks.trailers();
    }

    /** Whether the connection can carry another request: all was said on both sides, and both mean to go on. */
    boolean reusable() {
        return ended && sentWhole && keepAlive && input.available() == 0;
    }
}
