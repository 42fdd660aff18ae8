package io.httpipe.it;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Runs the program {@code openssl} of this machine, which {@code dev/setup} installs. An object of this class is a
 * running server.
 */
final class OpenSsl implements AutoCloseable {
    private static final Pattern LISTENING = Pattern.compile("ACCEPT .*:([0-9]+)");

    private final Process process;
    private final int port;

    private OpenSsl(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Runs a command line in a folder, and returns what it prints. */
    static String run(Path folder, String commandLine) throws IOException, InterruptedException {
        Path errors = folder.resolve("errors.txt");
        Process process = new ProcessBuilder("sh", "-ec", commandLine)
                .directory(folder.toFile())
                .redirectError(errors.toFile())
                .start();
        String output = new String(process.getInputStream().readAllBytes(), "US-ASCII");
        if (process.waitFor() != 0) {
            throw new IOException(commandLine + ": " + Files.readString(errors));
        }
        return output.strip();
    }

    /** Starts a server on a free port. It answers each request with a page about the TLS connection. */
    static OpenSsl server(Path folder, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of("openssl", "s_server", "-accept", "127.0.0.1:0", "-www"));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        BufferedReader output = process.inputReader();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            Matcher listening = LISTENING.matcher(line);
            if (listening.matches()) {
                return new OpenSsl(process, Integer.parseInt(listening.group(1)));
            }
        }
        throw new IOException("openssl s_server does not start: " + command);
    }

    String uri() {
        return "https://localhost:" + port + "/";
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
