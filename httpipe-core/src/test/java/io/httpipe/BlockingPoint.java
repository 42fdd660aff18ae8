package io.httpipe;

import io.httpipe.testing.HalfDeadHost;
import io.httpipe.testing.LargeBody;
import io.httpipe.testing.Servers;
import io.httpipe.testing.Transports;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Each point at which a call can block. A {@link HeldCall} keeps a call there. */
enum BlockingPoint {
    /** Another call fetches the token that this call needs too. */
    TOKEN(
            Phase.PAUSE,
            Where.PAUSE,
            0,
            0,
            hold -> hold.fetchToken(),
            hold -> hold.hp.request(hold.get("/ok").credentials(hold.credentials()))),

    /** The only allowed connection is in use. */
    POOL(Phase.ACQUIRE, "ConnectionPool.lease", 0, 1) {
        @Override
        void prepare(HeldCall hold) throws IOException {
            hold.keep();
            hold.awaitKept();
        }

        @Override
        void call(HeldCall hold) throws IOException {
            hold.hp.request(hold.get("/ok"));
        }
    },

    EXCHANGE_POOL(Phase.ACQUIRE, "ConnectionPool.lease", 0, 1) {
        @Override
        void prepare(HeldCall hold) throws IOException {
            hold.keep();
            hold.awaitKept();
        }

        @Override
        void call(HeldCall hold) throws IOException {
            hold.connect();
        }
    },

    LOOKUP(Phase.RESOLVE, "Resolver.resolveBy", 0, 0, hold -> hold.hp.request(hold.getOfSlowHost("/ok"))),

    /** A lookup that another thread has begun, through a caching resolver. */
    SHARED_LOOKUP(
            Phase.RESOLVE,
            "DnsCache.await",
            0,
            0,
            hold -> hold.lookUpAside(),
            hold -> hold.hp.request(hold.getOfSlowHost("/ok"))),

    CONNECT(Phase.CONNECT, "SocketTransport.connect", 0, 0, hold -> hold.hp.request(hold.getOfFullHost("full.test"))),

    /** Two attempts to connect at the same time. */
    RACE(Phase.CONNECT, Where.RACE, 0, 0, hold -> hold.hp.request(hold.getOfFullHost("two.test"))),

    /** Waiting for the attempt of another thread. All others have failed. */
    RACE_OF_HELPERS(
            Phase.CONNECT,
            "AddressRace.awaitHelpers",
            0,
            0,
            hold -> hold.halfDead = new HalfDeadHost(),
            hold -> hold.hp.request(hold.getOfHalfDeadHost())),

    /** An HTTP proxy that does not answer CONNECT. */
    PROXY_CONNECT(
            Phase.PROXY,
            Where.TUNNEL,
            hold -> hold.hp.request(Request.get("http://origin.test/").proxy(httpProxy(hold)))),

    EXCHANGE_PROXY_CONNECT(
            Phase.PROXY,
            Where.TUNNEL,
            hold -> hold.hp.connect(Endpoint.of("begun.test", 80), ConnectOptions.DEFAULT.proxy(httpProxy(hold)))),

    /** A SOCKS5 proxy that answers nothing. */
    PROXY_SOCKS(
            Phase.PROXY,
            "SocksHandshake.run SocketTransport.read",
            1,
            0,
            hold -> hold.hp.request(
                    Request.get("http://origin.test/").proxy(Proxy.socks5("127.0.0.1", hold.server.port())))),

    /** A {@link TlsSource} that does not answer. */
    TLS_SOURCE(Phase.TLS, "TlsReload.await", 0, 0, HangingTls::call),

    EXCHANGE_TLS_SOURCE(Phase.TLS, "TlsReload.await", 1, 0, HangingTls::handshake),

    HANDSHAKE(Phase.TLS, Where.HANDSHAKE, 1, 0, hold -> hold.hp.request(hold.get("/ok"))),

    EXCHANGE_HANDSHAKE(
            Phase.TLS,
            Where.HANDSHAKE,
            1,
            0,
            hold -> hold.hp.connect(Servers.endpoint(hold.server)).tlsHandshake(HeldCall.TRUSTING)),

    /** A request head larger than the socket buffers. */
    HEAD_OUT(
            Phase.SEND,
            "RequestHead.sendOver SocketTransport.write",
            1,
            0,
            hold -> hold.hp.request(hold.get("/ok").header("X-Large", HeldCall.LARGE))),

    BYTES_OUT(
            Phase.SEND, Where.WRITE, hold -> hold.hp.request(hold.post("/deaf").body(HeldCall.BYTES))),

    FILE_OUT(
            Phase.SEND,
            "Upload.write SocketTransport.",
            hold -> hold.hp.request(hold.post("/deaf").body(LargeBody.FILE.body()))),

