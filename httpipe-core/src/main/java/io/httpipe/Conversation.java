package io.httpipe;

import io.httpipe.internal.connect.Budget;
import io.httpipe.internal.connect.Input;
import io.httpipe.internal.connect.Step;
import io.httpipe.internal.pool.PooledConnection;
import io.httpipe.internal.wire.BodyFraming;
import io.httpipe.internal.wire.ChunkedDecoder;
import io.httpipe.internal.wire.Fields;
import io.httpipe.internal.wire.Head;
import io.httpipe.internal.wire.HeadParser;
import io.httpipe.internal.wire.HeadWriter;
import io.httpipe.internal.wire.MalformedException;
import io.httpipe.internal.wire.WireLimits;
import java.io.EOFException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * One request and its response over one connection: joins what the socket brings with what the parsers make of it.
 * Belongs to one thread. Errors are the plain ones of the layers below; {@link Call} adds the facts.
 */
final class Conversation {
    private final PooledConnection connection;
    private final Input input;
    private final Budget budget;
    private final WireLimits limits;
    private final long sentBefore;
    private final long receivedBefore;

    private boolean sentWhole;
    private boolean keepAlive;
    private @Nullable ChunkedDecoder chunks;

    /** Octets left of a body with a length; -1 if the close ends it. */
    private long remaining;

    private boolean ended;

    Conversation(PooledConnection connection, Budget budget, WireLimits limits) {
        this.connection = connection;
        this.input = connection.input();
        this.budget = budget;
        this.limits = limits;
        this.sentBefore = connection.sent();
        this.receivedBefore = input.received();
    }

    PooledConnection connection() {
        return connection;
    }

    long bytesSent() {
        return connection.sent() - sentBefore;
    }

    long bytesReceived() {
        return input.received() - receivedBefore;
    }

    /** Sends a head and its body in one write. */
    void send(Request request) throws IOException {
        HeadWriter head = request.head();
        Body body = request.body();
        if (body != null) {
            head.append(body.bytes());
        }
        keepAlive = !request.headers().fields().hasToken("Connection", "close");
        connection.send(head.bytes(), 0, head.length(), budget.enter(Step.SEND));
        sentWhole = true;
    }

    /** Reads the final head; heads of status 1xx before it are counted and passed over. */
    Head receiveHead(String method) throws IOException {
        HeadParser parser = new HeadParser(limits);
        for (int informational = 0; ; informational++) {
            Head head = nextHead(parser);
            if (!head.informational()) {
                begin(BodyFraming.of(method, head));
                keepAlive &= head.keepsAlive();
                return head;
            }
            if (informational == limits.informational()) {
                throw new MalformedException("more than %d informational responses".formatted(informational));
            }
        }
    }

    private Head nextHead(HeadParser parser) throws IOException {
        while (true) {
            Head head = input.available() == 0 ? null : parser.head(input.array(), input.start(), input.end());
            if (head != null) {
                input.skipTo(input.start() + parser.consumed());
                return head;
            }
            if (!input.fill(budget.enter(Step.HEAD))) {
                throw new EOFException(
                        bytesReceived() == 0
                                ? "the server closed the connection without an answer"
                                : "the server closed the connection within the response head");
            }
        }
    }

    private void begin(BodyFraming framing) {
        switch (framing) {
            case BodyFraming.None() -> ended = true;
            case BodyFraming.Length(long octets) -> {
                remaining = octets;
                ended = octets == 0;
            }
            case BodyFraming.Chunked() -> chunks = new ChunkedDecoder(limits);
            case BodyFraming.UntilClose() -> {
                remaining = -1;
                keepAlive = false;
            }
        }
    }

    /** How long the body is to be; -1 if nobody knows. */
    long announcedLength() {
        return chunks == null ? remaining : -1;
    }

    /** Reads what is there of the body, at least one octet; -1 at its end. */
    int readBody(byte[] into, int offset, int length) throws IOException {
        if (ended) {
            return -1;
        }
        return chunks == null ? readPlain(into, offset, length) : readChunk(chunks, into, offset, length);
    }

    private int readPlain(byte[] into, int offset, int length) throws IOException {
        int wanted = remaining < 0 ? length : (int) Math.min(length, remaining);
        int read = input.read(into, offset, wanted, budget.enter(Step.BODY));
        if (remaining < 0) {
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

    private int readChunk(ChunkedDecoder decoder, byte[] into, int offset, int length) throws IOException {
        while (decoder.remaining() == 0) {
            input.skipTo(decoder.advance(input.array(), input.start(), input.end()));
            if (decoder.done()) {
                ended = true;
                return -1;
            }
            if (decoder.remaining() == 0 && !input.fill(budget.enter(Step.BODY))) {
                throw new EOFException("the server closed the connection within a chunked body");
            }
        }
        int wanted = (int) Math.min(length, decoder.remaining());
        int read = input.read(into, offset, wanted, budget.enter(Step.BODY));
        if (read < 0) {
            throw new EOFException("the server closed the connection within a chunk");
        }
        decoder.took(read);
        return read;
    }

    Fields trailers() {
        return chunks == null ? Fields.EMPTY : chunks.trailers();
    }

    /** Whether the connection can carry another request: all was said on both sides, and both mean to go on. */
    boolean reusable() {
        return ended && sentWhole && keepAlive && input.available() == 0;
    }
}
