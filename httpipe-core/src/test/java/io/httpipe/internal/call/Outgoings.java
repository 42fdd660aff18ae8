package io.httpipe.internal.call;

import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.HeadWriter;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Gives tests access to package-private parts of {@link Outgoing}. */
public final class Outgoings {
    private Outgoings() {}

    /** The head that is sent before the body. */
    public static HeadWriter head(Outgoing request) {
        HeadWriter head = new HeadWriter();
        try {
            request.head(RequestHead.bodyLength(request)).appendTo(head);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return head;
    }

    public static FieldLines trailers(Outgoing request) {
        return request.trailerFields();
    }
}