    /** A body stream that another thread reads and sends. */
    STREAM_OUT(
            Phase.SEND, Where.FEED, hold -> hold.hp.request(hold.post("/deaf").body(Body.of(hold.largeStream())))),

    COUNTED_STREAM_OUT(
            Phase.SEND,
            Where.FEED,
            hold -> hold.hp.request(hold.post("/deaf").body(Body.of(hold.largeStream(), LargeBody.SIZE)))),

    WRITER_OUT(
            Phase.SEND,
            Where.WRITE,
            hold -> hold.hp.request(
                    hold.post("/deaf").body(LargeBody.WRITER.body(new AtomicLong(Long.MIN_VALUE / 2))))),

    ITERATOR_OUT(Phase.SEND, Where.WRITE, 1, 1) {
        @Override
        void call(HeldCall hold) throws IOException {
            Iterable<byte[]> pieces = Collections.nCopies(LargeBody.SIZE / 8192, new byte[8192]);
            hold.hp.request(hold.post("/deaf").body(Body.of(pieces.iterator())));
        }
    },

    EXCHANGE_OUT(
            Phase.SEND,
            Where.WRITE,
            hold -> hold.connect().sendRequest(Request.post("/deaf").body(HeldCall.BYTES))),

    /** A body stream that returns one byte and then blocks. */
    SILENT_STREAM(
            Phase.SEND, Where.FEED, hold -> hold.hp.request(hold.post("/silent").body(Body.of(hold.silentStream(1))))),

    /** A body stream that blocks before its first byte, so the head is not sent either. */
    MUTE_STREAM(
            Phase.SEND,
            Where.FEED,
            1,
            0,
            hold -> hold.hp.request(hold.post("/silent").body(Body.of(hold.silentStream(0))))),

    /** A pipe whose source sends half of its body. */
    PIPE_IN(
            Phase.RESPONSE_BODY,
            Where.READ_BODY,
            2,
            2,
            hold -> hold.hp.stream(hold.get("/length").pool("source")).pipe().request(hold.post("/silent"))),

    /** A pipe whose destination reads nothing. */
    PIPE_OUT(
            Phase.SEND,
            Where.WRITE,
            2,
            2,
            hold -> hold.hp.stream(hold.get("/endless").pool("source")).pipe().request(hold.post("/deaf"))),

    /** Sending a large body after half of the 200 response has arrived. */
    OUT_BESIDE_RESPONSE(
            Phase.SEND,
            Where.WRITE,
            hold -> hold.hp.request(hold.post("/half-and-deaf").body(HeldCall.BYTES))),

    /** The same for an exchange, which buffers a part of the response. */
    EXCHANGE_OUT_BESIDE_RESPONSE(
            Phase.SEND,
            Where.WRITE,
            hold -> hold.connect().sendRequest(Request.post("/half-and-deaf").body(HeldCall.BYTES))),

    /** Waiting for a streamed response while a large body is sent. */
    HEAD_BESIDE_UPLOAD(
            Phase.SEND,
            Where.AWAIT_UPLOAD,
            hold -> hold.hp.stream(hold.post("/deaf").body(HeldCall.BYTES))),

    /** Reading a response body while the request is still being sent. */
    BODY_BESIDE_UPLOAD(
            Phase.RESPONSE_BODY,
            "UploadState.readBody SocketTransport.read",
            hold -> hold.hp.stream(hold.post("/half-and-deaf").body(HeldCall.BYTES))
                    .body()
                    .readAllBytes()),

    /** Waiting for the upload after the whole response has arrived. */
    UPLOAD_BEHIND_BODY(
            Phase.SEND,
            Where.AWAIT_UPLOAD,
            hold -> hold.hp.stream(hold.post("/all-and-deaf").body(HeldCall.BYTES))
                    .body()
                    .readAllBytes()),

    /** The same, with a body source that blocks. */
    SILENT_UPLOAD_BEHIND_BODY(
            Phase.SEND,
            Where.AWAIT_UPLOAD,
            hold -> hold.hp.stream(hold.post("/all-and-deaf").body(Body.of(hold.silentStream(1))))
                    .body()
                    .readAllBytes()),

    /** Closing a response whose request is still being sent. */
    CLOSE_BESIDE_UPLOAD(
            null,
            "UploadState.finishUnread SocketTransport.read",
            hold -> hold.hp.stream(hold.post("/half-and-deaf").body(HeldCall.BYTES))
                    .close()),

    CONTINUE(
            Phase.RESPONSE_HEAD,
            "ResponseListener.awaitGoAhead",
            hold -> hold.hp.request(hold.post("/silent").body("x").expectContinue(HeldCall.LONG))),

