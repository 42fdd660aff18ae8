package io.httpipe.internal.connect;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;

/**
 * Moves bytes to the server and back.
 *
 * <p>At most one thread reads and one writes at a time. {@link #close}, {@link #limitRead} and {@link #stopWriting} may
 * be called from any thread. An operation that is interrupted or runs out of time closes the transport. It then throws
 * {@link java.nio.channels.ClosedByInterruptException} with the interrupt flag set, or {@link ExpiredException}.
 */
public interface Transport extends Closeable {
    /**
     * Reads the bytes that have arrived. Waits until there is at least one.
     *
     * @return the number of bytes, or -1 after an orderly end of the connection
     */
    int read(ByteBuffer into, long expiresAt) throws IOException;

    /**
     * Waits for the answer to the last write without holding a buffer, if the transport can. It may return before the
     * answer has come.
     *
     * @return whether it has waited, so that there should be something to read now
     */
    default boolean awaitReadable(long expiresAt) throws IOException {
        return false;
    }

    /** Whether {@link ReadBuffer} may read ahead. Where it may, one long read costs less than several short ones. */
    default boolean readsAhead() {
        return false;
    }

    /** Reads what has arrived, without waiting. Returns 0 if nothing has arrived, -1 at the end. */
    int readNow(ByteBuffer into) throws IOException;

    /**
     * Makes reads wait together with those of other connections, if that is possible. Otherwise they wait alone.
     *
     * @param strategy learns whether waiting together pays; null makes reads wait alone
     */
    default void waitTogether(@Nullable WaitStrategy strategy) {}

    /**
     * Sets whether, from now on, one thread may read while another writes. Only one thread may be using the transport
     * when this is called.
     */
    default void setDuplex(boolean duplex) throws IOException {}

    /** Writes all remaining bytes of the buffer. */
    void write(ByteBuffer source, long expiresAt) throws IOException;

    /** Writes what can be written without waiting, if the transport can. For the last bytes before a close. */
    default void writeNow(ByteBuffer source) throws IOException {}

    /**
     * Sends a part of a file. Where possible, the kernel sends it without copying it into this process.
     *
     * @return the number of bytes sent
     */
    long send(FileChannel file, long position, long count, long expiresAt) throws IOException;

    /**
     * Limits reads. The read that is under way ends at this time, even if its own end time was earlier. A later read
     * ends at this time or at its own end time, whichever comes first. A patient read that has an end time of its own
     * ignores this limit.
     */
    void limitRead(long expiresAt);

    /** Ends the write that is under way, and makes all later writes fail. Reads are still possible. */
    void stopWriting();

    /**
     * Sets whether, from now on, a read that runs out of time leaves the connection open.
     *
     * @return whether the next reads do so; not every kind of socket can
     */
    boolean setPatient(boolean patient);

    /** Whether this transport holds received bytes that no read has returned, such as the beginning of a TLS record. */
    default boolean holdsBytes() {
        return false;
    }

    /** The time at which the last read took all received bytes; {@link NanoClock#NEVER} if that is not known. */
    default long drainedAt() {
        return NanoClock.NEVER;
    }

    boolean isOpen();

    /** Closes at once, from any thread. A second call does nothing. */
    @Override
    void close();

    /**
     * Closes as the protocol requires, but without waiting. After {@link #close}, other threads may still be inside a
     * read or a write. After {@link #stopWriting}, another thread may still be inside a write. Otherwise, no other
     * thread may be reading or writing.
     */
    default void closeInOrder() {
        close();
    }
}
