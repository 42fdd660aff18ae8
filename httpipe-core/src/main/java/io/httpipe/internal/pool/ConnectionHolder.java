package io.httpipe.internal.pool;

/**
 * What has a connection beyond a single call, a stream or an exchange, and the thread that opened it.
 *
 * @param kind   what it is, in front of {@code what}
 * @param what   what it is for or with whom; put into words only where somebody is told
 * @param thread the thread's identifier, which keeps no thread in memory
 */
public record ConnectionHolder(String kind, Object what, long thread) {
    /** Something that the calling thread opens. */
    public static ConnectionHolder of(String kind, Object what) {
        return new ConnectionHolder(kind, what, Thread.currentThread().threadId());
    }

    /** Whether the calling thread has opened it. */
    boolean isOwn() {
        return thread == Thread.currentThread().threadId();
    }

    @Override
    public String toString() {
        return kind + what;
    }
}
