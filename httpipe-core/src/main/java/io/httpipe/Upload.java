package io.httpipe;

import io.httpipe.internal.connect.Budget;
import io.httpipe.internal.connect.ExpiredException;
import io.httpipe.internal.connect.Step;
import io.httpipe.internal.connect.Ticks;
import io.httpipe.internal.connect.Transport;
import io.httpipe.internal.pool.PooledConnection;
import io.httpipe.internal.wire.Head;
import io.httpipe.internal.wire.HeadWriter;
import java.io.IOException;
import java.io.Serial;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends one request. A head with a short body goes out in one write. During a longer body a thread listens for the
 * answer: a final head, or the loss of the connection, ends the sending at once, even where the socket takes no more.
 *
 * <p>Belongs to the sending thread; only {@link #listen} runs on the listener's.
 */
final class Upload {
    /** How long a write that is under way may take to end by itself once the answer is there. */
    private static final long GRACE = 20_000_000;

    /** How long a failed write waits for the answer that may explain it. */
    private static final long EXPLANATION = 100_000_000;

    private final Conversation talk;
    private final Request request;
    private final Budget budget;
    private final PooledConnection connection;

    /** The listener's result: true if a final head has come. */
    private @Nullable FutureTask<Boolean> listener;

    /** Opens when a 100 or final head has come, or none will. */
    private final CountDownLatch goAhead = new CountDownLatch(1);

    /** Opens when the sending is over, for good or bad; the read timeout counts from then on. */
    private final CountDownLatch over = new CountDownLatch(1);

    /** Whether sending is pointless from now on. */
    private volatile boolean answered;

    /** Whether the listener had to end a write that the socket would not take. */
    private volatile boolean stopped;

    Upload(Conversation talk) {
        this.talk = talk;
        this.request = talk.request();
        this.budget = talk.budget();
        this.connection = talk.connection();
    }

    /**
     * Sends all of it, or stops when an answer has come; in that case its head is there to be taken.
     *
     * @return whether the request was sent whole
     */
    boolean run() throws IOException {
        Body body = request.body();
        long length = length();
        HeadWriter head = request.head(length);
        if (body == null) {
            write(head.bytes(), 0, head.length());
            return true;
        }
        Duration patience = request.continueWait();
        if (patience != null) {
            write(head.bytes(), 0, head.length());
            startListening();
            awaitGoAhead(Ticks.nanos(patience));
            if (answered) {
                return conclude(false);
            }
            head = new HeadWriter();
        }
        BodySink sink = new BodySink(this, head, length);
        try {
            body.writeTo(sink);
            sink.finish(request);
        } catch (IOException | RuntimeException e) {
            IOException failure = sink.failure();
            if (failure != null) {
                return explain(failure);
            }
            // Closed here and not by the connection's owner, who would wait for the listener to leave its read.
            connection.transport().close();
            if (e instanceof IOException source && !(e instanceof CancelledException)) {
                throw new RequestBodyException(source, Failures.facts(request.endpoint(), budget, talk));
            }
            throw e;
        }
        return conclude(true);
    }

    /** How long the body is; -1 if it is to be sent in chunks. */
    private long length() throws HttpipeException {
        try {
            return request.bodyLength();
        } catch (IOException e) {
            throw new RequestBodyException(e, Failures.facts(request.endpoint(), budget, talk));
        }
    }

    /** Tells that more than one write will be needed. */
    void startListening() {
        if (listener == null) {
            FutureTask<Boolean> task = new FutureTask<>(this::listen);
            listener = task;
            Thread.ofVirtual().name("httpipe-listener").start(task);
        }
    }

    /** Writes octets of the request, unless it has been answered. */
    void write(byte[] octets, int offset, int length) throws IOException {
        checkUnanswered();
        connection.send(octets, offset, length, budget.enter(Step.SEND));
    }

    /** Sends part of a file, unless the request has been answered. */
    long write(FileChannel file, long position, long count) throws IOException {
        checkUnanswered();
        return connection.send(file, position, count, budget.enter(Step.SEND));
    }

    private void checkUnanswered() throws IOException {
        if (answered) {
            throw new AnsweredException();
        }
    }

    /** Reads heads until the final one has come; runs on the listener's thread. */
    private boolean listen() throws IOException {
        try {
            Head head;
            do {
                head = talk.readHead(() -> over.getCount() == 0 ? budget.enter(Step.HEAD) : budget.deadline());
                if (head.status() == 100) {
                    goAhead.countDown();
                }
            } while (head.informational());
            return true;
        } finally {
            answered = true;
            goAhead.countDown();
            endBlockedWrite();
        }
    }

    private void endBlockedWrite() {
        try {
            stopped = !over.await(GRACE, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError("nobody knows the listener's thread", e);
        }
        if (stopped) {
            connection.transport().stopWriting();
        }
    }

    private void awaitGoAhead(long nanos) throws IOException {
        long end = Math.min(Ticks.after(nanos), budget.enter(Step.HEAD));
        try {
            if (!goAhead.await(end - Ticks.now(), TimeUnit.NANOSECONDS) && budget.deadline() <= Ticks.now()) {
                throw new ExpiredException();
            }
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    /** Waits for the listener, if there is one; what it met is then this thread's to tell. */
    private boolean conclude(boolean sentWhole) throws IOException {
        FutureTask<Boolean> task = listener;
        if (task == null) {
            return sentWhole;
        }
        Transport transport = connection.transport();
        long readBy = budget.enter(Step.HEAD);
        over.countDown();
        transport.limitRead(readBy);
        try {
            task.get();
        } catch (InterruptedException e) {
            throw interrupted();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IOException(e.getCause());
        } finally {
            transport.limitRead(Ticks.NEVER);
        }
        return sentWhole && !stopped;
    }

    /** A write failed: an answer that came before, or comes soon, tells more than "broken pipe" does. */
    private boolean explain(IOException failure) throws IOException {
        if (failure instanceof ExpiredException || failure instanceof ClosedByInterruptException) {
            throw failure;
        }
        if (failure instanceof AnsweredException) {
            return conclude(false);
        }
        try {
            if (listener != null) {
                return conclude(false);
            }
            long end = Math.min(Ticks.after(EXPLANATION), budget.deadline());
            Head head;
            do {
                head = talk.readHead(() -> end);
            } while (head.informational());
            return false;
        } catch (ClosedByInterruptException e) {
            throw e;
        } catch (IOException e) {
            failure.addSuppressed(e);
            throw failure;
        }
    }

    /** Ends the sending because there is an answer, or will never be one. */
    private static final class AnsweredException extends IOException {
        @Serial
        private static final long serialVersionUID = 1;
    }

    private ClosedByInterruptException interrupted() {
        connection.transport().close();
        Thread.currentThread().interrupt();
        return new ClosedByInterruptException();
    }
}
