package io.httpipe;

import io.httpipe.internal.connect.SocketSettings;
import io.httpipe.internal.wire.Arguments;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.StringJoiner;

/**
 * The options of the sockets that a client opens.
 *
 * {@snippet :
 * Sockets sockets = Sockets.DEFAULT
 *         .localAddress(InetAddress.getByName("10.0.0.7"))
 *         .keepAlive(Duration.ofSeconds(60), Duration.ofSeconds(10), 5);
 * Httpipe hp = Httpipe.builder().sockets(sockets).build();
 * }
 *
 * <p>By default, all options are those of the system, except {@code TCP_NODELAY}, which is always on. If an option
 * cannot be set, the call throws {@link ConnectFailedException}. Options of TCP do not affect Unix domain sockets.
 * Channels of {@link Httpipe#attach} are not changed.
 *
 * <p>Immutable and thread-safe.
 */
public final class Sockets {
    /** Leaves all options to the system. */
    public static final Sockets DEFAULT = new Sockets(SocketSettings.DEFAULT);

    /** The longest time, and the largest number of probes, that Linux allows. */
    private static final int MAX_KEEP_ALIVE_SECONDS = 32_767;

    private static final int MAX_KEEP_ALIVE_COUNT = 127;

    private final SocketSettings settings;

    private Sockets(SocketSettings settings) {
        this.settings = settings;
    }

    /**
     * Opens the channels of a client instead of the JDK. Must be thread-safe.
     *
     * <p>It runs on the thread of the call, or on another thread if a host has several addresses. The deadline of the
     * call does not stop the factory. An interrupt of the call reaches the factory only on the thread of the call. If
     * the factory returns a channel after {@link Timeouts#connect} or the deadline of the call is over, after an
     * interrupt, or after the client was closed, the client closes that channel, and the call fails as usual.
     */
    @FunctionalInterface
    public interface ChannelFactory {
        /**
         * {@return a new channel in blocking mode that is not connected; the client owns it from then on}
         *
         * @param remote the address that the client will connect the channel to: an {@link java.net.InetSocketAddress}
         *               with an IP address, or a {@link java.net.UnixDomainSocketAddress}
         * @throws IOException if no channel can be opened; the call then throws {@link ConnectFailedException}
         */
        SocketChannel open(SocketAddress remote) throws IOException;
    }

    /**
     * {@return a copy that binds TCP sockets to this address of the machine, with any free port}
     *
     * <p>The client can then reach only addresses of the same family.
     *
     * @param localAddress an address of a network interface
     */
    public Sockets localAddress(InetAddress localAddress) {
        Arguments.notNull("localAddress", localAddress);
        return new Sockets(new SocketSettings(
                localAddress,
                settings.receiveBuffer(),
                settings.sendBuffer(),
                settings.keepAlive(),
                settings.factory()));
    }

    /**
     * {@return a copy with this size of the socket's receive buffer, {@code SO_RCVBUF}}
     *
     * <p>The size is a hint. A system that adapts the size by itself stops doing so.
     *
     * @param bytes 1 or more
     */
    public Sockets receiveBuffer(int bytes) {
        return new Sockets(new SocketSettings(
                settings.localAddress(),
                Arguments.atLeast("bytes", 1, bytes),
                settings.sendBuffer(),
                settings.keepAlive(),
                settings.factory()));
    }

    /**
     * {@return a copy with this size of the socket's send buffer, {@code SO_SNDBUF}}
     *
     * <p>The size is a hint. A system that adapts the size by itself stops doing so.
     *
     * @param bytes 1 or more
     */
    public Sockets sendBuffer(int bytes) {
        return new Sockets(new SocketSettings(
                settings.localAddress(),
                settings.receiveBuffer(),
                Arguments.atLeast("bytes", 1, bytes),
                settings.keepAlive(),
                settings.factory()));
    }

    /**
     * {@return a copy with TCP keep-alive (RFC 9293, section 3.8.4)}
     *
     * <p>The system then probes a connection on which nothing arrives, and closes it if no probe is answered. The three
     * values need the module {@code jdk.net} and a system that supports them, such as Linux or macOS.
     *
     * @param idle     the time from the last byte to the first probe; whole seconds, 1 to 32,767
     * @param interval the time between probes; whole seconds, 1 to 32,767
     * @param count    the number of probes without an answer after which the connection is closed; 1 to 127
     */
    public Sockets keepAlive(Duration idle, Duration interval, int count) {
        if (count < 1 || count > MAX_KEEP_ALIVE_COUNT) {
            throw new IllegalArgumentException("count: %d is not 1 to %d".formatted(count, MAX_KEEP_ALIVE_COUNT));
        }
        return new Sockets(new SocketSettings(
                settings.localAddress(),
                settings.receiveBuffer(),
                settings.sendBuffer(),
                new SocketSettings.KeepAlive(seconds("idle", idle), seconds("interval", interval), count),
                settings.factory()));
    }

    private static int seconds(String name, Duration value) {
        long seconds = Arguments.notNull(name, value).toSeconds();
        if (seconds < 1 || seconds > MAX_KEEP_ALIVE_SECONDS || !value.equals(Duration.ofSeconds(seconds))) {
            throw new IllegalArgumentException(
                    "%s: %s is not 1 to %d whole seconds".formatted(name, value, MAX_KEEP_ALIVE_SECONDS));
        }
        return (int) seconds;
    }

    /**
     * {@return a copy that opens channels with this factory}
     *
     * <p>The client sets the other options, then connects the channel. A channel for an
     * {@link java.net.InetSocketAddress} must support {@code TCP_NODELAY}.
     *
     * @param channelFactory thread-safe
     */
    public Sockets channelFactory(ChannelFactory channelFactory) {
        return new Sockets(new SocketSettings(
                settings.localAddress(),
                settings.receiveBuffer(),
                settings.sendBuffer(),
                settings.keepAlive(),
                Arguments.notNull("channelFactory", channelFactory)::open));
    }

    SocketSettings settings() {
        return settings;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Sockets sockets && sockets.settings.equals(settings);
    }

    @Override
    public int hashCode() {
        return settings.hashCode();
    }

    /** Returns the options that differ from those of the system, without the channel factory. */
    @Override
    public String toString() {
        StringJoiner text = new StringJoiner(", ", "Sockets[", "]");
        if (settings.localAddress() != null) {
            text.add("localAddress=" + settings.localAddress().getHostAddress());
        }
        if (settings.receiveBuffer() > 0) {
            text.add("receiveBuffer=" + settings.receiveBuffer());
        }
        if (settings.sendBuffer() > 0) {
            text.add("sendBuffer=" + settings.sendBuffer());
        }
        SocketSettings.KeepAlive keepAlive = settings.keepAlive();
        if (keepAlive != null) {
            text.add("keepAlive=%d s, %d s, %d".formatted(keepAlive.idle(), keepAlive.interval(), keepAlive.count()));
        }
        return text.toString();
    }
}
