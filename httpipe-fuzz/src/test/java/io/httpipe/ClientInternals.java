package io.httpipe;

import io.httpipe.internal.connect.Dialer;
import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.ResponseHead;
import java.util.Map;

/** Gives the fuzz targets access to package-private parts of the client. */
public final class ClientInternals {
    private ClientInternals() {}

    /** Returns a builder for a client that opens its connections with this dialer. */
    public static Httpipe.Builder clientBuilder(Dialer dialer) {
        return Httpipe.builder().dialer(dialer);
    }

    /** Returns the proxy that environment variables choose for an origin. */
    public static Proxy proxyFor(Map<String, String> environment, boolean secure, String host, int port) {
        return EnvironmentProxies.of(environment).proxyFor(secure, host, port);
    }

    public static Headers headers(FieldLines fields) {
        return Headers.of(fields);
    }

    /** Returns the response that the client would create from this head and body. */
    public static Response response(ResponseHead head, byte[] body) {
        return new Response(head, Headers.of(head.fields()), body, Headers.EMPTY, 0, true, null);
    }
}
