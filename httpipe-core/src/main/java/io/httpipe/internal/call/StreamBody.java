package io.httpipe.internal.call;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A body from a stream that the caller has opened. */
public final class StreamBody extends SingleUseBody {
    private final InputStream in;

    /** The received response body that {@link #in} reads; null if it reads anything else. */
    private final @Nullable BodySource source;

    /** Called when the body is sent; returns -1 for an unknown length. */
    private final LongSupplier length;

    private final boolean closes;

    /**
     * Creates a body that sends the rest of a stream.
     *
     * @param source the received response body that the stream reads; null if it reads anything else
     * @param length called when the body is sent; returns -1 for an unknown length
     * @param closes whether the stream is closed after the upload
     */
    public StreamBody(InputStream in, @Nullable BodySource source, LongSupplier length, boolean closes) {
        this.in = in;
        this.source = source;
        this.length = length;
        this.closes = closes;
    }

    @Override
    public long length() {
        return length.getAsLong();
    }

    @Override
    public boolean mayBlock() {
        return source == null ? in.getClass() != ByteArrayInputStream.class : !source.canBeAbandoned();
    }

    @Override
    public void readBy(long deadline) {
        if (source != null) {
            source.readBy(deadline);
        }
    }

    @Override
    public void abandon() {
        if (source != null) {
            source.abandon();
        }
    }

    @Override
    public void release() throws IOException {
        // If a server refuses the request before the body is sent, another attempt may send the body.
        if (closes && isUsed()) {
            in.close();
        }
    }

    @Override
    public boolean fitsOneWrite() {
        return in instanceof ByteArrayInputStream bytes && !mayBlock() && bytes.available() < BodyOutput.CHUNK;
    }

    @Override
    public void writeTo(BodyOutput output) throws IOException {
        output.transferFrom(in, !mayBlock());
    }

    @Override
    public void encodeTo(OutputStream encoder) throws IOException {
        encode(in, length(), encoder);
    }

    /**
     * Writes a whole stream to an encoder. Bytes that have arrived are flushed before this method waits for more.
     *
     * @param length how many bytes the stream must have; -1 if that is unknown
     */
    static void encode(InputStream in, long length, OutputStream encoder) throws IOException {
        byte[] piece = new byte[BodyOutput.CHUNK];
        long total = 0;
        for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
            total += read;
            int next = in.available();
            // Some streams say that more bytes are available although they have ended.
            if (length >= 0 && (total > length || total == length && next > 0 && in.read() >= 0)) {
                throw BodyOutput.wrongLength(length, length + 1);
            }
            encoder.write(piece, 0, read);
            if (next == 0) {
                encoder.flush();
            }
        }
        if (total < length) {
            throw BodyOutput.wrongLength(length, total);
        }
    }

    @Override
    public String toString() {
        return "stream" + lengthText(length());
    }
}
