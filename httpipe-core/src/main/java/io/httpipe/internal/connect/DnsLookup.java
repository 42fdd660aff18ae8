package io.httpipe.internal.connect;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One name lookup on a thread of its own, which is left to itself when time is over, the caller interrupted or the
 * opening broken off: it is the one native call that neither a close nor an interrupt ends.
 */
final class DnsLookup extends FutureTask<List<InetAddress>> implements Closeable {
    /**
     * How many of the JDK's own lookups may be under way, those that nobody waits for any more included. For each it
     * keeps a carrier of virtual threads, of which there are no more than this twice: with none left, no virtual thread
     * would hear of its time limits.
     */
    static final Semaphore OF_THE_JDK =
            new Semaphore(Math.max(1, Integer.getInteger("jdk.virtualThreadScheduler.maxPoolSize", 256) / 2));

    private final String host;

    /** Null where any number may be under way. */
    private final @Nullable Semaphore places;

    DnsLookup(Resolver resolver, String host, @Nullable Semaphore places) {
        super(() -> resolver.resolve(host));
        this.host = host;
        this.places = places;
    }

    /** Asks, when there is a place to; nothing, if nobody waits for it any more by then. */
    @Override
    public void run() {
        if (places == null || !Thread.currentThread().isVirtual()) {
            super.run();
            return;
        }
        places.acquireUninterruptibly();
        try {
            super.run();
        } finally {
            places.release();
        }
    }

    /** The addresses, if they are found in time. */
    List<InetAddress> find(long expiresAt) throws IOException {
        // In a JVM that has just started, the first virtual thread takes longer than the lookup.
        Thread.Builder kind = Thread.currentThread().isVirtual()
                ? Thread.ofVirtual()
                : Thread.ofPlatform().daemon();
        kind.name("httpipe-resolve-" + host).start(this);
        try {
            long wait = expiresAt == NanoClock.NEVER ? NanoClock.NEVER : expiresAt - NanoClock.now();
            return get(wait, TimeUnit.NANOSECONDS);
        } catch (CancellationException e) {
            throw new ClosedChannelException();
        } catch (TimeoutException e) {
            close();
            throw new ExpiredException();
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw new ClosedByInterruptException();
        } catch (ExecutionException e) {
            // A resolver that lacks a descriptor often says no more than that the host is unknown.
            NoDescriptorException.requireOne();
            if (e.getCause() instanceof UnknownHostException unknown) {
                throw unknown;
            }
            throw new IOException("the resolver failed for " + host, e.getCause());
        }
    }

    @Override
    public void close() {
        cancel(false);
    }
}
