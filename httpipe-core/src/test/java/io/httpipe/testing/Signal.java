package io.httpipe.testing;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A one-time signal from one thread of a test to others. */
public final class Signal {
    private static final long PATIENCE_SECONDS = 20;

    private final CountDownLatch latch = new CountDownLatch(1);

    public void set() {
        latch.countDown();
    }

    /** Waits for the signal. Fails the test if the signal does not arrive in time. */
    public void await() {
        try {
            if (!latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("what the test waits for has not happened");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
