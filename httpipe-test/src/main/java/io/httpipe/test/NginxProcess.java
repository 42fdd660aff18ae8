package io.httpipe.test;

import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.testcontainers.containers.Container.ExecResult;

/** Checks and reloads the configuration of nginx in a container. The process ID of nginx's master is 1. */
final class NginxProcess {
    private static final Duration PAUSE = Duration.ofMillis(50);

    /** Prints the process IDs of the workers that accept connections. A worker that shuts down has another title. */
    private static final String WORKERS = """
            for file in /proc/[0-9]*/cmdline; do
                if tr '\\000' ' ' <$file 2>/dev/null | grep -q '^nginx: worker process *$'; then
                    number=${file%/cmdline}
                    echo ${number#/proc/}
                fi
            done
            """;

    private final NginxContainer container;
    private final String configFile;

    NginxProcess(NginxContainer container, String configFile) {
        this.container = container;
        this.configFile = configFile;
    }

    /** Returns the error that nginx reports for its configuration; null if the configuration is valid. */
    @Nullable
    String test() {
        ExecResult result = execute("nginx", "-t", "-c", configFile);
        return result.getExitCode() == 0 ? null : result.getStderr().strip();
    }

    /** Reloads the configuration, and waits until only new workers accept connections. */
    void reload(Duration patience) {
        List<String> old = workers();
        execute("sh", "-c", "kill -HUP 1");
        long end = System.nanoTime() + patience.toNanos();
        for (List<String> now = workers(); now.isEmpty() || !Collections.disjoint(old, now); now = workers()) {
            if (System.nanoTime() - end > 0) {
                throw new IllegalStateException("nginx has not reloaded its configuration within %s: %s"
                        .formatted(patience, container.getLogs()));
            }
            Pause.of(PAUSE);
        }
    }

    private List<String> workers() {
        return execute("sh", "-c", WORKERS).getStdout().lines().toList();
    }

    private ExecResult execute(String... command) {
        try {
            return container.execInContainer(command);
        } catch (IOException e) {
            throw new IllegalStateException("the container cannot run a command", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for nginx", e);
        }
    }
}
