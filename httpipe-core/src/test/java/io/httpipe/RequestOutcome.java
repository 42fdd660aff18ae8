package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.RequestRecorder;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;

/** The failure of a call, and the bytes that the server received until its connection was closed. */
record RequestOutcome(Exception failure, String wire) {
    static final String HEAD = "POST / HTTP/1.1\r\nHost: h\r\nUser-Agent: httpipe/0.1\r\nAccept: */*\r\n";

    RequestOutcome assertNotSent(String body) {
        assertFalse(wire.contains(body), wire);
        return this;
    }

    void assertUnsentAndNotSafeToRetry() {
        HttpipeException e = assertInstanceOf(HttpipeException.class, failure);
        assertEquals(0, e.bytesSent());
        assertFalse(e.safeToRetry());
    }

    Throwable sourceFailure() {
        return assertInstanceOf(RequestBodyException.class, failure).getCause();
    }

    static RequestOutcome outcomeOf(UnaryOperator<Request> change) throws Exception {
        RequestRecorder recorder = new RequestRecorder();
        try (ScriptedServer server = ScriptedServer.of(recorder);
                Httpipe hp = Httpipe.create()) {
            Request request = change.apply(Request.post(server.uri("/")).header("Host", "h"));
            Exception failure = assertThrows(Exception.class, () -> hp.request(request));
            // The client is still open, so the call itself has closed the connection.
            return new RequestOutcome(failure, recorder.received());
        }
    }

    static RequestOutcome outcomeOf(Body body) throws Exception {
        return outcomeOf(request -> request.body(body));
    }

    static String wireOf(UnaryOperator<Request> change) throws Exception {
        RequestRecorder recorder = new RequestRecorder();
        try (ScriptedServer server = ScriptedServer.of(recorder)) {
            try (Httpipe hp = Httpipe.create()) {
                hp.request(change.apply(Request.post(server.uri("/")).header("Host", "h")));
            }
            return recorder.received();
        }
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static InputStream stream(String text) {
        return new ByteArrayInputStream(bytes(text));
    }
}
