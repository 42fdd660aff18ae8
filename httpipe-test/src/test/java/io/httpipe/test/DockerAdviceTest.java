package io.httpipe.test;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.containers.ContainerFetchException;
import org.testcontainers.containers.ContainerLaunchException;

/** What {@link NginxContainer#start} says where something is missing. */
class DockerAdviceTest {
    private static final String NO_DOCKER =
            "NginxContainer needs Docker, and there is none here: install or start it (\"docker info\" must work), set"
                    + " DOCKER_HOST to an engine elsewhere, or test against a ScriptedServer instead";

    @TempDir
    private Path home;

    /** Starts nginx, and prints what the exception says. */
    static final class Start {
        private Start() {}

        public static void main(String[] arguments) {
            try (NginxContainer nginx = NginxContainer.stock()) {
                nginx.start();
            } catch (IllegalStateException e) {
                System.out.println("message: " + e.getMessage());
            }
        }
    }

    /** In a JVM of its own, because Testcontainers looks for Docker once. */
    @Test
    @Timeout(120)
    void withoutDockerItSaysSo() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Duser.home=" + home,
                "-cp",
                System.getProperty("java.class.path"),
                Start.class.getName());
        builder.environment().put("DOCKER_HOST", "tcp://127.0.0.1:1");
        builder.environment().put("DOCKER_CONFIG", home.toString());
        // Only the engine of DOCKER_HOST is tried, not the one that this machine may have.
        builder.environment()
                .put(
                        "TESTCONTAINERS_DOCKER_CLIENT_STRATEGY",
                        "org.testcontainers.dockerclient.EnvironmentAndSystemPropertyClientProviderStrategy");
        Process process = builder.redirectErrorStream(true).start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), UTF_8);
            assertTrue(output.contains("message: " + NO_DOCKER), output);
        } finally {
            process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
    }

    private static String advice(RuntimeException failure, String image, String log) {
        RuntimeException advised = DockerAdvice.of(failure, image, log);
        assertSame(
                failure, assertInstanceOf(IllegalStateException.class, advised).getCause());
        return String.valueOf(advised.getMessage());
    }

    @Test
    void withoutRyukItNamesTheVariable() {
        RuntimeException ryuk = new ContainerFetchException("Can't get Docker image: testcontainers/ryuk:0.14.0");
        assertEquals(
                "Ryuk, the cleaner of Testcontainers, cannot be pulled or started: set the environment variable"
                        + " TESTCONTAINERS_RYUK_DISABLED=true, and NginxContainer removes its containers itself",
                advice(new ContainerLaunchException("failed", ryuk), "nginx:stable", ""));
    }

    @Test
    void withoutARegistryItNamesTheImage() {
        RuntimeException fetch = new ContainerFetchException("Can't get Docker image: x", new Exception("no route"));
        assertEquals(
                "the image nginx:stable is not on this machine and cannot be pulled: load it with \"docker load\", or use"
                        + " NginxContainer.of(name) with the name of an nginx image that is here (\"docker images\")",
                advice(new ContainerLaunchException("failed", fetch), "nginx:stable", ""));
    }

    @Test
    void aConfigurationThatNginxRefusesIsShown() {
        String log = "2026/01/01 nginx: configuration\nnginx: [emerg] unknown directive \"nonsense\" in /etc/x:3\n";
        assertEquals(
                "nginx does not accept its configuration: [emerg] unknown directive \"nonsense\" in /etc/x:3",
                advice(new ContainerLaunchException("nginx has ended"), "nginx:stable", log));
    }

    @Test
    void anyOtherFailureStaysAsItIs() {
        RuntimeException other = new ContainerLaunchException("nginx has not answered within PT1M");
        assertSame(other, DockerAdvice.of(other, "nginx:stable", "[notice] start\n"));
    }
}
