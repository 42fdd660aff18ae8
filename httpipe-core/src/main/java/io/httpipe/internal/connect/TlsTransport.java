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
 * Moves bytes over TLS, with the JDK's engine. Records are decrypted straight into the reader's buffer if they fit. The
 * transport below waits, and handles time limits and interrupts. It is a socket, or TLS with a proxy. A connection that
 * ends without close_notify is an error, because an attacker could have cut it.
 */
public final class TlsTransport implements Transport {
    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);
    private static final String STATUS_LINE = "HTTP/";
    private static final String SESSION_MARK = "io.httpipe.session";

    /**
     * How many records without data may arrive while we send nothing. Each one can be a change of keys, and the engine
     * stores an answer to each until something is sent. A normal server changes keys about every hundred gigabytes.
     */
    private static final int MAX_DATALESS = 100;

    private final Transport lower;
    private final SSLEngine engine;

    /** Set by the handshake if its session must not stay in the cache after this connection. */
    private volatile @Nullable SSLSession unshared;

    /** Received records are between its position and its limit; null while there are none. */
    private @Nullable ByteBuffer records;

    /** Decrypted bytes that did not fit into the reader's buffer; null while there are none. */
    private @Nullable ByteBuffer plain;

    private boolean resumed;

    /** The number of records without data since the last write. A concurrent write may reset it, which does no harm. */
    private int dataless;

    /** Set when the output is shut down. Another thread may still be inside a write then. */
    private volatile boolean writingStopped;

    /** The engine must do something else before it can read more. After the handshake this means a renegotiation. */
    private static final class RenegotiationException extends SSLException {
        @Serial
        private static final long serialVersionUID = 1;

        RenegotiationException() {
            super("the server asked for a TLS renegotiation, which httpipe refuses");
        }
    }

    private TlsTransport(Transport lower, SSLEngine engine) {
        this.lower = lower;
        this.engine = engine;
    }

    /**
     * Does the handshake over a connected transport. Closes the transport if that fails. {@code port} is a part of the
     * key under which sessions are kept.
     */
    static TlsTransport handshake(Transport lower, TlsIdentity identity, int port, long expiresAt) throws IOException {
        SSLEngine engine = identity.engine(port);
        TlsTransport transport = new TlsTransport(lower, engine);
        long start = System.currentTimeMillis();
        try {
            transport.handshake(expiresAt);
            SSLSession session = engine.getSession();
            if (!identity.context().settings.sessionReuse) {
                transport.unshared = session;
            }
            identity.requireVerified(engine);
            // A resumed session is older than this handshake. If httpipe made it, it can be less than a millisecond
            // older. Our sessions therefore have a mark, which the JDK copies to the sessions that resume them.
            long created = session.getCreationTime();
            transport.resumed = session.getValue(SESSION_MARK) != null || created > 0 && created < start;
            session.putValue(SESSION_MARK, SESSION_MARK);
            return transport;
        } catch (RuntimeException e) {
            transport.closeInOrder();
            throw TlsIdentity.providerFailure(e);
        } catch (IOException | Error e) {
            // A trust manager of the user may throw an Error.
            transport.closeInOrder();
            throw e;
        }
    }

    /** The session that the handshake agreed on. */
    public SSLSession session() {
        return engine.getSession();
    }

    /** Whether the handshake resumed an earlier session. */
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
                        throw preferAlert(e);
                    }
                }
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                    ByteBuffer into = BufferPool.LARGE.take();
                    boolean more;
                    try {
                        more = unwrap(into) || receive(expiresAt);
                    } catch (SSLException e) {
                        throw isPlainHttp()
                                ? new SSLException(
                                        "the server speaks plain HTTP; should the URI begin with http://?", e)
                                : e;
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

    /** Whether a status line has arrived instead of a record. The engine leaves it in the buffer. */
    private boolean isPlainHttp() {
        ByteBuffer received = records;
        if (received == null || received.remaining() < STATUS_LINE.length()) {
            return false;
        }
        byte[] start = new byte[STATUS_LINE.length()];
        received.get(received.position(), start);
        return new String(start, StandardCharsets.ISO_8859_1).equals(STATUS_LINE);
    }

    /**
     * Returns the exception for a failed write: the alert that has arrived, if any. It says more than "broken pipe".
     */
    private IOException preferAlert(IOException failure) {
        ByteBuffer scratch = BufferPool.LARGE.take();
        try {
            // The engine reads nothing before it has produced its pending output.
            while (lower.isOpen() && engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
                encrypt(EMPTY, scratch.clear());
            }
            if (lower.isOpen()) {
                readNow(scratch.clear());
            }
        } catch (RenegotiationException e) {
            // Before the end of a handshake, this only means that the engine must do something else first.
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
            int read = readDecrypted(into);
            if (read != 0) {
                return read;
            }
            if (!receive(expiresAt)) {
                throw missingCloseNotify();
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
            int read = readDecrypted(into);
            if (read != 0) {
                return read;
            }
            ByteBuffer target = recordBuffer();
            int received = append(target, lower.readNow(freeSpace(target)));
            if (received < 0) {
                throw missingCloseNotify();
            }
            if (received == 0) {
                return 0;
            }
        }
    }

    @Override
    public boolean holdsBytes() {
        return records != null || plain != null || lower.holdsBytes();
    }

    private static EOFException missingCloseNotify() {
        return new EOFException("TLS connection ended without close_notify");
    }

    @Override
    public void waitTogether(@Nullable WaitStrategy strategy) {
        lower.waitTogether(strategy);
    }

    @Override
    public void setDuplex(boolean duplex) throws IOException {
        lower.setDuplex(duplex);
    }

    @Override
    public void write(ByteBuffer source, long expiresAt) throws IOException {
        while (source.hasRemaining()) {
            wrap(source, expiresAt);
        }
    }

    @Override
    public void writeNow(ByteBuffer source) throws IOException {
        ByteBuffer out = BufferPool.LARGE.take();
        try {
            encrypt(source, out);
            lower.writeNow(out.flip());
        } finally {
            BufferPool.give(out);
        }
    }

    @Override
    public long send(FileChannel file, long position, long count, long expiresAt) throws IOException {
        ByteBuffer buffer = BufferPool.LARGE.take();
        try {
            buffer.limit((int) Math.min(count, buffer.capacity()));
            int read = file.read(buffer, position);
            if (read > 0) {
                write(buffer.flip(), expiresAt);
            }
            return Math.max(0, read);
        } finally {
            BufferPool.give(buffer);
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
    public boolean setPatient(boolean wanted) {
        return lower.setPatient(wanted);
    }

    @Override
    public boolean isOpen() {
        return lower.isOpen();
    }

    @Override
    public void close() {
        lower.close();
        forgetSession();
    }

    /** Removes the session and the sessions of its tickets from the cache. The application may use that cache too. */
    private void forgetSession() {
        SSLSession session = unshared;
        if (session != null) {
            try {
                session.invalidate();
            } catch (RuntimeException e) {
                // The session stays until the provider removes it.
            }
        }
    }

    @Override
    public void closeInOrder() {
        try {
            // After stopWriting a writer may still be inside a write. On JDK 21, waiting for it would hold a carrier,
            // perhaps the only one, and the writer needs a carrier to finish.
            if (!writingStopped) {
                engine.closeOutbound();
                sendPending();
            }
        } catch (RuntimeException e) {
            // The close_notify is optional.
        } finally {
            lower.closeInOrder();
            forgetSession();
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
            // The message is optional. The server is gone, or memory ran out.
        }
    }

    /** Decrypts what has arrived. Returns the number of bytes, 0 if more must arrive first, -1 after close_notify. */
    private int readDecrypted(ByteBuffer into) throws IOException {
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

    /**
     * Decrypts one record into {@code into}, or into {@link #plain} if {@code into} is too small. Returns false if no
     * record is complete, if the record went into {@code plain}, or after close_notify.
     */
    private boolean unwrap(ByteBuffer into) throws IOException {
        ByteBuffer received = records;
        if (received == null) {
            return false;
        }
        SSLEngineResult result = decrypt(received, into);
        if (!received.hasRemaining()) {
            records = null;
            BufferPool.give(received);
        }
        return switch (result.getStatus()) {
            case OK -> {
                if (result.bytesConsumed() == 0 && result.bytesProduced() == 0) {
                    throw new RenegotiationException();
                }
                if (result.bytesProduced() == 0 && ++dataless > MAX_DATALESS) {
                    throw new SSLException("more than %d TLS records without data".formatted(MAX_DATALESS));
                }
                yield true;
            }
            case BUFFER_UNDERFLOW, CLOSED -> false;
            case BUFFER_OVERFLOW -> {
                if (into.remaining() >= BufferPool.LARGE.size()) {
                    throw tooLarge();
                }
                ByteBuffer large = BufferPool.LARGE.take();
                boolean complete = unwrap(large);
                keepPlain(large);
                yield complete && plain == null;
            }
        };
    }

    private void keepPlain(ByteBuffer buffer) {
        if (buffer.flip().hasRemaining()) {
            plain = buffer;
        } else {
            BufferPool.give(buffer);
        }
    }

    /** Waits for more of a record. Returns false at the end of the connection below. */
    private boolean receive(long expiresAt) throws IOException {
        ByteBuffer target = recordBuffer();
        return append(target, lower.read(freeSpace(target), expiresAt)) >= 0;
    }

    private static ByteBuffer freeSpace(ByteBuffer buffer) {
        return buffer.duplicate().limit(buffer.capacity()).position(buffer.limit());
    }

    /** Returns the buffer for records, with free space behind its content. */
    private ByteBuffer recordBuffer() throws SSLException {
        ByteBuffer current = records;
        if (current == null) {
            current = BufferPool.SMALL.take().limit(0);
        } else if (current.position() > 0) {
            current.compact().flip();
        } else if (current.limit() == current.capacity()) {
            if (current.capacity() >= BufferPool.LARGE.size()) {
                throw tooLarge();
            }
            ByteBuffer larger = BufferPool.LARGE.take().put(current).flip();
            BufferPool.give(current);
            current = larger;
        }
        records = current;
        return current;
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

    private void wrap(ByteBuffer source, long expiresAt) throws IOException {
        ByteBuffer out = BufferPool.LARGE.take();
        dataless = 0;
        try {
            SSLEngineResult result = encrypt(source, out);
            if (result.getStatus() != SSLEngineResult.Status.OK) {
                throw new SSLException("the server has closed the TLS connection");
            }
            lower.write(out.flip(), expiresAt);
        } finally {
            BufferPool.give(out);
        }
    }

    private SSLEngineResult encrypt(ByteBuffer source, ByteBuffer into) throws SSLException {
        try {
            return engine.wrap(source, into);
        } catch (RuntimeException e) {
            throw TlsIdentity.providerFailure(e);
        }
    }

    private SSLEngineResult decrypt(ByteBuffer received, ByteBuffer into) throws SSLException {
        try {
            return engine.unwrap(received, into);
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
