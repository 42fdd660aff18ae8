package io.httpipe.internal.call;

import io.httpipe.internal.connect.CallStep;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.ExpiredException;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.connect.Transport;
import io.httpipe.internal.wire.ResponseHead;
import java.io.IOException;
import java.io.Serial;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Listens for the response while a body is being sent. A final status of 300 or more, a complete 2xx that closes the
 * connection, and the loss of the connection end the sending: no further write begins, a write that the socket does not
 * take is cut off, and a source that gives nothing is abandoned. Any other 2xx lets the body be sent to its end (RFC
 * 9110, section 7.5); what comes of its body meanwhile is read, so that neither side waits for the other.
 *
 * <p>{@link #listen} runs on a thread of its own; the rest belongs to the sender's side.
 */
final class ResponseListener {
    /** How long the sending may take to end by itself, and then to end once the socket takes no more. */
    private static final long GRACE = 20_000_000;

    /** After this many writes the writer yields, so that others can run, this listener among them. */
    private static final int WRITES = 16;

    private final Http1Conversation conversation;
    private final CallTimeouts timeouts;
    private final Transport transport;
    private final Early early;
    private final Runnable headCame;
    private final Runnable abandon;

    private final FutureTask<Void> task = new FutureTask<>(() -> {
        listen();
        return null;
    });

    /** Opens when a 100 or final head has come, or none will. */
    private final CountDownLatch goAhead = new CountDownLatch(1);

    /** Whether the sender waits for {@link #goAhead}: nothing of the body has been sent. */
    private volatile boolean held;

    /** Opens when the sending is over, for good or bad. */
    private final CountDownLatch over = new CountDownLatch(1);

    /** The latest time for the response head, once the sending is over; on top of the read timeout. */
    private volatile long latest = NanoClock.NEVER;

    /** When the read that is under way must be over, once the sending is. */
    private volatile long readBy = NanoClock.NEVER;

    /** Each side sets its own of this and {@link #writing} before it looks at the other's. */
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
     * What the listener reads of the body of a 2xx that comes while the request is still being sent.
     *
     * @param most      how many bytes it reads ahead before it ends the sending; -1 if it reads none, for the caller does
     * @param impatient whether the sender must not wait for a read: it is given up as soon as everything has been sent
     */
    record Early(long most, boolean impatient) {
        static final Early LEFT_TO_CALLER = new Early(-1, false);

        boolean isLeftToCaller() {
            return most < 0;
        }
    }

    /**
     * A listener for the answer to a request that is about to be sent.
     *
     * @param headCame called where a 2xx has come and is left to the caller
     * @param abandon  ends the sending where it is not writing, if there is a way
     */
    ResponseListener(
            Http1Conversation conversation, CallTimeouts timeouts, Early early, Runnable headCame, Runnable abandon) {
        this.conversation = conversation;
        this.timeouts = timeouts;
        this.transport = conversation.connection().transport();
        this.early = early;
        this.headCame = headCame;
        this.abandon = abandon;
    }

    /** Starts listening; {@code held} says whether the body waits for {@link #awaitGoAhead}. */
    void start(boolean bodyIsHeld) {
        held = bodyIsHeld;
        Thread.ofVirtual().name("httpipe-listener").start(task);
    }

    /** Whether there is an answer that ends the sending, or will never be one. */
    boolean answered() {
        return answered;
    }

    /** Whether the listening is over, so that nobody hears it when the connection is lost. */
    boolean isDone() {
        return task.isDone();
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
        boolean came = goAhead.await(until - NanoClock.now(), TimeUnit.NANOSECONDS);
        held = false;
        return came;
    }

    /**
     * Waits for the answer, now that the sending is over; the read timeout counts from here on.
     *
     * @param latestHead when it must be there at the latest
     * @return whether all of the writing was left to end by itself
     */
    boolean conclude(long latestHead) throws ExecutionException, InterruptedException {
        latest = latestHead;
        readBy = Math.min(timeouts.enter(CallStep.HEAD), latestHead);
        over.countDown();
        // Once the listening is over, somebody else may be reading the body.
        boolean listening = !task.isDone();
        if (listening) {
            transport.limitRead(readBy);
        }
        try {
            await();
            return !stopped;
        } finally {
            if (conversation.finalStatus() != 0) {
                timeouts.enterWithoutWait(CallStep.BODY);
            }
            timeouts.setEnd(readBy);
            if (listening) {
                transport.limitRead(NanoClock.NEVER);
            }
        }
    }

    /** Waits for the listening to end, which it does in time by itself if it is let run: all carriers may be kept. */
    private void await() throws ExecutionException, InterruptedException {
        while (true) {
            long end = readBy;
            try {
                task.get(NanoClock.plus(end, GRACE) - NanoClock.now(), TimeUnit.NANOSECONDS);
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
        boolean sendingGoesOn = false;
        try {
            ResponseHead head;
            do {
                head = conversation.hearHead(this::readBy);
                if (head.status() == 100) {
                    // The sender may come late to see it, when the final head is there as well.
                    held = false;
                    goAhead.countDown();
                }
            } while (head.informational());
            sendingGoesOn = head.status() / 100 == 2 && !held && goOn();
        } finally {
            if (!sendingGoesOn) {
                stopSending();
            }
        }
    }

    /** Reads ahead while the body is being sent; false if the sending is to end all the same. */
    private boolean goOn() throws IOException {
        long most = early.most();
        boolean room = true;
        while (!early.isLeftToCaller() && room && !conversation.received() && over.getCount() > 0) {
            room = early.impatient() ? readAheadImpatiently(most) : conversation.readAhead(most, readBy());
        }
        if (!room || conversation.received() && conversation.serverCloses()) {
            return false;
        }
        headCame.run();
        return true;
    }

    /** Reads only while the sending goes on, and gives a read up when that is over; the connection stays open. */
    private boolean readAheadImpatiently(long most) throws IOException {
        boolean givesUp = transport.setPatient(true);
        try {
            long sent = conversation.bytesSent();
            if (!givesUp && (overWithin(GRACE) || conversation.bytesSent() > sent)) {
                // Only a read can free a sender that is stuck; another one could be late for what comes behind.
                return true;
            }
            return conversation.readAhead(most, givesUp ? NanoClock.after(GRACE) : readBy());
        } catch (ExpiredException e) {
            if (!transport.isOpen() || timeouts.isExpired()) {
                throw e;
            }
            return true;
        } finally {
            transport.setPatient(false);
        }
    }

    /** Called by the listening thread, which may come late, when the call has gone on: it leaves the timeouts alone. */
    private long readBy() {
        if (over.getCount() > 0) {
            return timeouts.deadline();
        }
        readBy = Math.min(timeouts.endIfStartedNow(CallStep.HEAD), latest);
        transport.limitRead(readBy);
        return readBy;
    }

    /** Ends the sending, within 40 ms unless a source that cannot be abandoned keeps its reader waiting. */
    void stopSending() {
        answered = true;
        goAhead.countDown();
        if (overWithin(GRACE)) {
            return;
        }
        if (writing) {
            stopped = true;
            transport.stopWriting();
            if (overWithin(GRACE)) {
                return;
            }
        }
        abandoned = true;
        abandon.run();
    }

    private boolean overWithin(long nanos) {
        try {
            return over.await(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            // Whoever interrupts wants it to end soon.
            Thread.currentThread().interrupt();
            return over.getCount() == 0;
        }
    }
}