    /** Waiting for the response to an upload. Another thread reads it. */
    ANSWER_TO_UPLOAD(
            Phase.RESPONSE_HEAD,
            "ResponseListener.conclude",
            hold -> hold.hp.request(hold.post("/silent").body(new byte[300_000]))),

    /** Over a reused connection, so that a second attempt would be allowed. */
    HEAD_IN(
            Phase.RESPONSE_HEAD,
            Where.READ_HEAD,
            1,
            2,
            hold -> hold.hp.request(hold.get("/ok")),
            hold -> hold.hp.request(hold.get("/silent"))),

    EXCHANGE_HEAD_IN(Phase.RESPONSE_HEAD, Where.READ_HEAD, 1, 1) {
        @Override
        void call(HeldCall hold) throws IOException {
            Exchange exchange = hold.connect();
            exchange.sendRequest(Request.get("/silent"));
            exchange.read();
        }
    },

    LENGTH_IN(Phase.RESPONSE_BODY, Where.READ_BODY, hold -> hold.hp.request(hold.get("/length"))),

    CHUNKS_IN(Phase.RESPONSE_BODY, Where.READ_BODY, hold -> hold.hp.request(hold.get("/chunked"))),

    UNTIL_CLOSE_IN(Phase.RESPONSE_BODY, Where.READ_BODY, hold -> hold.hp.request(hold.get("/until-close"))),

    STREAM_IN(Phase.RESPONSE_BODY, Where.READ_BODY, 1, 1) {
        @Override
        void call(HeldCall hold) throws IOException {
            try (InputStream body = hold.hp.stream(hold.get("/chunked")).body()) {
                body.readAllBytes();
            }
        }
    },

    TOKEN_IN(Phase.RESPONSE_BODY, Where.READ_BODY, 1, 1) {
        @Override
        void call(HeldCall hold) throws IOException {
            Exchange exchange = hold.connect();
            exchange.sendRequest(Request.get("/chunked"));
            while (!(exchange.read() instanceof Token.Eof)) {
                continue;
            }
        }
    },

    EXCHANGE_RESPONSE_IN(
            Phase.RESPONSE_BODY, Where.READ_BODY, hold -> hold.connect().request(Request.get("/length"))),

    /** Reading the unwanted rest of a body. It ends by itself after a short time. */
    DRAIN(null, Where.DRAIN, hold -> hold.hp.stream(hold.get("/length")).close()),

    EXCHANGE_DRAIN(null, Where.DRAIN, 1, 1) {
        @Override
        void call(HeldCall hold) throws IOException {
            try (Exchange exchange = hold.connect()) {
                exchange.sendRequest(Request.get("/length"));
                exchange.read();
            }
        }
    },

    /** The first attempt used a dead connection. The second attempt looks up the host again. */
    SECOND_LOOKUP(
            Phase.RESOLVE,
            "Resolver.resolveBy",
            0,
            2,
            hold -> hold.hp.request(hold.getOfSlowHost("/ok")),
            hold -> hold.hp.request(hold.getOfSlowHost("/dies"))),

    /** The second attempt waits because another call has taken the connection slot. */
    SECOND_POOL(
            Phase.ACQUIRE,
            "ConnectionPool.lease",
            0,
            3,
            hold -> hold.hp.request(hold.get("/ok")),
            hold -> hold.hp.request(hold.get("/dies-when-another-waits"))),

    SECOND_HEAD_IN(
            Phase.RESPONSE_HEAD,
            Where.READ_HEAD,
            1,
            3,
            hold -> hold.hp.request(hold.get("/ok")),
            hold -> hold.hp.request(hold.get("/dies-once"))),

    FANOUT_ALL(
            Phase.RESPONSE_HEAD,
            "FanOutWorkers.take",
            3,
            3,
            hold -> FanOut.over(hold.hp).all(Collections.nCopies(3, hold.get("/silent")))),

    FANOUT_FIRST(
            Phase.RESPONSE_HEAD,
            "FanOutWorkers.poll",
            3,
            3,
            hold -> FanOut.over(hold.hp).first(Collections.nCopies(3, hold.get("/silent")))),

    FANOUT_HEDGE(
            Phase.RESPONSE_HEAD,
            "FanOutWorkers.poll",
            hold -> FanOut.over(hold.hp).hedge(hold.get("/silent"), HeldCall.LONG)),

    FANOUT_RESULTS(Phase.RESPONSE_HEAD, "FanOutWorkers.take", 3, 3) {
        @Override
        void call(HeldCall hold) throws IOException {
            try (FanOutResults results = FanOut.over(hold.hp).results(Collections.nCopies(3, hold.get("/silent")))) {
                results.next().orThrow();
            }
        }
    },

    /** The wait before the client connects again for more events. */
    EVENTS_PAUSE(
            Phase.PAUSE,
            Where.PAUSE,
            0,
            1,
            hold -> hold.hp.events(hold.get("/events-that-end")).next()),

