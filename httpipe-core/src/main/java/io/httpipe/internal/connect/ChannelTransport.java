package io.httpipe.internal.connect;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * Octets over TCP or a Unix socket. A blocking channel does the waiting, so that an interrupt closes it; a watch for
 * each direction gives reads and writes alike their end, which {@code SO_TIMEOUT} could not.
 */
final class ChannelTransport implements Transport {
    private final SocketChannel channel;
    private final Watch readWatch = new Watch(this::closeChannel);
    private final Watch writeWatch = new Watch(this::closeChannel);

    private ChannelTransport(SocketChannel channel) {
        this.channel = channel;
    }

    /** Connects to a resolved address. */
    static ChannelTransport connect(SocketAddress address, long expiresAt) throws IOException {
        SocketChannel channel = address instanceof UnixDomainSocketAddress
                ? SocketChannel.open(StandardProtocolFamily.UNIX)
                : SocketChannel.open();
        ChannelTransport transport = new ChannelTransport(channel);
        try {
            if (channel.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) {
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            }
            transport.writeWatch.arm(expiresAt);
            try {
                channel.connect(address);
            } catch (IOException e) {
                throw transport.writeWatch.reason(e);
            }
            transport.writeWatch.settle();
            return transport;
        } catch (IOException | RuntimeException e) {
            transport.close();
            throw e;
        }
    }

    @Override
    public int read(ByteBuffer into, long expiresAt) throws IOException {
        readWatch.arm(expiresAt);
        int read;
        try {
            read = channel.read(into);
        } catch (IOException e) {
            throw readWatch.reason(e);
        }
        readWatch.settle();
        return read;
    }

    @Override
    public int readNow(ByteBuffer into) throws IOException {
        channel.configureBlocking(false);
        int read = channel.read(into);
        channel.configureBlocking(true);
        return read;
    }

    @Override
    public void write(ByteBuffer from, long expiresAt) throws IOException {
        writeWatch.arm(expiresAt);
        try {
            while (from.hasRemaining()) {
                channel.write(from);
            }
        } catch (IOException e) {
            throw writeWatch.reason(e);
        }
        writeWatch.settle();
    }

    /** Writes what the socket takes without waiting; the rest stays in {@code from}. */
    void writeNow(ByteBuffer from) throws IOException {
        channel.configureBlocking(false);
        channel.write(from);
        channel.configureBlocking(true);
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() {
        readWatch.cancel();
        writeWatch.cancel();
        closeChannel();
    }

    private void closeChannel() {
        try {
            channel.close();
        } catch (IOException e) {
            // The descriptor is gone all the same, and there is nobody to whom this would matter.
        }
    }
}
