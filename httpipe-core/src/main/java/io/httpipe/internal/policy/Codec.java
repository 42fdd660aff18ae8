package io.httpipe.internal.policy;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Decodes the content of one body. For one thread at a time. Must be closed, because it may hold native memory. */
public interface Codec {
    /**
     * Decodes until the input is empty, the output is full, or the encoded data has ended. Both buffers have arrays.
     *
     * @return whether the encoded data may end after the bytes that have been consumed
     * @throws IOException if the data is malformed
     */
    boolean decode(ByteBuffer in, ByteBuffer out) throws IOException;

    /** Returns a constant of {@link UndecodableException} for an exception that {@link #decode} has thrown. */
    default int kind(Exception failure) {
        return UndecodableException.MALFORMED;
    }

    /** Frees the memory. A second call does nothing. */
    void close();
}
