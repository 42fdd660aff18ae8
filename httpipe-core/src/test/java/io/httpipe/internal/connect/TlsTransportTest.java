package io.httpipe.internal.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Signal;
import io.httpipe.testing.TestCertificates;
import io.httpipe.testing.Transports;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** For every kind of read, only a close_notify counts as the end of a connection (RFC 8446, section 6.1). */
@Timeout(60)
class TlsTransportTest {
    private static final long LONG = Duration.ofSeconds(20).toNanos();

    private static TlsTransport connect(ScriptedServer server) throws IOException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port());
        SocketTransport lower = SocketTransport.open(address, null);
        lower.connect(address, NanoClock.after(LONG), false);
        // The context of the test server trusts what a client must trust.
        TlsIdentity identity = TlsSettings.of(TestCertificates.get().server(), List.of("TLSv1.3", "TLSv1.2"))
                .identity("127.0.0.1");
        return TlsTransport.handshake(lower, identity, server.port(), NanoClock.after(LONG));
    }

    /** Repeats a read that does not wait, until something arrives. Returns the number of bytes, or -1 for the end. */
    private static int poll(Transport transport) throws IOException {
        ByteBuffer into = ByteBuffer.allocate(100);
        int read = 0;
        while (read == 0) {
            read = transport.readNow(into);
            Thread.onSpinWait();
        }
        return read;
    }

    private static ScriptedServer server(boolean closeNotify) throws Exception {
        return Transports.TLS.server(peer -> {
            peer.send("x");
            if (!closeNotify) {
                peer.cut();
            }
        });
    }

    @Test
    void aCutIsAnErrorForAReadThatDoesNotWait() throws Exception {
        try (ScriptedServer server = server(false)) {
            Transport transport = connect(server);
            assertEquals(1, poll(transport));
            EOFException e = assertThrows(EOFException.class, () -> poll(transport));
            assertTrue(e.getMessage().contains("without close_notify"), e.getMessage());
            transport.close();
        }
    }

    @Test
    void aCloseNotifyIsTheEnd() throws Exception {
        try (ScriptedServer server = server(true)) {
            Transport transport = connect(server);
            assertEquals(1, poll(transport));
            assertEquals(-1, poll(transport));
            transport.close();
        }
    }

    /** The received part cannot be read yet. But the rest of the record must not become the next answer. */
    @Test
    void aConnectionThatHoldsTheBeginningOfARecordIsNotQuiet() throws Exception {
        Signal done = new Signal();
        try (ScriptedServer server = Transports.TLS.server(peer -> {
            peer.send("x");
            peer.sendBelow(new byte[] {23, 3, 3, 64, 0, 1});
            done.await();
        })) {
            Transport transport = connect(server);
            ReadBuffer input = new ReadBuffer(transport);
            assertTrue(input.fill(NanoClock.after(LONG)));
            input.skipTo(input.end());
            while (input.quiet()) {
                Thread.onSpinWait();
            }
            assertTrue(transport.isOpen());
            assertTrue(transport.holdsBytes());
            transport.close();
            done.set();
        }
    }

    /** A stopped writer may still need a carrier. A thread that holds a carrier must not wait for the writer. */
    @Test
    void closeInOrderDoesNotWaitForAStoppedWriter() throws Exception {
        Signal done = new Signal();
        try (ScriptedServer server = Transports.TLS.server(peer -> {
            peer.send("x");
            done.await();
        })) {
            Transport transport = connect(server);
            transport.setDuplex(true);
            FutureTask<Void> writing = new FutureTask<>(() -> {
                while (true) {
                    transport.write(ByteBuffer.allocate(16_000), NanoClock.NEVER);
                }
            });
            Thread writer = Thread.ofVirtual().start(writing);
            while (writer.getState() != Thread.State.WAITING) {
                Thread.yield();
            }
            FutureTask<Boolean> closing = new FutureTask<>(() -> {
                transport.stopWriting();
                transport.closeInOrder();
                return transport.isOpen();
            });
            Thread.ofVirtual().start(closing);
            assertFalse(closing.get(20, TimeUnit.SECONDS));
            assertThrows(ExecutionException.class, () -> writing.get(20, TimeUnit.SECONDS));
            done.set();
        }
    }

    /** A thread that waits alone reads the beginning of the stream. Threads that wait together read the rest. */
    @Test
    void aCutIsAnErrorForAReadThatWaitsTogether() throws Exception {
        try (ScriptedServer server = ScriptedServer.tls(TestCertificates.get().server(), peer -> {
            peer.read();
            peer.send("x");
            peer.cut();
        })) {
            Transport transport = connect(server);
            transport.waitTogether(new WaitStrategy());
            transport.write(ByteBuffer.wrap(new byte[1]), NanoClock.after(LONG));
            ReadBuffer input = new ReadBuffer(transport);
            assertTrue(input.fill(NanoClock.after(LONG)));
            input.skipTo(input.end());
            FutureTask<Boolean> reading = new FutureTask<>(() -> input.fill(NanoClock.after(LONG)));
            Thread.ofVirtual().start(reading);
            Throwable e = assertThrows(ExecutionException.class, reading::get).getCause();
            assertTrue(Objects.requireNonNull(e) instanceof EOFException, e.toString());
            transport.close();
        }
    }
}
