package io.httpipe.internal.connect;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections: resolves the host, tries its addresses in turn, shakes hands. Thread-safe. Tests put one in its
 * place that opens connections to a server in memory.
 */
public class Dialer {
    private final Resolver resolver;

    public Dialer(Resolver resolver) {
        this.resolver = resolver;
    }

    /** What can free file descriptors. */
    @FunctionalInterface
    public interface Reserve {
        /** Frees one; false if that cannot be. */
        boolean freeDescriptor();
    }

    /** Opens a transport as {@link #dial(SocketAddress, TlsIdentity, CallTimeouts)} does, with descriptors freed as it takes. */
    public final Transport dial(SocketAddress address, @Nullable TlsIdentity tls, CallTimeouts budget, Reserve reserve)
            throws IOException {
        while (true) {
            try {
                return dial(address, tls, budget);
            } catch (NoDescriptorException e) {
                if (!reserve.freeDescriptor()) {
                    throw e;
                }
            }
            if (Thread.currentThread().isInterrupted()) {
                throw new ClosedByInterruptException();
            }
            if (budget.enter(CallStep.RESOLVE) <= budget.entered()) {
                throw new ExpiredException();
            }
        }
    }

    /**
     * Opens a transport to an unresolved internet address or a Unix socket's, with TLS if there is a plan for it.
     *
     * @throws NoDescriptorException if there was no file descriptor for a socket or a lookup
     */
    public Transport dial(SocketAddress address, @Nullable TlsIdentity tls, CallTimeouts budget) throws IOException {
        long resolveBy = budget.enter(CallStep.RESOLVE);
        if (!(address instanceof InetSocketAddress internet)) {
            return secured(SocketTransport.connect(address, budget.enter(CallStep.CONNECT), budget), 0, tls, budget);
        }
        int port = internet.getPort();
        List<InetAddress> addresses = resolver.resolveBy(internet.getHostString(), resolveBy, budget);
        if (addresses.isEmpty()) {
            throw new UnknownHostException(internet.getHostString());
        }
        IOException failure = null;
        for (int i = 0; i < addresses.size(); i++) {
            try {
                long connectBy = share(budget.enter(CallStep.CONNECT), addresses.size() - i);
                SocketTransport connected =
                        SocketTransport.connect(new InetSocketAddress(addresses.get(i), port), connectBy, budget);
                return secured(connected, port, tls, budget);
            } catch (ClosedByInterruptException | NoDescriptorException e) {
                // No other address would do better.
                throw e;
            } catch (IOException e) {
                if (budget.step() == CallStep.HANDSHAKE) {
                    throw e;
                }
                if (failure != null) {
                    e.addSuppressed(failure);
                }
                failure = e;
            }
        }
        throw Objects.requireNonNull(failure);
    }

    /** Lets each address have an equal part of the time, so that one which does not answer leaves some to the next. */
    private static long share(long expiresAt, int addresses) {
        long now = NanoClock.now();
        return expiresAt == NanoClock.NEVER || addresses == 1 ? expiresAt : now + (expiresAt - now) / addresses;
    }

    /** A transport over a channel that somebody else has connected. */
    public static Transport over(SocketChannel connected) throws IOException {
        return SocketTransport.over(connected);
    }

    /** Shakes hands over a plain transport; {@code port} is a part of the key under which sessions are kept. */
    public static TlsTransport secure(Transport plain, int port, TlsIdentity tls, CallTimeouts budget)
            throws IOException {
        if (!(plain instanceof SocketTransport channel)) {
            throw new IllegalStateException("this connection speaks TLS already");
        }
        long handshakeBy = budget.enter(CallStep.HANDSHAKE);
        return TlsTransport.handshake(channel, tls.engine(port), handshakeBy);
    }

    private static Transport secured(
            SocketTransport connected, int port, @Nullable TlsIdentity tls, CallTimeouts budget) throws IOException {
        try {
            return tls == null ? connected : secure(connected, port, tls, budget);
        } catch (IOException | RuntimeException | Error e) {
            connected.close();
            throw e;
        }
    }
}
