package io.httpipe.testing;

import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.Dialer;
import io.httpipe.internal.connect.ExpiredException;
import io.httpipe.internal.connect.Resolver;
import io.httpipe.internal.connect.TlsIdentity;
import io.httpipe.internal.connect.Transport;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An in-memory connection that delivers a response in given pieces. Each read returns at most one piece. If the
 * connection stays open, a second request gets {@link #OK}. A read without further pieces times out at once.
 */
public class CutTransport implements Transport {
    /** The response to a second request. */
    public static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    /** What happens to the connection after the last piece. */
    public enum End {
        OPEN,
        CLOSE,
        RESET
    }

    private final Queue<ByteBuffer> pieces = new ArrayDeque<>();
    private final byte[] response;
    private final End end;
    private final int[] cuts;
    private int requests;
    private boolean patient;
    private boolean open = true;

    /**
     * A connection to a server that responds to the first request with these bytes.
     *
     * @param cuts the offsets, in ascending order, at which the response is split
     */
    public CutTransport(byte[] response, End end, int... cuts) {
        this.response = response;
        this.end = end;
        this.cuts = cuts;
    }

    /** {@return a connection to a server that responds with {@link #OK}} */
    public static CutTransport ordinary() {
        return new CutTransport(OK.getBytes(StandardCharsets.ISO_8859_1), End.OPEN);
    }

    /** {@return a dialer that takes its connections from the supplier} */
    public static Dialer dialer(Supplier<? extends Transport> transports) {
        return new Dialer(Resolver.SYSTEM) {
            @Override
            public Transport dial(SocketAddress address, @Nullable TlsIdentity tls, CallTimeouts timeouts) {
                return transports.get();
            }
        };
    }

    @Override
    public int read(ByteBuffer buffer, long expiresAt) throws IOException {
        int read = readNow(buffer);
        if (read == 0) {
            open = patient;
            throw new ExpiredException();
        }
        return read;
    }

    @Override
    public int readNow(ByteBuffer buffer) throws IOException {
        if (!open) {
            throw new ClosedChannelException();
        }
        ByteBuffer piece = pieces.peek();
        if (piece == null) {
            return atEnd();
        }
        int taken = Math.min(buffer.remaining(), piece.remaining());
        buffer.put(piece.slice(piece.position(), taken));
        piece.position(piece.position() + taken);
        if (!piece.hasRemaining()) {
            pieces.remove();
        }
        return taken;
    }

    private int atEnd() throws IOException {
        if (end == End.OPEN || requests == 0) {
            return 0;
        }
        if (end == End.RESET) {
            throw new SocketException("Connection reset");
        }
        return -1;
    }

    /** Accepts a request, which must arrive in one write. */
    @Override
    public void write(ByteBuffer request, long expiresAt) throws IOException {
        if (!open) {
            throw new ClosedChannelException();
        }
        request.position(request.limit());
        if (++requests == 1) {
            int at = 0;
            for (int cut : cuts) {
                deliver(at, cut);
                at = cut;
            }
            deliver(at, response.length);
        } else if (end == End.OPEN) {
            pieces.add(ByteBuffer.wrap(OK.getBytes(StandardCharsets.ISO_8859_1)));
        }
    }

    private void deliver(int start, int end) {
        if (end > start) {
            pieces.add(ByteBuffer.wrap(Arrays.copyOfRange(response, start, end)));
        }
    }

    @Override
    public long send(FileChannel file, long position, long count, long expiresAt) {
        throw new UnsupportedOperationException("files are not supported");
    }

    @Override
    public void limitRead(long expiresAt) {}

    @Override
    public void stopWriting() {}

    @Override
    public boolean setPatient(boolean patient) {
        this.patient = patient;
        return patient;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void close() {
        open = false;
    }
}
