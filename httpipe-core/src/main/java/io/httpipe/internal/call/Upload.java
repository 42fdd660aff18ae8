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
 * {@link ResponseListener} hears the response, which may end the sending.
 *
 * <p>Belongs to the thread that calls {@link #run}: the caller's, or that of a {@link BackgroundUpload}. A stranger's
 * stream is read, and what it gives is written, by a thread beside it that can be left alone where the stream keeps it
 * waiting.
 */
final class Upload {
    /**
     * How long a failed write waits for the answer that may explain it. What that is has arrived, for the server has gone:
     * the time is for a busy machine to take it in.
     */
    private static final long EXPLANATION = 1_000_000_000;

    private final Http1Conversation conversation;
    private final Outgoing request;
    private final CallTimeouts timeouts;
    private final PooledConnection connection;
    private final ResponseListener.Early early;
    private final Runnable headCame;

    /** How often who waits for a stream looks whether the connection has been closed: nobody listens before it gives. */
    private static final long LOOK = 100_000_000;

    /** Null until more than one write is needed. */
    private volatile @Nullable ResponseListener listener;

    /** Opens when the thread beside has come to its end, or need not be waited for; null if there is none. */
    private @Nullable CountDownLatch fed;

    /** Whether all of the request has been written. */
    private volatile boolean sent;

    /** Whether the connection was found closed while nothing was being sent. */
    private boolean severed;

    /** What kept the request from being sent whole, although a response came; null if nothing did, or the response. */
    private @Nullable IOException loss;

    /**
     * An upload that keeps to this timeouts.
     *
     * @param headCame called where a 2xx has come and is left to the caller
     */
    Upload(Http1Conversation conversation, CallTimeouts timeouts, ResponseListener.Early early, Runnable headCame) {
        this.conversation = conversation;
        this.request = conversation.request();
        this.timeouts = timeouts;
        this.connection = conversation.connection();
        this.early = early;
        this.headCame = headCame;
    }

    /** What kept the request from being sent whole, although a response came; null if nothing did, or the response. */
    @Nullable
    IOException loss() {
        return loss;
    }

    /** Whether all of the request has been written; from any thread. */
    boolean isSent() {
        return sent;
    }

    /** Ends the sending because its response makes it pointless; from any thread. */
    void stop() {
        ResponseListener beside = listener;
        if (beside != null) {
            beside.stopSending();
        }
    }

    /**
     * Sends all of it, or stops when an answer has come that ends the sending. Where an answer has come, its head is
     * there to be taken.
     *
     * @return whether the request was sent whole
     */
    boolean run() throws IOException {
        timeouts.enter(CallStep.SEND);
        long length = length();
        RequestHead head = request.head(length);
        OutgoingBody body = Objects.requireNonNull(request.body());
        boolean done = false;
        try {
            boolean whole = send(body, head, length);
            done = true;
            return whole;
        } finally {
            if (!done) {
                // Closed here and not by the connection's owner, who would wait for the listener to leave its read.
                connection.transport().close();
                dismissListener();
            }
            release(body, done);
        }
    }

    /** Lets go of the body's source, whose failure to be closed hides no other failure. */
    private static void release(OutgoingBody body, boolean done) throws IOException {
        try {
            body.release();
        } catch (IOException e) {
            if (done) {
                throw e;
            }
        }
    }

    /**
     * What becomes of a request without a body whose head could not be written.
     *
     * @return false if there is an answer to be taken
     */
    boolean failed(IOException failure) throws IOException {
        boolean answered = false;
        try {
            explain(failure);
            answered = true;
            return false;
        } finally {
            if (!answered) {
                connection.transport().close();
            }
        }
    }

    /** How long the body is; -1 if it is to be sent in chunks. */
    private long length() throws BodyFailedException {
        try {
            return request.bodyLength();
        } catch (IOException e) {
            throw new BodyFailedException(e);
        }
    }

    private boolean sendAlone(RequestHead head) throws IOException {
        try {
            head.sendOver(connection, timeouts.enter(CallStep.SEND));
            return true;
        } catch (IOException e) {
            return explain(e);
        }
    }

    private boolean send(OutgoingBody body, RequestHead head, long length) throws IOException {
        RequestHead first = head;
        long continueWait = length == 0 ? -1 : request.continueWait();
        if (continueWait >= 0) {
            if (!sendAlone(head)) {
                return false;
            }
            startListening(true);
            if (!awaitGoAhead(continueWait)) {
                // Nothing is being sent: what the listener met, it met while a head was waited for.
                conclude(true, NanoClock.NEVER);
                return false;
            }
            first = null;
        }
        BodyOutput sink = new BodyOutput(this, first, length);
        boolean whole;
        conversation.sending().beginBody(body);
        try {
            whole = body.mayBlock() ? feedAside(body, sink) : feed(body, sink);
        } catch (IOException | RuntimeException e) {
            return explain(e, sink);
        } finally {
            sink.end();
        }
        return conclude(whole, NanoClock.NEVER);
    }

    private boolean feed(OutgoingBody body, BodyOutput sink) throws IOException {
        body.readBy(timeouts.deadline());
        body.writeTo(sink);
        sink.finish(request);
        sent = true;
        return true;
    }

    /** The same in a thread beside this one; false if it was left because the answer is there. */
    private boolean feedAside(OutgoingBody body, BodyOutput sink) throws IOException {
        CountDownLatch settled = new CountDownLatch(1);
        fed = settled;
        FutureTask<Boolean> task = new FutureTask<>(Deadlines.inherited(() -> feed(body, sink))) {
            @Override
            protected void done() {
                settled.countDown();
            }
        };
        Thread.Builder kind = Thread.currentThread().isVirtual()
                ? Thread.ofVirtual()
                : Thread.ofPlatform().daemon();
        Thread feeder = kind.name("httpipe-feeder").start(task);
        try {
            boolean gone = false;
            while (!settled.await(Math.min(LOOK, timeouts.deadline() - NanoClock.now()), TimeUnit.NANOSECONDS)) {
                if (timeouts.isExpired()) {
                    timeouts.enter(CallStep.SEND);
                    throw new ExpiredException();
                }
                if (gone) {
                    severed = true;
                    throw new ClosedChannelException();
                }
                // Whoever is within a write, or listens, finds out by itself before the next look.
                gone = !isHeard() && !connection.transport().isOpen();
            }
            // Whoever has written all may not have come to its end when the answer, which can come at once, ends the
            // wait.
            return sent || task.isDone() && task.get();
        } catch (InterruptedException e) {
            feeder.interrupt();
            throw interrupted();
        } catch (ExecutionException e) {
            throw unwrapped(e);
        }
    }

    /** Whether a listener meets what becomes of the connection. */
    private boolean isHeard() {
        ResponseListener beside = listener;
        return beside != null && !beside.isDone();
    }

    /** Tells that more than one write will be needed. */
    void startListening() throws IOException {
        startListening(false);
    }

    private void startListening(boolean held) throws IOException {
        if (listener == null) {
            connection.transport().setDuplex(true);
            OutgoingBody body = request.body();
            CountDownLatch settled = fed;
            ResponseListener started = new ResponseListener(conversation, timeouts, early, headCame, () -> {
                if (settled != null) {
                    settled.countDown();
                } else if (body != null) {
                    body.abandon();
                }
            });
            listener = started;
            started.start(held);
        }
    }

    /** Writes octets of the request, unless it has been answered. */
    void write(byte[] octets, int offset, int length) throws IOException {
        ResponseListener beside = listener;
        try {
            if (beside != null) {
                beside.beforeWrite();
            }
            connection.send(octets, offset, length, timeouts.enterChecked(CallStep.SEND));
        } finally {
            if (beside != null) {
                beside.afterWrite();
            }
        }
    }

    /** Sends part of a file, unless the request has been answered. */
    long write(FileChannel file, long position, long count) throws IOException {
        ResponseListener beside = listener;
        try {
            if (beside != null) {
                beside.beforeWrite();
            }
            return connection.send(file, position, count, timeouts.enterChecked(CallStep.SEND));
        } finally {
            if (beside != null) {
                beside.afterWrite();
            }
        }
    }

    /**
     * Whether the body is to be sent, because the server has asked for it, or has kept silent for so long. The read
     * timeout does not count: when it is over nothing has failed, and the body may not go out any earlier.
     */
    private boolean awaitGoAhead(long nanos) throws IOException {
        ResponseListener beside = Objects.requireNonNull(listener);
        timeouts.enter(CallStep.HEAD);
        timeouts.setEnd(timeouts.deadline());
        try {
            if (!beside.awaitGoAhead(Math.min(NanoClock.after(nanos), timeouts.deadline())) && timeouts.isExpired()) {
                throw new ExpiredException();
            }
            return !beside.answered();
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    /** Waits for the listener, if there is one; what it met is then this thread's to tell. */
    private boolean conclude(boolean whole, long latest) throws IOException {
        ResponseListener beside = listener;
        if (beside == null) {
            return whole;
        }
        try {
            return beside.conclude(latest) && whole;
        } catch (InterruptedException e) {
            throw interrupted();
        } catch (ExecutionException e) {
            if (!whole && conversation.finalStatus() == 0) {
                timeouts.enter(CallStep.SEND);
            }
            throw unwrapped(e);
        }
    }

    /** The body did not get through: because of the connection, an answer, an interrupt, or its source. */
    private boolean explain(Exception e, BodyOutput sink) throws IOException {
        if (e instanceof ExpiredException expiry) {
            throw expiry;
        }
        if (isInterrupt(e)) {
            // A source may say where it was interrupted.
            throw (IOException) interrupted().initCause(e);
        }
        IOException failure = severed ? (IOException) e : sink.failure();
        if (failure != null) {
            return explain(failure);
        }
        IOException refusal = sink.refusal();
        ResponseListener beside = listener;
        if (refusal == null
                && beside != null
                && beside.answered()
                && (e instanceof IOException || beside.abandoned())) {
            return conclude(false, NanoClock.NEVER);
        }
        if (refusal == null && e instanceof RuntimeException bug) {
            throw bug;
        }
        if (refusal == null && timeouts.isExpired()) {
            timeouts.enter(CallStep.SEND);
            throw new ExpiredException();
        }
        IOException source = refusal == null ? (IOException) e : refusal;
        throw new BodyFailedException(source);
    }

    /** A write failed: an answer that came before, or comes soon, tells more than "broken pipe" does. */
    private boolean explain(IOException failure) throws IOException {
        if (failure instanceof ResponseListener.AnsweredException) {
            return conclude(false, NanoClock.NEVER);
        }
        if (failure instanceof ExpiredException) {
            throw failure;
        }
        if (isInterrupt(failure)) {
            throw interrupted();
        }
        long latest = Math.min(NanoClock.after(EXPLANATION), timeouts.deadline());
        try {
            ResponseListener beside = listener;
            if (beside != null) {
                loss = beside.answered() ? null : failure;
                return conclude(false, latest);
            }
            loss = failure;
            ResponseHead head;
            do {
                head = conversation.hearHead(() -> latest);
            } while (head.informational());
            return false;
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
     * Whether a failure came from an interrupt. Not all sources leave the flag set; but nobody knows a thread beside
     * the caller's, so that a source that says there it was interrupted means something else, such as a time limit of
     * its own.
     */
    private boolean isInterrupt(Exception e) {
        return Thread.currentThread().isInterrupted()
                || e instanceof ClosedByInterruptException
                || isCallersThread() && e instanceof InterruptedIOException && !(e instanceof SocketTimeoutException);
    }

    /** Whether the source is read, or the callback runs, in the thread of the call. */
    private boolean isCallersThread() {
        return fed == null && timeouts == conversation.timeouts();
    }

    private ClosedByInterruptException interrupted() {
        connection.transport().close();
        Thread.currentThread().interrupt();
        return new ClosedByInterruptException();
    }

    /** What another thread has met. */
    static IOException unwrapped(ExecutionException e) {
        return switch (e.getCause()) {
            case IOException failure -> failure;
            case RuntimeException failure -> throw failure;
            case Error failure -> throw failure;
            case null, default -> new IOException(e.getCause());
        };
    }

    private void dismissListener() {
        ResponseListener beside = listener;
        if (beside != null) {
            beside.dismiss();
        }
    }
}
