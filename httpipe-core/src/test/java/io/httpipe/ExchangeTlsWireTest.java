package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Servers;
import io.httpipe.testing.Signal;
import io.httpipe.testing.Transports;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Misbehavior of a TLS server towards an exchange. */
@Timeout(60)
class ExchangeTlsWireTest {
    private static final Tls TRUSTING = Exchanges.TRUSTING;

    @Test
    void aSilentServerRunsIntoTheConnectTimeout() throws Exception {
        Signal closed = new Signal();
        Script silent = peer -> {
            peer.awaitClose();
            closed.set();
        };
        try (ScriptedServer server = ScriptedServer.of(silent);
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.setTimeout(Duration.ofMillis(50));
            TimedOutException e = assertThrows(TimedOutException.class, () -> exchange.tlsHandshake(TRUSTING));
            assertEquals(Phase.TLS, e.phase());
            closed.await();
            assertThrows(IllegalStateException.class, () -> exchange.tlsHandshake(TRUSTING));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 400 Bad Request\r\n\r\n", "", "\u0016\u0003\u0003"})
    void aServerWithoutTlsFailsTheHandshake(String answer) throws Exception {
        Script script = peer -> {
            int first = peer.read();
            assert first == 0x16;
            peer.send(answer);
        };
        try (ScriptedServer server = ScriptedServer.of(script);
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            TlsFailedException e = assertThrows(TlsFailedException.class, () -> exchange.tlsHandshake(TRUSTING));
            assertEquals(Phase.TLS, e.phase());
        }
    }

    @Test
    void anOversizedTlsRecordIsRefusedAtOnce() throws Exception {
        Signal closed = new Signal();
        Script script = peer -> {
            byte[] record = new byte[5 + 20_000];
            record[0] = 0x16;
            record[1] = 3;
            record[2] = 3;
            record[3] = (byte) (30_000 >> 8);
            record[4] = (byte) 30_000;
            peer.send(record);
            peer.awaitClose();
            closed.set();
        };
        try (ScriptedServer server = ScriptedServer.of(script);
                Httpipe hp = Httpipe.create();
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            assertThrows(TlsFailedException.class, () -> exchange.tlsHandshake(TRUSTING));
            closed.await();
        }
    }

    @Test
    void b25_anEndWithoutCloseNotifyDoesNotEndABody() throws Exception {
        Script script = peer -> {
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf of it");
            peer.cut();
        };
        try (ScriptedServer server = Transports.TLS.server(script);
                Httpipe hp = Httpipe.create();
                Exchange exchange = Exchanges.connect(Transports.TLS, hp, server)) {
            exchange.sendRequest(Request.get("/"));
            ConnectionLostException e = assertThrows(ConnectionLostException.class, () -> Tokens.rest(exchange));
            assertTrue(e.getMessage().contains("close_notify"), e.getMessage());
        }
    }

    @Test
    void aHeadMaySpanTwoRecordsTheSecondOfMaximumSize() throws Exception {
        String head = "HTTP/1.1 200 OK\r\nX-Long: " + "x".repeat(3000);
        byte[] rest = ("\r\nContent-Length: 40000\r\n\r\n" + "y".repeat(40_000)).getBytes();
        Script script = peer -> {
            peer.head();
            peer.send(head);
            peer.send(rest);
            peer.awaitClose();
        };
        try (ScriptedServer server = Transports.TLS.server(script);
                Httpipe hp = Httpipe.create();
                Exchange exchange = Exchanges.connect(Transports.TLS, hp, server)) {
            Response response = exchange.request(Request.get("/"));
            assertEquals(3000, response.headers().first("X-Long").length());
            assertEquals(40_000, response.body().length);
        }
    }
}
