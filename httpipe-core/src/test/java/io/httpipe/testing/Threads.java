package io.httpipe.testing;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The two kinds of threads: the JDK does much of its I/O differently on each. */
public enum Threads {
    VIRTUAL,
    PLATFORM;

    public Thread start(Runnable task) {
        return this == VIRTUAL
                ? Thread.ofVirtual().start(task)
                : Thread.ofPlatform().daemon().start(task);
    }

    /** What a call on such a thread gives or throws; fails the test where it does not come back. */
    public <T> T call(Callable<T> call) throws Exception {
        FutureTask<T> task = new FutureTask<>(call);
        start(task);
        try {
            return task.get(20, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        } catch (TimeoutException e) {
            throw new AssertionError("the call does not come back", e);
        }
    }
}
