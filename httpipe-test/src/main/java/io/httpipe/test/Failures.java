package io.httpipe.test;

import io.httpipe.BodyTooLargeException;
import io.httpipe.CancelledException;
import io.httpipe.ConnectFailedException;
import io.httpipe.ConnectionLostException;
import io.httpipe.CookiesFailedException;
import io.httpipe.CredentialsFailedException;
import io.httpipe.DecodingException;
import io.httpipe.Endpoint;
import io.httpipe.HttpipeException;
import io.httpipe.InterceptorFailedException;
import io.httpipe.MalformedResponseException;
import io.httpipe.Phase;
import io.httpipe.ProxyFailedException;
import io.httpipe.RedirectFailedException;
import io.httpipe.Request;
import io.httpipe.RequestBodyException;
import io.httpipe.Response;
import io.httpipe.StatusException;
import io.httpipe.StreamedResponse;
import io.httpipe.TimedOutException;
import io.httpipe.TlsFailedException;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.security.cert.CertPathValidatorException;
import java.util.Set;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/**
 * Makes the exceptions of a client, with their facts, so that a test can throw them.
 *
 * {@snippet :
 * Httpipe hp = HttpipeTest.answering(request -> {
 *     throw Failures.of(request).timedOut(TimedOutException.Limit.READ);
 * });
 * }
 *
 * <p>Unless a method of this class says otherwise, {@link HttpipeException#safeToRetry} returns what a client would
 * return: true before the client sends the request, and afterwards only if the request is idempotent and its body
 * repeatable. Numbers that a test does not set are 0.
 *
 * <p>Immutable and thread-safe.
 */