    /** The wait before a download continues. */
    DOWNLOAD_PAUSE(Phase.PAUSE, Where.PAUSE, 0, 2) {
        @Override
        void call(HeldCall hold) throws IOException {
            Path target = Path.of(System.getProperty("java.io.tmpdir"), "httpipe-held-call");
            Download.run(hold.hp, hold.get("/cut"), target, null, longest -> 40_000_000_000L);
        }
    },

    EVENTS_IN(
            Phase.RESPONSE_BODY,
            Where.READ_BODY,
            hold -> hold.hp.events(hold.get("/events"), HeldCall.LONG).next()),

    /** Closing the client, which waits for a running call. */
    CLIENT_CLOSE(
            null,
            "ConnectionPool.close",
            1,
            1,
            hold -> hold.runAside(() -> hold.hp.request(hold.get("/silent"))),
            hold -> hold.hp.close());

    private static final Set<BlockingPoint> NOT_OVER_TLS =
            Collections.unmodifiableSet(EnumSet.of(CONNECT, RACE, RACE_OF_HELPERS, PROXY_SOCKS));
    private static final Set<BlockingPoint> OVER_TLS_ONLY =
            Collections.unmodifiableSet(EnumSet.of(TLS_SOURCE, EXCHANGE_TLS_SOURCE, HANDSHAKE, EXCHANGE_HANDSHAKE));
    private static final Set<BlockingPoint> NOT_OVER_UNIX = Collections.unmodifiableSet(EnumSet.of(
            LOOKUP,
            SHARED_LOOKUP,
            RACE,
            RACE_OF_HELPERS,
            SECOND_LOOKUP,
            PROXY_CONNECT,
            EXCHANGE_PROXY_CONNECT,
            PROXY_SOCKS));

    /** The phase in the exception of a call that fails here; null if nothing fails. */
    final @Nullable Phase phase;

    /** The httpipe methods in which the calling thread waits, separated by spaces. */
    final String where;

    /** How many sockets the server sees closed when the call is over. */
    final int sockets;

    /** How many complete request heads the server has read when the call waits, including the preparation. */
    final int heads;

    private final @Nullable Step preparation;
    private final @Nullable Step step;

    BlockingPoint(@Nullable Phase phase, String where, Step step) {
        this(phase, where, 1, 1, null, step);
    }

    BlockingPoint(@Nullable Phase phase, String where, int sockets, int heads) {
        this(phase, where, sockets, heads, null, null);
    }

    BlockingPoint(@Nullable Phase phase, String where, int sockets, int heads, Step step) {
        this(phase, where, sockets, heads, null, step);
    }

    BlockingPoint(
            @Nullable Phase phase,
            String where,
            int sockets,
            int heads,
            @Nullable Step preparation,
            @Nullable Step step) {
        this.preparation = preparation;
        this.step = step;
        this.phase = phase;
        this.where = where;
        this.sockets = sockets;
        this.heads = heads;
    }

    /** {@return the points that exist over this transport} */
    static List<BlockingPoint> over(Transports transport) {
        Set<BlockingPoint> points = EnumSet.allOf(BlockingPoint.class);
        if (transport == Transports.TLS) {
            points.removeAll(NOT_OVER_TLS);
        } else {
            points.removeAll(OVER_TLS_ONLY);
        }
        if (transport == Transports.UNIX) {
            points.removeAll(NOT_OVER_UNIX);
        }
        return List.copyOf(points);
    }

    /** How many connections the client may open. */
    int places() {
        return Math.max(1, sockets);
    }

    /** Whether the server reads at most one byte of the first connection. */
    boolean deafFromTheStart() {
        return Set.of(EXCHANGE_TLS_SOURCE, HANDSHAKE, EXCHANGE_HANDSHAKE, HEAD_OUT, PROXY_SOCKS)
                .contains(this);
    }

    /** The server as an HTTP proxy for tunnels, over TLS if the server uses TLS. */
    private static Proxy httpProxy(HeldCall hold) {
        int port = hold.server.port();
        Proxy proxy = hold.transport == Transports.TLS
                ? Proxy.https("127.0.0.1", port).tls(HeldCall.TRUSTING)
                : Proxy.http("127.0.0.1", port);
        return proxy.tunnel(true);
    }

    /** Runs first, on the thread of the test. */
    void prepare(HeldCall hold) throws IOException {
        if (preparation != null) {
            preparation.run(hold);
        }
    }

    /** Makes the call that blocks, on the calling thread. */
    void call(HeldCall hold) throws IOException {
        Objects.requireNonNull(step).run(hold);
    }

    /** The work of {@link #prepare} or {@link #call}. */
    @FunctionalInterface
    private interface Step {
        void run(HeldCall hold) throws IOException;
    }
}
