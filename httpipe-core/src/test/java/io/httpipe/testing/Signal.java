package io.httpipe.testing;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Something that one side of a test tells the other, once. */
public final class Signal {
    private static final long PATIENCE_SECONDS = 20;

    private final CountDownLatch latch = new CountDownLatch(1);

    public void set() {
        latch.countDown();
    }

    /** Waits for it; fails the test when it does not come. */
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
