package io.httpipe.internal.call;

import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request: how long it is, and how it is written. One thread at a time may send it. Any thread may call
 * {@link #abandon}.
 */
public interface OutgoingBody {
    /** The number of bytes; -1 if it is unknown. */
    long length() throws IOException;

    /** The value of {@code Content-Type} unless the request has another; null for none. */
    default @Nullable String mediaType() {
        return null;
    }

    /** Whether the body can be sent again. */
    boolean repeatable();

    /**
     * Fails if the body can be sent only once and has been sent.
     *
     * @param begins whether the upload begins now, after which the body counts as sent
     */
    default void requireUnsent(boolean begins) {}

    /** Whether the body can be sent only once and its sending has begun. */
    default boolean isUsed() {
        return false;
    }

    void writeTo(BodyOutput output) throws IOException;

    /** Writes the whole body as a part of a longer one. */
    default void writePartTo(BodyOutput output) throws IOException {
        writeTo(output);
    }

    /**
     * Sends the body through an encoder. If the source reports that no more bytes are available, this method flushes
     * the encoder before it waits for more.
     */
    default void encodeTo(OutputStream encoder) throws IOException {
        copyTo(encoder);
    }

    /** The default of Content-Encoding; null for none. */
    default @Nullable String contentEncoding() {
        return null;
    }

    /**
     * Writes the same bytes to an output that is not the request, for example to hash them before they are sent. The
     * body must be {@link #repeatable}.
     */
    void copyTo(OutputStream output) throws IOException;

    /**
     * Whether a read of the source can block in a way that neither {@link #readBy} nor {@link #abandon} ends. If so, a
     * separate thread writes the body, so that the upload can end although the source still blocks.
     */
    default boolean mayBlock() {
        return false;
    }

    /** Limits how long {@link #writeTo} waits for its source, if the source supports that. */
    default void readBy(long deadline) {}

    /** Ends the {@link #writeTo} of another thread, if the source supports that. */
    default void abandon() {}

    /** Called after the upload has ended, whether it succeeded or not. */
    default void release() throws IOException {}

    /** Whether the body is short and available at once, so that one write sends it together with the head. */
    default boolean fitsOneWrite() {
        return false;
    }
}
