package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.RequestRecorder;
import io.httpipe.testing.Servers;
import io.httpipe.testing.Signal;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/** A proxy made of the JDK's server and a pipe, where the client or the upstream server fails. */
@Timeout(60)
class ServerSideFailureTest {
    /** Sends the body of each request upstream, and stores the result of the first one. */
    private static final class Proxy implements AutoCloseable {
        private final HttpServer server;
        private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        private final CompletableFuture<Object> outcome = new CompletableFuture<>();

        Proxy(Httpipe hp, ScriptedServer upstream) throws IOException {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.setExecutor(threads);
            server.createContext("/", exchange -> forward(hp, upstream, exchange));
            server.start();
        }

        private void forward(Httpipe hp, ScriptedServer upstream, HttpExchange exchange) throws IOException {
            try {
                Request request = Request.put(upstream.uri("/")).body(Body.of(BodyReader.of(exchange)));
                Response response = hp.request(request);
                outcome.complete(response.status());
                exchange.sendResponseHeaders(response.status(), -1);
            } catch (IOException e) {
                outcome.complete(e);
                throw e;
            }
        }

        Object outcome() throws Exception {
            return outcome.get(20, TimeUnit.SECONDS);
        }

        Socket client(String bytes) throws IOException {
            Socket socket = new Socket(
                    InetAddress.getLoopbackAddress(), server.getAddress().getPort());
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
            return socket;
        }

        @Override
        public void close() {
            server.stop(0);
            threads.close();
        }
    }

    private static final String COUNTED = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\nhello";
    private static final String CHUNKED =
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";

    @Test
    void b26_ifTheClientClosesMidwayTheUpstreamServerSeesACutBody() throws Exception {
        for (String head : new String[] {COUNTED, CHUNKED}) {
            RequestRecorder recorder = new RequestRecorder();
            try (ScriptedServer upstream = ScriptedServer.of(recorder);
                    Httpipe hp = Httpipe.create();
                    Proxy proxy = new Proxy(hp, upstream)) {
                proxy.client(head).close();
                RequestBodyException e = assertInstanceOf(RequestBodyException.class, proxy.outcome());
                assertEquals(Servers.endpoint(upstream), e.endpoint());
                String received = recorder.received();
                assertTrue(received.isEmpty() || received.contains("hello"), received);
                assertFalse(received.endsWith("0\r\n\r\n"), received);
            }
        }
    }

    @Test
    @EnabledForJreRange(
            min = JRE.JAVA_25,
            disabledReason =
                    "on JDK 21 the JDK's server reads inside synchronized, which pins this build's one carrier")
    void anEarlyResponseOfTheUpstreamServerReachesASilentClient() throws Exception {
        for (String head : new String[] {COUNTED, CHUNKED}) {
            Signal done = new Signal();
            try (ScriptedServer upstream = ScriptedServer.of(peer -> {
                        peer.head();
                        assertTrue(peer.body(5).length() == 5);
                        peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
                        done.await();
                    });
                    Httpipe hp = Httpipe.create();
                    Proxy proxy = new Proxy(hp, upstream);
                    Socket client = proxy.client(head)) {
                assertEquals(413, proxy.outcome());
                String status = new String(client.getInputStream().readNBytes(12), StandardCharsets.ISO_8859_1);
                assertEquals("HTTP/1.1 413", status);
                done.set();
            }
        }
    }

    @Test
    void b18_aStreamOfAnotherLengthThanAnnouncedFailsAndItsSurplusIsNotSent() throws Exception {
        for (int length : new int[] {4, 6}) {
            RequestRecorder recorder = new RequestRecorder();
            try (ScriptedServer upstream = ScriptedServer.of(recorder);
                    Httpipe hp = Httpipe.create()) {
                BodyReader reader =
                        BodyReader.of(new ByteArrayInputStream("hello".getBytes(StandardCharsets.US_ASCII)), length);
                Request request = Request.put(upstream.uri("/")).body(Body.of(reader));
                assertThrows(RequestBodyException.class, () -> hp.request(request));
                assertFalse(recorder.received().endsWith("o") && length == 4, "the surplus has been sent");
            }
        }
    }

    @Test
    void closingABodyReaderClosesItsStream() throws Exception {
        Signal closed = new Signal();
        BodyReader reader = BodyReader.of(new ByteArrayInputStream(new byte[10]) {
            @Override
            public void close() {
                closed.set();
            }
        });
        assertEquals(10, reader.available());
        assertEquals(0, reader.trailers().size());
        reader.close();
        closed.await();
        assertThrows(IllegalArgumentException.class, () -> BodyReader.of(new ByteArrayInputStream(new byte[1]), -1));
    }
}
