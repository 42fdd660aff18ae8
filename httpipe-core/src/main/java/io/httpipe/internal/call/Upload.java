package io.httpipe.internal.call;

import io.httpipe.internal.connect.CallStep;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.Deadlines;
import io.httpipe.internal.connect.ExpiredException;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.pool.PooledConnection;
import io.httpipe.internal.wire.MalformedException;
import io.httpipe.internal.wire.ResponseHead;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Sends one request with a body. A head with a short body goes out in one write. While a longer body is sent, a
 * {@link ResponseListener} reads the response, which may end the upload.
 *
 * <p>Belongs to the thread that calls {@link #run}: the caller's thread or that of a {@link BackgroundUpload}. If the
 * body's source may block, another thread, the feeder, reads the source and writes the body. The upload can then end
 * while the source keeps the feeder waiting.
 */
final class Upload {
    /**
     * How long a failed write waits for a response that may explain the failure, in nanoseconds. The server has
     * closed the connection, so its response has already arrived. A busy machine may need this time to process it.
     */
    private static final long EXPLANATION_WAIT = 1_000_000_000;

    /**
     * How often the thread that waits for the feeder checks the connection, in nanoseconds. Unless the request waits
     * for 100 Continue, no listener notices a close before the source has returned its first bytes.
     */
    private static final long CHECK_INTERVAL = 100_000_000;

    private final Http1Conversation conversation;
    private final Outgoing request;
    private final CallTimeouts timeouts;
    private final PooledConnection connection;
    private final ResponseListener.ReadAhead readAhead;
    private final Runnable onResponseHead;

    /** Null until more than one write is needed. */
    private volatile @Nullable ResponseListener listener;

    /** Opens when the feeder has ended, or the upload need not wait for it any longer; null if there is no feeder. */
    private @Nullable CountDownLatch feederDone;

    /** Whether the whole request has been written. */
    private volatile boolean sentWhole;

    /** Whether the connection was found closed while nothing was being written. */
    private boolean foundClosed;

    private @Nullable IOException writeFailure;

    /**
     * An upload with these time limits.
     *
     * @param onResponseHead called when a 2xx has arrived and the upload continues, as {@link ResponseListener} says
     */
    Upload(
            Http1Conversation conversation,
            CallTimeouts timeouts,
            ResponseListener.ReadAhead readAhead,
            Runnable onResponseHead) {
        this.conversation = conversation;
        this.request = conversation.request();
        this.timeouts = timeouts;
        this.connection = conversation.connection();
        this.readAhead = readAhead;
        this.onResponseHead = onResponseHead;
    }

    /** Returns a builder for a daemon thread that is virtual if the current thread is. */
    static Thread.Builder threadLikeCurrent(String name) {
        Thread.Builder builder = Thread.currentThread().isVirtual()
                ? Thread.ofVirtual()
                : Thread.ofPlatform().daemon();
        return builder.name(name);
    }

    /**
     * The write failure that left the request incomplete although a response arrived; null if no write failed or the
     * response ended the upload.
     */
    @Nullable
    IOException writeFailure() {
        return writeFailure;
    }

    /** Whether the whole request has been written. May be called from any thread. */
    boolean sentWhole() {
        return sentWhole;
    }

    /** Ends the upload because the response makes it useless. May be called from any thread. */
    void stop() {
        ResponseListener current = listener;
        if (current != null) {
            current.stopSending();
        }
    }

    /**
     * Sends the whole request, or stops when a response has arrived that ends the upload. If a response has arrived,
     * its head can be taken afterwards.
     *
     * @return whether the request was sent whole
     */
    boolean run() throws IOException {
        timeouts.enter(CallStep.SEND);
        long length = length();
        RequestHead head = request.head(length);
        OutgoingBody body = Objects.requireNonNull(request.body());
        boolean succeeded = false;
        try {
            boolean whole = send(body, head, length);
            succeeded = true;
            return whole;
        } finally {
            if (!succeeded) {
                // An orderly close by the connection's owner would wait until the listener has left its read.
                connection.transport().close();
                dismissListener();
            }
            release(body, succeeded);
        }
    }

    /** Releases the body. A failure of the release must not hide an earlier failure. */
    private static void release(OutgoingBody body, boolean succeeded) throws IOException {
        try {
            body.release();
        } catch (IOException e) {
            if (succeeded) {
                throw e;
            }
        }
    }

    /** Handles a failed write of the head of a request without a body. Fails unless there is a response to be taken. */
    void headFailed(IOException failure) throws IOException {
        boolean responded = false;
        try {
            explainWriteFailure(failure);
            responded = true;
        } finally {
            if (!responded) {
                connection.transport().close();
            }
        }
    }

    /** The length of the body in bytes; -1 if it is sent in chunks. */
    private long length() throws BodyFailedException {
        try {
            return RequestHead.bodyLength(request);
        } catch (IOException e) {
            throw new BodyFailedException(e);
        }
    }

    /**
     * Sends the head and the body. The head goes out together with the first bytes of the body, unless these come from
     * a large file or after a flush. If the request waits for 100 Continue, the head goes out alone, before the body.
     */
    private boolean send(OutgoingBody body, RequestHead head, long length) throws IOException {
        RequestHead unsentHead = head;
        long continueWait = length == 0 ? -1 : request.continueWait();
        if (continueWait >= 0) {
            if (!sendAlone(head)) {
                return false;
            }
            startListening(true);
            if (!awaitGoAhead(continueWait)) {
                // Nothing is being sent, so a failure of the listener belongs to the step HEAD and not to SEND.
                conclude(true, NanoClock.NEVER);
                return false;
            }
            unsentHead = null;
        }
        BodyOutput output = new BodyOutput(this, unsentHead, length);
        boolean whole;
        conversation.upload().beginBody(body);
        try {
            whole = body.mayBlock() ? feedAside(body, output) : feed(body, output);
        } catch (IOException | RuntimeException e) {
            explainBodyFailure(e, output);
            return false;
        } finally {
            output.end();
        }
        return conclude(whole, NanoClock.NEVER);
    }

    private boolean sendAlone(RequestHead head) throws IOException {
        try {
            head.sendOver(connection, timeouts.enter(CallStep.SEND));
            return true;
        } catch (IOException e) {
            explainWriteFailure(e);
            return false;
        }
    }

    private boolean feed(OutgoingBody body, BodyOutput output) throws IOException {
        body.readBy(timeouts.deadline());
        long announced = output.hasLength() ? -1 : body.length();
        body.writeTo(output);
        output.requireLength(announced, 0);
        output.finish(request);
        sentWhole = true;
        return true;
    }

    /** Makes a feeder thread send the body; returns false if the feeder was abandoned because of a response. */
    private boolean feedAside(OutgoingBody body, BodyOutput output) throws IOException {
        CountDownLatch finished = new CountDownLatch(1);
        feederDone = finished;
        FutureTask<Boolean> task = new FutureTask<>(Deadlines.inherited(() -> feed(body, output))) {
            @Override
            protected void done() {
                finished.countDown();
            }
        };
        Thread feeder = threadLikeCurrent("httpipe-feeder").start(task);
        try {
            boolean closed = false;
            while (!finished.await(
                    Math.min(CHECK_INTERVAL, timeouts.deadline() - NanoClock.now()), TimeUnit.NANOSECONDS)) {
                if (timeouts.isExpired()) {
                    timeouts.enter(CallStep.SEND);
                    throw new ExpiredException();
                }
                if (closed) {
                    foundClosed = true;
                    throw new ClosedChannelException();
                }
                // A feeder that is writing, or a listener, reports the close itself before the next check.
                closed = !isListening() && !connection.transport().isOpen();
            }
            // A response can end the wait after the feeder has written everything and before its task has ended.
            return sentWhole || task.isDone() && task.get();
        } catch (InterruptedException e) {
            feeder.interrupt();
            throw interrupted();
        } catch (ExecutionException e) {
            throw unwrapped(e);
        }
    }

    private boolean isListening() {
        ResponseListener current = listener;
        return current != null && !current.isDone();
    }

    /** Starts the listener, unless there is one. {@link BodyOutput} calls this when the body needs several writes. */
    void startListening() throws IOException {
        startListening(false);
    }

    private void startListening(boolean bodyIsHeld) throws IOException {
        if (listener == null) {
            connection.transport().setDuplex(true);
            OutgoingBody body = request.body();
            CountDownLatch done = feederDone;
            ResponseListener started = new ResponseListener(conversation, timeouts, readAhead, onResponseHead, () -> {
                if (done != null) {
                    done.countDown();
                } else if (body != null) {
                    body.abandon();
                }
            });
            listener = started;
            started.start(bodyIsHeld);
        }
    }

    /** Writes bytes of the request, unless a response has ended the upload. */
    void write(byte[] bytes, int offset, int length) throws IOException {
        ResponseListener current = listener;
        try {
            if (current != null) {
                current.beforeWrite();
            }
            connection.send(bytes, offset, length, timeouts.enterChecked(CallStep.SEND));
        } finally {
            if (current != null) {
                current.afterWrite();
            }
        }
    }

    /** Sends part of a file, unless a response has ended the upload. */
    long write(FileChannel file, long position, long count) throws IOException {
        ResponseListener current = listener;
        try {
            if (current != null) {
                current.beforeWrite();
            }
            return connection.send(file, position, count, timeouts.enterChecked(CallStep.SEND));
        } finally {
            if (current != null) {
                current.afterWrite();
            }
        }
    }

    /**
     * Waits for 100 Continue, at most this many nanoseconds. The read timeout does not apply: a silent server is not a
     * failure, and a shorter read timeout must not shorten the wait.
     *
     * @return whether to send the body; false if a response has ended the upload or the connection is lost
     */
    private boolean awaitGoAhead(long nanos) throws IOException {
        ResponseListener current = Objects.requireNonNull(listener);
        timeouts.enter(CallStep.HEAD);
        timeouts.setEnd(timeouts.deadline());
        try {
            long end = Math.min(NanoClock.after(nanos), timeouts.deadline());
            if (!current.awaitGoAhead(end) && timeouts.isExpired()) {
                throw new ExpiredException();
            }
            return !current.isStopping();
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    /**
     * Waits for the listener, if there is one. Throws the listener's failure.
     *
     * @param whole whether everything has been written
     * @return whether the request was sent whole
     */
    private boolean conclude(boolean whole, long latestHead) throws IOException {
        ResponseListener current = listener;
        if (current == null) {
            return whole;
        }
        try {
            return current.conclude(latestHead) && whole;
        } catch (InterruptedException e) {
            throw interrupted();
        } catch (ExecutionException e) {
            if (!whole && conversation.finalStatus() == 0) {
                timeouts.enter(CallStep.SEND);
            }
            throw unwrapped(e);
        }
    }

    /**
     * Handles the failure of a body. The cause is its source, the connection, a response, an interrupt or the deadline.
     * Fails unless there is a response to be taken.
     */
    private void explainBodyFailure(Exception e, BodyOutput output) throws IOException {
        if (e instanceof ExpiredException expired) {
            throw expired;
        }
        if (isInterrupt(e)) {
            // The source's exception may show where it was interrupted.
            throw (IOException) interrupted().initCause(e);
        }
        IOException failure = foundClosed ? (IOException) e : output.writeFailure();
        if (failure != null) {
            explainWriteFailure(failure);
            return;
        }
        IOException bodyError = output.bodyError();
        ResponseListener current = listener;
        if (bodyError == null
                && current != null
                && current.isStopping()
                && (e instanceof IOException || current.bodyAbandoned())) {
            conclude(false, NanoClock.NEVER);
            return;
        }
        if (bodyError == null && e instanceof RuntimeException bug) {
            throw bug;
        }
        if (bodyError == null && timeouts.isExpired()) {
            timeouts.enter(CallStep.SEND);
            throw new ExpiredException();
        }
        throw new BodyFailedException(bodyError == null ? (IOException) e : bodyError);
    }

    /**
     * Handles a failed write. Waits a moment for a response, which says more than "broken pipe" does. Fails unless
     * there is a response to be taken.
     */
    private void explainWriteFailure(IOException failure) throws IOException {
        if (failure instanceof ResponseListener.SendingStoppedException) {
            conclude(false, NanoClock.NEVER);
            return;
        }
        if (failure instanceof ExpiredException) {
            throw failure;
        }
        if (isInterrupt(failure)) {
            throw interrupted();
        }
        long latestHead = Math.min(NanoClock.after(EXPLANATION_WAIT), timeouts.deadline());
        try {
            ResponseListener current = listener;
            if (current != null) {
                writeFailure = current.isStopping() ? null : failure;
                conclude(false, latestHead);
                return;
            }
            writeFailure = failure;
            ResponseHead head;
            do {
                head = conversation.readEarlyHead(() -> latestHead);
            } while (head.informational());
        } catch (IOException e) {
            if (isInterrupt(e)) {
                throw interrupted();
            }
            timeouts.enter(CallStep.SEND);
            if (timeouts.isExpired()) {
                throw new ExpiredException();
            }
            if (e instanceof MalformedException || e instanceof SSLException || e instanceof EOFException) {
                if (conversation.finalStatus() != 0) {
                    timeouts.enterWithoutWait(CallStep.BODY);
                }
                e.addSuppressed(failure);
                throw e;
            }
            failure.addSuppressed(e);
            throw failure;
        }
    }

    /**
     * Whether a failure came from an interrupt. Some sources report an interrupt without leaving the flag set. Only the
     * caller's own thread can be interrupted from outside. In another thread, such a report means something else, for
     * example a time limit of the source.
     */
    private boolean isInterrupt(Exception e) {
        return Thread.currentThread().isInterrupted()
                || e instanceof ClosedByInterruptException
                || isCallersThread() && e instanceof InterruptedIOException && !(e instanceof SocketTimeoutException);
    }

    /** Whether the caller's thread runs the body's source. */
    private boolean isCallersThread() {
        return feederDone == null && timeouts == conversation.timeouts();
    }

    private ClosedByInterruptException interrupted() {
        connection.transport().close();
        Thread.currentThread().interrupt();
        return new ClosedByInterruptException();
    }

    /** Returns or throws the failure of a task in another thread. */
    static IOException unwrapped(ExecutionException e) {
        return switch (e.getCause()) {
            case IOException failure -> failure;
            case RuntimeException failure -> throw failure;
            case Error failure -> throw failure;
            case null, default -> new IOException(e.getCause());
        };
    }

    private void dismissListener() {
        ResponseListener current = listener;
        if (current != null) {
            current.dismiss();
        }
    }
}
