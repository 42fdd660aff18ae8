package io.httpipe.internal.connect;

import io.httpipe.internal.wire.Ascii;
import io.httpipe.internal.wire.MalformedException;
import io.httpipe.internal.wire.UriParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Asks a SOCKS5 proxy for a connection to an origin (RFC 1928), with a name and password if the proxy asks for them
 * (RFC 1929). The proxy resolves the name of the origin. Reads exactly the bytes of each answer. For one thread.
 */
final class SocksHandshake {
    private static final int VERSION = 5;
    private static final int NO_AUTHENTICATION = 0;
    private static final int PASSWORD = 2;
    private static final int NOTHING_ACCEPTABLE = 0xff;
    private static final int CONNECT = 1;
    private static final int MAX_TEXT = 255;
    private static final int IPV4 = 1;
    private static final int NAME = 3;
    private static final int IPV6 = 4;

    /** The answers of RFC 1928, section 6. */
    private static final String[] REPLIES = {
        "",
        "general failure",
        "not allowed by its rules",
        "network unreachable",
        "host unreachable",
        "connection refused",
        "the time to live expired",
        "it does not support CONNECT",
        "it does not support this type of address"
    };

    private final Transport transport;
    private final String host;
    private final int port;
    private final @Nullable ProxyLogin login;
    private final long expiresAt;

    /** Creates a handshake. The login may be null. */
    SocksHandshake(Transport transport, String host, int port, @Nullable ProxyLogin login, long expiresAt) {
        this.transport = transport;
        this.host = host;
        this.port = port;
        this.login = login;
        this.expiresAt = expiresAt;
    }

    /**
     * Runs the handshake. Afterwards, the transport carries the bytes of the origin.
     *
     * @throws ProxyRefusedException if the proxy refuses, or ends the connection in an orderly way, or if the name of
     *                               the origin is too long for SOCKS5
     * @throws IOException           for other failures, such as a reset of the connection
     */
    void run() throws IOException {
        if (login == null) {
            send(VERSION, 1, NO_AUTHENTICATION);
        } else {
            send(VERSION, 2, NO_AUTHENTICATION, PASSWORD);
        }
        byte[] choice = read(2);
        requireVersion(VERSION, choice[0]);
        int method = choice[1] & 0xff;
        if (method == NOTHING_ACCEPTABLE) {
            throw new ProxyRefusedException(
                    login == null
                            ? "the SOCKS5 proxy requires credentials; use Proxy.credentials"
                            : "the SOCKS5 proxy requires another kind of credentials than a name and password",
                    0,
                    false);
        }
        if (method == PASSWORD && login != null) {
            logIn(login);
        } else if (method != NO_AUTHENTICATION) {
            throw new MalformedException("the SOCKS5 proxy chose method %d, which was not offered".formatted(method));
        }
        requestConnection();
        readReply();
    }

    /** RFC 1929. */
    private void logIn(ProxyLogin credentials) throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        message.write(1);
        writeText(message, credentials.user());
        writeText(message, credentials.password());
        send(message);
        byte[] answer = read(2);
        requireVersion(1, answer[0]);
        if (answer[1] != 0) {
            throw new ProxyRefusedException("the SOCKS5 proxy does not accept the name and password", 0, false);
        }
    }

    private static void writeText(ByteArrayOutputStream message, String text) throws ProxyRefusedException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MAX_TEXT) {
            throw new ProxyRefusedException(
                    "the name of the origin has %d bytes, and SOCKS5 allows %d".formatted(bytes.length, MAX_TEXT),
                    0,
                    false);
        }
        message.write(bytes.length);
        message.write(bytes, 0, bytes.length);
    }

    private void requestConnection() throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        message.write(VERSION);
        message.write(CONNECT);
        message.write(0);
        if (Resolver.isLiteral(host)) {
            InetAddress address = InetAddress.getByName(host);
            message.write(address instanceof Inet6Address ? IPV6 : IPV4);
            message.writeBytes(address.getAddress());
        } else {
            message.write(NAME);
            writeText(message, host);
        }
        message.write(port >> 8);
        message.write(port);
        send(message);
    }

    private void readReply() throws IOException {
        byte[] reply = read(2);
        requireVersion(VERSION, reply[0]);
        int code = reply[1] & 0xff;
        if (code != 0) {
            // The rest of a refusal is not needed, and some proxies do not send it.
            String words = code < REPLIES.length ? REPLIES[code] : "unknown code";
            boolean passing = code != 2 && code < 7;
            throw new ProxyRefusedException(
                    "the SOCKS5 proxy did not connect to %s:%d: %s (code %d)"
                            .formatted(UriParser.authority(host), port, words, code),
                    0,
                    passing);
        }
        byte type = read(2)[1];
        int length = switch (type) {
            case IPV4 -> 4;
            case IPV6 -> 16;
            case NAME -> read(1)[0] & 0xff;
            default ->
                throw new MalformedException(
                        "the SOCKS5 proxy sent an address of the unknown type %d".formatted(type & 0xff));
        };
        // The address from which the proxy connects. It is not needed.
        read(length + 2);
    }

    private static void requireVersion(int expected, byte received) throws MalformedException {
        if (received != expected) {
            boolean http = received == 'H';
            throw new MalformedException(
                    http
                            ? "the proxy speaks HTTP, not SOCKS5; use Proxy.http"
                            : "the proxy does not speak SOCKS5: its answer starts with %s"
                                    .formatted(Ascii.quote(String.valueOf((char) (received & 0xff)))));
        }
    }

    private void send(int... bytes) throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        for (int b : bytes) {
            message.write(b);
        }
        send(message);
    }

    private void send(ByteArrayOutputStream message) throws IOException {
        transport.write(ByteBuffer.wrap(message.toByteArray()), expiresAt);
    }

    /** Reads exactly this many bytes. */
    private byte[] read(int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count);
        while (bytes.hasRemaining()) {
            // A read that does not need to wait does not check the time limit.
            if (expiresAt <= NanoClock.now()) {
                throw new ExpiredException();
            }
            if (transport.read(bytes, expiresAt) < 0) {
                throw new ProxyRefusedException("the SOCKS5 proxy closed the connection during the handshake", 0, true);
            }
        }
        return bytes.array();
    }
}
