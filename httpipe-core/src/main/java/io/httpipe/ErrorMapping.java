package io.httpipe;

import io.httpipe.internal.call.BodyFailedException;
import io.httpipe.internal.call.BodyLimitException;
import io.httpipe.internal.call.CallFactory;
import io.httpipe.internal.call.CallFailedException;
import io.httpipe.internal.connect.CallStep;
import io.httpipe.internal.connect.ExpiredException;
import io.httpipe.internal.wire.MalformedException;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import javax.net.ssl.SSLException;

/** Maps failures of the engine to the exceptions that callers see. */
final class ErrorMapping {
    private ErrorMapping() {}

    /** Returns the exception for the failure of a call. */
    static HttpipeException of(CallFailedException failed) {
        return of(failed, "the response was closed by another thread", "stream() it");
    }

    /** Returns the exception for the failure of an exchange. */
    static HttpipeException ofExchange(CallFailedException failed) {
        return of(failed, "the exchange was closed", "read() it piece by piece");
    }

    private static HttpipeException of(CallFailedException failed, String closed, String tooLargeAdvice) {
        IOException error = failed.error();
        HttpipeException.Facts facts = facts(failed.facts());
        if (error instanceof HttpipeException known) {
            return known;
        }
        CallFailedException.Cancellation cancellation = failed.facts().cancellation();
        if (cancellation != null) {
            return switch (cancellation) {
                // The source of a request body that was interrupted says where.
                case INTERRUPT ->
                    error.getCause() instanceof CancelledException source
                            ? source
                            : CancelledException.interrupted(facts, error);
                case CLIENT_CLOSED ->
                    new CancelledException(
                            CancelledException.Reason.CLIENT_CLOSED, "this client was closed", facts, null);
                case RESPONSE_CLOSED ->
                    new CancelledException(CancelledException.Reason.RESPONSE_CLOSED, closed, facts, null);
            };
        }
        return switch (error) {
            case ExpiredException expiry -> timedOut(expiry, failed.facts(), facts);
            case MalformedException malformed -> new MalformedResponseException(message(malformed), facts, malformed);
            case BodyFailedException body ->
                bodyFailed(body.source(), facts, failed.facts().clientClosed());
            case BodyLimitException limit ->
                new BodyTooLargeException(tooLarge(limit, tooLargeAdvice), limit.limit(), facts);
            default -> connectionFailed(error, facts);
        };
    }

    private static HttpipeException connectionFailed(IOException error, HttpipeException.Facts facts) {
        String message = message(error);
        return switch (facts.phase()) {
            case ACQUIRE, RESOLVE, CONNECT -> {
                String what = error instanceof UnknownHostException ? "unknown host" : message;
                yield new ConnectFailedException(what, facts, error);
            }
            // A side that does not trust or understand the other will not do so next time; a cut connection may work.
            case TLS ->
                new TlsFailedException(
                        withRoot(message, error), error instanceof SSLException ? facts.withoutRetry() : facts, error);
            case SEND, RESPONSE_HEAD, RESPONSE_BODY ->
                error instanceof SSLException
                        ? new TlsFailedException(message, facts.withoutRetry(), error)
                        : new ConnectionLostException(message, facts, error);
        };
    }

    /**
     * Returns the exception for a body whose source failed. If the source was cancelled by an interrupt, or by closing the
     * client of both calls, then so is this call.
     */
    private static HttpipeException bodyFailed(IOException source, HttpipeException.Facts facts, boolean clientClosed) {
        if (source instanceof CancelledException cancelled) {
            boolean endsCall = switch (cancelled.reason()) {
                case INTERRUPT -> true;
                case CLIENT_CLOSED -> clientClosed;
                case RESPONSE_CLOSED -> false;
            };
            if (endsCall) {
                return cancelled;
            }
        }
        return new RequestBodyException(source, facts);
    }

    /** The cause would say no more than the limit does. Failures of earlier addresses are kept as suppressed. */
    private static TimedOutException timedOut(
            ExpiredException e, CallFailedException.Facts failed, HttpipeException.Facts facts) {
        String what = e.foreseen() ? "cannot meet the " : "exceeded the ";
        String detail = e.detail().isEmpty() ? "" : " (" + e.detail() + ")";
        TimedOutException failure = new TimedOutException(limit(failed), what + failed.limit() + detail, facts);
        for (Throwable other : e.getSuppressed()) {
            failure.addSuppressed(other);
        }
        return failure;
    }

    private static TimedOutException.Limit limit(CallFailedException.Facts failed) {
        if (failed.atDeadline()) {
            return TimedOutException.Limit.DEADLINE;
        }
        return switch (failed.step()) {
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

    private static String tooLarge(BodyLimitException e, String advice) {
        String limit = size(e.limit());
        String bound = switch (e.source()) {
            case READ_AHEAD -> "";
            case REQUEST -> "%s of Request.maxBodySize".formatted(limit);
            case CLIENT ->
                e.limit() == CallFactory.LARGEST_ARRAY
                        ? "%s that fit into an array; %s".formatted(limit, advice)
                        : "%s of Limits.maxBodySize; %s or raise maxBodySize".formatted(limit, advice);
        };
        if (e.source() == BodyLimitException.Source.READ_AHEAD) {
            return "more than %d bytes of the response came before the request had been sent; Httpipe.stream reads them as they come"
                    .formatted(e.limit());
        }
        return e.announced() < 0
                ? "the response body has more than the " + bound
                : "the response body has %d bytes, more than the %s".formatted(e.announced(), bound);
    }

    private static String size(long bytes) {
        long mebi = 1 << 20;
        return bytes > 0 && bytes % mebi == 0 ? bytes / mebi + " MiB" : bytes + " bytes";
    }

    /** Adds the message of the innermost error, which for a certificate says when it expired or becomes valid. */
    private static String withRoot(String message, Throwable e) {
        Throwable root = e;
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            root = cause;
        }
        String detail = root.getMessage();
        return detail == null || message.contains(detail) ? message : message + ": " + detail;
    }

    private static HttpipeException.Facts facts(CallFailedException.Facts facts) {
        return new HttpipeException.Facts(
                phase(facts.step()),
                Endpoint.of(facts.address()),
                facts.reusedTimes(),
                facts.bytesSent(),
                facts.bytesReceived(),
                facts.safeToRetry());
    }

    private static Phase phase(CallStep step) {
        return switch (step) {
            case ACQUIRE -> Phase.ACQUIRE;
            case RESOLVE -> Phase.RESOLVE;
            case CONNECT -> Phase.CONNECT;
            case HANDSHAKE -> Phase.TLS;
            case SEND -> Phase.SEND;
            case HEAD -> Phase.RESPONSE_HEAD;
            case BODY -> Phase.RESPONSE_BODY;
        };
    }
}
