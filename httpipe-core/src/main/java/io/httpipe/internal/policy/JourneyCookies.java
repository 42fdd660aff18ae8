package io.httpipe.internal.policy;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.wire.Origin;
import io.httpipe.internal.wire.ResponseHead;
import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Puts cookies on the requests of one journey, and keeps those of its responses. A request whose caller has set or
 * removed the {@code Cookie} header stays as it is. For one thread.
 */
final class JourneyCookies implements Consumer<ResponseHead> {
    private final Cookies cookies;
    private final @Nullable Origin initiator;
    private Outgoing current;
    private @Nullable String sent;

    /** The next request of a redirect, and the cookies that it gets; null for none. */
    private @Nullable Outgoing redirected;

    private @Nullable String redirectedCookies;

    /** Why the cookies of an informational response could not be kept; null if they could. */
    private @Nullable IOException failure;

    JourneyCookies(Cookies cookies, @Nullable Origin initiator, Outgoing own) {
        this.cookies = cookies;
        this.initiator = initiator;
        this.current = own;
    }

    /**
     * Returns the request of the next attempt with its cookies, or the same request if there are none.
     *
     * @param own    the request before its proxy was chosen
     * @param routed the same request with its proxy
     */
    @SuppressWarnings("ReferenceEquality") // an equal request of a later attempt may get other cookies
    Outgoing dress(Outgoing own, Outgoing routed) throws IOException {
        current = routed;
        failure = null;
        sent = own == redirected ? redirectedCookies : header(routed);
        redirected = null;
        return sent == null ? routed : routed.withHeader("Cookie", false, sent);
    }

    /** The cookies of the last attempt; null for none. */
    @Nullable
    String sent() {
        return sent;
    }

    /** Returns the cookies for the next request of a redirect; null for none. {@link #dress} adds the same cookies. */
    @Nullable
    String ofRedirected(Outgoing request) throws IOException {
        redirectedCookies = header(request);
        redirected = request;
        return redirectedCookies;
    }

    private @Nullable String header(Outgoing request) throws IOException {
        boolean left = request.fields().contains("Cookie")
                || request.requestFields().suppressed().contains("Cookie");
        return left ? null : cookies.header(request, initiator);
    }

    /** Keeps the cookies of an informational response to the last attempt. */
    @Override
    public void accept(ResponseHead informational) {
        try {
            cookies.received(current, informational.fields());
        } catch (IOException e) {
            failure = e;
        }
    }

    /** Keeps the cookies of the final response to the last attempt. */
    void received(ResponseHead head) throws IOException {
        if (failure != null) {
            throw failure;
        }
        cookies.received(current, head.fields());
    }
}
