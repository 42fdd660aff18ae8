package io.httpipe.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Body;
import io.httpipe.BodyReader;
import io.httpipe.ConnectFailedException;
import io.httpipe.ConnectOptions;
import io.httpipe.Endpoint;
import io.httpipe.Exchange;
import io.httpipe.Httpipe;
import io.httpipe.Phase;
import io.httpipe.Request;
import io.httpipe.Response;
import io.httpipe.TimedOutException;
import io.httpipe.Timeouts;
import io.httpipe.Tls;
import io.httpipe.TlsFailedException;
import io.httpipe.Token;
import io.httpipe.UriParts;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The manual's sections Connection and Utility. The name of a test starts with the name in the manual. */
class ManualConnectionIT {
    private static final Request OK = Request.get("/simple-ok");
    private static final Endpoint TCP = Transport.TCP.endpoint();

    @AutoClose
    private final Httpipe hp = Clients.create();

    private static String connection(Response response) {
        String connection = response.headers().first("X-Connection");
        if (connection == null) {
            throw new AssertionError("nginx always sends it");
        }
        return connection;
    }

    @Test
    void new_chunk_size_limitsBodyTokens() throws Exception {
        try (Httpipe small = Clients.builder().chunkSize(7).build();
                Exchange exchange = small.connect(TCP)) {
            exchange.sendRequest(Request.get("/length?n=1000"));
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            int longest = 0;
            for (Token token = exchange.read(); !(token instanceof Token.Eof); token = exchange.read()) {
                if (token instanceof Token.Body piece) {
                    body.write(piece.data());
                    longest = Math.max(longest, piece.data().length);
                }
            }
            assertEquals(7, longest);
            assertArrayEquals(DigitBody.bytes(1000), body.toByteArray());
        }
    }

    @Test
    void new_sock_usesAConnectedChannel() throws Exception {
        SocketChannel tcp = SocketChannel.open(new InetSocketAddress(Nginx.host(), Nginx.httpPort()));
        SocketChannel unix = SocketChannel.open(UnixDomainSocketAddress.of(Nginx.unixSocket()));
        for (SocketChannel channel : new SocketChannel[] {tcp, unix}) {
            try (Exchange exchange = hp.attach(channel)) {
                String first = connection(exchange.request(OK));
                assertEquals(first, connection(exchange.request(OK)));
            }
            assertFalse(channel.isOpen(), "the exchange owns it, and no pool does");
        }
        assertEquals(0, hp.request(Transport.TCP.get("/simple-ok")).reusedTimes());
    }

    @Test
    void connect_host_port() throws Exception {
        try (Exchange exchange = hp.connect(Nginx.host(), Nginx.httpPort())) {
            assertEquals("OK\n", exchange.request(OK).text());
        }
    }

    @Test
    void connect_unix() throws Exception {
        try (Exchange exchange = hp.connect(Endpoint.unix(Nginx.unixSocket()))) {
            assertEquals("OK\n", exchange.request(OK).text());
            assertEquals("localhost", exchange.request(Request.get("/host")).text());
        }
    }

    @ParameterizedTest
    @EnumSource
    void connect_usesAnIdleConnectionFirst(Transport transport) throws Exception {
        String first = connection(hp.request(transport.get("/simple-ok")));
        ConnectOptions tls = ConnectOptions.DEFAULT.tls(Clients.trustingTls());
        try (Exchange exchange =
                hp.connect(transport.endpoint(), transport == Transport.TLS ? tls : ConnectOptions.DEFAULT)) {
            assertEquals(first, connection(exchange.request(OK)));
        }
    }

    @Test
    void connect_pool_keepsConnectionsApart() throws Exception {
        ConnectOptions a = ConnectOptions.DEFAULT.pool("a");
        ConnectOptions b = ConnectOptions.DEFAULT.pool("b");
        String inA = requestAndKeep(TCP, a);
        String inB = requestAndKeep(TCP, b);
        String unnamed = requestAndKeep(TCP, ConnectOptions.DEFAULT);
        assertNotEquals(inA, inB);
        assertNotEquals(inA, unnamed);
        assertNotEquals(inB, unnamed);
        assertEquals(inA, requestAndKeep(TCP, a));
        assertEquals(inB, requestAndKeep(TCP, b));
        assertEquals(unnamed, requestAndKeep(TCP, ConnectOptions.DEFAULT));
        assertEquals(
                inA, connection(hp.request(Transport.TCP.get("/simple-ok").pool("a"))), "requests use the same pool");
    }

