package io.httpipe.fuzz;

import io.httpipe.internal.connect.Transport;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** A connection over which the same bytes arrive, whatever the client sends. The connection then ends. */
final class ProxyStream implements Transport {
    private final byte[] bytes;
    private final int[] cuts;
    private int read;
    private int writes;

    /** Creates a connection over which the bytes arrive in these pieces; see {@link InputSplitter}. */
    ProxyStream(byte[] bytes, int[] cuts) {
        this.bytes = bytes;
        this.cuts = cuts;
    }

    /** How many bytes have been read. */
    int bytesRead() {
        return read;
    }

    /** How many messages have been sent. */
    int writes() {
        return writes;
    }

    @Override
    public int read(ByteBuffer into, long expiresAt) {
        if (read == bytes.length) {
            return -1;
        }
        int arrived = bytes.length;
        for (int i = cuts.length - 1; i >= 0 && cuts[i] > read; i--) {
            arrived = cuts[i];
        }
        int count = Math.min(into.remaining(), arrived - read);
        into.put(bytes, read, count);
        read += count;
        return count;
    }

    @Override
    public int readNow(ByteBuffer into) {
        return read(into, 0);
    }

    @Override
    public void write(ByteBuffer source, long expiresAt) {
        source.position(source.limit());
        writes++;
    }

    @Override
    public long send(FileChannel file, long position, long count, long expiresAt) {
        throw new UnsupportedOperationException("a handshake sends no file");
    }

    @Override
    public void limitRead(long expiresAt) {}

    @Override
    public void stopWriting() {}

    @Override
    public boolean setPatient(boolean patient) {
        return false;
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public void close() {}
}
