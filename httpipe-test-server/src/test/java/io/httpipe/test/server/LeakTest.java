package io.httpipe.test.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** Starts and stops servers. {@code -Dcycles=10000} runs more cycles than a build does. */
class LeakTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    @Test
    void startingAndStoppingLeaksNothing() throws Exception {
        TestAuthority authority = TestAuthority.create();
        int cycles = Integer.getInteger("cycles", 1000);
        cycle(authority, 100);
        long heap = heap();
        long descriptors = descriptors();

        cycle(authority, cycles);

        // close() waits for the acceptor of its server, so none is left. Other threads may come and go.
        assertEquals(0, acceptors());
        assertTrue(descriptors() <= descriptors + 2, "descriptors: " + descriptors + ", then " + descriptors());
        long grown = heap() - heap;
        assertTrue(grown < 8 << 20, "the heap has grown by " + grown + " bytes");
        System.out.println(cycles + " cycles: heap " + grown + " bytes more, descriptors " + descriptors + ", then "
                + descriptors());
    }

    private static void cycle(TestAuthority authority, int count) throws Exception {
        javax.net.ssl.SSLContext context = authority.serverContext();
        for (int i = 0; i < count; i++) {
            ScriptedServerBuilder builder = ScriptedServer.builder();
            boolean secure = i % 10 == 9;
            try (ScriptedServer server = (secure ? builder.tls(context) : builder).start();
                    java.net.Socket socket = new java.net.Socket("127.0.0.1", server.port())) {
                if (!secure) {
                    server.enqueue(Answer.of(200, "hello"));
                    socket.getOutputStream().write(Text.latin(GET));
                    server.takeRequest();
                    socket.getInputStream().readNBytes(10);
                }
            }
        }
    }

    private static long acceptors() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("scripted-server"))
                .count();
    }

    private static long descriptors() {
        return ManagementFactory.getPlatformMXBean(UnixOperatingSystemMXBean.class)
                .getOpenFileDescriptorCount();
    }

    private static long heap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
