package io.httpipe.internal.connect;

import java.io.EOFException;
import java.io.IOException;
import java.io.Serial;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Octets over TLS, on the JDK's engine: records are decrypted straight into the reader's buffer where they fit, and
 * waiting, time limits and interrupts are those of the channel below. An end without close_notify is an error, for
 * whoever sits between could have cut the stream.
 */
public final class TlsTransport implements Transport {
    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);
    private static final String STATUS_LINE = "HTTP/";
    private static final String MARK = "io.httpipe.session";

    /**
     * How many records without data may come while we send nothing. Each can be a change of keys, for which the engine
     * gathers an answer until something is sent; in good order they come every hundred gigabytes or so.
     */
    private static final int MOST_DATALESS = 100;

    private final SocketTransport lower;
    private final SSLEngine engine;

    /** Received records between position and limit; null while there are none. */
    private @Nullable ByteBuffer records;

    /** Decrypted octets that did not fit where they were wanted; null while there are none. */
    private @Nullable ByteBuffer plain;

    private boolean resumed;

    /** Records without data since something was sent; that a writer may set it meanwhile does no harm. */
    private int dataless;

    /** Set once the output is shut while another thread may still be within a write. */
    private volatile boolean writingStopped;

    /** The engine takes nothing in before it has done something else. */
    private static final class RenegotiationException extends SSLException {
        @Serial
        private static final long serialVersionUID = 1;

        RenegotiationException() {
            super("the server wants to renegotiate, which is refused");
        }
    }

    private TlsTransport(SocketTransport lower, SSLEngine engine) {
        this.lower = lower;
        this.engine = engine;
    }

    /** Shakes hands over a connected transport, which is closed if that fails. */
    static TlsTransport handshake(SocketTransport lower, SSLEngine engine, long expiresAt) throws IOException {
        TlsTransport transport = new TlsTransport(lower, engine);
        try {
            transport.handshake(expiresAt);
            TlsIdentity.requireAlternativeName(engine);
            // The mark lives as long as the session and is copied to those that resume it.
            SSLSession session = engine.getSession();
            transport.resumed = session.getValue(MARK) != null;
            session.putValue(MARK, MARK);
            return transport;
        } catch (RuntimeException e) {
            transport.closeInOrder();
            throw TlsIdentity.providerFailure(e);
        } catch (IOException | Error e) {
            // An Error, too: a trust manager of the user's may throw one.
            transport.closeInOrder();
            throw e;
        }
    }

    /** The session that the handshake agreed on. */
    public SSLSession session() {
        return engine.getSession();
    }

    /** Whether the handshake took up an earlier session instead of making a new one. */
    public boolean resumed() {
        return resumed;
    }

    private void handshake(long expiresAt) throws IOException {
        engine.beginHandshake();
        while (true) {
            switch (engine.getHandshakeStatus()) {
                case NEED_TASK -> runTasks();
                case NEED_WRAP -> {
                    try {
                        wrap(EMPTY, expiresAt);
                    } catch (IOException e) {
                        throw explained(e);
                    }
                }
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                    ByteBuffer into = BufferPool.LARGE.take();
                    boolean more;
                    try {
                        more = unwrap(into) || receive(expiresAt);
                    } catch (SSLException e) {
                        throw isPlainHttp() ? new SSLException("the server speaks plain HTTP; is it http?", e) : e;
                    }
                    keepPlain(into);
                    if (!more) {
                        throw new EOFException("the server closed the connection during the TLS handshake");
                    }
                }
                case FINISHED, NOT_HANDSHAKING -> {
                    return;
                }
            }
        }
    }

    /** Whether a status line has come where the engine expected a record, which it leaves where it is. */
    private boolean isPlainHttp() {
        ByteBuffer from = records;
        if (from == null || from.remaining() < STATUS_LINE.length()) {
            return false;
        }
        byte[] first = new byte[STATUS_LINE.length()];
        from.get(from.position(), first);
        return new String(first, StandardCharsets.ISO_8859_1).equals(STATUS_LINE);
    }

    /** A write failed: an alert that has come by now tells more than "broken pipe" does. */
    private IOException explained(IOException failure) {
        ByteBuffer scratch = BufferPool.LARGE.take();
        try {
            // The engine reads nothing before it has got rid of what it has to say.
            while (lower.isOpen() && engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
                encrypt(EMPTY, scratch.clear());
            }
            if (lower.isOpen()) {
                readNow(scratch.clear());
            }
        } catch (RenegotiationException e) {
            // Before the end of a handshake it only means that the engine has something else to do first.
            return failure;
        } catch (SSLException alert) {
            alert.addSuppressed(failure);
            return alert;
        } catch (IOException e) {
            failure.addSuppressed(e);
        } finally {
            BufferPool.give(scratch);
        }
        return failure;
    }

    @Override
    public int read(ByteBuffer into, long expiresAt) throws IOException {
        while (true) {
            int read = decrypted(into);
            if (read != 0) {
                return read;
            }
            if (!receive(expiresAt)) {
                throw cut();
            }
        }
    }

    @Override
    public boolean awaitReadable(long expiresAt) throws IOException {
        return plain == null && records == null && lower.awaitReadable(expiresAt);
    }

    @Override
    public int readNow(ByteBuffer into) throws IOException {
        while (true) {
            int read = decrypted(into);
            if (read != 0) {
                return read;
            }
            ByteBuffer target = roomForRecords();
            int received = append(target, lower.readNow(room(target)));
            if (received < 0) {
                throw cut();
            }
            if (received == 0) {
                return 0;
            }
        }
    }

    @Override
    public boolean holdsOctets() {
        return records != null || plain != null;
    }

    private static EOFException cut() {
        return new EOFException("TLS connection ended without close_notify");
    }

    @Override
    public void waitTogether(@Nullable WaitStrategy learner) {
        lower.waitTogether(learner);
    }

    @Override
    public void duplex(boolean duplex) throws IOException {
        lower.duplex(duplex);
    }

    @Override
    public void write(ByteBuffer from, long expiresAt) throws IOException {
        while (from.hasRemaining()) {
            wrap(from, expiresAt);
        }
    }

    @Override
    public long send(FileChannel file, long position, long count, long expiresAt) throws IOException {
        ByteBuffer piece = BufferPool.LARGE.take();
        try {
            piece.limit((int) Math.min(count, piece.capacity()));
            int read = file.read(piece, position);
            if (read > 0) {
                write(piece.flip(), expiresAt);
            }
            return Math.max(0, read);
        } finally {
            BufferPool.give(piece);
        }
    }

    @Override
    public void limitRead(long expiresAt) {
        lower.limitRead(expiresAt);
    }

    @Override
    public void stopWriting() {
        writingStopped = true;
        lower.stopWriting();
    }

    @Override
    public boolean patient(boolean wanted) {
        return lower.patient(wanted);
    }

    @Override
    public boolean isOpen() {
        return lower.isOpen();
    }

    @Override
    public void close() {
        lower.close();
    }

    @Override
    public void closeInOrder() {
        try {
            // Once writing has been stopped, a writer may still be on its way out. Waiting for it would keep a carrier
            // on
            // JDK 21, perhaps the only one, which the writer needs.
            if (!writingStopped) {
                engine.closeOutbound();
                sendPending();
            }
        } catch (RuntimeException e) {
            // The server does without a farewell then.
        } finally {
            close();
        }
    }

    /** Sends a close_notify or an alert, if the socket takes it without waiting. */
    private void sendPending() {
        try {
            ByteBuffer out = BufferPool.LARGE.take();
            try {
                encrypt(EMPTY, out);
                if (lower.isOpen()) {
                    lower.writeNow(out.flip());
                }
            } finally {
                BufferPool.give(out);
            }
        } catch (IOException | OutOfMemoryError e) {
            // A courtesy to a peer that is gone, or beyond our means.
        }
    }

    /** Decrypts what has arrived: octets read, 0 if more must arrive first, -1 after close_notify. */
    private int decrypted(ByteBuffer into) throws IOException {
        ByteBuffer left = plain;
        if (left == null) {
            int before = into.position();
            while (unwrap(into)) {
                if (into.position() > before) {
                    return into.position() - before;
                }
            }
            left = plain;
            if (left == null) {
                return engine.isInboundDone() ? -1 : 0;
            }
        }
        int taken = Math.min(left.remaining(), into.remaining());
        into.put(left.slice(left.position(), taken));
        left.position(left.position() + taken);
        if (!left.hasRemaining()) {
            plain = null;
            BufferPool.give(left);
        }
        return taken;
    }

    /** Decrypts one record into {@code into}, or into {@link #plain} if it is too small; false if none is complete. */
    private boolean unwrap(ByteBuffer into) throws IOException {
        ByteBuffer from = records;
        if (from == null) {
            return false;
        }
        SSLEngineResult result = decrypt(from, into);
        if (!from.hasRemaining()) {
            records = null;
            BufferPool.give(from);
        }
        return switch (result.getStatus()) {
            case OK -> {
                if (result.bytesConsumed() == 0 && result.bytesProduced() == 0) {
                    throw new RenegotiationException();
                }
                if (result.bytesProduced() == 0 && ++dataless > MOST_DATALESS) {
                    throw new SSLException("more than %d TLS records without data".formatted(MOST_DATALESS));
                }
                yield true;
            }
            case BUFFER_UNDERFLOW, CLOSED -> false;
            case BUFFER_OVERFLOW -> {
                if (into.remaining() >= BufferPool.LARGE.size()) {
                    throw tooLarge();
                }
                ByteBuffer own = BufferPool.LARGE.take();
                boolean complete = unwrap(own);
                keepPlain(own);
                yield complete && plain == null;
            }
        };
    }

    private void keepPlain(ByteBuffer own) {
        if (own.flip().hasRemaining()) {
            plain = own;
        } else {
            BufferPool.give(own);
        }
    }

    /** Waits for more of a record; false at the end of the connection below. */
    private boolean receive(long expiresAt) throws IOException {
        ByteBuffer target = roomForRecords();
        return append(target, lower.read(room(target), expiresAt)) >= 0;
    }

    private static ByteBuffer room(ByteBuffer behind) {
        return behind.duplicate().limit(behind.capacity()).position(behind.limit());
    }

    /** The buffer of records with room behind what it holds. */
    private ByteBuffer roomForRecords() throws SSLException {
        ByteBuffer present = records;
        if (present == null) {
            present = BufferPool.SMALL.take().limit(0);
        } else if (present.position() > 0) {
            present.compact().flip();
        } else if (present.limit() == present.capacity()) {
            if (present.capacity() >= BufferPool.LARGE.size()) {
                throw tooLarge();
            }
            ByteBuffer larger = BufferPool.LARGE.take().put(present).flip();
            BufferPool.give(present);
            present = larger;
        }
        records = present;
        return present;
    }

    private static SSLException tooLarge() {
        return new SSLException("TLS record larger than the protocol allows");
    }

    private int append(ByteBuffer target, int received) {
        if (received > 0) {
            target.limit(target.limit() + received);
        } else if (!target.hasRemaining()) {
            records = null;
            BufferPool.give(target);
        }
        return received;
    }

    private void wrap(ByteBuffer from, long expiresAt) throws IOException {
        ByteBuffer out = BufferPool.LARGE.take();
        dataless = 0;
        try {
            SSLEngineResult result = encrypt(from, out);
            if (result.getStatus() != SSLEngineResult.Status.OK) {
                throw new SSLException("the server has closed the TLS connection");
            }
            lower.write(out.flip(), expiresAt);
        } finally {
            BufferPool.give(out);
        }
    }

    private SSLEngineResult encrypt(ByteBuffer from, ByteBuffer into) throws SSLException {
        try {
            return engine.wrap(from, into);
        } catch (RuntimeException e) {
            throw TlsIdentity.providerFailure(e);
        }
    }

    private SSLEngineResult decrypt(ByteBuffer from, ByteBuffer into) throws SSLException {
        try {
            return engine.unwrap(from, into);
        } catch (RuntimeException e) {
            throw TlsIdentity.providerFailure(e);
        }
    }

    private void runTasks() {
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
    }
}
