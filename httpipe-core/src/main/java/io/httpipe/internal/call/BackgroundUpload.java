package io.httpipe.internal.call;

import io.httpipe.internal.connect.CallStep;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.Deadlines;
import io.httpipe.internal.connect.ExpiredException;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.connect.Transport;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * An upload that goes on while its response is read. It runs on a thread of its own, with a timeouts of its own; the
 * thread that reads the response makes this object and calls its methods, except for {@link #abandon}, which any thread
 * may call.
 *
 * <p>While the sending goes on, reads of the response are limited by the deadline only. When it is over, the read that
 * is under way gets the read timeout.
 */
final class BackgroundUpload {
    /** How often a thread that waits looks whether the connection has been closed or time is over. */
    private static final long LOOK = 100_000_000;

    /** How long the sending may take to end once nothing keeps it. */
    private static final long GRACE = 20_000_000;

    private final CallTimeouts reading;
    private final CallTimeouts sending;
    private final Transport transport;
    private final OutgoingBody body;
    private final Upload upload;

    /** Opens when the response head has come, or the sending is over. */
    private final CountDownLatch headOrEnd = new CountDownLatch(1);

    private final CountDownLatch end = new CountDownLatch(1);

    private final FutureTask<Boolean> task = new FutureTask<>(Deadlines.inherited(this::send)) {
        @Override
        protected void done() {
            end.countDown();
        }
    };
    private final Thread thread;

    /** When the sending ended; set before {@link #over}. */
    private long endedAt;

    /** Each side sets its own of these two before it looks at the other's. */
    private volatile boolean over;

    private volatile long lastReads = NanoClock.NEVER;

    /** Whether a failure of the sending means nothing. */
    private boolean stopped;

    /** An upload of this body, not yet started. */
    BackgroundUpload(Http1Conversation conversation, OutgoingBody body) {
        this.reading = conversation.timeouts();
        this.sending = reading.forOtherThread();
        this.transport = conversation.connection().transport();
        this.body = body;
        this.upload = new Upload(conversation, sending, ResponseListener.Early.LEFT_TO_CALLER, headOrEnd::countDown);
        Thread.Builder kind = Thread.currentThread().isVirtual()
                ? Thread.ofVirtual()
                : Thread.ofPlatform().daemon();
        this.thread = kind.name("httpipe-upload").unstarted(task);
    }

    private boolean send() throws IOException {
        try {
            return upload.run();
        } finally {
            endedAt = NanoClock.now();
            over = true;
            long nanos;
            do {
                nanos = lastReads;
                transport.limitRead(Math.min(reading.endIfStartedNow(CallStep.BODY), NanoClock.after(nanos)));
            } while (nanos != lastReads);
            headOrEnd.countDown();
        }
    }

    /** Starts the sending and waits for the response head; it is there to be taken then. */
    void startAndAwaitHead() throws IOException {
        thread.start();
        await(headOrEnd);
        if (over) {
            result();
        }
    }

    /** Whether the sending is over, and every read that begins from now on has its own time limit. */
    boolean isDone() {
        return task.isDone();
    }

    /** When the sending ended, or was stopped. */
    long endedAt() {
        return over ? endedAt : NanoClock.now();
    }

    /** Has the read that is under way when the sending ends take no longer than this from then on, in nanoseconds. */
    void limitLastRead(long nanos) {
        lastReads = nanos;
        if (over) {
            // The other side may not have seen it.
            transport.limitRead(NanoClock.after(nanos));
        }
    }

    /** Waits until the sending is over. */
    void awaitEnd() throws IOException {
        await(end);
    }

    /** Ends the sending, because a response that has come whole has made it pointless. */
    void stop() {
        stopped = true;
        upload.stop();
        if (!endsWithin(GRACE)) {
            abandon();
        }
    }

    /**
     * What came of the sending; it must be over, or was stopped.
     *
     * @return whether the request was sent whole
     * @throws IOException why not, unless the response is the reason
     */
    boolean result() throws IOException {
        if (stopped) {
            return sentWhole();
        }
        try {
            return task.get();
        } catch (InterruptedException e) {
            throw interrupted();
        } catch (ExecutionException e) {
            reading.copyStepFrom(sending);
            throw Upload.unwrapped(e);
        }
    }

    /** Whether the whole request has been sent, be the sending over or about to be. */
    boolean sentWhole() {
        return upload.isSent();
    }

    /** What kept the request from being sent whole, although a response came; only once the sending is over. */
    @Nullable
    IOException loss() {
        return upload.loss();
    }

    /** What to tell of a read that failed while the sending went on: a failure of the sending may be the reason. */
    IOException explained(IOException failure) {
        if (Thread.currentThread().isInterrupted()) {
            return interrupted();
        }
        boolean expired = failure instanceof ExpiredException;
        if (expired && reading.isExpired()) {
            reading.setEnd(reading.deadline());
            abandon();
            return failure;
        }
        // The sending's time limit closes the channel for both directions, and each is told that time is over.
        boolean closed = expired || failure instanceof ClosedChannelException;
        if (task.isDone() || closed && endsWithin(LOOK)) {
            try {
                result();
            } catch (IOException reason) {
                reason.addSuppressed(failure);
                return reason;
            }
        }
        abandon();
        return failure;
    }

    /** Ends the sending at once, and closes the connection; from any thread. */
    void abandon() {
        transport.close();
        body.abandon();
        thread.interrupt();
    }

    private boolean endsWithin(long nanos) {
        try {
            task.get(nanos, TimeUnit.NANOSECONDS);
            return true;
        } catch (ExecutionException e) {
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return task.isDone();
        }
    }

    /** Waits for the latch. Fails when the connection is closed, time is over, or the thread is interrupted. */
    private void await(CountDownLatch latch) throws IOException {
        reading.enter(CallStep.SEND);
        boolean gone = false;
        try {
            while (!latch.await(Math.min(LOOK, reading.deadline() - NanoClock.now()), TimeUnit.NANOSECONDS)) {
                if (reading.isExpired()) {
                    reading.setEnd(reading.deadline());
                    throw new ExpiredException();
                }
                if (gone) {
                    throw new ClosedChannelException();
                }
                // The sending tells it better, if it is about to.
                gone = !transport.isOpen();
            }
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    private ClosedByInterruptException interrupted() {
        abandon();
        Thread.currentThread().interrupt();
        return new ClosedByInterruptException();
    }
}
