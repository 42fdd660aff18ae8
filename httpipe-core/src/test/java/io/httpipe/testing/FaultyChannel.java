package io.httpipe.testing;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Set;

/** A channel of a foreign provider that throws an unchecked exception at one point. Otherwise it delegates. */
public final class FaultyChannel extends SocketChannel {
    /** The operation that fails. */
    public enum Point {
        NOWHERE,
        READ,
        WRITE,
        SOCKET,
        CLOSE
    }

    private final SocketChannel delegate;
    private final Point point;

    public FaultyChannel(SocketChannel delegate, Point point) {
        super(delegate.provider());
        this.delegate = delegate;
        this.point = point;
    }

    private void fail(Point here) {
        if (point == here) {
            throw new IllegalStateException("the stack is gone");
        }
    }

    @Override
    public int read(ByteBuffer buffer) throws IOException {
        fail(Point.READ);
        return delegate.read(buffer);
    }

    @Override
    public long read(ByteBuffer[] buffers, int offset, int length) throws IOException {
        fail(Point.READ);
        return delegate.read(buffers, offset, length);
    }

    @Override
    public int write(ByteBuffer buffer) throws IOException {
        fail(Point.WRITE);
        return delegate.write(buffer);
    }

    @Override
    public long write(ByteBuffer[] buffers, int offset, int length) throws IOException {
        fail(Point.WRITE);
        return delegate.write(buffers, offset, length);
    }

    @Override
    public Socket socket() {
        fail(Point.SOCKET);
        return delegate.socket();
    }

    @Override
    protected void implCloseSelectableChannel() throws IOException {
        delegate.close();
        fail(Point.CLOSE);
    }

    @Override
    protected void implConfigureBlocking(boolean block) throws IOException {
        delegate.configureBlocking(block);
    }

    @Override
    public SocketChannel bind(SocketAddress local) throws IOException {
        delegate.bind(local);
        return this;
    }

    @Override
    public <T> SocketChannel setOption(SocketOption<T> name, T value) throws IOException {
        delegate.setOption(name, value);
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        return delegate.getOption(name);
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return delegate.supportedOptions();
    }

    @Override
    public SocketChannel shutdownInput() throws IOException {
        delegate.shutdownInput();
        return this;
    }

    @Override
    public SocketChannel shutdownOutput() throws IOException {
        delegate.shutdownOutput();
        return this;
    }

    @Override
    public boolean isConnected() {
        return delegate.isConnected();
    }

    @Override
    public boolean isConnectionPending() {
        return delegate.isConnectionPending();
    }

    @Override
    public boolean connect(SocketAddress remote) throws IOException {
        return delegate.connect(remote);
    }

    @Override
    public boolean finishConnect() throws IOException {
        return delegate.finishConnect();
    }

    @Override
    public SocketAddress getRemoteAddress() throws IOException {
        return delegate.getRemoteAddress();
    }

    @Override
    public SocketAddress getLocalAddress() throws IOException {
        return delegate.getLocalAddress();
    }
}
