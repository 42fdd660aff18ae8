package io.httpipe.internal.call;

import io.httpipe.internal.connect.ProxyIdentity;
import io.httpipe.internal.pool.PooledConnection;
import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.HeadWriter;
import io.httpipe.internal.wire.UriParser;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The head of a request as bytes: RFC 9112, section 3. {@code Host} comes first, then the caller's headers, then
 * defaults. Immutable.
 */
final class RequestHead {
    private static final Set<String> WITH_CONTENT = Set.of("POST", "PUT", "PATCH");

    private final long bodyLength;
    private final byte[] bytes;
    private final int length;

    private RequestHead(long bodyLength, HeadWriter written) {
        this.bodyLength = bodyLength;
        this.bytes = written.bytes();
        this.length = written.length();
    }

    /** The body length that this head announces; -1 for chunks. */
    long bodyLength() {
        return bodyLength;
    }

    int length() {
        return length;
    }

    void sendOver(PooledConnection connection, long expiresAt) throws IOException {
        connection.send(bytes, 0, length, expiresAt);
    }

    void appendTo(HeadWriter writer) {
        writer.append(bytes, 0, length);
    }

    /** The length to announce; -1 for chunks. */
    static long bodyLength(Outgoing request) throws IOException {
        OutgoingBody body = request.body();
        if (body == null) {
            return 0;
        }
        return request.hasTrailers() ? -1 : body.length();
    }

    /** Returns the head of this request for a body of this length; -1 for chunks. */
    static RequestHead of(Outgoing request, long bodyLength) {
        boolean http10 = request.http10();
        if (bodyLength < 0 && http10) {
            throw new IllegalArgumentException("request: HTTP/1.0 cannot send trailers or a body of unknown length");
        }
        ProxyIdentity proxy = request.proxy();
        ProxyIdentity forward = proxy == null || !proxy.isForward() ? null : proxy;
        // RFC 9112, section 3.2.2: a forward proxy gets the whole URI.
        String target = forward == null ? request.target() : request.origin() + request.target();
        HeadWriter head = new HeadWriter().requestLine(request.method(), target, http10 ? 0 : 1);
        FieldLines fields = request.exactNames() ? request.fields().withNamesAsGiven() : request.fields();
        int hostIndex = fields.indexOf("Host", 0);
        if (hostIndex < 0) {
            head.field("Host", hostField(request));
        } else {
            head.field(fields.name(hostIndex), fields.value(hostIndex));
        }
        for (int i = 0; i < fields.size(); i++) {
            if (!fields.is(i, "Host") && (proxy == null || mayGo(fields, i, forward))) {
                head.field(fields.name(i), fields.value(i));
            }
        }
        OutgoingBody body = request.body();
        if (body != null) {
            addDefault(request, head, "Content-Type", body.mediaType());
            addDefault(request, head, "Content-Encoding", body.contentEncoding());
        }
        FieldLines ofProxy = forward == null ? FieldLines.EMPTY : forward.fields();
        for (int i = 0; i < ofProxy.size(); i++) {
            addDefault(request, head, ofProxy.name(i), ofProxy.value(i));
        }
        if (!ofProxy.contains("User-Agent")) {
            addDefault(request, head, "User-Agent", HeadWriter.USER_AGENT);
        }
        if (!ofProxy.contains("Accept")) {
            addDefault(request, head, "Accept", "*/*");
        }
        if (http10) {
            addDefault(request, head, "Connection", "keep-alive");
        }
        String options = ManagedHeaders.missingOptions(fields);
        if (options != null) {
            head.field("Connection", options);
        }
        if (bodyLength < 0) {
            head.field("Transfer-Encoding", "chunked");
        } else if (body != null || WITH_CONTENT.contains(request.method())) {
            head.field("Content-Length", Long.toString(bodyLength));
        }
        if (request.continueWait() >= 0 && bodyLength != 0) {
            head.field("Expect", "100-continue");
        }
        head.end();
        return new RequestHead(bodyLength, head);
    }

    private static String hostField(Outgoing request) {
        int port = request.port();
        return UriParser.authority(request.host()) + (port == (request.secure() ? 443 : 80) ? "" : ":" + port);
    }

    /**
     * Whether a field may be sent through a proxy. If the proxy is not a forward proxy, only the origin would get
     * Proxy-Authorization.
     */
    private static boolean mayGo(FieldLines fields, int index, @Nullable ProxyIdentity forward) {
        return forward != null || !fields.is(index, "Proxy-Authorization");
    }

    private static void addDefault(Outgoing request, HeadWriter head, String name, @Nullable String value) {
        if (value != null
                && !request.fields().contains(name)
                && !request.requestFields().suppressed().contains(name)) {
            head.field(name, value);
        }
    }
}
