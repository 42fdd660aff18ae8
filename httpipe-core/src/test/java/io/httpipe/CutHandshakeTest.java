package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.ConnectionFault;
import io.httpipe.testing.Servers;
import io.httpipe.testing.TcpRelay;
import io.httpipe.testing.TestCertificates;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Ends a TLS connection within the handshake, the tickets or the response of a real server. The cuts are at record
 * boundaries and at points within records.
 */
@Timeout(60)
class CutHandshakeTest {
    private static final String HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n";
    private static final String BODY = "x".repeat(300);
    private static final Duration SOON = Duration.ofMillis(500);

    /** The distance in bytes between sampled cuts. */
    private static final int STEP = 97;

    static Stream<Arguments> eachFaultInEachVersion() {
        return Stream.of("TLSv1.2", "TLSv1.3")
                .flatMap(version -> Stream.of(ConnectionFault.STOP, ConnectionFault.CLOSE, ConnectionFault.RESET)
                        .map(fault -> Arguments.of(version, fault)));
    }

    private static Httpipe.Builder client() throws IOException {
        // Without session resumption, each handshake is a full one.
        Tls tls = Tls.DEFAULT.trust(TestCertificates.get().authority()).sessionReuse(false);
        return Httpipe.builder().tls(tls);
    }

    @ParameterizedTest
    @MethodSource("eachFaultInEachVersion")
    void aTlsConnectionCutAtAnyPointThrowsTheMatchingException(String version, ConnectionFault fault) throws Exception {
        Script script = peer -> {
            try {
                if (peer.nextHead() != null) {
                    peer.send(HEAD);
                    peer.send(BODY);
                    peer.awaitClose();
                }
            } catch (IOException e) {
                // The relay has cut the connection.
            }
        };
        try (ScriptedServer server = Servers.tlsWith(
                        TestCertificates.get().server(),
                        socket -> socket.setEnabledProtocols(new String[] {version}),
                        script);
                Httpipe hp =
                        client().maxIdlePerRoute(0).timeouts(timeouts(fault)).build()) {
            byte[] all = recorded(server, hp);
            SortedMap<Integer, HttpipeException> failures = new TreeMap<>();
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                SortedMap<Integer, Future<HttpipeException>> calls = new TreeMap<>();
                for (int at : points(all)) {
                    calls.put(at, threads.submit(() -> failure(server, hp, at, fault)));
                }
                for (int at : calls.keySet()) {
                    failures.put(at, calls.get(at).get(40, TimeUnit.SECONDS));
                }
            }
            failures.forEach((at, e) -> assertMatches(fault, at, e));
            if (fault != ConnectionFault.STOP) {
                assertEquals(Phase.TLS, failures.firstEntry().getValue().phase());
                assertEquals(
                        Phase.RESPONSE_BODY, failures.lastEntry().getValue().phase());
            }
            // No request is sent before the end of the handshake. The first head belongs to the recording.
            long started =
                    failures.values().stream().filter(e -> e.bytesSent() > 0).count();
            assertTrue(server.heads().size() <= started + 1, server.heads().size() + " heads of " + started);
            assertEquals(List.of(), hp.stats(), "nothing is left");
        }
    }

    private static Timeouts timeouts(ConnectionFault fault) {
        return Timeouts.of(fault == ConnectionFault.STOP ? SOON : Duration.ofSeconds(30));
    }

    private static void assertMatches(ConnectionFault fault, int at, HttpipeException e) {
        String what = "cut at " + at + ": " + e;
        // On a busy machine the timeout may expire before the handshake begins.
        boolean connecting = e.phase() == Phase.TLS || fault == ConnectionFault.STOP && e.phase() == Phase.CONNECT;
        if (fault == ConnectionFault.STOP) {
            assertEquals(TimedOutException.class, e.getClass(), what);
            String limit = connecting ? "connect timeout of 500 ms" : "read timeout of 500 ms";
            assertTrue(e.getMessage().startsWith("exceeded the " + limit), what);
        } else {
            assertEquals(connecting ? TlsFailedException.class : ConnectionLostException.class, e.getClass(), what);
        }
        assertEquals(connecting, e.bytesSent() == 0, what);
        assertEquals(connecting, e.safeToRetry(), what);
    }

    /** {@return all bytes that the server sends until the client has its response} */
    private static byte[] recorded(ScriptedServer server, Httpipe hp) throws Exception {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        Script recording = client -> TcpRelay.run(server, client, (bytes, destination) -> {
            all.writeBytes(bytes);
            destination.send(bytes);
            return true;
        });
        try (ScriptedServer relay = ScriptedServer.of(recording)) {
            Request request = Request.post("https://localhost/").at(Servers.endpoint(relay));
            Timeouts patient = Timeouts.of(Duration.ofSeconds(30));
            assertEquals(BODY, hp.request(request.timeouts(patient)).text());
        }
        return all.toByteArray();
    }

    /** {@return offsets around the record boundaries that are the same in each run, and samples between them} */
    private static Iterable<Integer> points(byte[] all) {
        TreeSet<Integer> points = new TreeSet<>();
        for (int at = 0; at < all.length; at += STEP) {
            points.add(at);
        }
        int end = 0;
        while (end + 5 < all.length) {
            points.addAll(List.of(end, end + 1, end + 5, end + 6));
            end += 5 + ((all[end + 3] & 0xff) << 8 | all[end + 4] & 0xff);
            points.add(end - 1);
        }
        // Signatures and tickets vary by some bytes in length, so the exact end is unknown.
        return new ArrayList<>(points.headSet(all.length - 100));
    }

    private static HttpipeException failure(ScriptedServer server, Httpipe hp, int at, ConnectionFault fault)
            throws Exception {
        try (ScriptedServer relay = ScriptedServer.of(TcpRelay.failing(server, at, fault))) {
            hp.request(Request.post("https://localhost/").at(Servers.endpoint(relay)));
            throw new AssertionError("a response although it was cut at " + at);
        } catch (HttpipeException e) {
            return e;
        }
    }
}
