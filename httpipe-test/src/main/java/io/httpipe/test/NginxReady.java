package io.httpipe.test;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.testcontainers.containers.ContainerLaunchException;
import org.testcontainers.containers.wait.strategy.AbstractWaitStrategy;

/** Waits until nginx sends a response. Fails at once if the container has ended. */
final class NginxReady extends AbstractWaitStrategy {
    private static final Duration PAUSE = Duration.ofMillis(50);
    private static final int TIMEOUT_MILLIS = 2000;

    @Override
    protected void waitUntilReady() {
        long end = System.nanoTime() + startupTimeout.toNanos();
        while (!answers()) {
            if (!waitStrategyTarget.isRunning()) {
                // After this exception, Testcontainers no longer has the log of the container.
                throw new ContainerLaunchException("nginx has ended:\n" + waitStrategyTarget.getLogs());
            }
            if (System.nanoTime() - end > 0) {
                throw new ContainerLaunchException("nginx has not answered within " + startupTimeout);
            }
            Pause.of(PAUSE);
        }
    }

    /** Docker accepts connections to a published port before nginx does, so only a response shows that nginx runs. */
    private boolean answers() {
        Integer port = waitStrategyTarget.getExposedPorts().getFirst();
        try (Socket socket = new Socket()) {
            socket.connect(
                    new InetSocketAddress(waitStrategyTarget.getHost(), waitStrategyTarget.getMappedPort(port)),
                    TIMEOUT_MILLIS);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            String request = "GET " + NginxConfig.READY + " HTTP/1.0\r\nHost: localhost\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return socket.getInputStream().read() >= 0;
        } catch (IOException | RuntimeException e) {
            return false;
        }
    }
}
