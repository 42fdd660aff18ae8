package io.httpipe.internal.connect;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;

/**
 * A way for octets to the server and back.
 *
 * <p>One thread reads and one writes at a time; {@link #close} may come from any. An operation that is interrupted, or
 * not over at its time, closes the transport and throws: {@link java.nio.channels.ClosedByInterruptException} with the
 * interrupt flag set, or {@link ExpiredException}.
 */
public interface Transport extends Closeable {
    /**
     * Reads what is there, waiting for at least one octet.
     *
     * @return how many octets, or -1 when the server has ended the connection in order
     */
    int read(ByteBuffer into, long expiresAt) throws IOException;

    /**
     * Waits for the answer to what was written last, where that can be done with no buffer at hand; perhaps not even
     * until it comes.
     *
     * @return whether it has waited, so that there should be something to read now
     */
    default boolean awaitReadable(long expiresAt) throws IOException {
        return false;
    }

    /** Whether one long read costs less than several short ones of the same octets. */
    default boolean readsAhead() {
        return false;
    }

    /** Reads what is there without waiting: 0 if nothing is, -1 at the end. */
    int readNow(ByteBuffer into) throws IOException;

    /**
     * Has reads that wait do so together with those of other connections, where the platform can, or else on their own.
     *
     * @param learner what learns whether that pays; null to wait on their own
     */
    default void waitTogether(@Nullable WaitStrategy learner) {}

    /**
     * Tells whether one thread reads while another writes from now on. To be called while only one does either.
     */
    default void duplex(boolean duplex) throws IOException {}

    /** Writes all of it. */
    void write(ByteBuffer from, long expiresAt) throws IOException;

    /**
     * Sends part of a file, with no octet passing through this process where the platform can.
     *
     * @return how many octets of it were sent
     */
    long send(FileChannel file, long position, long count, long expiresAt) throws IOException;

    /** Makes the read that another thread is in, and those to come, end at this time or their own earlier one. */
    void limitRead(long expiresAt);

    /** Ends the writing that another thread is in, and all writing; reading goes on. */
    void stopWriting();

    /**
     * Has reads that run out of time leave the connection open from now on, or not.
     *
     * @return whether the reads to come are such reads, which the platform need not have
     */
    boolean patient(boolean patient);

    /** Whether octets have arrived that no read can give yet, such as the beginning of a TLS record. */
    default boolean holdsOctets() {
        return false;
    }

    /** When the last read took all that had arrived; {@link NanoClock#NEVER} if it is not known to have done so. */
    default long drainedAt() {
        return NanoClock.NEVER;
    }

    boolean isOpen();

    /** Closes at once, from any thread; a second time does nothing. */
    @Override
    void close();

    /** Closes as the protocol wants it, yet without waiting; only while no other thread reads or writes. */
    default void closeInOrder() {
        close();
    }
}
