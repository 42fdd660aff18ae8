package io.httpipe.internal.connect;

import io.httpipe.internal.wire.ResponseHead;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Answers the challenges of an HTTP proxy that is asked for one tunnel. For one thread. */
public interface TunnelAuthentication {
    /** Returns the value of Proxy-Authorization for the next CONNECT with this target; null for none. */
    @Nullable
    String credentials(String target) throws IOException;

    /** Whether a refusal is a 407 that can be answered with other credentials. This ends after two answers at most. */
    boolean answers(ResponseHead refusal);

    /**
     * Called when the last CONNECT got no answer, because the proxy had ended the connection.
     *
     * @return whether its credentials answered a challenge, and the next ones answer it again over another connection.
     *         This happens once at most
     */
    boolean repeats();

    /** Learns from the head that opens the tunnel, and fails if the proxy proves not to know the password. */
    void accepted(ResponseHead head) throws IOException;
}
