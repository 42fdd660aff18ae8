package io.httpipe.internal.connect;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Finds the addresses of a host. */
@FunctionalInterface
public interface Resolver {
    /** The JVM's own resolver, with its cache. */
    Resolver SYSTEM = host -> List.of(InetAddress.getAllByName(host));

    /** The addresses of a host in the order in which they are to be tried. */
    List<InetAddress> resolve(String host) throws UnknownHostException;

    /** Whether the host is an IPv4 or IPv6 literal, for which nobody needs to be asked. */
    static boolean isLiteral(String host) {
        if (host.indexOf(':') >= 0) {
            return true;
        }
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            if ((c < '0' || c > '9') && c != '.') {
                return false;
            }
        }
        return true;
    }

    /**
     * Resolves on a thread of its own, which is left to itself when time is over, the caller interrupted or the opening
     * broken off: a name lookup is the one native call that neither a close nor an interrupt ends.
     */
    default List<InetAddress> resolveBy(String host, long expiresAt, Budget budget) throws IOException {
        if (isLiteral(host)) {
            return List.of(InetAddress.getByName(host));
        }
        FutureTask<List<InetAddress>> lookup = new FutureTask<>(() -> resolve(host));
        budget.opensWith(() -> lookup.cancel(false));
        Thread.ofVirtual().name("httpipe-resolve-" + host).start(lookup);
        try {
            long wait = expiresAt == Ticks.NEVER ? Ticks.NEVER : expiresAt - Ticks.now();
            return lookup.get(wait, TimeUnit.NANOSECONDS);
        } catch (CancellationException e) {
            throw new ClosedChannelException();
        } catch (TimeoutException e) {
            throw new ExpiredException();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClosedByInterruptException();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownHostException unknown) {
                throw unknown;
            }
            throw new IOException("the resolver failed for " + host, e.getCause());
        }
    }
}
