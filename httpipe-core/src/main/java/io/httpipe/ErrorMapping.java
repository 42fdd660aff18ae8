package io.httpipe;

import io.httpipe.internal.call.BodyFailedException;
import io.httpipe.internal.call.BodyLimitException;
import io.httpipe.internal.call.CallFactory;
import io.httpipe.internal.call.CallFailedException;
import io.httpipe.internal.connect.CallStep;
import io.httpipe.internal.connect.ExpiredException;
import io.httpipe.internal.connect.ProxyIdentity;
import io.httpipe.internal.connect.ProxyRefusedException;
import io.httpipe.internal.policy.Attempt;
import io.httpipe.internal.policy.CookieHandlerException;
import io.httpipe.internal.policy.RedirectRefusedException;
import io.httpipe.internal.policy.ServerProofException;
import io.httpipe.internal.policy.TokenFailedException;
import io.httpipe.internal.policy.UndecodableException;
import io.httpipe.internal.wire.MalformedException;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Converts the failures of {@code internal.call} to the public exceptions. */
final class ErrorMapping {
    private ErrorMapping() {}

    /** Returns the exception for the failure of a call. */
    static HttpipeException of(CallFailedException failed) {
        return ofCall(failed, facts(failed.facts()));
    }

    /** Returns the exception for the failure of a call; {@code attempts} is null if the call had no policies. */
    static HttpipeException of(CallFailedException failed, @Nullable List<Attempt> attempts) {
        if (attempts == null) {
            return of(failed);
        }
        HttpipeException.Facts facts = facts(failed.facts());
        return ofCall(failed, hadEffect(attempts) ? facts.withoutRetry() : facts)
                .after(attempts);
    }

    private static HttpipeException ofCall(CallFailedException failed, HttpipeException.Facts facts) {
        return of(failed, facts, "the response was closed by another thread", "use stream()");
    }

    /**
     * Whether a server has done work that must not be done twice. The attempt that failed may be a later one, such as
     * the GET after a POST that was redirected.
     */
    private static boolean hadEffect(List<Attempt> attempts) {
        return !attempts.isEmpty()
                && !attempts.getFirst().isRepeatable()
                && attempts.stream().anyMatch(attempt -> switch (attempt.status()) {
                    case 0, 401, 407, 421 -> false;
                    default -> true;
                });
    }

    /** Returns the exception for the failure of an exchange. */
    static HttpipeException ofExchange(CallFailedException failed) {
        return of(failed, facts(failed.facts()), "the exchange was closed", "use read()");
    }

    private static HttpipeException of(
            CallFailedException failed, HttpipeException.Facts facts, String closedMessage, String tooLargeAdvice) {
        IOException error = failed.error();
        if (error instanceof HttpipeException known) {
            return known;
        }
        CallFailedException.Cancellation cancellation = failed.facts().cancellation();
        if (cancellation != null) {
            return switch (cancellation) {
                // If the interrupt hit the source of a request body, the exception of the source has the facts.
                case INTERRUPT ->
                    error.getCause() instanceof CancelledException source
                            ? source
                            : CancelledException.interrupted(facts, error);
                case CLIENT_CLOSED ->
                    new CancelledException(
                            CancelledException.Reason.CLIENT_CLOSED, "this client was closed", facts, null);
                case RESPONSE_CLOSED ->
                    new CancelledException(CancelledException.Reason.RESPONSE_CLOSED, closedMessage, facts, null);
            };
        }
        return switch (error) {
            case ExpiredException expired -> timedOut(expired, failed.facts(), facts);
            case MalformedException malformed -> new MalformedResponseException(message(malformed), facts, malformed);
            case BodyFailedException body ->
                bodyFailed(body.source(), facts, failed.facts().clientClosed());
            case BodyLimitException limit ->
                new BodyTooLargeException(tooLarge(limit, tooLargeAdvice), limit.limit(), facts);
            case UndecodableException undecodable -> new DecodingException(undecodable, facts);
            case RedirectRefusedException refused -> new RedirectFailedException(refused, facts);
            case TokenFailedException token -> tokenFailed(token.source(), facts);
            case ServerProofException proof ->
                new CredentialsFailedException("the server has not proved that it knows the password", facts, proof);
            case CookieHandlerException handler -> new CookiesFailedException(handler, facts);
            default -> connectionFailed(error, facts);
        };
    }

    private static HttpipeException connectionFailed(IOException error, HttpipeException.Facts facts) {
        String message = message(error);
        return switch (facts.phase()) {
            case PAUSE, ACQUIRE, RESOLVE, CONNECT -> {
                String what = error instanceof UnknownHostException ? "unknown host" : message;
                yield new ConnectFailedException(what, facts, error);
            }
            case PROXY ->
                error instanceof SSLException
                        ? new TlsFailedException(withRootCause(message, error), facts, error)
                        : new ProxyFailedException(
                                message,
                                error instanceof ProxyRefusedException refused ? refused.status() : 0,
                                facts,
                                error);
            case TLS -> new TlsFailedException(withRootCause(message, error), facts, error);
            case SEND, RESPONSE_HEAD, RESPONSE_BODY ->
                error instanceof SSLException
                        ? new TlsFailedException(message, facts, error)
                        : new ConnectionLostException(message, facts, error);
        };
    }

