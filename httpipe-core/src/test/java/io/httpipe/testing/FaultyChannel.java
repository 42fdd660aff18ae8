package io.httpipe.testing;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Set;

/** A channel of a provider other than the JDK's, which fails, unchecked, at one point; all else is left to a sound one. */
public final class FaultyChannel extends SocketChannel {
    /** Where it fails. */
    public enum Point {
        NOWHERE,
        READ,
        WRITE,
        SOCKET,
        CLOSE
    }

    private final SocketChannel sound;
    private final Point point;

    public FaultyChannel(SocketChannel sound, Point point) {
        super(sound.provider());
        this.sound = sound;
        this.point = point;
    }

    private void fail(Point here) {
        if (point == here) {
            throw new IllegalStateException("the stack is gone");
        }
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        fail(Point.READ);
        return sound.read(into);
    }

    @Override
    public long read(ByteBuffer[] into, int offset, int length) throws IOException {
        fail(Point.READ);
        return sound.read(into, offset, length);
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        fail(Point.WRITE);
        return sound.write(from);
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int length) throws IOException {
        fail(Point.WRITE);
        return sound.write(from, offset, length);
    }

    @Override
    public Socket socket() {
        fail(Point.SOCKET);
        return sound.socket();
    }

    @Override
    protected void implCloseSelectableChannel() throws IOException {
        sound.close();
        fail(Point.CLOSE);
    }

    @Override
    protected void implConfigureBlocking(boolean block) throws IOException {
        sound.configureBlocking(block);
    }

    @Override
    public SocketChannel bind(SocketAddress local) throws IOException {
        sound.bind(local);
        return this;
    }

    @Override
    public <T> SocketChannel setOption(SocketOption<T> name, T value) throws IOException {
        sound.setOption(name, value);
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        return sound.getOption(name);
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return sound.supportedOptions();
    }

    @Override
    public SocketChannel shutdownInput() throws IOException {
        sound.shutdownInput();
        return this;
    }

    @Override
    public SocketChannel shutdownOutput() throws IOException {
        sound.shutdownOutput();
        return this;
    }

    @Override
    public boolean isConnected() {
        return sound.isConnected();
    }

    @Override
    public boolean isConnectionPending() {
        return sound.isConnectionPending();
    }

    @Override
    public boolean connect(SocketAddress remote) throws IOException {
        return sound.connect(remote);
    }

    @Override
    public boolean finishConnect() throws IOException {
        return sound.finishConnect();
    }

    @Override
    public SocketAddress getRemoteAddress() throws IOException {
        return sound.getRemoteAddress();
    }

    @Override
    public SocketAddress getLocalAddress() throws IOException {
        return sound.getLocalAddress();
    }
}
