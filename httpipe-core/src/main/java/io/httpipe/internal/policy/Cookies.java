package io.httpipe.internal.policy;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.Origin;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Keeps the cookies of responses and returns those for a request. Thread-safe. */
public interface Cookies {
    /** Keeps and returns no cookies. */
    Cookies NONE = new Cookies() {};

    /**
     * Returns the value of the {@code Cookie} header of a request; null if there are no cookies for it.
     *
     * @param initiator the origin of the page that leads to the request; null if no page does
     */
    default @Nullable String header(Outgoing request, @Nullable Origin initiator) throws IOException {
        return null;
    }

    /** Keeps the cookies in the header fields of a response, which may be informational. */
    default void received(Outgoing request, FieldLines fields) throws IOException {}
}
