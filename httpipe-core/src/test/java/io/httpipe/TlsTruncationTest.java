package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.httpipe.FramingFaultTest.Framing;
import io.httpipe.test.server.Answer;
import io.httpipe.test.server.Effect;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.TestCertificates;
import io.httpipe.testing.Transports;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Responses over TLS cut after each byte, with and without close_notify: RFC 9112, section 9.8. */
@Timeout(120)
class TlsTruncationTest {
    /** A server that sends the beginning of a response. */
    private static ScriptedServer server(Framing framing, AtomicInteger length, boolean closeNotify) throws Exception {
        return Transports.TLS.server(peer -> {
            peer.head();
            peer.send(framing.whole.substring(0, length.get()));
            if (!closeNotify) {
                peer.cut();
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void withoutCloseNotifyNoPrefixOfAResponseIsAccepted(Framing framing) throws Exception {
        int end = framing == Framing.UNTIL_CLOSE ? framing.whole.length() + 1 : framing.whole.length();
        AtomicInteger length = new AtomicInteger();
        try (ScriptedServer server = server(framing, length, false);
                Httpipe hp = Transports.TLS.client().build()) {
            for (int i = 0; i < end; i++) {
                length.set(i);
                ConnectionLostException e = assertThrows(
                        ConnectionLostException.class,
                        () -> hp.request(Transports.request("GET", server)),
                        "stopped at " + i);
                assertEquals(
                        i < framing.head.length() ? Phase.RESPONSE_HEAD : Phase.RESPONSE_BODY,
                        e.phase(),
                        "stopped at " + i);
                assertEquals(i, e.bytesReceived());
                assertEquals(i + 1, server.connections(), "none is pooled, and none tried twice");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void closeNotifyEndsABodyUntilCloseAndNoOtherFraming(Framing framing) throws Exception {
        AtomicInteger length = new AtomicInteger();
        try (ScriptedServer server = server(framing, length, true);
                Httpipe hp = Transports.TLS.client().build()) {
            Request request = Transports.request("GET", server);
            for (int i = framing.head.length() - 1; i < framing.whole.length(); i++) {
                length.set(i);
                if (framing == Framing.UNTIL_CLOSE && i >= framing.head.length()) {
                    assertEquals(
                            framing.whole.substring(framing.head.length(), i),
                            hp.request(request).text());
                } else {
                    assertThrows(ConnectionLostException.class, () -> hp.request(request), "stopped at " + i);
                }
            }
        }
    }

    @Test
    void effectsOfAScriptedServerCloseWithAndWithoutCloseNotify() throws Exception {
        Answer untilClose = Answer.raw(Framing.UNTIL_CLOSE.whole);
        try (ScriptedServer server = ScriptedServer.builder()
                        .tls(TestCertificates.get().server())
                        .start()
                        .enqueue(untilClose.atEnd(Effect.CLOSE))
                        .enqueue(untilClose.atEnd(Effect.CUT));
                Httpipe hp = Transports.TLS.client().build()) {
            Request request = Transports.request("GET", server);
            assertEquals(200, hp.request(request).status());
            ConnectionLostException e = assertThrows(ConnectionLostException.class, () -> hp.request(request));
            assertEquals(Framing.UNTIL_CLOSE.whole.length(), e.bytesReceived());
        }
    }

    @Test
    void aCompleteResponseNeedsNoCloseNotify() throws Exception {
        for (Framing framing : new Framing[] {Framing.LENGTH, Framing.CHUNKED}) {
            AtomicInteger length = new AtomicInteger(framing.whole.length());
            try (ScriptedServer server = server(framing, length, false);
                    Httpipe hp = Transports.TLS.client().build()) {
                Request request = Transports.request("GET", server);
                assertEquals("0123456789", hp.request(request).text());
                assertEquals(0, hp.request(request).reusedTimes());
            }
        }
    }
}