    private String requestAndKeep(Endpoint endpoint, ConnectOptions options) throws Exception {
        try (Exchange exchange = hp.connect(endpoint, options)) {
            String connection = connection(exchange.request(OK));
            assertTrue(exchange.keepAlive());
            return connection;
        }
    }

    @Test
    void connect_err_reportsTheFailedPhase() throws Exception {
        ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        int port = closed.getLocalPort();
        closed.close();
        ConnectFailedException e = assertThrows(ConnectFailedException.class, () -> hp.connect("127.0.0.1", port));
        assertEquals(Phase.CONNECT, e.phase());
    }

    @Test
    void set_timeout_limitsHandshakesAndReads() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            try (Exchange exchange = hp.connect("127.0.0.1", silent.getLocalPort())) {
                exchange.setTimeout(Duration.ofMillis(100));
                TimedOutException e = assertThrows(TimedOutException.class, exchange::tlsHandshake);
                assertEquals(Phase.TLS, e.phase());
            }
            try (Exchange exchange = hp.connect("127.0.0.1", silent.getLocalPort())) {
                exchange.setTimeout(Duration.ofMillis(100));
                exchange.sendRequest(OK);
                TimedOutException e = assertThrows(TimedOutException.class, exchange::read);
                assertEquals(Phase.RESPONSE_HEAD, e.phase());
            }
        }
    }

    @Test
    void set_timeout_limitsConnect() throws Exception {
        Timeouts limited = Timeouts.of(Duration.ofSeconds(1));
        ConnectOptions tls = ConnectOptions.DEFAULT.tls(Clients.trustingTls()).timeouts(limited);
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            TimedOutException e = assertThrows(
                    TimedOutException.class, () -> hp.connect(Endpoint.of("127.0.0.1", silent.getLocalPort()), tls));
            assertEquals(Phase.TLS, e.phase());
        }
    }

    @Test
    void ssl_handshake_reused_session() throws Exception {
        Tls tls = Clients.newTrustingTls();
        assertFalse(handshake(tls));
        assertTrue(handshake(tls));
        assertFalse(handshake(tls.sessionReuse(false)));
    }

    private boolean handshake(Tls tls) throws Exception {
        try (Exchange exchange = hp.connect(Transport.TLS.endpoint())) {
            boolean resumed = exchange.tlsHandshake(tls).resumed();
            exchange.request(OK.header("Connection", "close"));
            return resumed;
        }
    }

    @Test
    void ssl_handshake_server_name() throws Exception {
        try (Exchange exchange = hp.connect(Transport.TLS.endpoint())) {
            exchange.tlsHandshake(Clients.trustingTls().serverName("httpipe.test"));
            assertEquals("httpipe.test", exchange.request(OK).headers().first("X-TLS-Server-Name"));
        }
    }

    @Test
    void ssl_handshake_ssl_verify() throws Exception {
        Tls wrongName = Clients.trustingTls().serverName("wrong.test");
        try (Exchange exchange = hp.connect(Transport.TLS.endpoint())) {
            assertThrows(TlsFailedException.class, () -> exchange.tlsHandshake(wrongName));
        }
        try (Exchange exchange = hp.connect(Transport.TLS.endpoint())) {
            exchange.tlsHandshake(wrongName.verify(false));
            assertEquals("OK\n", exchange.request(OK).text());
        }
    }

    @ParameterizedTest
    @EnumSource
    void set_keepalive_releasesTheConnection(Transport transport) throws Exception {
        String first;
        try (Exchange exchange = transport.connect(hp)) {
            assertThrows(IllegalStateException.class, () -> {
                exchange.sendRequest(OK);
                exchange.keepAlive(); // before the response has been read
            });
            first = connection(exchange.readResponse());
            assertTrue(exchange.keepAlive());
            assertThrows(IllegalStateException.class, () -> exchange.sendRequest(OK));
        }
        assertEquals(first, connection(hp.request(transport.get("/simple-ok"))));
    }

    @Test
    void set_keepalive_returnsWhetherTheConnectionIsKept() throws Exception {
        try (Exchange exchange = hp.connect(TCP)) {
            exchange.request(Request.get("/until-close?n=10"));
            assertFalse(exchange.keepAlive());
        }
    }

    @Test
    void set_keepalive_max_idle_timeout() throws Exception {
        try (Exchange exchange = hp.connect(TCP)) {
            exchange.request(OK);
            assertTrue(exchange.keepAlive(Duration.ofMillis(10), 10));
        }
        Clients.awaitNoConnection(hp);
        assertEquals(0, hp.request(Transport.TCP.get("/simple-ok")).reusedTimes());
    }

    @Test
    void set_keepalive_pool_size() throws Exception {
        Duration minute = Duration.ofMinutes(1);
        try (Exchange older = hp.connect(TCP);
                Exchange newer = hp.connect(TCP)) {
            older.request(OK);
            String kept = connection(newer.request(OK));
            assertTrue(older.keepAlive(minute, 1));
            assertTrue(newer.keepAlive(minute, 1));
            assertEquals(1, hp.stats().getFirst().idle());
            assertEquals(kept, connection(hp.request(Transport.TCP.get("/simple-ok"))));
        }
    }

    @ParameterizedTest
    @EnumSource
    void get_reused_times_countsFromZero(Transport transport) throws Exception {
        ConnectOptions options =
                transport == Transport.TLS ? ConnectOptions.DEFAULT.tls(Clients.trustingTls()) : ConnectOptions.DEFAULT;
        for (int i = 0; i < 3; i++) {
            try (Exchange exchange = hp.connect(transport.endpoint(), options)) {
                assertEquals(i, exchange.reusedTimes());
                assertEquals(i, exchange.request(OK).reusedTimes());
                assertTrue(exchange.keepAlive());
            }
        }
    }

    @Test
    void close_keepsTheConnectionOnlyIfItIsReusable() throws Exception {
        Exchange read = hp.connect(TCP);
        read.request(OK);
        read.close();
        read.close();
        Exchange unread = hp.connect(TCP);
        assertEquals(1, unread.reusedTimes());
        unread.sendRequest(Request.get("/sleep?ms=3600000"));
        unread.close();
        assertThrows(IllegalStateException.class, unread::read);
        assertEquals(0, hp.request(Transport.TCP.get("/simple-ok")).reusedTimes());
    }

    @Test
    void close_forcibly() throws Exception {
        try (Exchange exchange = hp.connect(TCP)) {
            exchange.request(OK);
            exchange.abort();
        }
        assertEquals(0, hp.request(Transport.TCP.get("/simple-ok")).reusedTimes());
    }

    @Test
    void parse_uri_returnsWhatTheGenericInterfaceNeeds() throws Exception {
        String uri = Nginx.uri("/uri/a%20b?c=d").toString();
        UriParts parts = Httpipe.parseUri(uri);
        assertEquals(new UriParts("http", Nginx.host(), Nginx.httpPort(), "/uri/a%20b", "c=d"), parts);
        try (Exchange exchange = hp.connect(parts.host(), parts.port())) {
            Request request = Request.get(parts.path() + "?" + parts.query());
            assertEquals("/uri/a%20b?c=d", exchange.request(request).text());
        }
    }

    @Test
    void parse_uri_err_forABadUri() {
        for (String bad : new String[] {"ftp://a/", "http://user@a/", "http://a:0/", "http://a:80@b/", "//a/", "/a"}) {
            assertThrows(IllegalArgumentException.class, () -> Httpipe.parseUri(bad), bad);
        }
    }

    @Test
    void get_client_body_reader_chunk_size() throws Exception {
        try (JdkServer server = JdkServer.of(exchange -> {
            BodyReader reader = BodyReader.of(exchange);
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            for (byte[] chunk = reader.readChunk(10); chunk != null; chunk = reader.readChunk(10)) {
                if (chunk.length > 10) {
                    throw new IOException("a chunk of " + chunk.length);
                }
                body.write(chunk);
            }
            JdkServer.respond(exchange, body.toByteArray());
        })) {
            Request request = Request.post(server.uri("/"));
            assertEquals(
                    DigitBody.text(25),
                    hp.request(request.body(DigitBody.bytes(25))).text());
            Body unknownLength = Body.of(new ByteArrayInputStream(DigitBody.bytes(25)));
            assertEquals(
                    DigitBody.text(25), hp.request(request.body(unknownLength)).text());
            assertEquals("", hp.request(request).text());
        }
    }

    @Test
    void get_client_body_reader_fromAnyStream() throws Exception {
        byte[] body = "hello".getBytes(US_ASCII);
        Request request = Transport.TCP.post("/body");
        Response known = hp.request(request.body(Body.of(BodyReader.of(new ByteArrayInputStream(body), 5))));
        assertEquals("Content-Length: 5", known.headers().first("X-Framing"));
        assertEquals("hello", known.text());
        Response unknown = hp.request(request.body(Body.of(BodyReader.of(new ByteArrayInputStream(body)))));
        assertEquals("Transfer-Encoding: chunked", unknown.headers().first("X-Framing"));
        assertEquals("hello", unknown.text());
        assertNull(BodyReader.of(new ByteArrayInputStream(new byte[0])).readChunk(10));
    }
}
