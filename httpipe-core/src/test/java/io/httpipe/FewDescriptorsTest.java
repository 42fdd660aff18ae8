package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.ForkedJvm;
import io.httpipe.testing.Servers;
import io.httpipe.testing.TestCertificates;
import io.httpipe.testing.Transports;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A process without free file descriptors: calls that need one fail, and succeed once one is free. */
@Timeout(60)
class FewDescriptorsTest {
    /** The JVM itself uses about twenty. */
    private static final int LIMIT = 96;

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    @Test
    void callsFailWithoutDescriptorsThenSucceedAndNothingLeaks() throws Exception {
        Script script = ScriptedServer.inTurn(OK);
        try (ScriptedServer tcp = Transports.TCP.server(script);
                ScriptedServer tls = Transports.TLS.server(script);
                ScriptedServer unix = Transports.UNIX.server(script)) {
            Path socket = ((Endpoint.Unix) Servers.endpoint(unix)).path();
            assertEquals(
                    "done\n",
                    output(
                            FewDescriptors.class,
                            TestCertificates.get().authority().toString(),
                            Integer.toString(tcp.port()),
                            Integer.toString(tls.port()),
                            socket.toString()));
        }
    }

    @Test
    void idleConnectionsAreClosedWhenDescriptorsRunOut() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(OK)) {
            assertEquals("done\n", output(FewDescriptorsManyRoutes.class, Integer.toString(server.port())));
        }
    }

    private static String output(Class<?> program, String... arguments) throws IOException, InterruptedException {
        return ForkedJvm.output("ulimit -n " + LIMIT, List.of(), program, arguments);
    }
}
