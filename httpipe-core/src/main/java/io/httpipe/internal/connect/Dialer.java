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
 * Opens connections: resolves the host, tries its addresses in turn, does the TLS handshake. Thread-safe. Tests
 * subclass it to connect to a server in memory.
 */
public class Dialer {
    private final Resolver resolver;

    public Dialer(Resolver resolver) {
        this.resolver = resolver;
    }

    /** Can free file descriptors. */
    @FunctionalInterface
    public interface DescriptorSource {
        /** Frees a descriptor. Returns false if it cannot. */
        boolean freeDescriptor();
    }

    /**
     * Opens a transport as {@link #dial(SocketAddress, TlsIdentity, CallTimeouts)} does. While no file descriptor is
     * free, frees one and tries again, within the same connect timeout.
     */
    public final Transport dial(
            SocketAddress address, @Nullable TlsIdentity tls, CallTimeouts timeouts, DescriptorSource reserve)
            throws IOException {
        while (true) {
            try {
                return dial(address, tls, timeouts);
            } catch (NoDescriptorException e) {
                if (!reserve.freeDescriptor()) {
                    throw e;
                }
            }
            if (Thread.currentThread().isInterrupted()) {
                throw new ClosedByInterruptException();
            }
            if (timeouts.enter(CallStep.RESOLVE) <= timeouts.entered()) {
                throw new ExpiredException();
            }
        }
    }

    /**
     * Opens a transport to an unresolved internet address or to a Unix socket.
     *
     * @param tls the TLS settings; null for none
     * @throws NoDescriptorException if no file descriptor was free for a socket or a lookup
     */
    public Transport dial(SocketAddress address, @Nullable TlsIdentity tls, CallTimeouts timeouts) throws IOException {
        long resolveBy = timeouts.enter(CallStep.RESOLVE);
        if (!(address instanceof InetSocketAddress inet)) {
            return withTls(
                    SocketTransport.connect(address, timeouts.enter(CallStep.CONNECT), timeouts), 0, tls, timeouts);
        }
        int port = inet.getPort();
        List<InetAddress> addresses = resolver.resolveBy(inet.getHostString(), resolveBy, timeouts);
        if (addresses.isEmpty()) {
            throw new UnknownHostException(inet.getHostString());
        }
        IOException failure = null;
        for (int i = 0; i < addresses.size(); i++) {
            try {
                long connectBy = endOfShare(timeouts.enter(CallStep.CONNECT), addresses.size() - i);
                SocketTransport connected =
                        SocketTransport.connect(new InetSocketAddress(addresses.get(i), port), connectBy, timeouts);
                return withTls(connected, port, tls, timeouts);
            } catch (ClosedByInterruptException | NoDescriptorException e) {
                // Another address would fail in the same way.
                throw e;
            } catch (IOException e) {
                if (timeouts.step() == CallStep.HANDSHAKE) {
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

    /** Gives each address an equal part of the time, so that a silent address leaves time for the next. */
    private static long endOfShare(long expiresAt, int addresses) {
        long now = NanoClock.now();
        return expiresAt == NanoClock.NEVER || addresses == 1 ? expiresAt : now + (expiresAt - now) / addresses;
    }

    /** Returns a transport over a channel that is already connected. */
    public static Transport over(SocketChannel connected) throws IOException {
        return SocketTransport.over(connected);
    }

    /**
     * Does the TLS handshake over a plain transport. {@code port} is a part of the key under which sessions are kept.
     */
    public static TlsTransport secure(Transport plain, int port, TlsIdentity tls, CallTimeouts timeouts)
            throws IOException {
        if (!(plain instanceof SocketTransport socket)) {
            throw new IllegalStateException("this connection speaks TLS already");
        }
        long handshakeBy = timeouts.enter(CallStep.HANDSHAKE);
        return TlsTransport.handshake(socket, tls.engine(port), handshakeBy);
    }

    private static Transport withTls(
            SocketTransport connected, int port, @Nullable TlsIdentity tls, CallTimeouts timeouts) throws IOException {
        try {
            return tls == null ? connected : secure(connected, port, tls, timeouts);
        } catch (IOException | RuntimeException | Error e) {
            connected.close();
            throw e;
        }
    }
}
