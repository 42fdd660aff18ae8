package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Servers;
import io.httpipe.testing.Signal;
import io.httpipe.testing.TestCertificates;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Data over TLS: records of all sizes, both versions, ends with and without close_notify, and malformed records. */
@Timeout(60)
class TlsWireTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    private static Tls trusting;
    private static SSLContext good;

    @BeforeAll
    static void makeCertificates() throws IOException {
        trusting = Tls.DEFAULT.trust(TestCertificates.get().authority());
        good = TestCertificates.get().server();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void eachTlsVersionCarriesConsecutiveRequests(String version) throws Exception {
        try (ScriptedServer server = speaking(version, ScriptedServer.inTurn(OK));
                Httpipe hp = client(trusting)) {
            for (int i = 0; i < 4; i++) {
                // Session tickets after the handshake do not count as unrequested bytes.
                assertEquals(i, hp.get(server.uri("localhost", "/")).reusedTimes());
            }
        }
    }

    @Test
    void oldTlsVersionsAreRefused() throws Exception {
        // JDKs disable TLS 1.1 by default, so the server sends a prepared alert: protocol_version.
        Script tooOld = peer -> {
            peer.read();
            peer.send(new byte[] {0x15, 3, 2, 0, 2, 2, 70});
            peer.awaitClose();
        };
        assertThrows(TlsFailedException.class, () -> handshakeWith(tooOld));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void largeBodiesPassInBothDirections(String version) throws Exception {
        byte[] large = new byte[5 << 20];
        new Random(1).nextBytes(large);
        Script echo = peer -> {
            while (peer.nextHead() != null) {
                String body = peer.body(large.length);
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + large.length + "\r\n\r\n");
                peer.send(body);
            }
        };
        try (ScriptedServer server = speaking(version, echo);
                Httpipe hp = client(trusting)) {
            for (int i = 0; i < 2; i++) {
                Response response =
                        hp.request(Request.post(server.uri("localhost", "/")).body(large));
                assertArrayEquals(large, response.body());
                assertEquals(i, response.reusedTimes());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 100, 1000, 1024, 4000, 5000, 12_345, 16_384})
    void recordsOfAnySizeCarryHeadsAndBodies(int record) throws Exception {
        byte[] body = new byte[300_000];
        new Random(record).nextBytes(body);
        String fields = "X-Long: " + "x".repeat(3000) + "\r\n";
        Script inRecords = peer -> {
            for (String framing : new String[] {"Content-Length: " + body.length, "X-Until: close"}) {
                peer.head();
                byte[] head =
                        ("HTTP/1.1 200 OK\r\n" + fields + framing + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1);
                byte[] all = new byte[head.length + body.length];
                System.arraycopy(head, 0, all, 0, head.length);
                System.arraycopy(body, 0, all, head.length, body.length);
                // Only the head is sent in single bytes, because each byte needs a record.
                for (int at = 0; at < all.length; ) {
                    int size = record == 1 && at > head.length ? 7000 : record;
                    int next = Math.min(all.length, at + size);
                    peer.send(Arrays.copyOfRange(all, at, next));
                    at = next;
                }
            }
        };
        try (ScriptedServer server = ScriptedServer.tls(good, inRecords);
                Httpipe hp = client(trusting)) {
            assertArrayEquals(body, hp.get(server.uri("localhost", "/")).body());
            assertArrayEquals(body, hp.get(server.uri("localhost", "/")).body());
        }
    }

    @Test
    void aBodyUntilCloseNeedsCloseNotify() throws Exception {
        Script orderly = peer -> {
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\n\r\nall of it");
        };
        Script cut = peer -> {
            peer.head();
            peer.send("HTTP/1.1 200 OK\r\n\r\npart of i");
            peer.cut();
        };
        try (ScriptedServer server = ScriptedServer.tls(good, orderly, cut);
                Httpipe hp = client(trusting)) {
            assertEquals("all of it", hp.get(server.uri("localhost", "/")).text());
            HttpipeException e = assertThrows(HttpipeException.class, () -> hp.get(server.uri("localhost", "/")));
            assertTrue(e instanceof ConnectionLostException || e instanceof TlsFailedException, e.toString());
            assertEquals(Phase.RESPONSE_BODY, e.phase());
        }
    }

    @Test
    void anIdleConnectionThatEndsWithOrWithoutCloseNotifyIsDropped() throws Exception {
        Signal first = new Signal();
        Signal second = new Signal();
        Script withCloseNotify = peer -> {
            peer.head();
            peer.send(OK);
            peer.closeAndAwaitAcknowledgement();
            first.set();
        };
        Script cut = peer -> {
            peer.head();
            peer.send(OK);
            peer.cut();
            second.set();
        };
        try (ScriptedServer server = ScriptedServer.tls(good, withCloseNotify, cut, ScriptedServer.inTurn(OK));
                Httpipe hp = client(trusting)) {
            Request post = Request.post(server.uri("localhost", "/"));
            hp.request(post);
            first.await();
            assertEquals(0, hp.request(post).reusedTimes());
            second.await();
            assertEquals(0, hp.request(post).reusedTimes());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 400 Bad Request\r\n\r\n",
                "",
                "\26\3\3\177\377",
                "\26\3\3\100\377",
                "\25\3\3\0\2\1\0",
                "\25\3\3\0\2\2\50",
                "\27\3\3\0\1!"
            })
    void garbageInsteadOfAHandshakeFailsAtOnce(String nonsense) {
        Script raw = peer -> {
            peer.read();
            peer.send(nonsense);
            if (nonsense.startsWith("\26")) {
                peer.send(new byte[64 << 10]);
                peer.awaitClose();
            }
        };
        HttpipeException e = assertThrows(HttpipeException.class, () -> handshakeWith(raw));
        assertTrue(e instanceof TlsFailedException || e instanceof ConnectionLostException, e.toString());
        assertEquals(Phase.TLS, e.phase());
    }

    private static void handshakeWith(Script raw) throws Exception {
        Script tolerant = peer -> {
            try {
                raw.run(peer);
            } catch (IOException e) {
                // The client closes as soon as it sees a malformed record.
            }
        };
        try (ScriptedServer server = ScriptedServer.of(tolerant);
                Httpipe hp = client(trusting)) {
            hp.get("https://localhost:" + server.port() + "/");
        }
    }

    private static Httpipe client(Tls tls) {
        return Httpipe.builder().tls(tls).timeout(Duration.ofSeconds(15)).build();
    }

    private static ScriptedServer speaking(String version, Script... scripts) throws IOException {
        return Servers.tlsWith(good, socket -> socket.setEnabledProtocols(new String[] {version}), scripts);
    }
}
