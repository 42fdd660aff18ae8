package io.httpipe;

import com.sun.net.httpserver.HttpExchange;
import io.httpipe.internal.call.BodySource;
import io.httpipe.internal.call.CallFailedException;
import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.FieldLines;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A body as it arrives: an input stream that also hands out chunks.
 *
 * {@snippet :
 * BodyReader body = response.body();
 * for (byte[] chunk = body.readChunk(8192); chunk != null; chunk = body.readChunk(8192)) {
 *     process(chunk);
 * }
 * }
 *
 * <p>Each read waits for one byte at least and gives what has arrived, without waiting for more. At the end the
 * connection goes back to its pool by itself.
 *
 * <p>The body can be read once: nothing of it is kept, and every read after its end tells the end again, as if there
 * were no more bytes. {@link Httpipe#request(Request)} gives a body that can be looked at any number of times.
 *
 * <p>For one thread at a time. Another thread may close the response; the read that is under way then throws
 * {@link CancelledException}.
 */
public final class BodyReader extends InputStream {
    /** The most that {@link #transferTo} reads at once. */
    private static final int PIECE = 1 << 16;

    private static final byte[] NOTHING = new byte[0];

    private final BodySource source;
    private final long length;
    private long given;

    /** What the last chunk left unused: a server that sends an octet at a time gets no new array for each. */
    private byte[] spare = NOTHING;

    BodyReader(BodySource source, long length) {
        this.source = source;
        this.length = length;
    }

    /**
     * {@return the body of a request that a JDK server has received, to be sent on as the body of another}
     *
     * {@snippet :
     * hp.request(Request.post(upstream).body(Body.of(BodyReader.of(exchange))));
     * }
     *
     * @param exchange whose body nobody has read from
     * @throws IllegalArgumentException if its {@code Content-Length} is no number
     */
    public static BodyReader of(HttpExchange exchange) {
        Arguments.notNull("exchange", exchange);
        String length = exchange.getRequestHeaders().getFirst("Content-Length");
        boolean chunked = exchange.getRequestHeaders().containsKey("Transfer-Encoding");
        if (length == null || chunked) {
            return new BodyReader(new Wrapped(exchange.getRequestBody()), chunked ? -1 : 0);
        }
        if (!length.matches("[0-9]{1,18}")) {
            throw new IllegalArgumentException("exchange: bad Content-Length");
        }
        return of(exchange.getRequestBody(), Long.parseLong(length));
    }

    /**
     * {@return the body of a message from any server: all of a stream whose length nobody knows}
     *
     * @param in closed with the reader
     */
    public static BodyReader of(InputStream in) {
        return new BodyReader(new Wrapped(Arguments.notNull("in", in)), -1);
    }

    /**
     * {@return the body of a message from any server: all of a stream}
     *
     * @param in     closed with the reader
     * @param length how many bytes that is
     */
    public static BodyReader of(InputStream in, long length) {
        return new BodyReader(new Wrapped(Arguments.notNull("in", in)), Arguments.atLeast("length", 0, length));
    }

    /** {@return how many bytes the whole body has; -1 if nobody knows before its end} */
    public long length() {
        return length;
    }

    /**
     * The next bytes, as many as have arrived.
     *
     * @param size the most that are wanted, at least 1
     * @return 1 to {@code size} bytes, in an array that nobody else holds; null at the end
     * @throws IOException if the body breaks off; {@link HttpipeException} for that of a response
     */
    public byte @Nullable [] readChunk(int size) throws IOException {
        byte[] room = spare.length == Arguments.atLeast("size", 1, size) ? spare : new byte[size];
        spare = room;
        int read = read(room, 0, size);
        if (read < 0 || read == size) {
            spare = NOTHING;
            return read < 0 ? null : room;
        }
        return Arrays.copyOf(room, read);
    }

    /** {@return the trailer fields of a chunked body, complete once its end has been read} */
    public Headers trailers() {
        return Headers.of(source.trailers());
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int count) throws IOException {
        Objects.checkFromIndexSize(offset, count, into.length);
        try {
            int read = count == 0 ? 0 : source.read(into, offset, count);
            given += Math.max(0, read);
            return read;
        } catch (CallFailedException e) {
            throw ErrorMapping.of(e);
        }
    }

    /** Reads to the end in large pieces, each written as it comes. */
    @Override
    public long transferTo(OutputStream out) throws IOException {
        Objects.requireNonNull(out, "out");
        long left = remaining();
        byte[] piece = new byte[(int) (left < 0 ? PIECE : Math.min(Math.max(left, 1), PIECE))];
        long transferred = 0;
        for (int read = read(piece, 0, piece.length); read >= 0; read = read(piece, 0, piece.length)) {
            out.write(piece, 0, read);
            transferred += read;
        }
        return transferred;
    }

    /** How many bytes are still to come; -1 if nobody knows. */
    long remaining() {
        return length < 0 ? -1 : length - given;
    }

    BodySource source() {
        return source;
    }

    @Override
    public int available() throws IOException {
        return source.available();
    }

    /** Ends the reading; see {@link StreamedResponse#close}. */
    @Override
    public void close() throws IOException {
        source.close();
    }

    /** Somebody else's stream. */
    private record Wrapped(InputStream in) implements BodySource {
        @Override
        public int read(byte[] into, int offset, int count) throws IOException {
            return in.read(into, offset, count);
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
