package io.httpipe.test.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A forward proxy for tests: an HTTP proxy (absolute form and CONNECT, RFC 9112, section 3.2) or a SOCKS5 proxy
 * (RFC 1928, with user and password by RFC 1929).
 *
 * {@snippet :
 * try (ScriptedServer origin = ScriptedServer.answering(request -> Answer.of(200, "hello"));
 *         ProxyServer proxy = ProxyServer.http().credentials("user", "secret").to(origin).start()) {
 *     client.get("http://example.test/", proxy.port());
 *
 *     assertEquals(List.of("example.test:80"), proxy.targets());
 * }
 * }
 *
 * <p>It connects to the host that the client asks for, or always {@linkplain Builder#to to one server}, so that the
 * host names in a test need not exist. The proxy resolves the names, not the client. Any thread may call any method at
 * any time.
 */
public final class ProxyServer implements AutoCloseable {
    private final ScriptedServer server;
    private final List<String> targets;

    private ProxyServer(ScriptedServer server, List<String> targets) {
        this.server = server;
        this.targets = targets;
    }

    /** {@return the settings of an HTTP proxy} */
    public static Builder http() {
        return new Builder(false);
    }

    /** {@return the settings of a SOCKS5 proxy} */
    public static Builder socks5() {
        return new Builder(true);
    }

    /** {@return the port, on 127.0.0.1} */
    public int port() {
        return server.port();
    }

    /** {@return the address on which the proxy listens} */
    public InetSocketAddress address() {
        return (InetSocketAddress) server.address();
    }

    /**
     * {@return the host and port that the client asked for, for each connection that the proxy has opened for a request
     * or a tunnel, in the order of the connections}
     */
    public List<String> targets() {
        return List.copyOf(targets);
    }

    /**
     * Returns the server that implements this proxy. It has the requests to an HTTP proxy, including CONNECT, and the
     * conversation.
     *
     * @return the server
     */
    public ScriptedServer server() {
        return server;
    }

    /**
     * Closes the proxy and its tunnels.
     *
     * @throws AssertionError if a client has violated the protocol
     */
    @Override
    public void close() throws IOException {
        server.close();
    }

    /** Settings of a new {@link ProxyServer}. For one thread. */
    public static final class Builder {
        private final boolean socks;
        private @Nullable String user;
        private String password = "";
        private @Nullable SSLContext tls;
        private @Nullable SocketAddress destination;
        private Function<RecordedRequest, @Nullable Answer> refusal = request -> null;
        private int socksReply;

        private Builder(boolean socks) {
            this.socks = socks;
        }

        /**
         * Requires credentials. An HTTP proxy requires Basic authentication, and answers 407 without it. A SOCKS5 proxy
         * requires a user and a password.
         *
         * @param name the user
         * @param secret the password
         * @return this builder
         */
        public Builder credentials(String name, String secret) {
            user = name;
            password = secret;
            return this;
        }

        /**
         * Uses TLS between the client and the proxy.
         *
         * @param context the certificate of the proxy
         * @return this builder
         */
        public Builder tls(SSLContext context) {
            tls = context;
            return this;
        }

        /**
         * Sends all requests and tunnels to one server, whichever host the client asks for.
         *
         * @param origin the server
         * @return this builder
         */
        public Builder to(ScriptedServer origin) {
            return to(origin.address());
        }

        /**
         * Sends all requests and tunnels to one address.
         *
         * @param address an {@link InetSocketAddress} or a {@link java.net.UnixDomainSocketAddress}
         * @return this builder
         */
        public Builder to(SocketAddress address) {
            destination = address;
            return this;
        }

        /**
         * Answers some requests to an HTTP proxy instead of forwarding them. The proxy checks credentials first.
         *
         * @param function returns the answer, or null to forward the request or open the tunnel
         * @return this builder
         * @throws IllegalStateException if this is a SOCKS5 proxy
         */
        public Builder refuse(Function<RecordedRequest, @Nullable Answer> function) {
            if (socks) {
                throw new IllegalStateException("a SOCKS5 proxy has no HTTP answers: use socksReply(code)");
            }
            refusal = function;
            return this;
        }

        /**
         * Refuses all tunnels of a SOCKS5 proxy.
         *
         * @param code the reply of RFC 1928, section 6, for example 5 for "connection refused"; 0 opens tunnels
         * @return this builder
         * @throws IllegalStateException if this is an HTTP proxy
         */
        public Builder socksReply(int code) {
            if (!socks) {
                throw new IllegalStateException("an HTTP proxy has no SOCKS replies: use refuse(function)");
            }
            if (code < 0 || code > 255) {
                throw new IllegalArgumentException("a SOCKS reply is from 0 to 255, not " + code);
            }
            socksReply = code;
            return this;
        }

        /**
         * Starts the proxy on a free port of 127.0.0.1.
         *
         * @return the proxy
         * @throws IOException if it cannot listen
         */
        public ProxyServer start() throws IOException {
            List<String> targets = new CopyOnWriteArrayList<>();
            Upstream upstream = new Upstream(destination, targets::add);
            Script script = socks
                    ? new SocksScript(upstream, user, password, socksReply)
                    : new HttpProxyScript(upstream, authorization(), refusal);
            ScriptedServerBuilder builder = ScriptedServer.builder().scripts(script);
            return new ProxyServer((tls == null ? builder : builder.tls(tls)).start(), targets);
        }

        private @Nullable String authorization() {
            if (user == null) {
                return null;
            }
            byte[] login = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
            return "Basic " + Base64.getEncoder().encodeToString(login);
        }
    }
}
