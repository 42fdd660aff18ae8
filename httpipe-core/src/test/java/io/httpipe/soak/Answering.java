package io.httpipe.soak;

import io.httpipe.soak.Plan.Pace;
import java.io.IOException;
import java.util.SplittableRandom;

/** What the server does with one request, as its {@link Kind} says. */
final class Answering {
    private final SoakServer server;
    private final Peer peer;
    private final Peer.ResponseHead head;
    private final Plan plan;
    private final SplittableRandom random;

    Answering(SoakServer server, Peer peer, Peer.ResponseHead head) {
        this.server = server;
        this.peer = peer;
        this.head = head;
        this.plan = head.question.plan();
        this.random = new SplittableRandom(head.question.seed() + 2);
    }

    /** Whether another request may come. */
    boolean answer() throws IOException {
        return switch (head.question.kind()) {
            case GOOD -> good();
            case HEAD -> bad(Faults.head(random));
            case CHUNK -> bad(Faults.chunk(random));
            case FLOOD -> bad(Faults.flood(random));
            case BOMB -> bad(Faults.bomb(random));
            case SWITCH -> bad(Faults.switching());
            case CUT -> cut();
            case RESET -> reset();
            case STALL -> stall();
            case ENDLESS -> endless();
            case EARLY -> early(true);
            case EARLY_CLOSE -> early(false);
            case LATE -> late();
            case DEAF -> deaf();
            case NO_TLS -> noTls();
            case SINK -> throw new AssertionError("a body whose source has failed looks whole: " + peer.body(head));
            case UNREACHABLE -> throw new AssertionError("a request came where none can");
        };
    }

    private byte[] octets(long received) {
        return plan.octets(head.method, head.question.id(), "X-Received: " + received + "\r\n");
    }

    private boolean good() throws IOException {
        if (head.expects && random.nextInt(4) > 0) {
            peer.send(Faults.octets("HTTP/1.1 100 Continue\r\n\r\n"));
        }
        byte[] octets = octets(peer.body(head));
        if (plan.pace() == Pace.AT_ONCE) {
            peer.send(octets);
        } else {
            inPieces(octets);
        }
        return plan.keeps();
    }

    private void inPieces(byte[] octets) throws IOException {
        int from = 0;
        for (int pieces = random.nextInt(20); pieces > 0; pieces--) {
            boolean drips = plan.pace() == Pace.DRIPPING;
            int to = Math.min(octets.length, from + 1 + (drips ? 0 : random.nextInt(1 + octets.length / 4)));
            peer.send(octets, from, to);
            from = to;
            if (drips) {
                Peer.pause(random.nextInt(1_000));
            } else {
                Thread.yield();
            }
        }
        peer.send(octets, from, octets.length);
    }

    private boolean bad(byte[] octets) throws IOException {
        peer.body(head);
        peer.send(octets);
        if (random.nextBoolean()) {
            peer.awaitClose();
        }
        return false;
    }

    /** An answer without its end. One that the close ends lacks a part of its head, so that it can be told. */
    private boolean cut() throws IOException {
        byte[] octets = octets(peer.body(head));
        int whole = plan.canBeCutUnnoticed() ? 12 : octets.length - plan.surplus();
        peer.send(octets, 0, random.nextInt(whole));
        switch (random.nextInt(3)) {
            case 0 -> peer.reset();
            case 1 -> peer.cut();
            default -> peer.close();
        }
        return false;
    }

    private boolean reset() throws IOException {
        if (random.nextBoolean()) {
            peer.skip(Math.min(random.nextInt(1_000), Math.max(0, head.length)));
        } else {
            peer.body(head);
        }
        peer.reset();
        return false;
    }

    private boolean stall() throws IOException {
        byte[] octets = octets(peer.body(head));
        peer.send(octets, 0, random.nextInt(plan.canBeCutUnnoticed() ? 12 : octets.length - plan.surplus()));
        peer.awaitClose();
        return false;
    }

    private boolean endless() throws IOException {
        byte[][] endless = Faults.endless(random);
        peer.send(endless[0]);
        while (true) {
            peer.send(endless[1]);
        }
    }

    /** The answer comes when some of the request has, perhaps all. */
    private boolean early(boolean readsOn) throws IOException {
        peer.skip(random.nextInt(100_000));
        peer.send(octets(-1));
        if (readsOn) {
            peer.end();
            peer.awaitClose();
        }
        return false;
    }

    private boolean late() throws IOException {
        try {
            peer.send(octets(peer.body(head)));
            if (plan.keeps()) {
                Peer.pause(random.nextInt(3_000));
                peer.send(Faults.unasked(random));
            } else {
                // What comes last then is the end, of which the answer need not have told.
                peer.close();
            }
        } finally {
            server.haveSentAll(head.question);
        }
        if (plan.keeps() && random.nextBoolean()) {
            peer.awaitClose();
        }
        return false;
    }

    /** Reads nothing until the client has lost its patience; then its close is behind all that it has sent. */
    private boolean deaf() throws IOException {
        try {
            server.givenUp(head.question).await();
        } catch (InterruptedException e) {
            throw new AssertionError("nobody knows this thread", e);
        }
        server.forget(head.question);
        peer.awaitClose();
        return false;
    }

    private boolean noTls() throws IOException {
        byte[] octets = octets(peer.body(head));
        peer.send(octets, 0, random.nextInt(12));
        peer.sendRaw(Faults.octets("this is no record at all, whatever it may be\r\n\r\n"));
        if (random.nextBoolean()) {
            peer.awaitClose();
        }
        return false;
    }
}
