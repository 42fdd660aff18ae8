package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.httpipe.internal.connect.Dialer;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.connect.ReadBuffer;
import io.httpipe.internal.connect.Transport;
import io.httpipe.internal.connect.WaitStrategy;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.FaultyChannel;
import io.httpipe.testing.Threads;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Channels of providers other than the JDK. Their unchecked exceptions are ordinary connection failures. */
@Timeout(60)
class ForeignChannelTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    private static SocketChannel connected(ScriptedServer server) throws IOException {
        return SocketChannel.open(new InetSocketAddress("127.0.0.1", server.port()));
    }

    @ParameterizedTest
    @EnumSource(names = {"READ", "WRITE", "SOCKET"})
    void anUncheckedChannelFailureIsALostConnection(FaultyChannel.Point point) throws Exception {
        try (ScriptedServer server = ScriptedServer.of(peer -> {
                    try {
                        if (peer.nextHead() != null) {
                            peer.send(OK);
                        }
                    } catch (IOException e) {
                        // The client has failed while sending its head.
                    }
                    peer.awaitClose();
                });
                Httpipe hp = Httpipe.create()) {
            for (String method : List.of("GET", "POST")) {
                Exchange exchange = hp.attach(new FaultyChannel(connected(server), point));
                Request request = Request.of(method, "/");
                HttpipeException e = assertThrows(
                        ConnectionLostException.class,
                        () -> exchange.request(method.equals("GET") ? request : request.body(Body.of("a body"))));
                Throwable root = e;
                while (root.getCause() != null) {
                    root = root.getCause();
                }
                assertInstanceOf(IllegalStateException.class, root);
                assertEquals("the stack is gone", root.getMessage());
                assertEquals(List.of(), hp.stats());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"NOWHERE", "CLOSE"})
    void aWorkingForeignChannelCanBeUsedAndClosed(FaultyChannel.Point point) throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = Httpipe.create()) {
            try (Exchange exchange = hp.attach(new FaultyChannel(connected(server), point))) {
                assertEquals("OK", exchange.request(Request.get("/")).text());
            }
            assertEquals(List.of(), hp.stats());
        }
    }

    /** The selector of the JDK accepts only channels of the JDK. */
    @Test
    void aChannelThatTheSharedPollerCannotUseWaitsAlone() throws Exception {
        try (ScriptedServer server = ScriptedServer.of(peer -> {
            peer.send("" + (char) peer.read());
            peer.awaitClose();
        })) {
            Threads.VIRTUAL.call(() -> {
                try (Transport transport =
                        Dialer.over(new FaultyChannel(connected(server), FaultyChannel.Point.NOWHERE))) {
                    transport.waitTogether(new WaitStrategy());
                    transport.write(ByteBuffer.wrap(new byte[] {'x'}), NanoClock.NEVER);
                    ReadBuffer input = new ReadBuffer(transport);
                    assertEquals(true, input.fill(NanoClock.NEVER));
                    assertEquals('x', input.array()[input.start()]);
                    return null;
                }
            });
        }
    }

    @Test
    void aChannelRegisteredWithASelectorIsRefused() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(OK);
                Httpipe hp = Httpipe.create();
                Selector selector = Selector.open();
                SocketChannel channel = connected(server)) {
            channel.configureBlocking(false);
            channel.register(selector, 0);
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> hp.attach(channel));
            assertEquals("connected: the channel is registered with a selector", e.getMessage());
        }
    }
}
