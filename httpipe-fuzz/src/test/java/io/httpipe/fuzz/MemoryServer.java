package io.httpipe.fuzz;

import io.httpipe.Httpipe;
import io.httpipe.Inside;
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

/** A server without a network: whatever a client connects to, it is here, and answers as the test says. */
final class MemoryServer extends Dialer {
    /**
     * What comes back.
     *
     * @param pieces one for each read
     * @param closes whether the server then closes the connection, or else keeps silent
     */
    record Answer(Iterator<byte[]> pieces, boolean closes) {
        static Answer silentAfter(List<byte[]> pieces) {
            return new Answer(pieces.iterator(), false);
        }

        static Answer closingAfter(List<byte[]> pieces) {
            return new Answer(pieces.iterator(), true);
        }
    }

    /** How it answers. */
    interface Script {
        /**
         * The answer to a request, or null if that has not come whole.
         *
         * @param connection how many connections had been opened before this one
         * @param exchange   how many requests had come over it before this one
         * @param request    what has come of it
         */
        @Nullable
        Answer to(int connection, int exchange, byte[] request);
    }

    private final List<MemoryTransport> connections = new CopyOnWriteArrayList<>();
    private volatile Script script = (connection, exchange, request) -> null;

    MemoryServer() {
        super(Resolver.SYSTEM);
    }

    /** A client of this server that has at most one connection open. */
    Httpipe client(Limits limits) {
        return Inside.client(this).limits(limits).maxOpen(1).build();
    }

    /** Answers like this from now on; connections that there are have ended. */
    void play(Script next) {
        connections.forEach(MemoryTransport::close);
        connections.clear();
        script = next;
    }

    /** The connections since {@link #play}. */
    List<MemoryTransport> connections() {
        return connections;
    }

    @Override
    public Transport dial(SocketAddress address, @Nullable TlsIdentity tls, CallTimeouts budget) {
        budget.enter(CallStep.CONNECT);
        int number = connections.size();
        Script playing = script;
        MemoryTransport opened = new MemoryTransport((exchange, request) -> playing.to(number, exchange, request));
        connections.add(opened);
        return opened;
    }
}
