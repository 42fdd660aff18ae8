package io.httpipe.internal.policy;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.call.OutgoingBody;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.ProxyIdentity;
import io.httpipe.internal.connect.TunnelAuthentication;
import io.httpipe.internal.wire.ResponseHead;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Authenticates with HTTP proxies: with the proxy of one tunnel, with the forward proxies of one journey, or with the
 * forward proxy of one request of an exchange. If the caller has set {@code Proxy-Authorization}, that header is sent
 * unchanged. For one thread.
 */
public final class ProxyAuthentication implements TunnelAuthentication {
    private static final Waits NO_WAITS = new Waits();

    private final CallTimeouts timeouts;

    /** The proxy of the tunnel or of the current request; null if the request needs no credentials for a proxy. */
    private @Nullable ProxyIdentity proxy;

    /** Null if there are no credentials for the current proxy. */
    private @Nullable Authentication authentication;

    /** Whether the answer to a challenge has been repeated. */
    private boolean repeated;

    /** Authenticates the requests of one journey, or one request of an exchange, with {@link #dress}. */
    public ProxyAuthentication(CallTimeouts timeouts) {
        this.timeouts = timeouts;
    }

    /** Authenticates a tunnel through a proxy for which there are credentials. */
    ProxyAuthentication(ProxyIdentity proxy, CallTimeouts timeouts) {
        this(timeouts);
        use(proxy);
    }

    private @Nullable Authentication use(ProxyIdentity next) {
        if (!next.equals(proxy)) {
            proxy = next;
            boolean able =
                    next.login() instanceof ProxyCredentials && !next.fields().contains("Proxy-Authorization");
            authentication = able && next.login() instanceof ProxyCredentials credentials
                    ? new Authentication(credentials.authenticators(), AuthFields.PROXY, timeouts, NO_WAITS)
                    : null;
        }
        return authentication;
    }

    /** Returns the request with the credentials for the proxy that it goes to, or the same request. */
    public Outgoing dress(Outgoing request) throws IOException {
        ProxyIdentity forward = request.proxy();
        Authentication active = forward == null || !forward.isForward() ? null : use(forward);
        if (forward == null || active == null) {
            proxy = null;
            authentication = null;
            return request;
        }
        // Here the proxy is the server, and the whole URI is the target.
        Outgoing seen = Outgoing.toPath(request.method(), request.origin() + request.target(), null)
                .at(forward.address())
                .withFields(request.requestFields());
        OutgoingBody body = request.body();
        Answer answer = active.prepare(body == null ? seen : seen.withBody(body));
        return answer == null ? request : request.withHeader(AuthFields.PROXY.credentials(), false, answer.value());
    }

    /**
     * Returns why the request that was dressed last has to be sent again after a 407; null if the 407 is for the
     * caller.
     */
    @Nullable
    String after(ResponseHead head) {
        String reason = authentication == null ? null : authentication.after(head);
        return reason == null ? null : "proxy: " + reason;
    }

    /** Learns from a response for later calls. Called if the request that was dressed last is not sent again. */
    public void learn(ResponseHead head) {
        if (authentication != null && head.status() == AuthFields.PROXY.status()) {
            authentication.learn(head);
        } else if (authentication != null) {
            authentication.used();
        }
    }

    @Override
    public boolean repeats() {
        boolean repeats = !repeated && authentication != null && authentication.repeat();
        repeated |= repeats;
        return repeats;
    }

    @Override
    public void accepted(ResponseHead head) throws IOException {
        if (authentication != null) {
            authentication.verify(head);
        }
    }

    @Override
    public @Nullable String credentials(String target) throws IOException {
        Authentication active = authentication;
        ProxyIdentity current = proxy;
        if (active == null || current == null) {
            return null;
        }
        Answer answer = active.prepare(Outgoing.toPath("CONNECT", target, null).at(current.address()));
        return answer == null ? null : answer.value();
    }

    @Override
    public boolean answers(ResponseHead refusal) {
        if (authentication == null) {
            return false;
        }
        if (refusal.status() != AuthFields.PROXY.status()) {
            // The proxy has accepted the credentials, and refuses for another reason.
            authentication.used();
            return false;
        }
        return authentication.after(refusal) != null;
    }
}
