package io.httpipe.internal.call;

import io.httpipe.internal.connect.CallStep;
import io.httpipe.internal.connect.NanoClock;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Holds the state and the outcome of sending a request. A conversation has this object if its request has a body, or if
 * the head could not be written. Belongs to the thread that reads the response. Any thread may call {@link #abandon}.
 */
final class UploadState {
    /** How long after the end of an upload the server may still be receiving it, in nanoseconds. */
    private static final long RECEIVE_TIME = 2_000_000_000;

    private static final int DISCARD_SIZE = 16_384;

    private final Http1Conversation conversation;

    /** The upload that runs while the response is read; null if there is none, or if its result has been taken. */
    private volatile @Nullable BackgroundUpload background;

    /** Whether the upload of a body that cannot be repeated has begun. */
    private volatile boolean bodySpent;

    private boolean whole;

    /** Bytes of the response body that were read while the request was being sent; null if none are left. */
    @Nullable
    ReadAheadBuffer readAheadBuffer;

    /** When the server should have received a background upload; in the past if there was none. */
    private long receivedBy = Long.MIN_VALUE;

    /** See {@link Upload#writeFailure}. */
    private @Nullable IOException writeFailure;

    /**
     * The failure that kept the request from being sent whole after the caller had stopped reading the response; null
     * if there was none.
     */
    private @Nullable IOException unreportedFailure;

    UploadState(Http1Conversation conversation) {
        this.conversation = conversation;
    }

    /**
     * Sends a request with a body. A response that arrives meanwhile can be taken afterwards; it may end the upload.
     *
     * @param readAhead how the body of a 2xx is read meanwhile. If that is left to the caller, the upload may
     *                  continue after this method has returned.
     */
    void start(OutgoingBody body, ResponseListener.ReadAhead readAhead) throws IOException {
        if (readAhead.isLeftToCaller() && !body.fitsOneWrite()) {
            BackgroundUpload started = new BackgroundUpload(conversation, body);
            background = started;
            started.startAndAwaitHead();
            if (started.isDone()) {
                takeResult(started);
            }
        } else {
            Upload upload = newUpload(readAhead);
            whole = upload.run();
            writeFailure = upload.writeFailure();
            conversation.connection().transport().setDuplex(false);
        }
    }

    /** Handles a failed write of the head of a request without a body. Fails unless there is a response to be taken. */
    void headFailed(IOException failure) throws IOException {
        Upload upload = newUpload(ResponseListener.ReadAhead.LEFT_TO_CALLER);
        upload.headFailed(failure);
        writeFailure = upload.writeFailure();
    }

    private Upload newUpload(ResponseListener.ReadAhead readAhead) {
        return new Upload(conversation, conversation.timeouts(), readAhead, () -> {});
    }

    /** Records that the upload of the body begins. May be called by the thread of a background upload. */
    void beginBody(OutgoingBody body) {
        body.requireUnsent(true);
        bodySpent = !body.repeatable();
    }

    boolean isBodySpent() {
        return bodySpent;
    }

    /** Whether the request was sent whole; false while it is being sent. */
    boolean sentWhole() {
        BackgroundUpload current = background;
        return current == null ? whole : current.sentWhole();
    }

    /** Whether the upload is over and no failure of it remains to be thrown. */
    boolean isSettled() {
        return background == null && !isUploadLost();
    }

    /** Whether a server that accepts the request did not get all of it, because the connection broke. */
    private boolean isUploadLost() {
        return writeFailure != null && conversation.finalStatus() / 100 == 2 && !conversation.serverCloses();
    }

    /** Whether there is a background upload that {@link #readBody} or {@link #conclude} must settle. */
    boolean isSending() {
        return background != null;
    }

    /** Reads what has arrived of the response body during the upload. Returns -1 after body and upload have ended. */
    int readBody(byte[] into, int offset, int length) throws IOException {
        BackgroundUpload current = background;
        if (current == null || conversation.receivedWhole() || current.isDone()) {
            conclude();
            return conversation.readBody(into, offset, length);
        }
        int read;
        try {
            conversation.timeouts().enter(CallStep.BODY);
            long deadline = conversation.timeouts().deadline();
            read = conversation.receiveBody(into, offset, length, deadline);
        } catch (IOException e) {
            throw current.causeOf(e);
        }
        if (read < 0 || conversation.receivedWhole() && conversation.serverCloses()) {
            conclude();
        }
        return read;
    }

    /**
     * Settles the upload. Must not be called before the whole response has arrived or the upload is over. Ends the
     * upload if the server closes the connection. Otherwise waits for the end of the upload.
     *
     * @throws IOException if the upload failed, or the connection broke although the response accepts the request
     */
    void conclude() throws IOException {
        BackgroundUpload current = background;
        if (current != null) {
            if (conversation.receivedWhole() && conversation.serverCloses()) {
                current.stop();
            } else if (conversation.receivedWhole()) {
                current.awaitEnd();
            }
            receivedBy = NanoClock.plus(current.endedAt(), RECEIVE_TIME);
            takeResult(current);
        }
        IOException failure = writeFailure;
        if (failure != null && isUploadLost()) {
            writeFailure = null;
            conversation.timeouts().enter(CallStep.SEND);
            throw failure;
        }
    }

    /** Takes over the result of a background upload that has ended or was stopped. */
    private void takeResult(BackgroundUpload ended) throws IOException {
        whole = ended.result();
        writeFailure = ended.writeFailure();
        background = null;
        conversation.connection().transport().limitRead(NanoClock.NEVER);
        conversation.connection().transport().setDuplex(false);
    }

    /**
     * Waits for the end of a background upload although the caller reads no more of the response. An upload that a 2xx
     * accepts must not be lost. The response is read and discarded meanwhile, because the server may stop reading until
     * it has sent the response.
     *
     * <p>The response is read for up to two seconds after the end of the upload, because the end of the request may
     * still be on its way. Closing a connection on which unread bytes have arrived resets the connection. A reset
     * discards the bytes that the server has not yet read.
     */
    void finishUnread() {
        try {
            BackgroundUpload current = background;
            if (current != null) {
                current.limitLastRead(RECEIVE_TIME);
                byte[] discarded = new byte[DISCARD_SIZE];
                while (!conversation.receivedWhole() && !current.isDone()) {
                    readBody(discarded, 0, discarded.length);
                }
            }
            conclude();
            letServerReceive();
        } catch (IOException e) {
            // The connection cannot be reused. Its owner closes it.
            unreportedFailure = sentWhole() ? null : e;
        }
    }

    private void letServerReceive() throws IOException {
        long end = Math.min(receivedBy, conversation.timeouts().deadline());
        if (!whole || conversation.receivedWhole() || NanoClock.now() >= end) {
            return;
        }
        byte[] discarded = new byte[DISCARD_SIZE];
        while (!conversation.receivedWhole() && NanoClock.now() < end) {
            conversation.receiveBody(discarded, 0, discarded.length, end);
        }
    }

    /** The failure that kept {@link #finishUnread} from sending the whole request; null if there was none. */
    @Nullable
    IOException unreportedFailure() {
        return unreportedFailure;
    }

    /**
     * Ends a background upload and closes its connection. Does nothing if there is none. May be called from any thread.
     */
    void abandon() {
        BackgroundUpload current = background;
        if (current != null) {
            current.abandon();
        }
    }
}
