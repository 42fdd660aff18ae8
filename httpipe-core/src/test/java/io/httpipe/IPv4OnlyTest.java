package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.ForkedJvm;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** IPv6 addresses in a JVM that supports only IPv4. */
@Timeout(60)
class IPv4OnlyTest {
    @Test
    void theClientTriesTheNextAddressAndFailsWithConnectFailed() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")) {
            assertEquals(
                    "done\n",
                    ForkedJvm.output(
                            "true",
                            List.of("-Djava.net.preferIPv4Stack=true"),
                            IPv4Only.class,
                            Integer.toString(server.port())));
        }
    }
}
