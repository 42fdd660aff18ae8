package io.httpipe;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.connect.ProxyIdentity;
import io.httpipe.internal.policy.Attempt;
import java.io.IOException;
import java.io.Serial;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A call failed. The exception reports its phase, endpoint and connection, and how many bytes were sent and received.
 *
 * {@snippet :
 * try {
 *     return hp.get(uri).text();
 * } catch (TimedOutException e) {
 *     return fallback(e.phase());
 * } catch (HttpipeException e) {
 *     log.warn("{} (safe to retry: {})", e.getMessage(), e.safeToRetry());
 *     throw e;
 * }
 * }
 *
 * <p>When a call fails, its connection is closed. But an {@link Exchange} may keep its connection after a read timeout.
 * A connection that can be reused may also be kept after a {@link StatusException}, an
 * {@link InterceptorFailedException} or a {@link BodyTooLargeException}. The same holds for every failure after the end
 * of the response, for example if a redirect without a body is refused. The subclasses are
 * {@link ConnectFailedException}, {@link ProxyFailedException}, {@link TlsFailedException},
 * {@link TimedOutException}, {@link CancelledException}, {@link ConnectionLostException},
 * {@link MalformedResponseException}, {@link BodyTooLargeException}, {@link RequestBodyException},
 * {@link RedirectFailedException}, {@link CredentialsFailedException}, {@link CookiesFailedException},
 * {@link DecodingException}, {@link InterceptorFailedException} and {@link StatusException}.
 */
