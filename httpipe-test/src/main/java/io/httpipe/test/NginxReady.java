package io.httpipe.test;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.testcontainers.containers.ContainerLaunchException;
import org.testcontainers.containers.wait.strategy.AbstractWaitStrategy;

/** Waits until nginx sends something back, and ends at once if nginx does. */
final class NginxReady extends AbstractWaitStrategy {
    private static final Duration PAUSE = Duration.ofMillis(50);
    private static final int TIMEOUT_MILLIS = 2000;

    @Override
    protected void waitUntilReady() {
        long end = System.nanoTime() + startupTimeout.toNanos();
        while (!answers()) {
            if (!waitStrategyTarget.isRunning()) {
                throw new ContainerLaunchException("nginx has ended");
            }
            if (System.nanoTime() - end > 0) {
                throw new ContainerLaunchException("nginx has not answered within " + startupTimeout);
            }
            Pause.of(PAUSE);
        }
    }

    /** A port that Docker publishes accepts connections before nginx does, but then sends nothing. */
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
