package io.httpipe.internal.connect;

import io.httpipe.internal.wire.ResponseHead;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Answers the challenges of an HTTP proxy to the requests for one tunnel. For one thread. */
public interface TunnelAuthentication {
    /** Returns the value of Proxy-Authorization for the next CONNECT with this target; null for none. */
    @Nullable
    String credentials(String target) throws IOException;

    /** Whether a refusal is a 407 that can be answered with other credentials. Returns true at most twice. */
    boolean answers(ResponseHead refusal);

    /**
     * Called when the latest CONNECT got no answer, because the proxy had ended the connection.
     *
     * @return whether the credentials of that CONNECT answered a challenge, so that the next credentials can answer it
     *         over another connection; returns true at most one time
     */
    boolean repeats();

    /**
     * Learns from the head that opens the tunnel. Fails if the head shows that the proxy does not know the password.
     */
    void accepted(ResponseHead head) throws IOException;
}
