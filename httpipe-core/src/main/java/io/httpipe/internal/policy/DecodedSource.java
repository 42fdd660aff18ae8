package io.httpipe.internal.policy;

import io.httpipe.internal.call.BodySource;
import io.httpipe.internal.call.CallFailedException;
import io.httpipe.internal.call.LeakDetector;
import io.httpipe.internal.call.RecordedCall;
import io.httpipe.internal.connect.GrowingBuffer;
import io.httpipe.internal.wire.FieldLines;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Decodes one content coding of a body while it is read. Except in {@link #readAll}, bytes that have arrived are
 * decoded and returned before more are read. The memory of the codec is freed at the end of the body, after a failure,
 * and when any thread closes or abandons the source. For one thread at a time, except {@link #close} and
 * {@link #abandon}.
 */
public final class DecodedSource implements BodySource {
    /** The size of the buffer for encoded bytes, if the length of the body is unknown. */
    private static final int INPUT_SIZE = 1 << 13;

    /** The largest size of the buffer for encoded bytes, if the length of the body is known. */
    private static final int LONG_INPUT_SIZE = 1 << 14;

    /** With more encoded bytes than this, the buffer for the decoded body is large from the start. */
    private static final int LEAST_LONG = 1 << 10;

    /** This many bytes may be decoded, whatever the ratio is. */
    private static final int FREE_BYTES = 1 << 16;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /** The states. If a thread closes the source while another one reads, the reading thread frees the memory. */
    private static final int IDLE = 0;

    private static final int READING = 1;
    private static final int CLOSED_WHILE_READING = 2;
    private static final int CLOSED = 3;

    private final RecordedCall call;

    /** The source that undoes the coding that was applied after this one; null to read from the call. */
    private final @Nullable DecodedSource outer;

    private final ContentCoding coding;
    private final int maxRatio;
    private final AtomicInteger state = new AtomicInteger();

    /** The largest number of decoded bytes. */
    private long maxSize = Long.MAX_VALUE;

    /** Null before the first encoded byte, and after the codec has been closed. */
    private @Nullable Codec codec;

    /** Closes the codec one time: when it is run, or when this source is garbage. Null if the codec cleans itself. */
    private @Nullable Runnable guard;

    private ByteBuffer in = NOTHING;

    /**
     * Whether all encoded bytes are read before the first is decoded: the caller wants the whole body, and it is short.
     * The JDK's inflater takes 10 % more time for a body in two pieces.
     */
    private boolean inOnePiece;

    private long bytesIn;
    private long bytesOut;

    /** Whether the codec may have more bytes without more input, because the output was full. */
    private boolean pending;

    /** Whether the encoded data may end here. */
    private boolean complete = true;

    /** Called with the bytes that the server sent; null if there is no observer. */
    private @Nullable Consumer<ByteBuffer> observer;

    private boolean ended;
    private volatile boolean begun;
    private @Nullable CallFailedException failure;

    DecodedSource(RecordedCall call, @Nullable DecodedSource outer, ContentCoding coding, int maxRatio) {
        this.call = call;
        this.outer = outer;
        this.coding = coding;
        this.maxRatio = maxRatio;
    }

    /** Limits the number of decoded bytes. */
    void limit(long bytes) {
        maxSize = bytes;
    }

    /** Reads the whole body and closes the source. */
    byte[] readAll() throws CallFailedException {
        try {
            // One byte more than allowed shows that the body is too large.
            long limit = maxSize + 1;
            long left = call.remaining();
            inOnePiece = outer == null && left > 0 && left <= LONG_INPUT_SIZE;
            byte[] body = GrowingBuffer.first(limit, left > LEAST_LONG);
            int length = 0;
            while (true) {
                if (length == body.length) {
                    body = GrowingBuffer.larger(body, limit);
                }
                int read = read(body, length, body.length - length);
                if (read < 0) {
                    return GrowingBuffer.trimmed(body, length);
                }
                length += read;
            }
        } finally {
            close();
        }
    }

    @Override
    public int read(byte[] into, int offset, int count) throws CallFailedException {
        return read(into, offset, count, false);
    }

    @Override
    public int readOn(byte[] into, int offset, int count) throws CallFailedException {
        return read(into, offset, count, true);
    }

    private int read(byte[] into, int offset, int count, boolean goesOn) throws CallFailedException {
        begun = true;
        // Asked before the state becomes READING. If another thread closes the source after that change, this read has
        // begun before the close, so it must not fail like a read of a closed source.
        boolean open = !call.isClosed();
        if (!state.compareAndSet(IDLE, READING)) {
            if (ended) {
                return -1;
            }
            if (state.get() == CLOSED) {
                throw closed(goesOn);
            }
            throw new IllegalStateException("the body is being read, or closed, by another thread");
        }
        boolean read = false;
        try {
            if (failure != null) {
                throw failure;
            }
            if (!open) {
                throw closed(goesOn);
            }
            int bytes = ended ? -1 : decode(ByteBuffer.wrap(into, offset, count));
            read = true;
            return bytes;
        } catch (CallFailedException e) {
            failure = e;
            throw e;
        } finally {
            if (!read || ended || !state.compareAndSet(READING, IDLE)) {
                free();
                if (!read && outer != null) {
                    outer.freeSoon();
                }
                // After a failure, later reads report it again.
                state.set(failure == null ? CLOSED : IDLE);
            }
        }
    }

    /**
     * Returns the exception for a read of a closed source.
     *
     * @throws CallFailedException instead, if the read continues an operation that began before the source was closed
     */
    private IllegalStateException closed(boolean goesOn) throws CallFailedException {
        if (goesOn) {
            throw call.closedMeanwhile();
        }
        return new IllegalStateException("the response has been closed");
    }

    private int decode(ByteBuffer out) throws CallFailedException {
        int start = out.position();
        while (true) {
            if (pending || in.hasRemaining()) {
                step(out);
                int decoded = out.position() - start;
                if (decoded > 0) {
                    count(decoded);
                    return decoded;
                }
            }
            if (!pending && !in.hasRemaining() && !fill()) {
                if (!complete) {
                    throw failed(UndecodableException.TRUNCATED, "it is incomplete", null);
                }
                ended = true;
                return -1;
            }
        }
    }

    /** Calls the codec one time. */
    private void step(ByteBuffer out) throws CallFailedException {
        int before = in.remaining();
        int space = out.remaining();
        try {
            complete = codec().decode(in, out);
        } catch (IOException | RuntimeException e) {
            int kind = codec == null ? UndecodableException.MALFORMED : codec.kind(e);
            throw failed(kind, String.valueOf(e.getMessage()), e);
        }
        pending = !out.hasRemaining();
        if (out.remaining() == space && in.remaining() == before && before > 0) {
            throw complete
                    ? failed(UndecodableException.TRAILING_DATA, "bytes follow the end of the encoded data", null)
                    : failed(UndecodableException.MALFORMED, "the decoder makes no progress", null);
        }
    }

    private void count(int decoded) throws CallFailedException {
        bytesOut += decoded;
        if (bytesOut > maxSize) {
            throw call.bodyTooLarge();
        }
        // The limit is for all codings together, so the encoded bytes are those that the server sent.
        DecodedSource wire = this;
        while (wire.outer != null) {
            wire = wire.outer;
        }
        if (bytesOut > FREE_BYTES && (bytesOut - 1) / maxRatio >= wire.bytesIn) {
            throw failed(
                    UndecodableException.LIMIT,
                    "more than %d decoded bytes for each encoded byte; Limits.maxRatio is the limit"
                            .formatted(maxRatio),
                    null);
        }
    }

    /** Reads encoded bytes; returns whether there are any. */
    private boolean fill() throws CallFailedException {
        if (in.capacity() == 0) {
            long left = call.remaining();
            in = ByteBuffer.allocate((int) (left > 0 ? Math.min(left, LONG_INPUT_SIZE) : INPUT_SIZE));
        }
        byte[] array = in.array();
        int read = readEncoded(array, 0);
        while (inOnePiece && read > 0 && read < array.length) {
            int more = readEncoded(array, read);
            if (more < 0) {
                break;
            }
            read += more;
        }
        in.position(0).limit(Math.max(0, read));
        bytesIn += Math.max(0, read);
        if (observer != null) {
            observer.accept(in.asReadOnlyBuffer());
        }
        return read >= 0;
    }

    private int readEncoded(byte[] array, int at) throws CallFailedException {
        int count = array.length - at;
        return outer == null ? call.readOn(array, at, count) : outer.readOn(array, at, count);
    }

    private Codec codec() throws IOException {
        Codec current = codec;
        if (current == null) {
            current = coding.open();
            codec = current;
            if (!coding.cleansItself()) {
                guard = LeakDetector.whenGarbage(this, current::close);
            }
        }
        return current;
    }

    private void free() {
        Runnable current = guard;
        if (current != null) {
            current.run();
        } else if (codec != null) {
            codec.close();
        }
        guard = null;
        codec = null;
        in = NOTHING;
    }

    private CallFailedException failed(int kind, String problem, @Nullable Throwable cause) {
        return call.failedWithin(new UndecodableException(
                kind,
                coding.name(),
                "the body cannot be decoded from %s: %s".formatted(coding.name(), problem),
                cause));
    }

    @Override
    public FieldLines trailers() {
        return call.trailers();
    }

    @Override
    public @Nullable BodySource encoded() {
        return begun ? null : call;
    }

    @Override
    public void observeEncoded(Consumer<ByteBuffer> newObserver) {
        if (outer != null) {
            outer.observeEncoded(newObserver);
        } else {
            observer = newObserver;
        }
    }

    @Override
    public void close() {
        freeSoon();
        call.close();
    }

    @Override
    public boolean canBeAbandoned() {
        return true;
    }

    @Override
    public void abandon() {
        freeSoon();
        call.abandon();
    }

    @Override
    public void readBy(long deadline) {
        call.readBy(deadline);
    }

    /** Frees the memory. If another thread reads, that thread frees it instead. */
    private void freeSoon() {
        int seen = state.get();
        // A read in another thread may begin or end meanwhile.
        while (seen < CLOSED_WHILE_READING
                && !state.compareAndSet(seen, seen == IDLE ? CLOSED : CLOSED_WHILE_READING)) {
            seen = state.get();
        }
        if (seen == IDLE) {
            free();
        }
        if (outer != null) {
            outer.freeSoon();
        }
    }
}
