package io.httpipe.test;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.testcontainers.containers.ContainerFetchException;

/** Makes the exception for a container that did not start. Its message says what to do, if the cause is known. */
final class DockerAdvice {
    private DockerAdvice() {}

    /**
     * Returns the exception for the caller: the failure itself if there is no advice for it.
     *
     * @param failure the exception of Testcontainers
     * @param image   the name of the image; null if it is built from the packaged Dockerfile
     * @param log     the error output of nginx so far
     */
    static RuntimeException of(RuntimeException failure, @Nullable String image, String log) {
        String advice = advice(failure, image, log);
        return advice == null ? failure : new IllegalStateException(advice, failure);
    }

    private static @Nullable String advice(Throwable failure, @Nullable String image, String log) {
        StringBuilder said = new StringBuilder(log);
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            said.append('\n').append(cause.getMessage());
        }
        String refused = said.toString()
                .lines()
                .filter(line -> line.contains("[emerg]"))
                .reduce((first, second) -> second)
                .orElse(null);
        if (refused != null) {
            // Drops the numbers of the process and the thread.
            return "nginx does not accept its configuration: "
                    + refused.substring(refused.indexOf("[emerg]")).replaceFirst(" \\d+#\\d+:", "");
        }
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
            if (message.contains("valid docker environment") || message.contains("find a docker environment")) {
                return "NginxContainer needs Docker, and there is none here: install or start it (\"docker info\" must"
                        + " work), set DOCKER_HOST to an engine elsewhere, or test against a ScriptedServer instead";
            }
            if (message.contains("ryuk")) {
                return "Ryuk, the cleaner of Testcontainers, cannot be pulled or started: set the environment variable"
                        + " TESTCONTAINERS_RYUK_DISABLED=true, and NginxContainer removes its containers itself";
            }
        }
        boolean fetch = false;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            fetch |= cause instanceof ContainerFetchException;
        }
        if (!fetch) {
            return null;
        }
        return image == null
                ? "the echo image cannot be built, because its base image debian:bookworm-slim or the packages of Debian"
                        + " cannot be reached: build it from Dockerfile.nginx elsewhere, load it with \"docker load\","
                        + " and use NginxContainer.echo(name)"
                : "the image %s is not on this machine and cannot be pulled: load it with \"docker load\", or use NginxContainer.of(name) with the name of an nginx image that is here (\"docker images\")"
                        .formatted(image);
    }
}
