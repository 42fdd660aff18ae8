package io.httpipe.internal.call;

import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.HeadWriter;
import java.io.IOException;
import java.io.UncheckedIOException;

/** What tests see of the requests that the engine sends. */
public final class Outgoings {
    private Outgoings() {}

    /** The head that goes out in front of the body. */
    public static HeadWriter head(Outgoing request) {
        HeadWriter head = new HeadWriter();
        try {
            request.head(request.bodyLength()).appendTo(head);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return head;
    }

    public static FieldLines trailers(Outgoing request) {
        return request.trailerFields();
    }
}
