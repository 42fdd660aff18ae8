package io.httpipe.internal.connect;

import io.httpipe.internal.wire.Ascii;
import io.httpipe.internal.wire.BodyFraming;
import io.httpipe.internal.wire.ChunkedDecoder;
import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.HeadParser;
import io.httpipe.internal.wire.HeadWriter;
import io.httpipe.internal.wire.MalformedException;
import io.httpipe.internal.wire.ResponseHead;
import io.httpipe.internal.wire.WireLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Arrays;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Asks an HTTP proxy for a tunnel to an origin: CONNECT (RFC 9110, section 9.3.6). For one thread.
 *
 * <p>All bytes after the head that opens the tunnel belong to the origin, so they must not be read here. That head is
 * therefore read in small pieces that certainly belong to it. Its fields about a body are ignored. Heads have the
 * default limits of responses. The body of a 407 is read up to 64 KiB.
 */
final class HttpTunnel {
    private static final WireLimits LIMITS = new WireLimits(64 << 10, 1_000, 100, 4 << 10, 16 << 10);

    /** A longer body of a 407 is not read to its end. A new connection is opened instead. */
    private static final int MAX_BODY = 64 << 10;

    /** The length of a status line up to the end of the status code. */
    private static final int STATUS_END = 12;

    private static final String CREDENTIALS = "Proxy-Authorization";

    private final Transport transport;
    private final ProxyIdentity proxy;
    private final String target;
    private final @Nullable TunnelAuthentication authentication;
    private final long expiresAt;

    /** Received bytes are between {@link #from} and {@link #to}. */
    private byte[] buffer = new byte[256];

    private int from;
    private int to;

    /** Whether a byte of the answer to the last CONNECT has arrived. */
    private boolean answerBegan;

    /**
     * Creates a tunnel that is not open yet.
     *
     * @param target         the origin's host and port
     * @param authentication null for no credentials
     */
    HttpTunnel(
            Transport transport,
            ProxyIdentity proxy,
            String target,
            @Nullable TunnelAuthentication authentication,
            long expiresAt) {
        this.transport = transport;
        this.proxy = proxy;
        this.target = target;
        this.authentication = authentication;
        this.expiresAt = expiresAt;
    }

    /**
     * Asks for the tunnel. Answers a 407 if possible.
     *
     * @return false if the answer to a 407 needs a new connection
     * @throws ProxyRefusedException if the proxy refuses the tunnel, or ends the connection in an orderly way
     * @throws IOException           for other failures, such as a reset of the connection
     */
    boolean open() throws IOException {
        for (boolean challenged = false; ; challenged = true) {
            ResponseHead head = ask(challenged);
            if (head == null) {
                return false;
            }
            TunnelAuthentication answerer = authentication;
            if (head.status() / 100 == 2) {
                if (answerer != null) {
                    answerer.accepted(head);
                }
                return true;
            }
            boolean answered = answerer != null && answerer.answers(head);
            if (!answered) {
                throw refused(head);
            }
            boolean closes = !head.keepsAlive()
                    || head.fields().members("Proxy-Connection").contains("close");
            if (closes || !drain(head)) {
                return false;
            }
        }
    }

    /**
     * Sends CONNECT and reads the head of its answer.
     *
     * @param challenged whether this connection has received a 407
     * @return null if the proxy ended the connection after that 407, and the request may succeed over a new connection
     */
    private @Nullable ResponseHead ask(boolean challenged) throws IOException {
        ByteBuffer head = connectHead();
        answerBegan = false;
        try {
            transport.write(head, expiresAt);
            return readFinalHead();
        } catch (ExpiredException | ClosedChannelException | SSLException e) {
            throw e;
        } catch (IOException e) {
            boolean again = challenged
                    && !answerBegan
                    && transport.isOpen()
                    && authentication != null
                    && authentication.repeats();
            if (!again) {
                throw e;
            }
            return null;
        }
    }

    private ByteBuffer connectHead() throws IOException {
        HeadWriter head = new HeadWriter().requestLine("CONNECT", target, 1).field("Host", target);
        FieldLines own = proxy.fields();
        for (int i = 0; i < own.size(); i++) {
            head.field(own.name(i), own.value(i));
        }
        if (!own.contains("User-Agent")) {
            head.field("User-Agent", HeadWriter.USER_AGENT);
        }
        String credentials = authentication == null ? null : authentication.credentials(target);
        if (credentials != null) {
            head.field(CREDENTIALS, credentials);
        }
        head.end();
        return ByteBuffer.wrap(head.bytes(), 0, head.length());
    }

