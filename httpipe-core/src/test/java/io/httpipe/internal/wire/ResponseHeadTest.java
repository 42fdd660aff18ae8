package io.httpipe.internal.wire;

import static io.httpipe.internal.wire.ParserHarness.parseHead;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Response heads: whether the connection can be reused, and whether another head follows. */
class ResponseHeadTest {
    @Test
    void reportsWhetherAFinalHeadFollows() throws Exception {
        assertTrue(parseHead("HTTP/1.1 100 Continue\r\n\r\n").informational());
        assertTrue(parseHead("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n").informational());
        assertFalse(parseHead("HTTP/1.1 101 Switching Protocols\r\n\r\n").informational());
        assertFalse(parseHead("HTTP/1.1 200 OK\r\n\r\n").informational());
    }

    @ParameterizedTest
    @CsvSource({
        "timeout=5, 5",
        "'TIMEOUT = 5', 5",
        "'max=100, timeout=60', 60",
        "timeout=0, 0",
        "timeout=999999999, 999999999",
        "'timeout=\"5\"', 5",
        "'x=\"a, timeout=9, b\", timeout=5', 5",
        "timeout=9999999999, -1",
        "timeout=-5, -1",
        "timeout=\u00b2, -1",
        "timeout=, -1",
        "timeout, -1",
        "=5, -1",
        "max=5, -1",
        "xtimeout=5, -1"
    })
    void readsTheKeepAliveTimeout(String value, int seconds) throws Exception {
        String head = "HTTP/1.1 200 OK\r\nKeep-Alive: " + value + "\r\n\r\n";
        assertEquals(seconds, parseHead(head).keepAliveTimeout());
        assertEquals(-1, parseHead("HTTP/1.1 200 OK\r\n\r\n").keepAliveTimeout());
    }

    @Test
    void reportsWhetherTheConnectionCanBeReused() throws Exception {
        assertTrue(parseHead("HTTP/1.1 200 OK\r\n\r\n").keepsAlive());
        assertTrue(parseHead("HTTP/1.1 200 OK\r\nConnection: closed\r\n\r\n").keepsAlive());
        assertTrue(
                parseHead("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n\r\n").keepsAlive());
        for (String closing : List.of(
                "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
                "HTTP/1.1 200 OK\r\nconnection: Close \r\n\r\n",
                "HTTP/1.1 200 OK\r\nConnection: foo,\tCLOSE\r\n\r\n",
                "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n",
                "HTTP/1.1 200 OK\r\nConnection: foo,\r\n close\r\n\r\n",
                "HTTP/1.0 200 OK\r\nConnection: keep-alive, close\r\n\r\n",
                "HTTP/1.0 200 OK\r\n\r\n",
                "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n\r\n")) {
            assertFalse(parseHead(closing).keepsAlive(), closing);
        }
    }

    @Test
    void doesNotReuseAConnectionIfAForbiddenBodyIsAnnounced() throws Exception {
        for (String status : List.of("100 Continue", "103 Early Hints", "204 No Content")) {
            String head = "HTTP/1.1 " + status + "\r\n";
            assertTrue(parseHead(head + "\r\n").keepsAlive());
            assertTrue(parseHead(head + "Content-Length: 0\r\n\r\n").keepsAlive());
            assertFalse(parseHead(head + "Content-Length: 5\r\n\r\n").keepsAlive());
            assertFalse(parseHead(head + "Content-Length: 0\r\nContent-Length: 5\r\n\r\n")
                    .keepsAlive());
            assertFalse(parseHead(head + "Transfer-Encoding: chunked\r\n\r\n").keepsAlive());
        }
        assertTrue(parseHead("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n")
                .keepsAlive());
        assertTrue(parseHead("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                .keepsAlive());
    }
}
