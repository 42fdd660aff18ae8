package io.httpipe.internal.policy;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.wire.RequestTarget;
import java.net.URI;
import java.net.URISyntaxException;

/** Converts the URI of a request to a {@link URI}, for the user's own code. */
public final class JdkUri {
    private JdkUri() {}

    /**
     * Returns the URI without its fragment. Characters that the JDK does not accept, which a raw path or query may
     * have, are percent-encoded. For a host with an underscore, {@link URI#getHost} of the result is null.
     */
    public static URI of(Outgoing request) {
        try {
            return new URI(request.origin() + request.target());
        } catch (URISyntaxException e) {
            return URI.create(request.origin() + RequestTarget.encodeStrictly(request.target()));
        }
    }
}