    /**
     * Returns the exception for a request body whose source failed. The source may be the response of another call. If
     * an interrupt cancelled that call, this call is cancelled too. The same holds if closing a client cancelled that
     * call, and the client of this call has been closed.
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

    /** Returns the exception for a token source that failed. An interrupt of the source cancels the call too. */
    private static HttpipeException tokenFailed(IOException source, HttpipeException.Facts facts) {
        return source instanceof CancelledException cancelled
                        && Thread.currentThread().isInterrupted()
                ? cancelled
                : new CredentialsFailedException("the token source failed", facts, source);
    }

    /** Returns an exception without a cause. The failures of single addresses are suppressed in it. */
    private static TimedOutException timedOut(
            ExpiredException expired, CallFailedException.Facts failed, HttpipeException.Facts facts) {
        String verb = expired.foreseen() ? "cannot meet the " : "exceeded the ";
        String detail = expired.detail().isEmpty() ? "" : " (" + expired.detail() + ")";
        TimedOutException timedOut = new TimedOutException(limit(failed), verb + failed.limit() + detail, facts);
        for (Throwable earlier : expired.getSuppressed()) {
            timedOut.addSuppressed(earlier);
        }
        return timedOut;
    }

    private static TimedOutException.Limit limit(CallFailedException.Facts failed) {
        if (failed.atDeadline()) {
            return TimedOutException.Limit.DEADLINE;
        }
        return switch (failed.step()) {
            case PAUSE -> TimedOutException.Limit.DEADLINE;
            case ACQUIRE -> TimedOutException.Limit.ACQUIRE;
            case RESOLVE, CONNECT, PROXY, HANDSHAKE -> TimedOutException.Limit.CONNECT;
            case SEND -> TimedOutException.Limit.SEND;
            case HEAD, BODY -> TimedOutException.Limit.READ;
        };
    }

    /** Returns the message of an exception, or the name of its class if it has none. */
    static String message(Throwable e) {
        if (e.getMessage() != null) {
            return e.getMessage();
        }
        return e instanceof ClosedChannelException
                ? "the connection has been closed"
                : e.getClass().getSimpleName();
    }

    private static String tooLarge(BodyLimitException e, String advice) {
        String size = sizeText(e.limit());
        String limit = switch (e.source()) {
            case READ_AHEAD -> "";
            case REQUEST -> "%s of Request.maxBodySize".formatted(size);
            case CLIENT ->
                e.limit() == CallFactory.LARGEST_ARRAY
                        ? "%s that fit into an array; %s".formatted(size, advice)
                        : "%s of Limits.maxBodySize; %s or raise maxBodySize".formatted(size, advice);
        };
        if (e.source() == BodyLimitException.Source.READ_AHEAD) {
            return "more than %d bytes of the response arrived before the whole request was sent; use Httpipe.stream"
                    .formatted(e.limit());
        }
        return e.announced() < 0
                ? "the response body has more than the " + limit
                : "the response body has %d bytes, more than the %s".formatted(e.announced(), limit);
    }

    private static String sizeText(long bytes) {
        long mebibyte = 1 << 20;
        return bytes > 0 && bytes % mebibyte == 0 ? bytes / mebibyte + " MiB" : bytes + " bytes";
    }

    /** Adds the message of the root cause. For a certificate, that message says when it expired or becomes valid. */
    private static String withRootCause(String message, Throwable e) {
        Throwable root = e;
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            root = cause;
        }
        String detail = root.getMessage();
        return detail == null || message.contains(detail) ? message : message + ": " + detail;
    }

    private static HttpipeException.Facts facts(CallFailedException.Facts facts) {
        ProxyIdentity proxy = facts.proxy();
        return new HttpipeException.Facts(
                phase(facts.step()),
                Endpoint.of(facts.address()),
                proxy == null ? null : Endpoint.of(proxy.address()),
                facts.reusedTimes(),
                facts.bytesSent(),
                facts.bytesReceived(),
                facts.safeToRetry());
    }

    private static Phase phase(CallStep step) {
        return switch (step) {
            case PAUSE -> Phase.PAUSE;
            case ACQUIRE -> Phase.ACQUIRE;
            case RESOLVE -> Phase.RESOLVE;
            case CONNECT -> Phase.CONNECT;
            case PROXY -> Phase.PROXY;
            case HANDSHAKE -> Phase.TLS;
            case SEND -> Phase.SEND;
            case HEAD -> Phase.RESPONSE_HEAD;
            case BODY -> Phase.RESPONSE_BODY;
        };
    }
}
