package io.httpipe.it;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A program that has ended.
 *
 * @param code   the exit code
 * @param output what it printed, to both streams
 */
record Program(int code, String output) {
    static Program run(List<String> command, Map<String, String> environment) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Program(process.waitFor(), output);
        } finally {
            process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
    }

    /** Returns the command that runs a main class of these tests in another JVM. */
    static List<String> java(List<String> options, Class<?> main, String argument) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName(), argument));
        return command;
    }

    /** Returns a command that runs another one in a mount namespace with a new file system in memory. */
    static List<String> withTmpfs(String options, String folder, List<String> command) {
        String script = "mount -t tmpfs -o %s none '%s' && exec \"$0\" \"$@\"".formatted(options, folder);
        List<String> whole = new ArrayList<>(List.of("unshare", "--map-root-user", "--mount", "sh", "-c", script));
        whole.addAll(command);
        return whole;
    }

    /** Whether this user can make a mount namespace. */
    static boolean canMount() throws InterruptedException {
        try {
            return run(withTmpfs("size=1m", "/run", List.of("true")), Map.of()).code() == 0;
        } catch (IOException e) {
            // There is no unshare here.
            return false;
        }
    }
}
