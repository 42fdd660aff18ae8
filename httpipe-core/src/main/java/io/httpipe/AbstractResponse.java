package io.httpipe;

import io.httpipe.internal.policy.Attempt;
import io.httpipe.internal.wire.Ascii;
import io.httpipe.internal.wire.ResponseHead;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Holds the head of a response. Each kind of response extends this class. */
abstract sealed class AbstractResponse permits Response, StreamedResponse {
    private final ResponseHead head;
    private final Headers headers;
    private final int reusedTimes;

    /** The attempts of the call; null if it had no policies. */
    private final @Nullable List<Attempt> attempts;

    AbstractResponse(ResponseHead head, Headers headers, int reusedTimes, @Nullable List<Attempt> attempts) {
        this.head = head;
        this.headers = headers;
        this.reusedTimes = reusedTimes;
        this.attempts = attempts;
    }

    /**
     * {@return the status code, 101 or 200 to 999} The call does not fail because of a status: a 404 or 500 is returned
     * like a 200. {@link Response#orThrow} throws for each status that is not 200 to 299.
     */
    public int status() {
        return head.status();
    }

    /** {@return whether the status is 200 to 299} */
    public boolean isSuccessful() {
        return status() / 100 == 2;
    }

    /** {@return the reason phrase, which may be empty} Clients should ignore it (RFC 9112, section 4). */
    public String reason() {
        return head.reason();
    }

    /** {@return the HTTP version of the status line} */
    public Version version() {
        return head.minorVersion() == 0 ? Version.HTTP_1_0 : Version.HTTP_1_1;
    }

    /** {@return the header fields} */
    public Headers headers() {
        return headers;
    }

    /**
     * {@return the header fields as the server sent them} They differ from {@code headers()} if the body was
     * {@linkplain Decoding decoded}, or if an {@link Interceptor}, a {@link ResponseFilter} or the caller has replaced
     * the headers.
     */
    public Headers wireHeaders() {
        return Headers.of(head.fields());
    }

    /** {@return how many times the connection has been reused, this call included; 0 if it was new} */
    public int reusedTimes() {
        return reusedTimes;
    }

    /**
     * {@return the attempts of the call, in order; the last one received this response} Empty if the call uses none of
     * these: {@link Redirects}, {@link Credentials}, {@link Retries}, {@link Decoding}, cookies, or credentials for an
     * HTTP {@link Proxy} without a tunnel.
     */
    public List<Hop> hops() {
        return attempts == null ? List.of() : Hop.of(attempts);
    }

    ResponseHead head() {
        return head;
    }

    @Nullable
    List<Attempt> attempts() {
        return attempts;
    }

    /** Throws if the body has a {@code Content-Encoding} other than {@code identity}. */
    final void requireDecoded(String method) {
        for (String coding : headers().all("Content-Encoding")) {
            if (!coding.isEmpty() && !coding.equalsIgnoreCase("identity")) {
                throw new IllegalStateException(
                        "the body has Content-Encoding: %s, which %s does not decode; see Decoding"
                                .formatted(Ascii.quote(coding), method));
            }
        }
    }

    final List<Attempt> attemptsOrNone() {
        List<Attempt> attempts = attempts();
        return attempts == null ? List.of() : attempts;
    }

    /** Returns the head with another status. Its reason phrase is empty, because the old one is for the old status. */
    ResponseHead head(int status) {
        if (status < 200 || status > 999) {
            throw new IllegalArgumentException("status: %d is not within 200 to 999".formatted(status));
        }
        return new ResponseHead(head.minorVersion(), status, "", head.fields());
    }

    /** Returns the status line. */
    @Override
    public String toString() {
        return "%s %d %s".formatted(version(), status(), reason());
    }
}
