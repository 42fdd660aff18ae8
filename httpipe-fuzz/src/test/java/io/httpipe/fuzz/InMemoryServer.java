package io.httpipe.fuzz;

import io.httpipe.ClientInternals;
import io.httpipe.Httpipe;
import io.httpipe.Limits;
import io.httpipe.internal.connect.CallStep;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.Dialer;
import io.httpipe.internal.connect.Resolver;
import io.httpipe.internal.connect.TlsIdentity;
import io.httpipe.internal.connect.Transport;
import java.net.SocketAddress;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A dialer that connects the client to a scripted server in memory, whatever the address. */
final class InMemoryServer extends Dialer {
    /**
     * The bytes that the server sends for one request.
     *
     * @param pieces the pieces; a read returns bytes of one piece only
     * @param closes whether the server closes the connection after the last piece; otherwise it keeps silent
     */
    record Answer(Iterator<byte[]> pieces, boolean closes) {
        static Answer silentAfter(List<byte[]> pieces) {
            return new Answer(pieces.iterator(), false);
        }

        static Answer closingAfter(List<byte[]> pieces) {
            return new Answer(pieces.iterator(), true);
        }
    }

    /** The behaviour of the server. */
    interface Script {
        /**
         * Returns the answer to a request, or null if the request is not complete.
         *
         * @param connection the number of connections opened after {@link #play} and before this one
         * @param exchange   the number of requests that this connection received before this request
         * @param request    the bytes of the request received so far
         */
        @Nullable
        Answer answer(int connection, int exchange, byte[] request);
    }

    private final List<InMemoryTransport> connections = new CopyOnWriteArrayList<>();
    private volatile Script script = (connection, exchange, request) -> null;

    InMemoryServer() {
        super(Resolver.SYSTEM);
    }

    /** Returns a client of this server. It has at most one open connection per route. */
    Httpipe client(Limits limits) {
        return ClientInternals.clientBuilder(this)
                .limits(limits)
                .maxConnectionsPerRoute(1)
                .build();
    }

    /** Closes all connections, and uses this script from now on. */
    void play(Script next) {
        connections.forEach(InMemoryTransport::close);
        connections.clear();
        script = next;
    }

    /** The connections opened since {@link #play}. */
    List<InMemoryTransport> connections() {
        return connections;
    }

    @Override
    public Transport dial(SocketAddress address, @Nullable TlsIdentity tls, CallTimeouts timeouts) {
        timeouts.enter(CallStep.CONNECT);
        int number = connections.size();
        Script current = script;
        InMemoryTransport opened =
                new InMemoryTransport((exchange, request) -> current.answer(number, exchange, request));
        connections.add(opened);
        return opened;
    }
}
