package io.httpipe.internal.call;

import io.httpipe.internal.connect.CallStep;
import io.httpipe.internal.connect.NanoClock;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * How the sending of a request goes on beside its response, and what came of it. There is one for each request with a
 * body, and for a request whose head could not be written. Belongs to the thread that reads the response, except for
 * {@link #abandon}, which any thread may call.
 */
final class UploadState {
    /** How long after the end of an upload the server may still be receiving it. */
    private static final long RECEIVING = 2_000_000_000;

    private static final int SCRATCH = 16_384;

    private final Http1Conversation conversation;

    /** The upload that goes on while the response is read; null if there is none, or no longer. */
    private volatile @Nullable BackgroundUpload background;

    /** Whether a body that cannot be given again has begun to be taken from, sent or not. */
    private volatile boolean bodySpent;

    private boolean whole;

    /** What was read of the body of the response before the request had been sent; null if nothing of it is left. */
    @Nullable
    ReadAheadBuffer ahead;

    /** When the server has received an upload that went on beside its response; in the past if there was none. */
    private long receivedBy = Long.MIN_VALUE;

    /** What kept the request from being sent whole, although a response came; null if nothing did, or the response. */
    private @Nullable IOException loss;

    /** What has kept the request from being sent whole once nobody read the response any more; null if nothing did. */
    private @Nullable IOException unheard;

    UploadState(Http1Conversation conversation) {
        this.conversation = conversation;
    }

    /**
     * Sends a request with a body. An answer that comes meanwhile waits to be taken; it may end the sending.
     *
     * @param early what is read of the body of a 2xx meanwhile; where that is left to the caller, the sending may go on
     *              when this returns
     */
    void start(OutgoingBody body, ResponseListener.Early early) throws IOException {
        if (early.isLeftToCaller() && !body.fitsOneWrite()) {
            BackgroundUpload beside = new BackgroundUpload(conversation, body);
            background = beside;
            beside.startAndAwaitHead();
            if (beside.isDone()) {
                settle(beside);
            }
        } else {
            Upload upload = upload(early);
            whole = upload.run();
            loss = upload.loss();
            conversation.connection().transport().setDuplex(false);
        }
    }

    /** What becomes of a request whose head could not be written; returns if there is an answer to be taken. */
    void headFailed(IOException failure) throws IOException {
        Upload upload = upload(ResponseListener.Early.LEFT_TO_CALLER);
        whole = upload.failed(failure);
        loss = upload.loss();
    }

    private Upload upload(ResponseListener.Early early) {
        return new Upload(conversation, conversation.timeouts(), early, () -> {});
    }

    /** Tells that the body is about to be taken from, perhaps by another thread. */
    void beginBody(OutgoingBody body) {
        body.requireUnsent(true);
        bodySpent = !body.repeatable();
    }

    boolean isBodySpent() {
        return bodySpent;
    }

    /** Whether the request was sent whole; false while it is being sent. */
    boolean isWhole() {
        BackgroundUpload beside = background;
        return beside == null ? whole : beside.sentWhole();
    }

    /** Whether nothing is left to be waited for or told. */
    boolean isSettled() {
        return background == null && !isLost();
    }

    /** Whether a connection that broke has kept a server that accepts the request from getting all of it. */
    private boolean isLost() {
        return loss != null && conversation.finalStatus() / 100 == 2 && !conversation.serverCloses();
    }

    /** Whether the sending goes on, so that {@link #readBody} is to be called; a failure is told by that. */
    boolean goesOn() {
        return background != null;
    }

    /** Reads what is there of the body of the response while the request is being sent; -1 once both are over. */
    int readBody(byte[] into, int offset, int length) throws IOException {
        BackgroundUpload beside = background;
        if (beside == null || conversation.received() || beside.isDone()) {
            conclude();
            return conversation.readBody(into, offset, length);
        }
        int read;
        try {
            conversation.timeouts().enter(CallStep.BODY);
            read = conversation.receiveBody(
                    into, offset, length, conversation.timeouts().deadline());
        } catch (IOException e) {
            throw beside.explained(e);
        }
        if (read < 0 || conversation.received() && conversation.serverCloses()) {
            conclude();
        }
        return read;
    }

    /**
     * Settles the sending once the response has come whole, or the sending is over. One that goes on is waited for,
     * unless the server closes the connection. Fails if the sending failed, or was lost behind a response that accepts it.
     */
    void conclude() throws IOException {
        BackgroundUpload beside = background;
        if (beside != null) {
            if (conversation.received() && conversation.serverCloses()) {
                beside.stop();
            } else if (conversation.received()) {
                beside.awaitEnd();
            }
            receivedBy = NanoClock.plus(beside.endedAt(), RECEIVING);
            settle(beside);
        }
        IOException failure = loss;
        if (failure != null && isLost()) {
            loss = null;
            conversation.timeouts().enter(CallStep.SEND);
            throw failure;
        }
    }

    /** Takes over what came of an upload that is over. */
    private void settle(BackgroundUpload beside) throws IOException {
        whole = beside.result();
        loss = beside.loss();
        background = null;
        conversation.connection().transport().limitRead(NanoClock.NEVER);
        conversation.connection().transport().setDuplex(false);
    }

    /**
     * Lets an upload that still goes on come to its end although nobody wants the response: no upload is lost behind a
     * 2xx. What the server sends meanwhile is read and dropped, because it may read on only once it is rid of that.
     *
     * <p>That goes on for a while after the upload. The end of the request may still be on its way, and closing a
     * connection on which unread bytes have arrived resets it, which discards what the server has not yet read.
     */
    void finishUnread() {
        try {
            BackgroundUpload beside = background;
            if (beside != null) {
                beside.limitLastRead(RECEIVING);
                byte[] scratch = new byte[SCRATCH];
                while (!conversation.received() && !beside.isDone()) {
                    readBody(scratch, 0, scratch.length);
                }
            }
            conclude();
            letServerReceive();
        } catch (IOException e) {
            // Then the connection is not worth saving; whoever owns it closes it.
            unheard = isWhole() ? null : e;
        }
    }

    private void letServerReceive() throws IOException {
        long end = Math.min(receivedBy, conversation.timeouts().deadline());
        if (!whole || conversation.received() || NanoClock.now() >= end) {
            return;
        }
        byte[] scratch = new byte[SCRATCH];
        while (!conversation.received() && NanoClock.now() < end) {
            conversation.receiveBody(scratch, 0, scratch.length, end);
        }
    }

    /** What has kept {@link #finishUnread} from having the request sent whole; null if nothing did. */
    @Nullable
    IOException unreportedFailure() {
        return unheard;
    }

    /** Ends an upload that still goes on, and closes the connection then; from any thread. */
    void abandon() {
        BackgroundUpload beside = background;
        if (beside != null) {
            beside.abandon();
        }
    }
}
