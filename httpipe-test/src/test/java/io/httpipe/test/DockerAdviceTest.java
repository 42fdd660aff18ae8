package io.httpipe.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;
import org.testcontainers.containers.ContainerFetchException;
import org.testcontainers.containers.ContainerLaunchException;

/** What {@link NginxContainer#start} says where something is missing. */
class DockerAdviceTest {
    private static final String NO_DOCKER =
            "NginxContainer needs Docker, and there is none here: install or start it (\"docker info\" must work), set"
                    + " DOCKER_HOST to an engine elsewhere, or test against a ScriptedServer instead";

    /** Without Docker, Testcontainers throws these exceptions. */
    @Test
    void withoutDockerItSaysSo() {
        RuntimeException none = new IllegalStateException(
                "Could not find a valid Docker environment. Please see logs and check configuration");
        assertEquals(NO_DOCKER, advice(none, "nginx:stable", ""));
        RuntimeException before = new IllegalStateException(
                "Previous attempts to find a Docker environment failed. Will not retry. Please see logs and check"
                        + " configuration");
        assertEquals(NO_DOCKER, advice(before, "nginx:stable", ""));
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
        assertEquals(
                "nginx does not accept its configuration: [emerg] no \"events\" section",
                advice(new ContainerLaunchException("nginx has ended:\n1 [emerg] no \"events\" section\n"), "x", ""));
    }

    @Test
    void anyOtherFailureStaysAsItIs() {
        RuntimeException other = new ContainerLaunchException("nginx has not answered within PT1M");
        assertSame(other, DockerAdvice.of(other, "nginx:stable", "[notice] start\n"));
    }
}
