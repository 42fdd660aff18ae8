package io.httpipe.internal.connect;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * Opens channels with the socket options that the caller has chosen. Immutable and thread-safe.
 *
 * @param localAddress  the address to bind TCP sockets to; null for none
 * @param receiveBuffer {@code SO_RCVBUF} in bytes; 0 for the system's choice
 * @param sendBuffer    {@code SO_SNDBUF} in bytes; 0 for the system's choice
 * @param keepAlive     how TCP detects a dead connection; null for no detection
 * @param factory       opens channels instead of the JDK; null for the JDK
 */
public record SocketSettings(
        @Nullable InetAddress localAddress,
        int receiveBuffer,
        int sendBuffer,
        @Nullable KeepAlive keepAlive,
        @Nullable ChannelFactory factory) {
    /** Settings that leave everything to the system. */
    public static final SocketSettings DEFAULT = new SocketSettings(null, 0, 0, null, null);

    /** The times of TCP keep-alive in seconds, and the number of probes. */
    public record KeepAlive(int idle, int interval, int count) {}

    /** Opens an unconnected channel for a remote address. */
    @FunctionalInterface
    public interface ChannelFactory {
        SocketChannel open(SocketAddress remote) throws IOException;
    }

    /** Opens an unconnected channel for an address. Closes it if an option cannot be set. */
    SocketChannel open(SocketAddress remote) throws IOException {
        SocketChannel channel = factory == null ? NoDescriptorException.open(remote) : open(factory, remote);
        try {
            configure(channel, remote instanceof InetSocketAddress);
            return channel;
        } catch (RuntimeException e) {
            channel.close();
            throw SocketTransport.failure(e);
        } catch (IOException | Error e) {
            channel.close();
            throw e;
        }
    }

    private static SocketChannel open(ChannelFactory factory, SocketAddress remote) throws IOException {
        SocketChannel channel;
        try {
            channel = factory.open(remote);
        } catch (IOException | RuntimeException e) {
            throw failure(e);
        }
        if (channel == null) {
            throw new IOException("the channel factory returned null");
        }
        return channel;
    }

    private static IOException failure(Exception e) throws IOException {
        if (Thread.currentThread().isInterrupted()) {
            ClosedByInterruptException interrupted = new ClosedByInterruptException();
            interrupted.addSuppressed(e);
            return interrupted;
        }
        if (e.getClass() == SocketException.class) {
            // The JDK throws this class if no descriptor is free. A factory may have other reasons for it.
            NoDescriptorException.requireOne();
        }
        return e instanceof IOException failure ? failure : new IOException("the channel factory failed: " + e, e);
    }

    private void configure(SocketChannel channel, boolean tcp) throws IOException {
        if (factory != null) {
            // A connect of a non-blocking channel would not wait.
            channel.configureBlocking(true);
        }
        if (receiveBuffer > 0) {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, receiveBuffer);
        }
        if (sendBuffer > 0) {
            channel.setOption(StandardSocketOptions.SO_SNDBUF, sendBuffer);
        }
        if (tcp && keepAlive != null) {
            channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            set(channel, "TCP_KEEPIDLE", keepAlive.idle);
            set(channel, "TCP_KEEPINTERVAL", keepAlive.interval);
            set(channel, "TCP_KEEPCOUNT", keepAlive.count);
        }
        if (tcp && localAddress != null) {
            try {
                channel.bind(new InetSocketAddress(localAddress, 0));
            } catch (BindException e) {
                throw new SocketException(
                        "cannot bind to the local address %s: %s"
                                .formatted(localAddress.getHostAddress(), e.getMessage()),
                        e);
            }
        }
    }

    /**
     * Sets an option of the module jdk.net. The option is found by its name, so that httpipe does not refer to a class
     * of that module. Without the module the JVM does not support the option, and this method fails.
     */
    @SuppressWarnings("unchecked")
    private static void set(SocketChannel channel, String name, int value) throws IOException {
        for (SocketOption<?> option : channel.supportedOptions()) {
            if (option.name().equals(name)) {
                channel.setOption((SocketOption<Integer>) option, value);
                return;
            }
        }
        throw new SocketException(
                name + " is not supported here; it needs the module jdk.net and a system that supports the option");
    }
}
