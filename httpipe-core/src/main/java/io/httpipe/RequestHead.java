package io.httpipe;

import io.httpipe.internal.pool.PooledConnection;
import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.HeadWriter;
import java.io.IOException;
import java.util.Set;

/**
 * The head of a request, ready to be sent: RFC 9112, section 3. {@code Host} comes first, then what the caller has set,
 * then defaults. Immutable.
 */
final class RequestHead {
    private static final Set<String> WITH_CONTENT = Set.of("POST", "PUT", "PATCH");

    private final long bodyLength;
    private final byte[] octets;
    private final int length;

    private RequestHead(long bodyLength, HeadWriter written) {
        this.bodyLength = bodyLength;
        this.octets = written.bytes();
        this.length = written.length();
    }

    /** How many octets of body it announces; -1 for chunks. */
    long bodyLength() {
        return bodyLength;
    }

    int length() {
        return length;
    }

    void sendOver(PooledConnection connection, long expiresAt) throws IOException {
        connection.send(octets, 0, length, expiresAt);
    }

    void appendTo(HeadWriter writer) {
        writer.append(octets, 0, length);
    }

    /** The head of this request in front of a body of this length. */
    static RequestHead of(Request request, long bodyLength) {
        boolean old = request.parts().version == Version.HTTP_1_0;
        if (bodyLength < 0 && old) {
            throw new IllegalArgumentException("request: HTTP/1.0 cannot send a body of unknown length, nor trailers");
        }
        HeadWriter head = new HeadWriter().requestLine(request.method(), request.target(), old ? 0 : 1);
        FieldLines fields = request.parts().fields();
        int ownHost = fields.indexOf("Host", 0);
        if (ownHost < 0) {
            head.field("Host", hostField(request));
        } else {
            head.field(fields.name(ownHost), fields.value(ownHost));
        }
        for (int i = 0; i < fields.size(); i++) {
            if (!fields.is(i, "Host")) {
                head.field(fields.name(i), fields.value(i));
            }
        }
        addDefault(request, head, "User-Agent", "httpipe/0.1");
        addDefault(request, head, "Accept", "*/*");
        if (old) {
            addDefault(request, head, "Connection", "keep-alive");
        }
        String options = ManagedHeaders.missingOptions(fields);
        if (options != null) {
            head.field("Connection", options);
        }
        if (bodyLength < 0) {
            head.field("Transfer-Encoding", "chunked");
        } else if (request.parts().body != null || WITH_CONTENT.contains(request.method())) {
            head.field("Content-Length", Long.toString(bodyLength));
        }
        if (request.parts().continueWait() != null && bodyLength != 0) {
            head.field("Expect", "100-continue");
        }
        head.end();
        return new RequestHead(bodyLength, head);
    }

    private static void addDefault(Request request, HeadWriter head, String name, String value) {
        if (!request.headers().contains(name) && !request.parts().suppresses(name)) {
            head.field(name, value);
        }
    }

    private static String hostField(Request request) {
        int port = request.parts().port();
        boolean standard = port == 0 || port == (request.parts().secure ? 443 : 80);
        return UriParser.authority(request.parts().host()) + (standard ? "" : ":" + port);
    }
}
