package io.httpipe.internal.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.testing.Threads;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A socket that is closed while the kernel transfers a file over it. */
@Timeout(60)
class SocketTransportTest {
    /** On JDK 21 another socket may get the descriptor's number right after a close, and would get the file's bytes. */
    @Test
    void aCloseDuringATransferTakesEffectWhenTheTransferEnds() throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Threads.VIRTUAL.call(() -> {
                InetSocketAddress address =
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), listener.getLocalPort());
                SocketTransport transport = SocketTransport.open(address, null);
                transport.connect(address, NanoClock.NEVER, false);
                long sent = transport.send(
                        new FakeFile(() -> {
                            transport.close();
                            transport.close();
                            assertTrue(transport.isOpen());
                        }),
                        0,
                        7,
                        NanoClock.NEVER);
                assertEquals(7, sent);
                assertFalse(transport.isOpen());
                FakeFile another = new FakeFile(() -> {
                    throw new AssertionError("transferred to a closed socket");
                });
                assertThrows(ClosedChannelException.class, () -> transport.send(another, 0, 7, NanoClock.NEVER));
                return null;
            });
        }
    }

    /** A file whose transfers always send all bytes. It supports nothing else. */
    private static final class FakeFile extends FileChannel {
        private final Runnable duringTransfer;

        FakeFile(Runnable duringTransfer) {
            this.duringTransfer = duringTransfer;
        }

        @Override
        public long transferTo(long position, long count, WritableByteChannel target) {
            duringTransfer.run();
            return count;
        }

        @Override
        protected void implCloseChannel() {}

        @Override
        public int read(ByteBuffer into) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long read(ByteBuffer[] into, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int read(ByteBuffer into, long position) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int write(ByteBuffer from) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long write(ByteBuffer[] from, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int write(ByteBuffer from, long position) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long position() {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileChannel position(long newPosition) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long size() {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileChannel truncate(long size) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void force(boolean metaData) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long transferFrom(ReadableByteChannel source, long position, long count) {
            throw new UnsupportedOperationException();
        }

        @Override
        public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileLock lock(long position, long size, boolean shared) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileLock tryLock(long position, long size, boolean shared) {
            throw new UnsupportedOperationException();
        }
    }
}
