package io.httpipe;

import io.httpipe.internal.connect.Budget;
import io.httpipe.internal.connect.ExpiredException;
import io.httpipe.internal.connect.Step;
import io.httpipe.internal.wire.MalformedException;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Turns the plain errors of the layers below into those that the caller sees, with the facts. */
final class Failures {
    private Failures() {}

    static HttpipeException.Facts facts(Endpoint endpoint, Budget budget, @Nullable Conversation talk) {
        return new HttpipeException.Facts(
                phase(budget.step()),
                endpoint,
                talk == null ? 0 : talk.connection().reusedTimes(),
                talk == null ? 0 : talk.bytesSent(),
                talk == null ? 0 : talk.bytesReceived(),
                talk == null || talk.intact() || talk.request().parts().repeatable());
    }

    static HttpipeException of(IOException e, Endpoint endpoint, Budget budget, @Nullable Conversation talk) {
        if (e instanceof HttpipeException known) {
            return known;
        }
        HttpipeException.Facts facts = facts(endpoint, budget, talk);
        String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        // An interrupt closes the channel, and every operation on it then fails in a way of its own.
        if (Thread.currentThread().isInterrupted() && e instanceof ClosedChannelException) {
            return new CancelledException(facts, e);
        }
        if (e instanceof ExpiredException expiry) {
            String detail = message.isEmpty() ? "" : " (" + message + ")";
            String what = expiry.foreseen() ? "cannot meet the " : "exceeded the ";
            return new TimedOutException(what + budget.limit() + detail, facts, e);
        }
        if (e instanceof MalformedException) {
            return new MalformedResponseException(message, facts, e);
        }
        return switch (facts.phase()) {
            case ACQUIRE, RESOLVE, CONNECT -> {
                String what = e instanceof UnknownHostException ? "unknown host" : message;
                yield new ConnectFailedException(what, facts, e);
            }
            case TLS -> new TlsFailedException(withRoot(message, e), facts, e);
            case SEND, HEAD, BODY ->
                e instanceof SSLException
                        ? new TlsFailedException(message, facts, e)
                        : new ConnectionLostException(message, facts, e);
        };
    }

    static HttpipeException tooLarge(long maxSize, Endpoint endpoint, Budget budget, @Nullable Conversation talk) {
        return new BodyTooLargeException(maxSize, facts(endpoint, budget, talk));
    }

    /** What an exchange says that would have to hold too much of a response while it sends. */
    static HttpipeException tooEarly(long held, Endpoint endpoint, Budget budget, Conversation talk) {
        return new BodyTooLargeException(
                "more than %d bytes of the response came before the request had been sent; Httpipe.stream reads them as they come"
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

    private static Phase phase(Step step) {
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
