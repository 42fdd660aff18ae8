package io.httpipe.internal.call;

import io.httpipe.internal.wire.FieldLines;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The source of a body that is read as it arrives. One thread at a time may use it. Any thread may call {@link
 * #abandon}.
 */
public interface BodySource {
    /** Reads what has arrived, at least one byte; returns -1 at the end. */
    int read(byte[] into, int offset, int count) throws IOException;

    /**
     * Reads like {@link #read}, within an operation of several reads that began while the source was open. If the
     * source has been closed since then, this method throws the same {@link IOException} as a read that the close
     * interrupts. It does not treat the read as a mistake of the caller.
     */
    default int readOn(byte[] into, int offset, int count) throws IOException {
        return read(into, offset, count);
    }

    /** The number of bytes that can be read without waiting. */
    default int available() throws IOException {
        return 0;
    }

    /** The trailer fields, complete after the end has been read. */
    FieldLines trailers();

    void close() throws IOException;

    /**
     * The source of the same body before decoding. Null if this source does not decode, or if bytes have been read.
     */
    default @Nullable BodySource encoded() {
        return null;
    }

    /**
     * Passes the encoded bytes to an observer before they are decoded. May be called if {@link #encoded} is not null.
     */
    default void observeEncoded(Consumer<ByteBuffer> observer) {
        throw new IllegalStateException("this source does not decode the body");
    }

    /** Makes reads end at this time at the latest, if the source supports that. */
    default void readBy(long deadline) {}

    /** Whether {@link #abandon} has an effect. */
    default boolean canBeAbandoned() {
        return false;
    }

    /** Ends the source at once, even during a read of another thread. May be called from any thread. */
    default void abandon() {}
}
