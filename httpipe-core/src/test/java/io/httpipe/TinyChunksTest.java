package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.httpipe.internal.connect.Dialer;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.CutTransport;
import io.httpipe.testing.Servers;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A body that arrives byte by byte allocates about its own size, not an array of the maximum size for each byte. */
@Timeout(60)
class TinyChunksTest {
    private static final int CHUNKS = 50_000;
    private static final String ANSWER =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + "1\r\nx\r\n".repeat(CHUNKS) + "0\r\n\r\n";

    /** In bytes; far less than CHUNKS times 8 KiB. */
    private static final long BOUND = CHUNKS * 500L;

    private interface ReadAction {
        int read(Httpipe hp, ScriptedServer server) throws Exception;
    }

    private static void assertAllocatesLittle(ReadAction action) throws Exception {
        ThreadMXBean threads = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
        try (ScriptedServer server = ScriptedServer.answering(ANSWER);
                Httpipe hp = Httpipe.create()) {
            long before = threads.getCurrentThreadAllocatedBytes();
            assertEquals(CHUNKS, action.read(hp, server));
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertTrue(allocated < BOUND, allocated + " bytes were allocated");
        }
    }

    @Test
    void aBodyInMemoryAllocatesLittle() throws Exception {
        assertAllocatesLittle((hp, server) -> hp.get(server.uri("/")).body().length);
    }

    @Test
    void aBodyReadInChunksAllocatesLittle() throws Exception {
        assertAllocatesLittle((hp, server) -> {
            int read = 0;
            try (StreamedResponse response = hp.stream(Request.get(server.uri("/")))) {
                for (byte[] chunk = response.body().readChunk(8192);
                        chunk != null;
                        chunk = response.body().readChunk(8192)) {
                    assertEquals('x', chunk[0]);
                    read += chunk.length;
                }
            }
            return read;
        });
    }

    @Test
    void anExchangeReadAsTokensOrWholeAllocatesLittle() throws Exception {
        assertAllocatesLittle((hp, server) -> {
            int read = 0;
            try (Exchange exchange = hp.connect(Servers.endpoint(server))) {
                exchange.sendRequest(Request.get("/"));
                Token token;
                do {
                    token = exchange.read(8192);
                    read += token instanceof Token.Body body ? body.data().length : 0;
                } while (!(token instanceof Token.Eof));
            }
            return read;
        });
        assertAllocatesLittle((hp, server) -> {
            try (Exchange exchange = hp.connect(Servers.endpoint(server))) {
                return exchange.request(Request.get("/")).body().length;
            }
        });
    }

    @Test
    void anExchangeWithAKnownLengthAllocatesLittle() throws Exception {
        int length = 8192;
        byte[] answer = ("HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n\r\n" + "x".repeat(length))
                .getBytes(StandardCharsets.ISO_8859_1);
        int head = answer.length - length;
        int[] cuts = IntStream.range(head, answer.length).toArray();
        Dialer aBodyInMemoryAllocatesLittle =
                CutTransport.dialer(() -> new CutTransport(answer, CutTransport.End.OPEN, cuts));
        ThreadMXBean threads = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
        try (Httpipe hp = Httpipe.builder().dialer(aBodyInMemoryAllocatesLittle).build();
                Exchange exchange = hp.connect(Endpoint.of("server", 80))) {
            long before = threads.getCurrentThreadAllocatedBytes();
            assertEquals(length, exchange.request(Request.get("/")).body().length);
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertTrue(allocated < length * 500L, allocated + " bytes were allocated");
        }
    }

    @Test
    void aReturnedArrayIsNotReused() throws Exception {
        String answer =
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n2\r\nde\r\n1\r\nf\r\n0\r\n\r\n";
        try (ScriptedServer server = ScriptedServer.answering(answer);
                Httpipe hp = Httpipe.create();
                StreamedResponse response = hp.stream(Request.get(server.uri("/")));
                Exchange exchange = hp.connect(Servers.endpoint(server))) {
            exchange.sendRequest(Request.get("/"));
            StringBuilder text = new StringBuilder();
            byte[][] chunks = new byte[8][];
            for (int i = 0; i < 4; i++) {
                chunks[i] = response.body().readChunk(2);
            }
            while (!(exchange.read(2) instanceof Token.HeaderEnd)) {
                continue;
            }
            for (int i = 4; i < 8; i++) {
                chunks[i] = ((Token.Body) exchange.read(2)).data();
            }
            for (byte[] chunk : chunks) {
                text.append(new String(chunk, StandardCharsets.ISO_8859_1)).append(' ');
            }
            assertEquals("ab c de f ab c de f ", text.toString());
        }
    }
}
