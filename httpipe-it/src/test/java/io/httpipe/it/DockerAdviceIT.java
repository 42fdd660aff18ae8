package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The errors of {@link io.httpipe.test.NginxContainer#start} if Docker or an image is missing. */
class DockerAdviceIT {
    /** Nobody can pull this image: the names below "invalid" do not exist (RFC 6761, section 6.4). */
    private static final String NO_IMAGE = "registry.invalid/nginx:1";

    /** A home directory without the user's Docker and without a configuration of Testcontainers. */
    @TempDir
    private Path home;

    @Test
    void withoutDocker() throws Exception {
        assumeTrue(Program.canMount(), "this user can make no mount namespace");
        List<String> command = Program.withTmpfs("size=1m", "/run", java(NO_IMAGE));
        String output = start(command, Map.of("DOCKER_HOST", "unix:///run/none"));
        assertTrue(
                output.contains("\nNginxContainer needs Docker, and there is none here: install or start it"), output);
    }

    @Test
    void withoutTheImage() throws Exception {
        String output = start(java(NO_IMAGE), Map.of());
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
        String output = start(java(NO_IMAGE), environment);
        assertTrue(output.contains("\nRyuk, the cleaner of Testcontainers, cannot be pulled or started: set"), output);
    }

    private List<String> java(String image) {
        return Program.java(List.of("-Duser.home=" + home), NginxStart.class, image);
    }

    /** Runs {@link NginxStart} and returns what it prints. */
    private static String start(List<String> command, Map<String, String> environment) throws Exception {
        Map<String, String> all = new HashMap<>(environment);
        // For this many seconds, Testcontainers repeats a pull that fails.
        all.put("TESTCONTAINERS_PULL_TIMEOUT", "1");
        Program ended = Program.run(command, all);
        assertEquals(0, ended.code(), ended.output());
        return "\n" + ended.output();
    }
}
