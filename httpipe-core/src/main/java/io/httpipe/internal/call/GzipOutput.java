package io.httpipe.internal.call;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Compresses the bytes written to it into one gzip member (RFC 1952). The JDK's GZIPOutputStream would block the
 * carrier thread, because it writes inside a monitor. One thread at a time may write.
 */
final class GzipOutput extends OutputStream {
    private static final byte[] HEADER = {0x1f, (byte) 0x8b, Deflater.DEFLATED, 0, 0, 0, 0, 0, 0, (byte) 0xff};
    private static final int PIECE = 1 << 13;

    private final OutputStream output;
    private final Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    private final CRC32 crc = new CRC32();
    private final byte[] piece = new byte[PIECE];

    /** Whether bytes have been written since the last flush. */
    private boolean unflushed;

    private boolean ended;

    GzipOutput(OutputStream output) throws IOException {
        this.output = output;
        output.write(HEADER);
    }

    @Override
    public void write(int oneByte) throws IOException {
        write(new byte[] {(byte) oneByte}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
        Objects.checkFromIndexSize(offset, count, bytes.length);
        requireOpen();
        crc.update(bytes, offset, count);
        deflater.setInput(bytes, offset, count);
        deflate(Deflater.NO_FLUSH);
        unflushed |= count > 0;
    }

    /** Sends all bytes so far, so that the receiver can decode them. */
    @Override
    public void flush() throws IOException {
        requireOpen();
        if (unflushed) {
            deflate(Deflater.SYNC_FLUSH);
            unflushed = false;
        }
        output.flush();
    }

    private void deflate(int mode) throws IOException {
        int length;
        do {
            length = deflater.deflate(piece, 0, PIECE, mode);
            output.write(piece, 0, length);
        } while (length == PIECE || mode == Deflater.NO_FLUSH && !deflater.needsInput());
    }

    /** Fails unless this many bytes have been written; -1 for any number. */
    void requireLength(long announced) throws IOException {
        long actual = deflater.getBytesRead();
        if (announced >= 0 && actual != announced) {
            throw BodyOutput.wrongLength(announced, actual);
        }
    }

    /** Writes the end of the member. */
    void finish() throws IOException {
        requireOpen();
        deflater.finish();
        while (!deflater.finished()) {
            output.write(piece, 0, deflater.deflate(piece));
        }
        long trailer = deflater.getBytesRead() << 32 | crc.getValue();
        byte[] end = new byte[8];
        for (int i = 0; i < end.length; i++) {
            end[i] = (byte) (trailer >>> 8 * i);
        }
        output.write(end);
    }

    private void requireOpen() throws IOException {
        if (ended) {
            throw new IOException("the body has ended");
        }
    }

    /** Does nothing. {@link #finish} ends the member; the code that writes the body cannot. */
    @Override
    public void close() {}

    /** Ends the stream and frees its memory. */
    void free() {
        ended = true;
        deflater.end();
    }
}
