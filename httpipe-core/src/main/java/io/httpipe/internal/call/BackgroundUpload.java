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
 * Sends a request on its own thread, with its own {@link CallTimeouts}, while another thread reads the response. The
 * reading thread creates this object and calls its methods. Any thread may call {@link #abandon}.
 *
 * <p>During the upload, only the deadline limits reads of the response. When the upload ends, the read timeout of the
 * current read starts.
 */
final class BackgroundUpload {
    /** How often a waiting thread checks whether the connection is open and time is left, in nanoseconds. */
    private static final long CHECK_INTERVAL = 100_000_000;

    /** How long a stopped upload may take to end by itself, in nanoseconds. */
    private static final long STOP_TIME = 20_000_000;

    private final CallTimeouts readTimeouts;
    private final CallTimeouts sendTimeouts;
    private final Transport transport;
    private final OutgoingBody body;
    private final Upload upload;

    /** Opens when the response head has arrived, or the upload is over. */
    private final CountDownLatch headOrEnd = new CountDownLatch(1);

    private final CountDownLatch end = new CountDownLatch(1);

    private final FutureTask<Boolean> task = new FutureTask<>(Deadlines.inherited(this::send)) {
        @Override
        protected void done() {
            end.countDown();
        }
    };
    private final Thread thread;

    /** When the upload ended. Set before {@link #over}. */
    private long endedAt;

    /**
     * Whether the upload is over. The sending thread sets this field and then reads {@link #lastReadLimit}. The reading
     * thread sets {@link #lastReadLimit} and then reads this field. At least one of them sees the other's change.
     */
    private volatile boolean over;

    /** How long the current read may still take after the end of the upload, in nanoseconds. */
    private volatile long lastReadLimit = NanoClock.NEVER;

    /** Whether the upload was stopped because the response makes it useless. The upload's failure is then ignored. */
    private boolean stopped;

    /** Creates an upload of this body. {@link #startAndAwaitHead} starts it. */
    BackgroundUpload(Http1Conversation conversation, OutgoingBody body) {
        this.readTimeouts = conversation.timeouts();
        this.sendTimeouts = readTimeouts.forOtherThread();
        this.transport = conversation.connection().transport();
        this.body = body;
        this.upload =
                new Upload(conversation, sendTimeouts, ResponseListener.ReadAhead.LEFT_TO_CALLER, headOrEnd::countDown);
        this.thread = Upload.threadLikeCurrent("httpipe-upload").unstarted(task);
    }

    private boolean send() throws IOException {
        try {
            return upload.run();
        } finally {
            endedAt = NanoClock.now();
            over = true;
            long limit;
            do {
                limit = lastReadLimit;
                transport.limitRead(Math.min(readTimeouts.endIfStartedNow(CallStep.BODY), NanoClock.after(limit)));
            } while (limit != lastReadLimit);
            headOrEnd.countDown();
        }
    }

    /** Starts the upload. Waits until the response head has arrived and can be taken, or the upload is over. */
    void startAndAwaitHead() throws IOException {
        thread.start();
        await(headOrEnd);
        if (over) {
            result();
        }
    }

    /** Whether the upload is over. If it is over, every later read has its own time limit. */
    boolean isDone() {
        return task.isDone();
    }

    /** When the upload ended; the current time if it was stopped and has not ended. */
    long endedAt() {
        return over ? endedAt : NanoClock.now();
    }

    /** Limits how long the current read may still take after the end of the upload, in nanoseconds. */
    void limitLastRead(long nanos) {
        lastReadLimit = nanos;
        if (over) {
            // The sending thread may have ended without seeing the new limit.
            transport.limitRead(NanoClock.after(nanos));
        }
    }

    /** Waits until the upload is over. */
    void awaitEnd() throws IOException {
        await(end);
    }

    /** Ends the upload, because the whole response has arrived and the server closes the connection. */
    void stop() {
        stopped = true;
        upload.stop();
        if (!endsWithin(STOP_TIME)) {
            abandon();
        }
    }

    /**
     * Returns the result of an upload that is over or was stopped.
     *
     * @return whether the request was sent whole
     * @throws IOException the exception of {@link Upload#run} if it failed; never after {@link #stop}
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
            readTimeouts.copyStepFrom(sendTimeouts);
            throw Upload.unwrapped(e);
        }
    }

    /** Whether the whole request has been sent, even if the sending thread has not ended. */
    boolean sentWhole() {
        return upload.sentWhole();
    }

    /** See {@link Upload#writeFailure}. Must not be called before the upload is over. */
    @Nullable
    IOException writeFailure() {
        return upload.writeFailure();
    }

    /**
     * Ends the upload after a failed read, and returns the failure to report. If this thread has been interrupted, that
     * is a new {@link ClosedByInterruptException}. If the deadline has ended the read, it is {@code readFailure}. In
     * all other cases it is the failure of the upload, or {@code readFailure} if the upload has not failed.
     */
    IOException causeOf(IOException readFailure) {
        if (Thread.currentThread().isInterrupted()) {
            return interrupted();
        }
        boolean expired = readFailure instanceof ExpiredException;
        if (expired && readTimeouts.isExpired()) {
            readTimeouts.setEnd(readTimeouts.deadline());
            abandon();
            return readFailure;
        }
        // When the upload runs out of time, the transport closes its channel for both directions. The upload and the
        // read then both report a timeout.
        boolean closed = expired || readFailure instanceof ClosedChannelException;
        if (task.isDone() || closed && endsWithin(CHECK_INTERVAL)) {
            try {
                result();
            } catch (IOException sendFailure) {
                sendFailure.addSuppressed(readFailure);
                return sendFailure;
            }
        }
        abandon();
        return readFailure;
    }

    /** Ends the upload at once, and closes the connection. May be called from any thread. */
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

    /** Waits for the latch. Fails when the connection is closed, the deadline passes, or the thread is interrupted. */
    private void await(CountDownLatch latch) throws IOException {
        readTimeouts.enter(CallStep.SEND);
        boolean closed = false;
        try {
            while (!latch.await(
                    Math.min(CHECK_INTERVAL, readTimeouts.deadline() - NanoClock.now()), TimeUnit.NANOSECONDS)) {
                if (readTimeouts.isExpired()) {
                    readTimeouts.setEnd(readTimeouts.deadline());
                    throw new ExpiredException();
                }
                if (closed) {
                    throw new ClosedChannelException();
                }
                // The sending thread has until the next check to report a better error.
                closed = !transport.isOpen();
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
