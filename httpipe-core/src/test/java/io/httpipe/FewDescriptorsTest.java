package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.testing.ScriptedServer;
import io.httpipe.testing.TestCertificates;
import io.httpipe.testing.Transports;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A process that has no file descriptors left: each call that needs one fails, and succeeds once there is one. */
@Timeout(60)
class FewDescriptorsTest {
    /** A JVM takes about twenty for itself. */
    private static final int LIMIT = 96;

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

    @Test
    void callsFailAndSucceedAndNothingLeaks() throws Exception {
        ScriptedServer.Script script = ScriptedServer.inTurn(OK);
        try (ScriptedServer tcp = Transports.TCP.server(script);
                ScriptedServer tls = Transports.TLS.server(script);
                ScriptedServer unix = Transports.UNIX.server(script)) {
            Path socket = ((Endpoint.Unix) unix.endpoint()).path();
            assertEquals(
                    "done\n",
                    output(
                            TestCertificates.get().authority().toString(),
                            Integer.toString(tcp.port()),
                            Integer.toString(tls.port()),
                            socket.toString()));
        }
    }

    /** All that {@link FewDescriptors} writes. */
    private static String output(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("sh", "-c", "ulimit -n " + LIMIT + " && exec \"$0\" \"$@\""));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
        command.add(FewDescriptors.class.getName());
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor(), output);
            return output;
        } finally {
            process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
    }
}
