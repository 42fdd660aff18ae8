package io.httpipe;

import io.httpipe.internal.connect.Budget;
import io.httpipe.internal.connect.ExpiredException;
import io.httpipe.internal.connect.Step;
import io.httpipe.internal.connect.Ticks;
import io.httpipe.internal.connect.Transport;
import io.httpipe.internal.wire.Head;
import java.io.IOException;
import java.io.Serial;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Listens for the answer while a body is being sent. A final head, or the loss of the connection, ends the sending: no
 * further write begins, one that the socket does not take is broken off, and a source that gives nothing is abandoned.
 *
 * <p>{@link #listen} is on a thread of its own; all else belongs to the sender's side.
 */
final class Listener {
    /** How long the sending may take to end by itself, and then to end once the socket takes no more. */
    private static final long GRACE = 20_000_000;

    /** After so many writes the writer lets others run, this listener among them. */
    private static final int WRITES = 16;

    private final Conversation talk;
    private final Budget budget;
    private final Transport transport;
    private final Runnable abandon;

    private final FutureTask<Void> task = new FutureTask<>(() -> {
        listen();
        return null;
    });

    /** Opens when a 100 or final head has come, or none will. */
    private final CountDownLatch goAhead = new CountDownLatch(1);

    /** Opens when the sending is over, for good or bad. */
    private final CountDownLatch over = new CountDownLatch(1);

    /** When the answer must be there, once the sending is over; on top of the read timeout. */
    private volatile long latest = Ticks.NEVER;

    /** When the read that is under way must be over, once the sending is. */
    private volatile long readBy = Ticks.NEVER;

    /** Of this and {@link #writing} each side sets its own before it looks at the other's. */
    private volatile boolean answered;

    private volatile boolean writing;

    /** How many writes there were; only the writer counts. */
    private int writes;

    private volatile boolean stopped;
    private volatile boolean abandoned;

    /** Sending is pointless: there is an answer, or will never be one. */
    static final class AnsweredException extends IOException {
        @Serial
        private static final long serialVersionUID = 1;
    }

    /**
     * A listener for the answer to a request that is about to be sent.
     *
     * @param abandon ends the sending where it is not writing, if there is a way
     */
    Listener(Conversation talk, Runnable abandon) {
        this.talk = talk;
        this.budget = talk.budget();
        this.transport = talk.connection().transport();
        this.abandon = abandon;
    }

    void start() {
        Thread.ofVirtual().name("httpipe-listener").start(task);
    }

    /** Whether there is an answer, or will never be one. */
    boolean answered() {
        return answered;
    }

    /** Whether the source of the body was ended from here, so that its failure means nothing. */
    boolean abandoned() {
        return abandoned;
    }

    /** To be called in front of each write, with {@link #afterWrite} behind it. */
    void beforeWrite() throws AnsweredException {
        writing = true;
        if (answered) {
            throw new AnsweredException();
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // a writer that never has to wait would keep the only carrier
    void afterWrite() {
        writing = false;
        if (++writes % WRITES == 0) {
            Thread.yield();
        }
    }

    /** Waits for 100 Continue or the answer; false if neither has come by then. */
    boolean awaitGoAhead(long until) throws InterruptedException {
        return goAhead.await(until - Ticks.now(), TimeUnit.NANOSECONDS);
    }

    /**
     * Waits for the answer, now that the sending is over; the read timeout counts from here on.
     *
     * @param latest when it must be there at the latest
     * @return whether all of the writing was left to end by itself
     */
    boolean conclude(long latest) throws ExecutionException, InterruptedException {
        this.latest = latest;
        readBy = Math.min(budget.enter(Step.HEAD), latest);
        over.countDown();
        transport.limitRead(readBy);
        try {
            await();
            return !stopped;
        } finally {
            budget.endedBy(readBy);
            transport.limitRead(Ticks.NEVER);
        }
    }

    /** Waits for the listening to end, which it does in time by itself if it is let run: all carriers may be kept. */
    private void await() throws ExecutionException, InterruptedException {
        while (true) {
            long end = readBy;
            try {
                task.get(Ticks.plus(end, GRACE) - Ticks.now(), TimeUnit.NANOSECONDS);
                return;
            } catch (TimeoutException e) {
                // Unless a head that is not the final one has given it more time.
                if (readBy == end) {
                    throw new ExecutionException(new ExpiredException());
                }
            }
        }
    }

    /** Lets it end without waiting for it. */
    void dismiss() {
        over.countDown();
    }

    private void listen() throws IOException {
        try {
            Head head;
            do {
                head = talk.hearHead(this::readBy);
                if (head.status() == 100) {
                    goAhead.countDown();
                }
            } while (head.informational());
        } finally {
            answered = true;
            goAhead.countDown();
            endSending();
        }
    }

    /** Called by the listening thread, which may come late, when the call has gone on: it leaves the budget alone. */
    private long readBy() {
        if (over.getCount() > 0) {
            return budget.deadline();
        }
        readBy = Math.min(budget.endOf(Step.HEAD), latest);
        transport.limitRead(readBy);
        return readBy;
    }

    private void endSending() {
        try {
            if (over.await(GRACE, TimeUnit.NANOSECONDS)) {
                return;
            }
            if (writing) {
                stopped = true;
                transport.stopWriting();
                if (over.await(GRACE, TimeUnit.NANOSECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            throw new AssertionError("nobody knows the listener's thread", e);
        }
        abandoned = true;
        abandon.run();
    }
}
