package io.httpipe.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.Httpipe;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnJre;
import org.junit.jupiter.api.condition.JRE;

/**
 * The programs with structured concurrency. It is a preview, of another shape in each release, so there are some for
 * each JDK, every one a file of its own that {@code java} compiles and runs at once.
 */
@EnabledOnJre({JRE.JAVA_21, JRE.JAVA_25})
class ScopesTest {
    @Test
    void allAnswersAreThereInTheirOrder() throws Exception {
        try (EchoServer server = EchoServer.start()) {
            String url = server.base() + "/echo";
            int length = Echoed.get("/echo", server).length();
            assertEquals(
                    List.of(length + " bytes", length + 4 + " bytes"),
                    run("AllOrNothing", url, url + "?a=b").lines().toList());
        }
    }

    @Test
    void oneBadAnswerLeavesNothing() throws Exception {
        try (EchoServer server = EchoServer.start()) {
            String bad = server.base() + "/nowhere";
            assertEquals(
                    List.of("nothing: status 404 from " + bad),
                    run("AllOrNothing", server.base() + "/echo", bad).lines().toList());
        }
    }

    @Test
    void theFirstAnswerIsPrinted() throws Exception {
        try (EchoServer server = EchoServer.start()) {
            String url = server.base() + "/echo";
            assertEquals(Echoed.get("/echo", server), run("FirstAnswer", url, url, url));
        }
    }

    private static String run(String program, String... urls)
            throws IOException, InterruptedException, URISyntaxException {
        String release = String.valueOf(Runtime.version().feature());
        Path client = Path.of(Httpipe.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-preview",
                "--source",
                release,
                "-cp",
                client.toString(),
                Path.of("src", "main", "java" + release, program + ".java").toString()));
        command.addAll(List.of(urls));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertEquals(0, process.waitFor());
        return printed;
    }
}
