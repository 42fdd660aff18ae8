package io.httpipe.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.Httpipe;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Compiles and runs a program of one source file, which may use preview API, in a JVM of its own. */
final class PreviewProgram {
    private PreviewProgram() {}

    /** Returns what the program printed. Its only library is the client. */
    static String run(Path source, String... args) throws IOException, InterruptedException, URISyntaxException {
        Path client = Path.of(Httpipe.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-preview",
                "--source",
                String.valueOf(Runtime.version().feature()),
                "-cp",
                client.toString(),
                source.toString()));
        command.addAll(List.of(args));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertEquals(0, process.waitFor());
        return printed;
    }
}