public abstract sealed class HttpipeException extends IOException
        permits BodyTooLargeException,
                CancelledException,
                ConnectFailedException,
                ConnectionLostException,
                CookiesFailedException,
                CredentialsFailedException,
                DecodingException,
                InterceptorFailedException,
                MalformedResponseException,
                ProxyFailedException,
                RedirectFailedException,
                RequestBodyException,
                StatusException,
                TimedOutException,
                TlsFailedException {
    @Serial
    private static final long serialVersionUID = 1;

    private final transient Facts facts;

    /** The attempts of the call; null if it had no policies. */
    private transient @Nullable List<Attempt> attempts;

    /**
     * Where and when a call failed.
     *
     * @param phase         what the call was doing
     * @param endpoint      the endpoint of the call, even if the call failed before it was connected
     * @param proxy         the proxy on the way to the endpoint; null for none
     * @param reusedTimes   how many times the connection has been reused, this call included
     * @param bytesSent     bytes of the request that were written
     * @param bytesReceived bytes of the response that were received
     * @param safeToRetry   whether sending the request again is harmless and can help. Some exceptions ignore this
     *                      value, because another attempt cannot help after such a failure
     */
    public record Facts(
            Phase phase,
            Endpoint endpoint,
            @Nullable Endpoint proxy,
            int reusedTimes,
            long bytesSent,
            long bytesReceived,
            boolean safeToRetry) {
        /** The facts of a call that had no connection, or no proxy. */
        Facts(Phase phase, Endpoint endpoint, int reusedTimes, long bytesSent, long bytesReceived, boolean safe) {
            this(phase, endpoint, null, reusedTimes, bytesSent, bytesReceived, safe);
        }

        /** The facts of a call whose response was refused; the request is null for a response from memory. */
        static Facts ofResponse(Phase phase, @Nullable Outgoing request, int reusedTimes) {
            ProxyIdentity through = request == null ? null : request.proxy();
            return new Facts(
                    phase,
                    request == null ? Endpoint.of("localhost", 80) : Endpoint.of(request.address()),
                    through == null ? null : Endpoint.of(through.address()),
                    reusedTimes,
                    0,
                    0,
                    false);
        }

        /** Returns the same facts, but not safe to retry. */
        Facts withoutRetry() {
            return new Facts(phase, endpoint, proxy, reusedTimes, bytesSent, bytesReceived, false);
        }

        /** Returns the end of a message: endpoint and proxy, and how many times the connection has been reused. */
        String location() {
            String way = proxy == null ? endpoint.toString() : way(proxy);
            return " (%s%s)".formatted(way, reusedTimes > 0 ? ", connection reused " + reusedTimes + "x" : "");
        }

        /** Until the proxy has opened the way to the endpoint, the message names the proxy first. */
        private String way(Endpoint through) {
            boolean toProxy = phase == Phase.RESOLVE || phase == Phase.CONNECT || phase == Phase.PROXY;
            return toProxy ? "the proxy " + through + ", for " + endpoint : endpoint + " through the proxy " + through;
        }
    }

    HttpipeException(String description, Facts facts, @Nullable Throwable cause) {
        super(description + " while " + facts.phase + facts.location(), cause);
        this.facts = facts;
    }

    /** Creates an exception whose message needs no phase. */
    HttpipeException(Facts facts, String description) {
        super(description + facts.location());
        this.facts = facts;
    }

    /** {@return an {@link IOException} to serialize instead, with the same text} The facts are not serializable. */
    @Serial
    Object writeReplace() {
        IOException plain = new IOException(toString(), getCause());
        plain.setStackTrace(getStackTrace());
        return plain;
    }

    /** Adds the attempts of the call. Returns this exception. */
    HttpipeException after(List<Attempt> newAttempts) {
        if (attempts == null && !newAttempts.isEmpty()) {
            attempts = newAttempts;
        }
        return this;
    }

    /**
     * {@return the attempts of the call, in order} The call failed in the last attempt or after it. Empty if the call
     * uses none of these: {@link Redirects}, {@link Credentials}, {@link Retries}, {@link Decoding}, cookies, or
     * credentials for an HTTP {@link Proxy} without a tunnel. Also empty if the call failed before its first attempt,
     * or if an {@link Interceptor} threw an exception of its own.
     */
    public List<Hop> hops() {
        return attempts == null ? List.of() : Hop.of(attempts);
    }

    /**
     * {@return what the call was doing} If an {@link Interceptor} threw an exception of its own, the result is
     * {@link Phase#ACQUIRE}, even after a response.
     */
    public Phase phase() {
        return facts.phase;
    }

    /** {@return the endpoint of the call} */
    public Endpoint endpoint() {
        return facts.endpoint;
    }

    /**
     * {@return the proxy on the way to the endpoint; null if there is none, or if the call failed before the name
     * lookup} Also null if an {@link Interceptor} threw an exception of its own.
     */
    public @Nullable Endpoint proxy() {
        return facts.proxy;
    }

    /**
     * {@return how many times the connection has been reused, this call included; 0 if it was new, or if there was none
     * yet} Also 0 if an {@link Interceptor} threw an exception of its own.
     */
    public int reusedTimes() {
        return facts.reusedTimes;
    }

    /**
     * {@return how many bytes of the request were written; the server may have received fewer} The result is 0 for a
     * {@link StatusException} and for an {@link InterceptorFailedException}. It is also 0 if a method of
     * {@link StreamedResponse}, {@link Httpipe#events} or {@link Httpipe#download} refused the content of the response.
     * With interceptors, it is also 0 when {@link Httpipe#request} refused a body larger than
     * {@link Limits#maxBodySize}.
     */
    public long bytesSent() {
        return facts.bytesSent;
    }

    /**
     * {@return how many bytes of the response were received, including head and framing} The result is 0 in the same
     * cases as for {@link #bytesSent}.
     */
    public long bytesReceived() {
        return facts.bytesReceived;
    }

    /**
     * {@return whether sending the request again is harmless and can help}
     *
     * {@snippet :
     * for (int attempt = 1; ; attempt++) {
     *     try {
     *         return hp.request(request);
     *     } catch (HttpipeException e) {
     *         if (attempt == 3 || !e.safeToRetry()) {
     *             throw e;
     *         }
     *         Thread.sleep(Duration.ofMillis(200 * attempt));
     *     }
     * }
     * }
     *
     * <p>A retry is harmless if nothing of the request was sent, and nothing was read from a body that can be sent only
     * once. It is also harmless if the body can be sent again and the method is idempotent (RFC 9110, section 9.2.2).
     * With an {@code Idempotency-Key}, every method counts as idempotent.
     *
     * <p>A retry cannot help after a {@link CancelledException}, a {@link BodyTooLargeException}, a
     * {@link MalformedResponseException}, a {@link DecodingException}, a {@link RequestBodyException}, a
     * {@link RedirectFailedException}, a {@link CredentialsFailedException} or an {@link InterceptorFailedException}.
     * After a {@link ProxyFailedException} it cannot help if the proxy refused because of its rules or the credentials.
     * After a {@link TlsFailedException} it can help only if the connection was cut during the handshake. After a
     * {@link CookiesFailedException} it cannot help if the handler failed after a response. The result is also false
     * for a {@link StatusException}, because the server has answered.
     *
     * <p>A retry can help after a {@link TimedOutException}, whichever limit was exceeded. After
     * {@link TimedOutException.Limit#DEADLINE}, another attempt needs a later deadline, because a call whose
     * {@link Deadline} has passed fails at once.
     */
    public boolean safeToRetry() {
        return facts.safeToRetry;
    }
}
