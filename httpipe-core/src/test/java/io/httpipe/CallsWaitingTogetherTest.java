package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.testing.Signal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** Calls of one route that wait for their responses in the shared poller. */
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD) // an interrupt would not end a spin
class CallsWaitingTogetherTest {
    private static final int CALLERS = 8;
    private static final byte[] RESPONSE =
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK".getBytes(StandardCharsets.ISO_8859_1);

    private final AtomicInteger waitingRequests = new AtomicInteger();

    /** Ends the silence of the server; null while it responds. */
    private volatile @Nullable Signal silenceEnd;

    private ServerSocket listener;
    private final Httpipe hp = Httpipe.builder().closeGrace(Duration.ZERO).build();
    private final List<Thread> threads = new ArrayList<>();
    private final List<FutureTask<CancelledException.Reason>> calls = new ArrayList<>();

    @BeforeEach
    @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
    void start() throws Exception {
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().start(() -> {
            try {
                while (true) {
                    Socket socket = listener.accept();
                    Thread.ofPlatform().daemon().start(() -> serve(socket));
                }
            } catch (IOException e) {
                // The test is over.
            }
        });
        for (int i = 0; i < CALLERS; i++) {
            FutureTask<CancelledException.Reason> call = new FutureTask<>(this::callUntilItFails);
            calls.add(call);
            threads.add(Thread.ofVirtual().start(call));
        }
        Set<Thread> together = new HashSet<>();
        while (together.size() < CALLERS) {
            threads.stream().filter(CallsWaitingTogetherTest::waitsTogether).forEach(together::add);
        }
        silence();
        while (threads.stream().noneMatch(CallsWaitingTogetherTest::waitsTogether)) {
            // The callers had just switched to waiting alone.
            respondAgain();
            while (threads.stream().noneMatch(CallsWaitingTogetherTest::waitsTogether)) {
                Thread.onSpinWait();
            }
            silence();
        }
    }

    /** Makes the server stop responding, then waits until all callers wait. */
    private void silence() {
        waitingRequests.set(0);
        silenceEnd = new Signal();
        while (waitingRequests.get() < CALLERS
                || !threads.stream().allMatch(thread -> thread.getState() == Thread.State.WAITING)) {
            Thread.onSpinWait();
        }
    }

    private void respondAgain() {
        Signal end = silenceEnd;
        if (end != null) {
            silenceEnd = null;
            end.set();
        }
    }

    @AfterEach
    void stop() throws IOException {
        respondAgain();
        hp.close();
        listener.close();
    }

    private static boolean waitsTogether(Thread thread) {
        return Arrays.stream(thread.getStackTrace())
                .anyMatch(frame -> frame.getClassName().endsWith("Poller$Registration"));
    }

    private void serve(Socket socket) {
        try (socket) {
            int matched = 0;
            for (int next = socket.getInputStream().read();
                    next >= 0;
                    next = socket.getInputStream().read()) {
                matched = next == "\r\n\r\n".charAt(matched) ? matched + 1 : next == '\r' ? 1 : 0;
                if (matched == 4) {
                    matched = 0;
                    Signal end = silenceEnd;
                    if (end != null) {
                        waitingRequests.incrementAndGet();
                        end.await();
                    }
                    socket.getOutputStream().write(RESPONSE);
                }
            }
        } catch (IOException e) {
            // The client has cancelled.
        }
    }

    /** {@return the reason why a call failed} */
    private CancelledException.Reason callUntilItFails() throws HttpipeException {
        Request request = Request.get("http://127.0.0.1:%d/".formatted(listener.getLocalPort()));
        try {
            while (hp.request(request).status() == 200) {
                continue;
            }
            throw new AssertionError("another status");
        } catch (CancelledException e) {
            assertEquals(Phase.RESPONSE_HEAD, e.phase());
            boolean interrupted = e.reason() == CancelledException.Reason.INTERRUPT;
            assertEquals(interrupted, Thread.currentThread().isInterrupted());
            return e.reason();
        }
    }

    @Test
    void anInterruptCancelsOnlyItsOwnCall() throws Exception {
        int one = IntStream.range(0, CALLERS)
                .filter(i -> waitsTogether(threads.get(i)))
                .findFirst()
                .orElseThrow();
        threads.get(one).interrupt();
        assertEquals(CancelledException.Reason.INTERRUPT, calls.get(one).get());
        assertEquals(CALLERS - 1, hp.stats().getFirst().leased());
        assertEquals(1, calls.stream().filter(FutureTask::isDone).count());
    }

    @Test
    void closingTheClientEndsAllWaitingCalls() throws Exception {
        hp.close();
        for (FutureTask<CancelledException.Reason> call : calls) {
            assertEquals(CancelledException.Reason.CLIENT_CLOSED, call.get());
        }
    }
}
