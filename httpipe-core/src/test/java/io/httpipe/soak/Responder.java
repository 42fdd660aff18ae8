package io.httpipe.soak;

import io.httpipe.soak.ResponseSpec.Pace;
import java.io.IOException;
import java.util.SplittableRandom;

/** Answers one request as its {@link ServerBehaviour} says. */
final class Responder {
    private final SoakServer server;
    private final ServerConnection connection;
    private final ServerConnection.RequestHead head;
    private final ResponseSpec responseSpec;
    private final SplittableRandom random;

    Responder(SoakServer server, ServerConnection connection, ServerConnection.RequestHead head) {
        this.server = server;
        this.connection = connection;
        this.head = head;
        this.responseSpec = head.spec.response();
        this.random = new SplittableRandom(head.spec.seed() + 2);
    }

    /** Sends the response; returns whether another request may follow on the connection. */
    boolean answer() throws IOException {
        return switch (head.spec.behaviour()) {
            case GOOD, RELAYED -> good();
            case HEAD -> bad(FaultyResponses.head(random));
            case CHUNK -> bad(FaultyResponses.chunk(random));
            case FLOOD -> bad(FaultyResponses.flood(random));
            case BOMB -> bad(FaultyResponses.bomb(random));
            case SWITCH -> bad(FaultyResponses.switching());
            case CUT -> cut();
            case ENDLESS -> endless();
            case EARLY -> early(true);
            case EARLY_CLOSE -> early(false);
            case LATE -> late();
            case DEAF -> deaf();
            case NO_TLS -> noTls();
            case SINK ->
                throw new AssertionError("a body whose source has failed looks complete: " + connection.body(head));
            case UNREACHABLE -> throw new AssertionError("a request arrived although none can");
        };
    }

    private byte[] bytes(long received) {
        return responseSpec.bytes(head.method, head.spec.id(), "X-Received: " + received + "\r\n");
    }

    private boolean good() throws IOException {
        if (head.expects && random.nextInt(4) > 0) {
            connection.send(FaultyResponses.bytes("HTTP/1.1 100 Continue\r\n\r\n"));
        }
        byte[] bytes = bytes(connection.body(head));
        if (responseSpec.pace() == Pace.AT_ONCE) {
            connection.send(bytes);
        } else {
            inPieces(bytes);
        }
        return responseSpec.keeps();
    }

    private void inPieces(byte[] bytes) throws IOException {
        int from = 0;
        for (int pieces = random.nextInt(20); pieces > 0; pieces--) {
            boolean drips = responseSpec.pace() == Pace.DRIPPING;
            int to = Math.min(bytes.length, from + 1 + (drips ? 0 : random.nextInt(1 + bytes.length / 4)));
            connection.send(bytes, from, to);
            from = to;
            if (drips) {
                ServerConnection.pause(random.nextInt(1_000));
            } else {
                Thread.yield();
            }
        }
        connection.send(bytes, from, bytes.length);
    }

    private boolean bad(byte[] bytes) throws IOException {
        connection.body(head);
        connection.send(bytes);
        if (random.nextBoolean()) {
            connection.awaitClose();
        }
        return false;
    }

    /** Sends a response without its end. If a close ends the body, the cut is in the head, so the client notices. */
    private boolean cut() throws IOException {
        byte[] bytes = bytes(connection.body(head));
        int whole = responseSpec.canBeCutUnnoticed() ? 12 : bytes.length - responseSpec.surplus();
        connection.send(bytes, 0, random.nextInt(whole));
        switch (random.nextInt(3)) {
            case 0 -> connection.reset();
            case 1 -> connection.cut();
            default -> connection.close();
        }
        return false;
    }

    private boolean endless() throws IOException {
        byte[][] endless = FaultyResponses.endless(random);
        connection.send(endless[0]);
        while (true) {
            connection.send(endless[1]);
        }
    }

    /** Sends the response after a part of the request, perhaps after all of it. */
    private boolean early(boolean readsOn) throws IOException {
        connection.skip(random.nextInt(100_000));
        connection.send(bytes(-1));
        if (readsOn) {
            connection.end();
            connection.awaitClose();
        }
        return false;
    }

    private boolean late() throws IOException {
        try {
            connection.send(bytes(connection.body(head)));
            if (responseSpec.keeps()) {
                ServerConnection.pause(random.nextInt(3_000));
                connection.send(FaultyResponses.unasked(random));
            } else {
                // The close is the last event here; the response need not have announced it.
                connection.close();
            }
        } finally {
            server.haveSentAll(head.spec);
        }
        if (responseSpec.keeps() && random.nextBoolean()) {
            connection.awaitClose();
        }
        return false;
    }

    /** Reads nothing until the client has timed out. Then reads everything up to the close of the client. */
    private boolean deaf() throws IOException {
        try {
            server.givenUp(head.spec).await();
        } catch (InterruptedException e) {
            throw new AssertionError("nothing interrupts this thread", e);
        }
        server.forget(head.spec);
        connection.awaitClose();
        return false;
    }

    private boolean noTls() throws IOException {
        byte[] bytes = bytes(connection.body(head));
        connection.send(bytes, 0, random.nextInt(12));
        connection.sendRaw(FaultyResponses.bytes("this is not a TLS record, but plain text\r\n\r\n"));
        if (random.nextBoolean()) {
            connection.awaitClose();
        }
        return false;
    }
}
