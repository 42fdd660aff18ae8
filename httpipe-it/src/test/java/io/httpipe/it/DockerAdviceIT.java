package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The errors of {@link io.httpipe.test.NginxContainer#start} if Docker or an image is missing. */
class DockerAdviceIT {
    /** Nobody can pull this image: the names below "invalid" do not exist (RFC 6761, section 6.4). */
    private static final String NO_IMAGE = "registry.invalid/nginx:1";

    /** A mount namespace without the sockets of Docker. */
    private static final List<String> WITHOUT_DOCKER = List.of(
            "unshare", "--map-root-user", "--mount", "sh", "-c", "mount -t tmpfs none /run && exec \"$0\" \"$@\"");

    /** A home directory without the user's Docker and without a configuration of Testcontainers. */
    @TempDir
    private Path home;

    @Test
    void withoutDocker() throws Exception {
        List<String> probe = new ArrayList<>(WITHOUT_DOCKER);
        probe.add("true");
        assumeTrue(run(probe, Map.of()).code() == 0, "this user can make no mount namespace");
        String output = start(WITHOUT_DOCKER, NO_IMAGE, Map.of("DOCKER_HOST", "unix:///run/none"));
        assertTrue(
                output.contains("\nNginxContainer needs Docker, and there is none here: install or start it"), output);
    }

    @Test
    void withoutTheImage() throws Exception {
        String output = start(List.of(), NO_IMAGE, Map.of());
        assertTrue(
                output.contains(
                        "\nthe image " + NO_IMAGE + " is not on this machine and cannot be pulled: load it with"),
                output);
    }

    @Test
    void withoutRyuk() throws Exception {
        Map<String, String> environment = Map.of(
                "TESTCONTAINERS_RYUK_DISABLED", "false",
                "TESTCONTAINERS_RYUK_CONTAINER_IMAGE", "registry.invalid/ryuk:1");
        String output = start(List.of(), NO_IMAGE, environment);
        assertTrue(output.contains("\nRyuk, the cleaner of Testcontainers, cannot be pulled or started: set"), output);
    }

    /** Runs {@link NginxStart} in a JVM of its own and returns what it prints. */
    private String start(List<String> before, String image, Map<String, String> environment) throws Exception {
        List<String> command = new ArrayList<>(before);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Duser.home=" + home);
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(NginxStart.class.getName(), image));
        Finished finished = run(command, environment);
        assertEquals(0, finished.code(), finished.output());
        return "\n" + finished.output();
    }

    private record Finished(int code, String output) {}

    private static Finished run(List<String> command, Map<String, String> environment)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        // For this many seconds, Testcontainers repeats a pull that fails.
        builder.environment().put("TESTCONTAINERS_PULL_TIMEOUT", "1");
        Process process = builder.start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Finished(process.waitFor(), output);
        } finally {
            process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
    }
}
