package io.httpipe.internal.policy;

import io.httpipe.internal.call.CallFailedException;
import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.call.RecordedCall;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of a journey and how it ended. Written by the thread of the journey only. After it has ended, it still
 * keeps the URI of the request with its query, but neither headers nor a body.
 */
public final class Attempt {
    private final String method;
    private final String uri;
    private final boolean repeatable;

    /** Null after the attempt has ended. The numbers below are final then. */
    private @Nullable RecordedCall call;

    private long bytesSent;
    private long bytesReceived;
    private int reusedTimes;
    private int status;
    private @Nullable CallFailedException failure;
    private String reason = "";
    private long waitNanos;

    Attempt(Outgoing request, RecordedCall call) {
        this.method = request.method();
        this.uri = request.uriWithFragment();
        this.repeatable = request.repeatable();
        this.call = call;
    }

    void responded(int newStatus) {
        status = newStatus;
    }

    void failed(CallFailedException newFailure) {
        failure = newFailure;
        reusedTimes = newFailure.facts().reusedTimes();
    }

    void decided(String newReason) {
        reason = newReason;
    }

    /** Adds a remark about the response, unless there is a reason already. */
    void remarked(String remark) {
        if (reason.isEmpty()) {
            reason = remark;
        }
    }

    void waits(long nanos) {
        waitNanos = nanos;
    }

    /** Called when the connection has been returned to the pool, or closed. */
    void ended() {
        RecordedCall current = call;
        if (current != null) {
            bytesSent = current.bytesSent();
            bytesReceived = current.bytesReceived();
            reusedTimes = Math.max(reusedTimes, current.reusedTimes());
            call = null;
        }
    }

    public String method() {
        return method;
    }

    /** The URI with its fragment, which was not sent. */
    public String uri() {
        return uri;
    }

    /** Whether the request can be sent twice, with the same effect as if it were sent one time. */
    public boolean isRepeatable() {
        return repeatable;
    }

    /** The status of the response; 0 if there was none. */
    public int status() {
        return status;
    }

    /** Why the attempt failed; null if it did not. */
    public @Nullable CallFailedException failure() {
        return failure;
    }

    /**
     * Why there was another attempt, or why a redirect was not followed or a body not decoded; empty if there is
     * nothing to say.
     */
    public String reason() {
        return reason;
    }

    /** The wait before the next attempt. */
    public long waitNanos() {
        return waitNanos;
    }

    public long bytesSent() {
        RecordedCall current = call;
        return current == null ? bytesSent : current.bytesSent();
    }

    public long bytesReceived() {
        RecordedCall current = call;
        return current == null ? bytesReceived : current.bytesReceived();
    }

    public int reusedTimes() {
        RecordedCall current = call;
        return current == null ? reusedTimes : current.reusedTimes();
    }
}