public final class Failures {
    private static final Set<String> IDEMPOTENT = Set.of("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "QUERY");

    private final Request request;
    private final @Nullable Endpoint proxy;
    private final int reusedTimes;
    private final long bytesSent;
    private final long bytesReceived;
    private final @Nullable Boolean safeToRetry;

    private Failures(
            Request request,
            @Nullable Endpoint proxy,
            int reusedTimes,
            long bytesSent,
            long bytesReceived,
            @Nullable Boolean safeToRetry) {
        this.request = request;
        this.proxy = proxy;
        this.reusedTimes = reusedTimes;
        this.bytesSent = bytesSent;
        this.bytesReceived = bytesReceived;
        this.safeToRetry = safeToRetry;
    }

    /**
     * {@return an object that makes the exceptions of this request}
     *
     * @param request determines the endpoint, and whether it is safe to send the request again
     */
    public static Failures of(Request request) {
        return new Failures(request, null, 0, 0, 0, null);
    }

    /**
     * {@return an object that makes the exceptions of a GET request to this endpoint}
     *
     * @param endpoint such as {@code Endpoint.of("api.test", 443)}
     */
    public static Failures at(Endpoint endpoint) {
        return of(Request.get("/").at(endpoint));
    }

    /**
     * {@return a copy with a proxy}
     *
     * @param newProxy the address of the proxy
     */
    public Failures proxy(Endpoint newProxy) {
        return new Failures(request, newProxy, reusedTimes, bytesSent, bytesReceived, safeToRetry);
    }

    /**
     * {@return a copy with a reused connection}
     *
     * @param times how many times the connection has been reused, this call included
     */
    public Failures reusedTimes(int times) {
        return new Failures(request, proxy, times, bytesSent, bytesReceived, safeToRetry);
    }

    /**
     * {@return a copy with this number of sent bytes}
     *
     * @param bytes how many bytes of the request were written
     */
    public Failures bytesSent(long bytes) {
        return new Failures(request, proxy, reusedTimes, bytes, bytesReceived, safeToRetry);
    }

    /**
     * {@return a copy with this number of received bytes}
     *
     * @param bytes how many bytes of the response were received
     */
    public Failures bytesReceived(long bytes) {
        return new Failures(request, proxy, reusedTimes, bytesSent, bytes, safeToRetry);
    }

    /**
     * {@return a copy whose exceptions have this value} Exceptions that are never safe to retry, such as those of
     * {@link #cancelled}, ignore it.
     *
     * @param safe the value of {@link HttpipeException#safeToRetry}
     */
    public Failures safeToRetry(boolean safe) {
        return new Failures(request, proxy, reusedTimes, bytesSent, bytesReceived, safe);
    }

    /**
     * {@return a timeout in the phase that belongs to the limit; for a deadline, {@code RESPONSE_HEAD}}
     *
     * @param limit the limit that was exceeded
     */
    public TimedOutException timedOut(TimedOutException.Limit limit) {
        return timedOut(
                limit,
                switch (limit) {
                    case ACQUIRE -> Phase.ACQUIRE;
                    case CONNECT -> Phase.CONNECT;
                    case SEND -> Phase.SEND;
                    case READ, DEADLINE -> Phase.RESPONSE_HEAD;
                });
    }

    /**
     * {@return a timeout in this phase}
     *
     * @param limit the limit that was exceeded
     * @param phase what the call was doing
     */
    public TimedOutException timedOut(TimedOutException.Limit limit, Phase phase) {
        String name = switch (limit) {
            case ACQUIRE -> "acquire timeout";
            case CONNECT -> "connect timeout";
            case SEND -> "send timeout";
            case READ -> "read timeout";
            case DEADLINE -> "deadline";
        };
        return new TimedOutException(limit, "exceeded the " + name, facts(phase));
    }

    /** {@return a timeout because all connections were in use for the whole acquire timeout} */
    public TimedOutException poolExhausted() {
        return new TimedOutException(
                TimedOutException.Limit.ACQUIRE,
                "exceeded the acquire timeout (all connections are in use)",
                facts(Phase.ACQUIRE));
    }

    /** {@return the failure of a name lookup} */
    public ConnectFailedException unknownHost() {
        String host = request.endpoint() instanceof Endpoint.Tcp tcp ? tcp.host() : "unix";
        return new ConnectFailedException("unknown host", facts(Phase.RESOLVE), new UnknownHostException(host));
    }

    /** {@return the failure of a connection that was refused} */
    public ConnectFailedException refused() {
        ConnectException cause = new ConnectException("Connection refused");
        return new ConnectFailedException("Connection refused", facts(Phase.CONNECT), cause);
    }

    /** {@return the failure of a call whose connection the server closed before its response began} */
    public ConnectionLostException closed() {
        return lost(Phase.RESPONSE_HEAD, new EOFException("the connection was closed before the response"));
    }

    /**
     * {@return the failure of a call whose connection the server closed within the response body} {@link #cutAfter}
     * returns a response with such a body.
     */
    public ConnectionLostException cut() {
        return lost(Phase.RESPONSE_BODY, new EOFException("the connection was closed within the response body"));
    }

    /**
     * {@return the failure of a connection that was reset}
     *
     * @param phase what the call was doing: {@code SEND}, {@code RESPONSE_HEAD} or {@code RESPONSE_BODY}
     */
    public ConnectionLostException reset(Phase phase) {
        return lost(phase, new SocketException("Connection reset"));
    }

    private ConnectionLostException lost(Phase phase, IOException cause) {
        return new ConnectionLostException(String.valueOf(cause.getMessage()), facts(phase), cause);
    }

    /**
     * {@return a response whose connection is cut within its body} After these bytes, reads throw {@link #cut}. The
     * exception has {@code bytes} as its number of received bytes, unless {@link #bytesReceived} has set another one.
     *
     * @param response its status, headers and body
     * @param bytes    how many bytes of the body can be read, 0 to the size of the body
     */
    public StreamedResponse cutAfter(Response response, int bytes) {
        Failures failures = bytesReceived == 0 ? bytesReceived(bytes) : this;
        return HttpipeTest.failingAfter(response, bytes, failures.cut());
    }

    /**
     * {@return the failure of a TLS handshake in which the client did not trust the certificate} Not safe to retry,
     * unless {@link #safeToRetry} says otherwise.
     */
    public TlsFailedException untrustedCertificate() {
        return tlsFailed("PKIX path building failed: unable to find valid certification path to requested target");
    }

    /**
     * {@return the failure of a TLS handshake in which the certificate had expired} Not safe to retry, unless
     * {@link #safeToRetry} says otherwise.
     */
    public TlsFailedException expiredCertificate() {
        return tlsFailed("PKIX path validation failed: validity check failed: the certificate has expired");
    }

    /**
     * {@return the failure of a TLS handshake} Not safe to retry, unless {@link #safeToRetry} says otherwise.
     *
     * @param description the first words of the message
     */
    public TlsFailedException tlsFailed(String description) {
        SSLHandshakeException cause = new SSLHandshakeException(description);
        cause.initCause(new CertPathValidatorException(description));
        return new TlsFailedException(description, facts(Phase.TLS, false), cause);
    }

    /**
     * {@return the failure of a call whose response is not valid HTTP} Not safe to retry.
     *
     * @param description what is wrong with it
     */
    public MalformedResponseException malformed(String description) {
        return new MalformedResponseException(description, facts(Phase.RESPONSE_HEAD), new IOException(description));
    }

    /**
     * {@return the failure of a call whose response body is larger than its limit} Not safe to retry.
     *
     * @param maxBodySize the limit in bytes
     */
    public BodyTooLargeException tooLarge(long maxBodySize) {
        return new BodyTooLargeException(
                "the response body has more than the %d bytes of maxBodySize".formatted(maxBodySize),
                maxBodySize,
                facts(Phase.RESPONSE_BODY));
    }

    /**
     * {@return the failure of a call whose response body cannot be decoded} Not safe to retry.
     *
     * @param reason what is wrong with the body
     * @param coding such as {@code gzip}
     */
    public DecodingException undecodable(DecodingException.Reason reason, String coding) {
        String description = "the response body cannot be decoded from %s: %s".formatted(coding, reason);
        return new DecodingException(reason, coding, description, facts(Phase.RESPONSE_BODY), null);
    }

    /**
     * {@return the exception that {@link Response#orThrow} throws for this response, but with the whole body} Not safe
     * to retry.
     *
     * @param response its status, headers and body
     */
    public StatusException status(Response response) {
        return new StatusException(response, request);
    }

    /**
     * {@return the failure of a cancelled call} Not safe to retry. The interrupted flag of the thread does not change.
     *
     * @param reason what ended the call
     */
    public CancelledException cancelled(CancelledException.Reason reason) {
        return new CancelledException(
                reason,
                switch (reason) {
                    case INTERRUPT -> "cancelled by an interrupt";
                    case CLIENT_CLOSED -> "this client was closed";
                    case RESPONSE_CLOSED -> "the response was closed by another thread";
                },
                facts(Phase.RESPONSE_HEAD),
                null);
    }

    /**
     * {@return the failure of a proxy that refused a tunnel} By default it is safe to retry if the status is 0, 408,
     * 429, or 500 and more. Without {@link #proxy}, the proxy is {@code proxy.test:3128}.
     *
     * @param status the status of the answer to CONNECT, such as 403 or 407; 0 if there was no answer
     */
    public ProxyFailedException proxyRefused(int status) {
        String description =
                status == 0 ? "the proxy closed the connection" : "the proxy refused with status " + status;
        Failures known = proxy == null ? proxy(Endpoint.of("proxy.test", 3128)) : this;
        boolean passing = status == 0 || status == 408 || status == 429 || status >= 500;
        return new ProxyFailedException(
                description, status, known.facts(Phase.PROXY, passing), new IOException(description));
    }

    /**
     * {@return the failure of a {@link java.net.CookieHandler}}
     *
     * @param cause what the handler threw
     */
    public CookiesFailedException cookiesFailed(Exception cause) {
        IOException failure = new IOException("the cookie handler failed: " + cause.getMessage(), cause);
        return new CookiesFailedException(failure, facts(Phase.PAUSE));
    }

    /**
     * {@return the failure of a source of access tokens} Not safe to retry.
     *
     * @param cause what the source threw
     */
    public CredentialsFailedException credentialsFailed(IOException cause) {
        return new CredentialsFailedException("the token source failed", facts(Phase.PAUSE), cause);
    }

    /**
     * {@return the failure of a redirect that was not followed} Not safe to retry.
     *
     * @param description why not
     */
    public RedirectFailedException redirectFailed(String description) {
        return new RedirectFailedException(new IOException(description), facts(Phase.RESPONSE_HEAD));
    }

    /**
     * {@return the failure of the source of a request body} Not safe to retry.
     *
     * @param cause what the source threw
     */
    public RequestBodyException requestBodyFailed(IOException cause) {
        return new RequestBodyException(cause, facts(Phase.SEND));
    }

    /**
     * {@return the failure of an interceptor} Not safe to retry.
     *
     * @param cause what the interceptor threw
     */
    public InterceptorFailedException interceptorFailed(IOException cause) {
        return new InterceptorFailedException(cause, facts(Phase.ACQUIRE));
    }

    private HttpipeException.Facts facts(Phase phase) {
        boolean unsent = phase.compareTo(Phase.SEND) < 0;
        boolean idempotent =
                (IDEMPOTENT.contains(request.method()) || request.headers().contains("Idempotency-Key"))
                        && (request.body() == null || request.body().isRepeatable());
        return facts(phase, unsent || idempotent);
    }

    HttpipeException.Facts facts(Phase phase, boolean safe) {
        return new HttpipeException.Facts(
                phase,
                request.endpoint(),
                proxy,
                reusedTimes,
                bytesSent,
                bytesReceived,
                safeToRetry == null ? safe : safeToRetry);
    }
}
