package io.httpipe.internal.connect;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections: resolves the host, connects to one of its addresses, does the TLS handshake. Thread-safe. Tests
 * subclass it to connect to a server in memory.
 */
public class Dialer {
    /** How long an attempt to connect may take before the next address is tried (RFC 8305, section 8). */
    public static final long ATTEMPT_DELAY_NANOS = 250_000_000;

    private final Resolver resolver;
    private final long attemptDelay;

    /** Null for the options of the system. */
    private final @Nullable SocketSettings sockets;

    /** Null until a host with several addresses is dialed. */
    private volatile @Nullable AddressHistory history;

    public Dialer(Resolver resolver) {
        this(resolver, ATTEMPT_DELAY_NANOS, null);
    }

    private Dialer(Resolver resolver, long attemptDelay, @Nullable SocketSettings sockets) {
        this.resolver = resolver;
        this.attemptDelay = attemptDelay;
        this.sockets = sockets;
    }

    /** Returns a dialer with another resolver. */
    public Dialer withResolver(Resolver other) {
        return new Dialer(other, attemptDelay, sockets);
    }

    /** Returns a dialer with another delay between attempts, in nanoseconds. */
    public Dialer withAttemptDelay(long nanos) {
        return nanos == attemptDelay ? this : new Dialer(resolver, nanos, sockets);
    }

    /** Returns a dialer with other socket options. */
    public Dialer withSockets(SocketSettings other) {
        SocketSettings wanted = other.equals(SocketSettings.DEFAULT) ? null : other;
        return Objects.equals(wanted, sockets) ? this : new Dialer(resolver, attemptDelay, wanted);
    }

    /** How long an attempt may take before the next one starts, in nanoseconds. */
    public long attemptDelay() {
        return attemptDelay;
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
     *
     * @param proxy null to connect directly
     */
    public final Transport dial(
            SocketAddress address,
            @Nullable TlsIdentity tls,
            @Nullable ProxyIdentity proxy,
            CallTimeouts timeouts,
            DescriptorSource reserve)
            throws IOException {
        while (true) {
            try {
                return proxy == null
                        ? dial(address, tls, timeouts)
                        : ProxyDialer.dial(this, proxy, address, tls, timeouts);
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
            return withTls(connect(address, timeouts), 0, tls, timeouts);
        }
        List<InetAddress> addresses = resolver.resolveBy(inet.getHostString(), resolveBy, timeouts);
        if (addresses.isEmpty()) {
            throw new UnknownHostException(inet.getHostString());
        }
        int port = inet.getPort();
        SocketTransport connected = addresses.size() == 1
                ? connect(new InetSocketAddress(addresses.getFirst(), port), timeouts)
                : race(inet, addresses, timeouts);
        return withTls(connected, port, tls, timeouts);
    }

    /** Connects to the only address of a host, or to a Unix socket. */
    private SocketTransport connect(SocketAddress address, CallTimeouts timeouts) throws IOException {
        long connectBy = timeouts.enter(CallStep.CONNECT);
        try {
            return connect(address, connectBy, timeouts, false);
        } catch (SocketException e) {
            boolean queueMayBeFull = address instanceof UnixDomainSocketAddress
                    && Thread.currentThread().isVirtual()
                    && !(e instanceof ConnectException)
                    && !(e instanceof NoDescriptorException);
            if (!queueMayBeFull) {
                throw e;
            }
            return connect(address, connectBy, timeouts, true);
        }
    }

    private SocketTransport connect(
            SocketAddress address, long connectBy, CallTimeouts timeouts, boolean onPlatformThread) throws IOException {
        SocketTransport transport = SocketTransport.open(address, sockets);
        timeouts.closeOnAbort(transport);
        if (sockets != null && sockets.factory() != null && connectBy <= NanoClock.now()) {
            // The factory has taken too long.
            transport.close();
            throw new ExpiredException();
        }
        transport.connect(address, connectBy, onPlatformThread);
        return transport;
    }

    private SocketTransport race(InetSocketAddress host, List<InetAddress> addresses, CallTimeouts timeouts)
            throws IOException {
        AddressHistory known = history;
        if (known == null) {
            // If another thread does the same, one of the two histories is lost, which does no harm.
            known = new AddressHistory();
            history = known;
        }
        long connectBy = timeouts.enter(CallStep.CONNECT);
        List<InetAddress> ordered = known.order(host, addresses, timeouts.entered());
        AddressRace race = new AddressRace(ordered, host.getPort(), sockets, attemptDelay, connectBy);
        try {
            SocketTransport connected = race.connect(timeouts);
            known.record(host, ordered, race.winner(), race.dead(), NanoClock.now());
            return connected;
        } catch (ConnectException e) {
            known.forget(host);
            throw e;
        }
    }

    /** Returns a transport over a channel that is already connected. */
    public static Transport over(SocketChannel connected) throws IOException {
        return SocketTransport.over(connected);
    }

    /**
     * Does the TLS handshake over a transport, which may be a tunnel that uses TLS too. {@code port} is a part of the
     * key under which sessions are kept.
     */
    public static TlsTransport secure(Transport plain, int port, TlsIdentity tls, CallTimeouts timeouts)
            throws IOException {
        long handshakeBy = timeouts.enter(CallStep.HANDSHAKE);
        return TlsTransport.handshake(plain, tls, port, handshakeBy);
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
