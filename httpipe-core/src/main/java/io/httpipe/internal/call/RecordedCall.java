package io.httpipe.internal.call;

import io.httpipe.internal.connect.CallStep;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.pool.ConnectionPool;
import io.httpipe.internal.pool.ReusePolicy;
import io.httpipe.internal.pool.Route;
import io.httpipe.internal.wire.ResponseHead;
import io.httpipe.internal.wire.WireLimits;
import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A call that remembers how many bytes were sent and received, even after its connection has been settled. */
public final class RecordedCall extends Call {
    /**
     * The limit of an encoded body is the limit of the decoded body, plus an eighth of it, plus this many bytes. The
     * two additions are more bytes than any encoder adds to data that it cannot compress.
     */
    private static final long ENCODED_EXTRA = 1 << 16;

    private final boolean fresh;

    /** The limit of the body in bytes, after decoding if the body is decoded. */
    private final long maxDecodedSize;

    private volatile long bytesSent;
    private volatile long bytesReceived;

    /** Called for each informational response; null for none. */
    private @Nullable Consumer<ResponseHead> informational;

    RecordedCall(
            ConnectionPool pool,
            Outgoing request,
            Route route,
            CallTimeouts timeouts,
            WireLimits limits,
            long maxBodySize,
            boolean streamed,
            boolean fresh,
            boolean decodes) {
        super(pool, request, route, timeouts, limits, decodes ? encodedLimit(maxBodySize) : maxBodySize, streamed);
        this.fresh = fresh;
        this.maxDecodedSize = maxBodySize;
    }

    /** The limit of an encoded body in bytes. Data that cannot be compressed becomes a little longer by encoding. */
    private static long encodedLimit(long decoded) {
        return decoded > Long.MAX_VALUE / 2 ? Long.MAX_VALUE : decoded + (decoded >> 3) + ENCODED_EXTRA;
    }

    /** Called when the response has arrived and will not be decoded. */
    public void limitUndecoded() {
        limitBody(maxDecodedSize);
    }

    @Override
    long namedLimit() {
        return maxDecodedSize;
    }

    /** Ends the call because of a body that has more decoded bytes than allowed. Returns the failure. */
    public CallFailedException bodyTooLarge() {
        return failedWithin(BodyLimitException.tooLarge(maxDecodedSize, -1, request()));
    }

    /** Ends the call because of the content of its body. Returns the failure, after which a retry would not help. */
    public CallFailedException failedWithin(IOException error) {
        abandon();
        return CallFailedException.refused(error, CallStep.BODY, this);
    }

    @Override
    ReusePolicy reusePolicy() {
        return fresh ? ReusePolicy.NONE : super.reusePolicy();
    }

    /** Calls a listener for each informational response, on the thread that starts this call; null for none. */
    public void onInformational(@Nullable Consumer<ResponseHead> listener) {
        informational = listener;
    }

    @Override
    ResponseHead takeFinalHead(Conversation started) throws IOException {
        Consumer<ResponseHead> listener = informational;
        if (listener == null) {
            return started.takeFinalHead();
        }
        ResponseHead head = started.takeHead();
        while (head.informational()) {
            listener.accept(head);
            head = started.takeHead();
        }
        return head;
    }

    /** Does nothing. Another attempt may follow, and the body of this one is then not read. */
    @Override
    void requireLength(Conversation started) {}

    /** Fails if the response announces a body that is too large. Called when no other attempt follows. */
    public void requireBodyWithinLimit() throws CallFailedException {
        Conversation current = conversation();
        if (current == null) {
            return;
        }
        try {
            super.requireLength(current);
        } catch (BodyLimitException e) {
            abandon();
            throw failed(e, current, false);
        }
    }

    @Override
    void settling(Conversation current) {
        bytesSent = current.bytesSent();
        bytesReceived = current.bytesReceived();
    }

    /** The bytes of the request that have been written; 0 if there was no connection. */
    public long bytesSent() {
        Conversation current = conversation();
        return current == null ? bytesSent : current.bytesSent();
    }

    /** The bytes of the response that have been received, including head and framing. */
    public long bytesReceived() {
        Conversation current = conversation();
        return current == null ? bytesReceived : current.bytesReceived();
    }
}