    /** Reads the head of the final answer. Skips interim heads (RFC 9110, section 15.2). */
    private ResponseHead readFinalHead() throws IOException {
        HeadParser parser = new HeadParser(LIMITS);
        int bytes = 0;
        for (int interim = 0; interim <= LIMITS.informational(); interim++) {
            ResponseHead head = parser.head(buffer, from, to);
            while (head == null) {
                if (!fill(certainlyMissing())) {
                    throw new ProxyRefusedException(
                            to == from
                                    ? "the proxy closed the connection without an answer to CONNECT"
                                    : "the proxy closed the connection during its answer to CONNECT",
                            0,
                            true);
                }
                head = parser.head(buffer, from, to);
            }
            from += parser.consumed();
            bytes += parser.consumed();
            if (bytes > LIMITS.headBytes()) {
                throw new MalformedException(
                        "response heads larger than %d bytes together".formatted(LIMITS.headBytes()));
            }
            if (!head.informational()) {
                return head;
            }
        }
        throw new MalformedException("more than %d informational responses".formatted(LIMITS.informational()));
    }

    /**
     * Returns how many bytes may be read now. For a head that may open the tunnel, this is the number of bytes that are
     * certainly still missing.
     */
    private int certainlyMissing() {
        int length = to - from;
        if (length < STATUS_END) {
            // The shortest head has two line feeds after its status code.
            return STATUS_END + 2 - length;
        }
        if (buffer[from + 9] != '2' && buffer[from + 9] != '1') {
            return MAX_BODY;
        }
        boolean atLineStart = buffer[to - 1] == '\n' || buffer[to - 1] == '\r' && buffer[to - 2] == '\n';
        return atLineStart ? 1 : 2;
    }

    /** Reads at least one byte, and at most this many. Returns false at the end of the connection. */
    private boolean fill(int atMost) throws IOException {
        if (from == to) {
            from = 0;
            to = 0;
        } else if (to == buffer.length && from > 0) {
            System.arraycopy(buffer, from, buffer, 0, to - from);
            to -= from;
            from = 0;
        } else if (to == buffer.length) {
            buffer = Arrays.copyOf(buffer, buffer.length * 2);
        }
        // A read that does not need to wait does not check the time limit.
        if (expiresAt <= NanoClock.now()) {
            throw new ExpiredException();
        }
        int read = transport.read(ByteBuffer.wrap(buffer, to, Math.min(atMost, buffer.length - to)), expiresAt);
        to += Math.max(0, read);
        answerBegan |= read > 0;
        return read >= 0;
    }

    /** Reads the body of an answer. Returns false if the connection cannot be used for another CONNECT. */
    private boolean drain(ResponseHead head) throws IOException {
        BodyFraming framing = BodyFraming.of("CONNECT", head);
        if (framing.untilClose() || framing.length() > MAX_BODY) {
            return false;
        }
        ChunkedDecoder decoder = framing.chunked() ? new ChunkedDecoder(LIMITS) : null;
        long left = decoder == null ? framing.length() : 0;
        for (int drained = 0; drained <= MAX_BODY; ) {
            if (decoder != null && decoder.remaining() == 0) {
                from = decoder.advance(buffer, from, to);
                left = decoder.remaining();
            }
            if (left == 0 && (decoder == null || decoder.done())) {
                // Unexpected bytes after the answer would be taken for the next answer.
                return from == to;
            }
            int taken = (int) Math.min(left, to - from);
            if (taken == 0 && !fill(MAX_BODY)) {
                return false;
            }
            from += taken;
            left -= taken;
            drained += taken;
            if (decoder != null && taken > 0) {
                decoder.dataTaken(taken);
            }
        }
        return false;
    }

    private ProxyRefusedException refused(ResponseHead head) {
        int status = head.status();
        String reason =
                head.reason().isBlank() ? "" : " " + Ascii.quote(head.reason().strip());
        String advice = "";
        if (status == 407) {
            advice = authentication == null && !proxy.fields().contains(CREDENTIALS)
                    ? "; use Proxy.credentials"
                    : "; it does not accept the credentials, or asks for neither Basic nor Digest";
        }
        boolean passing = status >= 500 || status == 408 || status == 429;
        return new ProxyRefusedException(
                "the proxy refused a tunnel to %s: %d%s%s".formatted(target, status, reason, advice), status, passing);
    }
}
