package io.httpipe;

import io.httpipe.internal.connect.Dialer;
import io.httpipe.internal.wire.Fields;
import io.httpipe.internal.wire.Head;

/** All that the fuzz targets need of the client and its users cannot reach. */
public final class Inside {
    private Inside() {}

    /** Options of a client whose connections this dialer opens. */
    public static Httpipe.Builder client(Dialer dialer) {
        return Httpipe.builder().dialer(dialer);
    }

    public static Headers headers(Fields fields) {
        return Headers.of(fields);
    }

    /** A response with this head and body, as the client would make it. */
    public static Response response(Head head, byte[] body) {
        return new Response(head, Headers.of(head.fields()), body, Headers.EMPTY, 0, true);
    }
}
