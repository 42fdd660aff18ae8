package io.httpipe;

import com.sun.net.httpserver.HttpExchange;
import io.httpipe.internal.call.BodySource;
import io.httpipe.internal.call.Call;
import io.httpipe.internal.call.CallFailedException;
import io.httpipe.internal.policy.Attempt;
import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.FieldLines;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads a body while it arrives: an input stream that can also return chunks.
 *
 * {@snippet :
 * BodyReader body = response.body();
 * for (byte[] chunk = body.readChunk(8192); chunk != null; chunk = body.readChunk(8192)) {
 *     process(chunk);
 * }
 * }
 *
 * <p>Each read waits for at least one byte and returns what has arrived. When the end of a response body has been read,
 * the connection returns to the connection pool, or is closed if it cannot be reused.
 *
 * <p>The body can be read only one time, because the client does not keep it. Each read after the end reports the end
 * again. Use {@link Httpipe#request(Request)} for a body that can be read several times.
 *
 * <p>One thread at a time may read. Another thread may close the response; a read in progress then throws
 * {@link CancelledException}.
 */
public final class BodyReader extends InputStream {
    /** How many bytes {@link #transferTo} reads in one step. */
    private static final int TRANSFER_SIZE = 1 << 16;

    private static final byte[] EMPTY = new byte[0];

    private final BodySource source;
    private final long length;

    /** The attempts of the call whose response body this is; null if the call had no policies. */
    private final @Nullable List<Attempt> attempts;

    private long bytesRead;

    /** The array of the last {@link #readChunk}, kept for reuse, because a server may send many small chunks. */
    private byte[] spare = EMPTY;

    /** Whether this is the body as the server sent it, and nothing has been read from it. */
    boolean isAsReceived() {
        return source instanceof Call && bytesRead == 0;
    }

    /** Whether the body is decoded, and nothing has been read from it. */
    boolean isDecoded() {
        return source.encoded() != null;
    }

    BodyReader(BodySource source, long length) {
        this(source, length, null);
    }

    BodyReader(BodySource source, long length, @Nullable List<Attempt> attempts) {
        this.source = source;
        this.length = length;
        this.attempts = attempts;
    }

    /**
     * {@return a reader of a request body that the JDK's server has received} It can become the body of another
     * request.
     *
     * {@snippet :
     * hp.request(Request.post(upstream).body(Body.of(BodyReader.of(exchange))));
     * }
     *
     * @param exchange an exchange whose request body has not been read
     * @throws IllegalArgumentException if the {@code Content-Length} of the request is not a number
     */
    public static BodyReader of(HttpExchange exchange) {
        Arguments.notNull("exchange", exchange);
        String length = exchange.getRequestHeaders().getFirst("Content-Length");
        boolean chunked = exchange.getRequestHeaders().containsKey("Transfer-Encoding");
        if (length == null || chunked) {
            return new BodyReader(new ForeignStream(exchange.getRequestBody()), chunked ? -1 : 0);
        }
        if (!length.matches("[0-9]{1,18}")) {
            throw new IllegalArgumentException("exchange: bad Content-Length");
        }
        return of(exchange.getRequestBody(), Long.parseLong(length));
    }

    /**
     * {@return a reader of this stream, whose length is unknown} Use it for a request body that any kind of server has
     * received.
     *
     * @param in closed with the reader
     */
    public static BodyReader of(InputStream in) {
        return new BodyReader(new ForeignStream(Arguments.notNull("in", in)), -1);
    }

    /**
     * {@return a reader of this stream, whose length is known} Use it for a request body that any kind of server has
     * received.
     *
     * @param in     closed with the reader
     * @param length in bytes
     */
    public static BodyReader of(InputStream in, long length) {
        return new BodyReader(new ForeignStream(Arguments.notNull("in", in)), Arguments.atLeast("length", 0, length));
    }

    /** {@return the number of bytes of the whole body; -1 if it is unknown} */
    public long length() {
        return length;
    }

    /**
     * Reads the next bytes, as many as have arrived.
     *
     * @param size the maximum number of bytes, at least 1
     * @return 1 to {@code size} bytes in an array that belongs to the caller; null at the end
     * @throws IOException if the body cannot be read to its end; for a response body, an {@link HttpipeException},
     *                     except for an exception of a stream that was passed to {@link StreamedResponse#withBody}
     */
    public byte @Nullable [] readChunk(int size) throws IOException {
        byte[] buffer = spare.length == Arguments.atLeast("size", 1, size) ? spare : new byte[size];
        spare = buffer;
        int read = read(buffer, 0, size);
        if (read < 0 || read == size) {
            spare = EMPTY;
            return read < 0 ? null : buffer;
        }
        return Arrays.copyOf(buffer, read);
    }

    /** {@return the trailer fields of a chunked body, complete after the end of the body has been read} */
    public Headers trailers() {
        return Headers.of(source.trailers());
    }

    @Override
    public int read() throws IOException {
        byte[] single = new byte[1];
        return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int count) throws IOException {
        return read(buffer, offset, count, false);
    }

    /** Reads more, for an operation of several reads that began while the body was open. */
    int readOn(byte[] buffer, int offset, int count) throws IOException {
        return read(buffer, offset, count, true);
    }

    private int read(byte[] buffer, int offset, int count, boolean goesOn) throws IOException {
        Objects.checkFromIndexSize(offset, count, buffer.length);
        if (count == 0) {
            return 0;
        }
        try {
            int read = goesOn ? source.readOn(buffer, offset, count) : source.read(buffer, offset, count);
            bytesRead += Math.max(0, read);
            return read;
        } catch (CallFailedException e) {
            throw ErrorMapping.of(e, attempts);
        }
    }

    /** Reads to the end, in pieces of up to 64 KiB. Writes each piece as soon as it has arrived. */
    @Override
    public long transferTo(OutputStream out) throws IOException {
        Objects.requireNonNull(out, "out");
        long left = remaining();
        InputStream in = oneOperation();
        byte[] buffer = new byte[(int) (left < 0 ? TRANSFER_SIZE : Math.min(Math.max(left, 1), TRANSFER_SIZE))];
        long transferred = 0;
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            out.write(buffer, 0, read);
            transferred += read;
        }
        return transferred;
    }

    @Override
    public byte[] readNBytes(int count) throws IOException {
        return oneOperation().readNBytes(count);
    }

    @Override
    public int readNBytes(byte[] buffer, int offset, int count) throws IOException {
        return oneOperation().readNBytes(buffer, offset, count);
    }

    @Override
    public long skip(long count) throws IOException {
        return oneOperation().skip(count);
    }

    @Override
    public void skipNBytes(long count) throws IOException {
        oneOperation().skipNBytes(count);
    }

    /**
     * Returns this body for one operation of several reads. If the body is closed after the first of them, the next one
     * throws a {@link CancelledException}.
     */
    InputStream oneOperation() {
        return new OneOperation(this);
    }

    /** The number of bytes that are still to come; -1 if it is unknown. */
    long remaining() {
        return length < 0 ? -1 : length - bytesRead;
    }

    BodySource source() {
        return source;
    }

    @Override
    public int available() throws IOException {
        return source.available();
    }

    /** Closes the response as {@link StreamedResponse#close} does, or the stream that this reader reads. */
    @Override
    public void close() throws IOException {
        source.close();
    }

    /**
     * Reads a body for one operation of several reads. If the body has been closed, the first read throws
     * {@link IllegalStateException}, and a later one throws {@link CancelledException}.
     */
    private static final class OneOperation extends InputStream {
        private final BodyReader body;
        private boolean begun;

        OneOperation(BodyReader body) {
            this.body = body;
        }

        @Override
        public int read() throws IOException {
            byte[] single = new byte[1];
            return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int count) throws IOException {
            if (begun) {
                return body.readOn(buffer, offset, count);
            }
            int read = body.read(buffer, offset, count);
            begun = true;
            return read;
        }

        @Override
        public int available() throws IOException {
            return body.available();
        }

        @Override
        public void close() throws IOException {
            body.close();
        }
    }

    /** A stream that does not come from this client. */
    private record ForeignStream(InputStream in) implements BodySource {
        @Override
        public int read(byte[] buffer, int offset, int count) throws IOException {
            return in.read(buffer, offset, count);
        }

        @Override
        public int available() throws IOException {
            return in.available();
        }

        @Override
        public FieldLines trailers() {
            return FieldLines.EMPTY;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
