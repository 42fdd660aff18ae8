package io.httpipe.internal.pool;

/**
 * Describes the stream or exchange that holds a connection beyond a single call, and the thread that opened this stream
 * or exchange.
 *
 * @param kind   what holds the connection; a prefix of the description
 * @param what   the request or endpoint; converted to text only when a message needs it
 * @param thread the identifier of the thread, so that the thread itself can be garbage collected
 */
public record ConnectionHolder(String kind, Object what, long thread) {
    /** Describes a stream or exchange that the calling thread has opened. */
    public static ConnectionHolder of(String kind, Object what) {
        return new ConnectionHolder(kind, what, Thread.currentThread().threadId());
    }

    boolean isOpenedByCallingThread() {
        return thread == Thread.currentThread().threadId();
    }

    @Override
    public String toString() {
        return kind + what;
    }
}
