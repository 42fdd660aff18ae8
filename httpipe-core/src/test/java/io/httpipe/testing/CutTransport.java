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
 * A connection in memory over which a response arrives in just the pieces into which it was cut: each read gives one
 * of them at most. A second request, on a connection that stays open, gets a plain answer. Where nothing more will
 * come, a read runs out of time at once.
 */
public class CutTransport implements Transport {
    /** The answer to a second request. */
    public static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    /** What becomes of the connection once all has been sent. */
    public enum End {
        OPEN,
        CLOSE,
        RESET
    }

    private final Queue<ByteBuffer> pieces = new ArrayDeque<>();
    private final byte[] answer;
    private final End end;
    private final int[] cuts;
    private int requests;
    private boolean patient;
    private boolean open = true;

    /**
     * A connection to a server that answers the first request with these octets.
     *
     * @param cuts the offsets, in ascending order, at which a piece ends and another begins
     */
    public CutTransport(byte[] answer, End end, int... cuts) {
        this.answer = answer;
        this.end = end;
        this.cuts = cuts;
    }

    /** A connection to a server that has nothing special to say. */
    public static CutTransport ordinary() {
        return new CutTransport(OK.getBytes(StandardCharsets.ISO_8859_1), End.OPEN);
    }

    /** Opens such connections, or others, in place of those to servers. */
    public static Dialer dialer(Supplier<? extends Transport> dialing) {
        return new Dialer(Resolver.SYSTEM) {
            @Override
            public Transport dial(SocketAddress address, @Nullable TlsIdentity tls, CallTimeouts budget) {
                return dialing.get();
            }
        };
    }

    @Override
    public int read(ByteBuffer into, long expiresAt) throws IOException {
        int read = readNow(into);
        if (read == 0) {
            open = patient;
            throw new ExpiredException();
        }
        return read;
    }

    @Override
    public int readNow(ByteBuffer into) throws IOException {
        if (!open) {
            throw new ClosedChannelException();
        }
        ByteBuffer piece = pieces.peek();
        if (piece == null) {
            return atEnd();
        }
        int taken = Math.min(into.remaining(), piece.remaining());
        into.put(piece.slice(piece.position(), taken));
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

    /** Takes a request, which must come whole. */
    @Override
    public void write(ByteBuffer from, long expiresAt) throws IOException {
        if (!open) {
            throw new ClosedChannelException();
        }
        from.position(from.limit());
        if (++requests == 1) {
            int at = 0;
            for (int cut : cuts) {
                deliver(at, cut);
                at = cut;
            }
            deliver(at, answer.length);
        } else if (end == End.OPEN) {
            pieces.add(ByteBuffer.wrap(OK.getBytes(StandardCharsets.ISO_8859_1)));
        }
    }

    private void deliver(int from, int to) {
        if (to > from) {
            pieces.add(ByteBuffer.wrap(Arrays.copyOfRange(answer, from, to)));
        }
    }

    @Override
    public long send(FileChannel file, long position, long count, long expiresAt) {
        throw new UnsupportedOperationException("nobody sends files here");
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
