package io.httpipe;

import io.httpipe.internal.connect.Dialer;
import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.ResponseHead;

/** All that the fuzz targets need of the client and its users cannot reach. */
public final class Inside {
    private Inside() {}

    /** Options of a client whose connections this dialer opens. */
    public static Httpipe.Builder client(Dialer dialer) {
        return Httpipe.builder().dialer(dialer);
    }

    public static Headers headers(FieldLines fields) {
        return Headers.of(fields);
    }

    /** A response with this head and body, as the client would make it. */
    public static Response response(ResponseHead head, byte[] body) {
        return new Response(head, Headers.of(head.fields()), body, Headers.EMPTY, 0, true);
    }
}
