package io.httpipe.internal.connect;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Runs one name lookup on its own thread.
 *
 * <p>The thread is abandoned when the time is over, the caller is interrupted or the opening is aborted. A lookup is
 * the only native call here that neither a close nor an interrupt can end.
 */
class DnsLookup extends FutureTask<List<InetAddress>> implements Closeable {
    /**
     * Limits how many lookups of the JDK's resolver may run on virtual threads at the same time, including abandoned
     * ones. Each of them holds a carrier of virtual threads. The limit is half of the carriers that the JVM may have.
     * If no carrier were left, no virtual thread would learn that its time is over.
     */
    static final Semaphore SYSTEM_SLOTS =
            new Semaphore(Math.max(1, Integer.getInteger("jdk.virtualThreadScheduler.maxPoolSize", 256) / 2));

    private final String host;

    /** Null if the number of lookups is not limited. */
    private final @Nullable Semaphore slots;

    DnsLookup(Resolver resolver, String host, @Nullable Semaphore slots) {
        super(() -> resolver.resolve(host));
        this.host = host;
        this.slots = slots;
    }

    /** Runs the query. On a virtual thread, waits for a slot first. Skips the query if the caller has given up. */
    @Override
    public void run() {
        if (slots == null || !Thread.currentThread().isVirtual()) {
            super.run();
            return;
        }
        slots.acquireUninterruptibly();
        try {
            cancelIfUnwanted();
            super.run();
        } finally {
            slots.release();
        }
    }

    /** Called after a wait for a slot. Cancels the lookup if nobody would use its result. */
    protected void cancelIfUnwanted() {}

    /** Starts the lookup and returns the addresses. Fails if they are not found in time. */
    List<InetAddress> find(long expiresAt) throws IOException {
        start();
        try {
            return TimedWait.get(this, expiresAt, null);
        } catch (ExecutionException e) {
            // A resolver that has no free descriptor often reports only that the host is unknown.
            NoDescriptorException.requireOne();
            if (e.getCause() instanceof UnknownHostException unknown) {
                throw unknown;
            }
            throw new IOException("the resolver failed for " + host, e.getCause());
        }
    }

    /** Starts the lookup. */
    final void start() {
        // The first virtual thread of a JVM takes longer to start than most lookups take.
        Thread.Builder builder = Thread.currentThread().isVirtual()
                ? Thread.ofVirtual()
                : Thread.ofPlatform().daemon();
        // Calls with other deadlines may share the lookup, so its thread must not inherit the deadline of this call.
        builder.name("httpipe-resolve-" + host)
                .inheritInheritableThreadLocals(false)
                .start(this);
    }

    @Override
    public void close() {
        cancel(false);
    }
}
