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
 * Reads the response while a body is being sent. Each of these events ends the upload:
 *
 * <ul>
 *   <li>a final status other than 2xx;
 *   <li>a 2xx that arrives while the body waits for 100 Continue;
 *   <li>a complete 2xx that closes the connection;
 *   <li>a 2xx whose body is larger than the limit of {@link ReadAhead};
 *   <li>the loss of the connection, or another error while the response is read.
 * </ul>
 *
 * <p>Then no further write begins, a write that the socket does not accept is cut off, and a source that returns
 * nothing is abandoned. After any other 2xx, the whole body is sent (RFC 9110, section 7.5). The body of the 2xx is
 * read meanwhile, so that neither side waits for the other.
 *
 * <p>{@link #listen} runs on its own thread. The sender calls the other methods. Any thread may call {@link
 * #stopSending}.
 */
final class ResponseListener {
    /** How long each attempt to stop the upload may take, in nanoseconds. */
    private static final long STOP_TIME = 20_000_000;

    /** The writing thread yields after this many writes, so that this listener and other threads can run. */
    private static final int WRITES_PER_YIELD = 16;

    private final Http1Conversation conversation;
    private final CallTimeouts timeouts;
    private final Transport transport;
    private final ReadAhead readAhead;
    private final Runnable onResponseHead;
    private final Runnable abandonBody;

    private final FutureTask<Void> task = new FutureTask<>(() -> {
        listen();
        return null;
    });

    /** Opens when a 100 or final head has arrived, or none will arrive. */
    private final CountDownLatch goAhead = new CountDownLatch(1);

    /** Whether the sender waits for {@link #goAhead}. Nothing of the body has been sent then. */
    private volatile boolean bodyIsHeld;

    /** Opens when the upload is over, whether it succeeded or failed. */
    private final CountDownLatch sendingOver = new CountDownLatch(1);

    /** The latest time for the response head after the end of the upload. The read timeout may end the wait earlier. */
    private volatile long latestHead = NanoClock.NEVER;

    /** The end time of the listener's current read after the end of the upload. */
    private volatile long readBy = NanoClock.NEVER;

    /**
     * Whether the upload must stop. The listener sets this field and then reads {@link #writing}. The sender sets
     * {@link #writing} and then reads this field. At least one of them sees the other's change.
     */
    private volatile boolean stopping;

    private volatile boolean writing;

    /** How many writes have ended. Only the writing thread uses this field. */
    private int writes;

    private volatile boolean writeCutOff;
    private volatile boolean bodyAbandoned;

    /** Thrown by a write when the upload must stop: a response has ended it, or no response will come. */
    static final class SendingStoppedException extends IOException {
        @Serial
        private static final long serialVersionUID = 1;
    }

    /**
     * How the listener reads the body of a 2xx that arrives while the request is still being sent.
     *
     * @param limit     how many bytes it reads before it ends the upload; -1 if the caller reads the body instead
     * @param impatient whether a read must not delay the sender; the read ends soon after everything has been sent
     */
    record ReadAhead(long limit, boolean impatient) {
        static final ReadAhead LEFT_TO_CALLER = new ReadAhead(-1, false);

        boolean isLeftToCaller() {
            return limit < 0;
        }
    }

    /**
     * A listener for the response to a request that is about to be sent.
     *
     * @param onResponseHead called when a 2xx has arrived and the upload continues; if the listener reads the response
     *                       body, called when it has stopped reading
     * @param abandonBody    called if the upload has not ended although its writes were stopped; ends the wait for the
     *                       body's source, if that is possible
     */
    ResponseListener(
            Http1Conversation conversation,
            CallTimeouts timeouts,
            ReadAhead readAhead,
            Runnable onResponseHead,
            Runnable abandonBody) {
        this.conversation = conversation;
        this.timeouts = timeouts;
        this.transport = conversation.connection().transport();
        this.readAhead = readAhead;
        this.onResponseHead = onResponseHead;
        this.abandonBody = abandonBody;
    }

    /**
     * Starts the listener's thread.
     *
     * @param holdBody whether the body waits for {@link #awaitGoAhead}
     */
    void start(boolean holdBody) {
        bodyIsHeld = holdBody;
        Thread.ofVirtual().name("httpipe-listener").start(task);
    }

    /** Whether the upload must stop: a response has ended it, or no response will come. */
    boolean isStopping() {
        return stopping;
    }

    /** Whether the listener has ended, so that it no longer notices the loss of the connection. */
    boolean isDone() {
        return task.isDone();
    }

    /** Whether the listener has abandoned the body's source, so that a failure of the source is ignored. */
    boolean bodyAbandoned() {
        return bodyAbandoned;
    }

    /** Must be called before each write. {@link #afterWrite} must follow. */
    void beforeWrite() throws SendingStoppedException {
        writing = true;
        if (stopping) {
            throw new SendingStoppedException();
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // a thread whose writes never wait would keep the only carrier
    void afterWrite() {
        writing = false;
        if (++writes % WRITES_PER_YIELD == 0) {
            Thread.yield();
        }
    }

    /**
     * Waits until 100 Continue or the response has arrived, or until it is certain that neither will arrive. Returns
     * false if this time comes first.
     */
    boolean awaitGoAhead(long end) throws InterruptedException {
        boolean arrived = goAhead.await(end - NanoClock.now(), TimeUnit.NANOSECONDS);
        bodyIsHeld = false;
        return arrived;
    }

    /**
     * Waits for the response after the end of the upload. The read timeout starts now.
     *
     * @param headEnd the latest time for the response head
     * @return false if a write was cut off
     */
    boolean conclude(long headEnd) throws ExecutionException, InterruptedException {
        latestHead = headEnd;
        readBy = Math.min(timeouts.enter(CallStep.HEAD), headEnd);
        sendingOver.countDown();
        // After the listener has ended, another thread may be reading the body. Its read must not be limited.
        boolean listening = !task.isDone();
        if (listening) {
            transport.limitRead(readBy);
        }
        try {
            awaitListener();
            return !writeCutOff;
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

    /**
     * Waits until the listener has ended. Its read ends in time, but its thread may not be scheduled while other
     * threads hold all carriers.
     */
    private void awaitListener() throws ExecutionException, InterruptedException {
        while (true) {
            long end = readBy;
            try {
                task.get(NanoClock.plus(end, STOP_TIME) - NanoClock.now(), TimeUnit.NANOSECONDS);
                return;
            } catch (TimeoutException e) {
                // An informational head may have moved the end.
                if (readBy == end) {
                    throw new ExecutionException(new ExpiredException());
                }
            }
        }
    }

    /** Tells the listener that the upload is over, and does not wait for its end. */
    void dismiss() {
        sendingOver.countDown();
    }

    private void listen() throws IOException {
        boolean sendingGoesOn = false;
        try {
            ResponseHead head;
            do {
                head = conversation.readEarlyHead(this::readBy);
                if (head.status() == 100) {
                    // Set here, because the final head may arrive before the sender's thread runs.
                    bodyIsHeld = false;
                    goAhead.countDown();
                }
            } while (head.informational());
            sendingGoesOn = head.status() / 100 == 2 && !bodyIsHeld && readBodyAhead();
        } finally {
            if (!sendingGoesOn) {
                stopSending();
            }
        }
    }

    /** Reads the body of a 2xx, unless the caller does; returns whether the upload may continue. */
    private boolean readBodyAhead() throws IOException {
        boolean withinLimit = true;
        while (!readAhead.isLeftToCaller() && withinLimit && !conversation.receivedWhole() && !isSendingOver()) {
            withinLimit = readAhead.impatient()
                    ? readAheadImpatiently()
                    : conversation.readAhead(readAhead.limit(), readBy());
        }
        if (!withinLimit || conversation.receivedWhole() && conversation.serverCloses()) {
            return false;
        }
        onResponseHead.run();
        return true;
    }

    /**
     * Makes at most one read during the upload. If the transport supports it, the read ends within {@link #STOP_TIME}
     * and leaves the connection open. Returns false if more bytes than the limit have been read.
     */
    private boolean readAheadImpatiently() throws IOException {
        boolean keepsOpen = transport.setPatient(true);
        try {
            long sent = conversation.bytesSent();
            if (!keepsOpen && (isSendingOverWithin(STOP_TIME) || conversation.bytesSent() > sent)) {
                // Only a sender that makes no progress needs this read. With any other sender, the read could still be
                // waiting when everything has been sent. It could not be ended without closing the connection.
                return true;
            }
            return conversation.readAhead(readAhead.limit(), keepsOpen ? NanoClock.after(STOP_TIME) : readBy());
        } catch (ExpiredException e) {
            if (!transport.isOpen() || timeouts.isExpired()) {
                throw e;
            }
            return true;
        } finally {
            transport.setPatient(false);
        }
    }

    /**
     * The end time of the next read. The listener's thread may run so late that the call is already in another step.
     * Therefore this method does not change the timeouts.
     */
    private long readBy() {
        if (!isSendingOver()) {
            return timeouts.deadline();
        }
        readBy = Math.min(timeouts.endIfStartedNow(CallStep.HEAD), latestHead);
        transport.limitRead(readBy);
        return readBy;
    }

    /** Ends the upload within 40 ms. A source that cannot be abandoned may keep its thread waiting for longer. */
    void stopSending() {
        stopping = true;
        goAhead.countDown();
        if (isSendingOverWithin(STOP_TIME)) {
            return;
        }
        if (writing) {
            writeCutOff = true;
            transport.stopWriting();
            if (isSendingOverWithin(STOP_TIME)) {
                return;
            }
        }
        bodyAbandoned = true;
        abandonBody.run();
    }

    private boolean isSendingOver() {
        return sendingOver.getCount() == 0;
    }

    private boolean isSendingOverWithin(long nanos) {
        try {
            return sendingOver.await(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            // The interrupting thread wants the upload to end soon.
            Thread.currentThread().interrupt();
            return isSendingOver();
        }
    }
}
