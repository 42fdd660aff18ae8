package io.httpipe.internal.call;

import io.httpipe.internal.connect.CallStep;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.ExpiredException;
import io.httpipe.internal.connect.ProxyIdentity;
import io.httpipe.internal.connect.ProxyRefusedException;
import io.httpipe.internal.pool.ClientClosedException;
import io.httpipe.internal.pool.PooledConnection;
import io.httpipe.internal.wire.MalformedException;
import java.io.IOException;
import java.io.Serial;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A call failed. The cause is the error of the layer in which it occurred. The facts describe the call at that moment.
 */
public final class CallFailedException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    private final IOException error;
    private final transient Facts facts;

    /** How the caller's side ended a call. */
    public enum Cancellation {
        INTERRUPT,
        CLIENT_CLOSED,
        RESPONSE_CLOSED
    }

    /**
     * The state of a call when it failed.
     *
     * @param address       the address that the call was for
     * @param proxy         the proxy that the call went through; null for none
     * @param step          the step that the call was in
     * @param atDeadline    whether the deadline of the whole call limited the step
     * @param limit         the time limit of the step, for the message of a timeout; empty for any other failure
     * @param reusedTimes   how many times the connection had been reused
     * @param bytesSent     bytes of the request given to the connection
     * @param bytesReceived bytes of the response received
     * @param safeToRetry   whether sending the request again would do no harm and can help
     * @param cancellation  how the caller's side ended the call; null if it did not
     * @param clientClosed  whether the client of the connection has been closed
     */
    public record Facts(
            SocketAddress address,
            @Nullable ProxyIdentity proxy,
            CallStep step,
            boolean atDeadline,
            String limit,
            int reusedTimes,
            long bytesSent,
            long bytesReceived,
            boolean safeToRetry,
            @Nullable Cancellation cancellation,
            boolean clientClosed) {}

    CallFailedException(IOException error, Facts facts) {
        super(error.getMessage(), error);
        this.error = error;
        this.facts = facts;
    }

    /** Returns the failure of a call that has no connection yet. */
    public static CallFailedException of(IOException error, SocketAddress address, CallTimeouts timeouts) {
        return of(error, address, timeouts, null, null, false);
    }

    /** Returns the failure of a call whose response the client cannot act on. A retry would get the same response. */
    public static CallFailedException refused(IOException error, RecordedCall call) {
        return refused(error, CallStep.HEAD, call);
    }

    static CallFailedException refused(IOException error, CallStep step, RecordedCall call) {
        Facts facts = new Facts(
                call.address(),
                call.proxy(),
                step,
                false,
                "",
                call.reusedTimes(),
                call.bytesSent(),
                call.bytesReceived(),
                false,
                null,
                false);
        return new CallFailedException(error, facts);
    }

    /** Returns the facts to report for reads of a response that the caller has closed. */
    static Facts closed(Call call, @Nullable Conversation conversation) {
        return new Facts(
                call.address(),
                call.proxy(),
                CallStep.BODY,
                false,
                "",
                call.reusedTimes(),
                conversation == null ? 0 : conversation.bytesSent(),
                conversation == null ? 0 : conversation.bytesReceived(),
                false,
                Cancellation.RESPONSE_CLOSED,
                false);
    }

    /**
     * Returns the failure of a call.
     *
     * @param connection   the call's connection, even before it has a conversation; null if it has none
     * @param conversation null if no request has been sent
     * @param closed       whether the caller has closed the response or the exchange meanwhile
     */
    static CallFailedException of(
            IOException error,
            SocketAddress address,
            CallTimeouts timeouts,
            @Nullable PooledConnection connection,
            @Nullable Conversation conversation,
            boolean closed) {
        Cancellation cancellation = cancellation(error, timeouts.step(), connection, closed);
        boolean harmless = conversation == null
                || conversation.intact()
                || conversation.request().repeatable();
        Facts facts = new Facts(
                address,
                proxy(timeouts, connection),
                timeouts.step(),
                timeouts.endsWithDeadline(),
                error instanceof ExpiredException ? timeouts.limit() : "",
                conversation == null ? 0 : conversation.connection().reusedTimes(),
                conversation == null ? 0 : conversation.bytesSent(),
                conversation == null ? 0 : conversation.bytesReceived(),
                harmless && cancellation == null && canHelp(error),
                cancellation,
                connection != null && connection.isPoolClosed());
        return new CallFailedException(error, facts);
    }

    private static @Nullable ProxyIdentity proxy(CallTimeouts timeouts, @Nullable PooledConnection connection) {
        if (connection != null) {
            return connection.route().proxy();
        }
        return switch (timeouts.step()) {
            case RESOLVE, CONNECT, PROXY, HANDSHAKE -> timeouts.proxy();
            default -> null;
        };
    }

    /** Whether the same request can succeed when it is sent again, for example after a connection was cut. */
    private static boolean canHelp(IOException error) {
        return switch (error) {
            case MalformedException malformed -> false;
            case BodyFailedException source -> false;
            case BodyLimitException tooLarge -> false;
            case ProxyRefusedException refused -> refused.passing();
            // A certificate or protocol that was refused is refused again. If the connection is lost during the
            // handshake, the error is not an SSLException.
            case SSLException refused -> false;
            default -> true;
        };
    }

    private static @Nullable Cancellation cancellation(
            IOException error, CallStep step, @Nullable PooledConnection connection, boolean closed) {
        // An interrupt closes the channel. Operations on it then fail with different channel exceptions.
        if (Thread.currentThread().isInterrupted() && error instanceof ClosedChannelException) {
            return Cancellation.INTERRUPT;
        }
        if (error instanceof ExpiredException
                || error instanceof MalformedException
                || error instanceof BodyFailedException
                || error instanceof BodyLimitException
                || error instanceof ProxyRefusedException) {
            return null;
        }
        if (error instanceof ClientClosedException || connection != null && connection.isForceClosed()) {
            return Cancellation.CLIENT_CLOSED;
        }
        return switch (step) {
            case PAUSE, ACQUIRE, RESOLVE, CONNECT, PROXY -> null;
            case HANDSHAKE, SEND, HEAD, BODY -> closed ? Cancellation.RESPONSE_CLOSED : null;
        };
    }

    /** The error of the layer in which it occurred. */
    public IOException error() {
        return error;
    }

    boolean isTimeout() {
        return error instanceof ExpiredException && facts.cancellation() == null;
    }

    public Facts facts() {
        return facts;
    }
}
