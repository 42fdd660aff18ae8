package io.httpipe;

import io.httpipe.internal.connect.CallStep;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.ExpiredException;
import io.httpipe.internal.pool.ClientClosedException;
import io.httpipe.internal.pool.PooledConnection;
import io.httpipe.internal.wire.MalformedException;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Turns the plain errors of the layers below into those that the caller sees, with the facts. */
final class ErrorMapping {
    private ErrorMapping() {}

    static HttpipeException.Facts facts(Endpoint endpoint, CallTimeouts budget, @Nullable Conversation talk) {
        return new HttpipeException.Facts(
                phase(budget.step()),
                endpoint,
                talk == null ? 0 : talk.connection().reusedTimes(),
                talk == null ? 0 : talk.bytesSent(),
                talk == null ? 0 : talk.bytesReceived(),
                talk == null || talk.intact() || talk.request().parts().repeatable());
    }

    static HttpipeException of(IOException e, Endpoint endpoint, CallTimeouts budget, @Nullable Conversation talk) {
        return of(e, endpoint, budget, talk, talk == null ? null : talk.connection());
    }

    /** The same where there is a connection, but perhaps no request has been sent over it. */
    static HttpipeException of(
            IOException e,
            Endpoint endpoint,
            CallTimeouts budget,
            @Nullable Conversation talk,
            @Nullable PooledConnection connection) {
        if (e instanceof HttpipeException known) {
            return known;
        }
        HttpipeException.Facts facts = facts(endpoint, budget, talk);
        // An interrupt closes the channel, and every operation on it then fails in a way of its own.
        if (Thread.currentThread().isInterrupted() && e instanceof ClosedChannelException) {
            return CancelledException.interrupted(facts, e);
        }
        if (e instanceof ExpiredException expiry) {
            return timedOut(expiry, budget, facts);
        }
        String message = message(e);
        if (e instanceof MalformedException) {
            return new MalformedResponseException(message, facts, e);
        }
        if (e instanceof ClientClosedException || connection != null && connection.isSevered()) {
            return new CancelledException(
                    CancelledException.Reason.CLIENT_CLOSED, "this client was closed", facts, null);
        }
        return switch (facts.phase()) {
            case ACQUIRE, RESOLVE, CONNECT -> {
                String what = e instanceof UnknownHostException ? "unknown host" : message;
                yield new ConnectFailedException(what, facts, e);
            }
            // Whom one side does not trust, or understand, it will not trust the next time; a cut is another matter.
            case TLS ->
                new TlsFailedException(
                        withRoot(message, e), e instanceof SSLException ? facts.withoutRetry() : facts, e);
            case SEND, HEAD, BODY ->
                e instanceof SSLException
                        ? new TlsFailedException(message, facts.withoutRetry(), e)
                        : new ConnectionLostException(message, facts, e);
        };
    }

    /** The error of a call whose response, or exchange, was closed by somebody while the call was using it. */
    static HttpipeException ofClosed(String what, HttpipeException failure, HttpipeException.Facts facts) {
        return failure instanceof ConnectionLostException || failure instanceof TlsFailedException
                ? new CancelledException(CancelledException.Reason.RESPONSE_CLOSED, what, facts, null)
                : failure;
    }

    /**
     * Whether the failure of a body's source ends the call with it, as an interrupt does and the closing of the client
     * that both belong to.
     */
    static boolean endsCall(CancelledException source, PooledConnection connection) {
        return switch (source.reason()) {
            case INTERRUPT -> true;
            case CLIENT_CLOSED -> connection.isOfClosedPool();
            case RESPONSE_CLOSED -> false;
        };
    }

    /** The cause would say no more than the limit does; what earlier addresses met is kept. */
    private static TimedOutException timedOut(ExpiredException e, CallTimeouts budget, HttpipeException.Facts facts) {
        String what = e.foreseen() ? "cannot meet the " : "exceeded the ";
        String detail = e.detail().isEmpty() ? "" : " (" + e.detail() + ")";
        TimedOutException failure = new TimedOutException(limit(budget), what + budget.limit() + detail, facts);
        for (Throwable other : e.getSuppressed()) {
            failure.addSuppressed(other);
        }
        return failure;
    }

    private static TimedOutException.Limit limit(CallTimeouts budget) {
        if (budget.endsWithDeadline()) {
            return TimedOutException.Limit.DEADLINE;
        }
        return switch (budget.step()) {
            case ACQUIRE -> TimedOutException.Limit.ACQUIRE;
            case RESOLVE, CONNECT, HANDSHAKE -> TimedOutException.Limit.CONNECT;
            case SEND -> TimedOutException.Limit.SEND;
            case HEAD, BODY -> TimedOutException.Limit.READ;
        };
    }

    private static String message(IOException e) {
        if (e.getMessage() != null) {
            return e.getMessage();
        }
        return e instanceof ClosedChannelException
                ? "the connection has been closed"
                : e.getClass().getSimpleName();
    }

    /**
     * The error for a body that is too large.
     *
     * @param maxSize   the bound, in bytes
     * @param announced how many bytes there are in all; -1 if that is not known
     * @param advice    what the caller can do if the bound is not the request's own
     */
    static HttpipeException tooLarge(
            long maxSize, long announced, String advice, Endpoint endpoint, CallTimeouts budget, Conversation talk) {
        budget.enterWithoutWait(CallStep.BODY);
        String bound;
        if (maxSize == talk.request().parts().maxSize) {
            bound = "%s of Request.maxSize".formatted(size(maxSize));
        } else if (maxSize == Httpipe.LARGEST_ARRAY) {
            bound = "%s that fit into an array; %s".formatted(size(maxSize), advice);
        } else {
            bound = "%s of Limits.bodyBytes; %s or raise maxSize".formatted(size(maxSize), advice);
        }
        String what = announced < 0
                ? "the response body has more than the " + bound
                : "the response body has %d bytes, more than the %s".formatted(announced, bound);
        return new BodyTooLargeException(what, maxSize, facts(endpoint, budget, talk));
    }

    private static String size(long bytes) {
        long mebi = 1 << 20;
        return bytes > 0 && bytes % mebi == 0 ? bytes / mebi + " MiB" : bytes + " bytes";
    }

    /** What an exchange says that would have to hold too much of a response while it sends. */
    static HttpipeException tooEarly(long held, Endpoint endpoint, CallTimeouts budget, Conversation talk) {
        return new BodyTooLargeException(
                ("more than %d bytes of the response came before the request had been sent;"
                                + " Httpipe.stream reads them as they come")
                        .formatted(held),
                held,
                facts(endpoint, budget, talk));
    }

    /** Adds what the innermost error says: that of a certificate which has expired, or is not valid yet, says when. */
    private static String withRoot(String message, Throwable e) {
        Throwable root = e;
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            root = cause;
        }
        String detail = root.getMessage();
        return detail == null || message.contains(detail) ? message : message + ": " + detail;
    }

    private static Phase phase(CallStep step) {
        return switch (step) {
            case ACQUIRE -> Phase.ACQUIRE;
            case RESOLVE -> Phase.RESOLVE;
            case CONNECT -> Phase.CONNECT;
            case HANDSHAKE -> Phase.TLS;
            case SEND -> Phase.SEND;
            case HEAD -> Phase.HEAD;
            case BODY -> Phase.BODY;
        };
    }
}
