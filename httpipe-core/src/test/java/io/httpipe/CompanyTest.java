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

/** Calls of one route that wait for their answers together, from when that pays. */
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD) // an interrupt would not end a spin
class CompanyTest {
    private static final int CALLERS = 8;
    private static final byte[] ANSWER =
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK".getBytes(StandardCharsets.ISO_8859_1);

    private final AtomicInteger unanswered = new AtomicInteger();

    /** What ends the server's silence; null while it answers. */
    private volatile @Nullable Signal answersAgain;

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
            threads.stream().filter(CompanyTest::waitsTogether).forEach(together::add);
        }
        silence();
        while (threads.stream().noneMatch(CompanyTest::waitsTogether)) {
            // What they had learnt just then was to wait on their own.
            answerAgain();
            while (threads.stream().noneMatch(CompanyTest::waitsTogether)) {
                Thread.onSpinWait();
            }
            silence();
        }
    }

    /** Has the server answer no more, and all callers wait for it. */
    private void silence() {
        unanswered.set(0);
        answersAgain = new Signal();
        while (unanswered.get() < CALLERS
                || !threads.stream().allMatch(thread -> thread.getState() == Thread.State.WAITING)) {
            Thread.onSpinWait();
        }
    }

    private void answerAgain() {
        Signal waited = answersAgain;
        if (waited != null) {
            answersAgain = null;
            waited.set();
        }
    }

    @AfterEach
    void stop() throws IOException {
        answerAgain();
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
            for (int octet = socket.getInputStream().read();
                    octet >= 0;
                    octet = socket.getInputStream().read()) {
                matched = octet == "\r\n\r\n".charAt(matched) ? matched + 1 : octet == '\r' ? 1 : 0;
                if (matched == 4) {
                    matched = 0;
                    Signal again = answersAgain;
                    if (again != null) {
                        unanswered.incrementAndGet();
                        again.await();
                    }
                    socket.getOutputStream().write(ANSWER);
                }
            }
        } catch (IOException e) {
            // The client has cancelled.
        }
    }

    /** The reason for which a call failed. */
    private CancelledException.Reason callUntilItFails() throws HttpipeException {
        Request request = Request.get("http://127.0.0.1:%d/".formatted(listener.getLocalPort()));
        try {
            while (hp.request(request).status() == 200) {
                // Once more.
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
    void anInterruptCancelsTheCallAndNoOther() throws Exception {
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
    void closingTheClientEndsThemAll() throws Exception {
        hp.close();
        for (FutureTask<CancelledException.Reason> call : calls) {
            assertEquals(CancelledException.Reason.CLIENT_CLOSED, call.get());
        }
    }
}
