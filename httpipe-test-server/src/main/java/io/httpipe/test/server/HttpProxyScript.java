package io.httpipe.test.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Serves one connection of an HTTP proxy. Thread-safe. */
final class HttpProxyScript implements Script {
    private static final Answer LOGIN =
            Answer.of(407, "log in to the proxy").header("Proxy-Authenticate", "Basic realm=\"proxy\"");

    private final Upstream upstream;
    private final @Nullable String authorization;
    private final Function<RecordedRequest, @Nullable Answer> refusal;

    HttpProxyScript(
            Upstream upstream, @Nullable String authorization, Function<RecordedRequest, @Nullable Answer> refusal) {
        this.upstream = upstream;
        this.authorization = authorization;
        this.refusal = refusal;
    }

    @Override
    public void run(Peer peer) throws Exception {
        try {
            boolean more = true;
            while (more) {
                RecordedRequest request = peer.nextRequest();
                more = request != null && serve(peer, request) && request.keepsAlive();
            }
        } catch (RequestReader.BadRequestException e) {
            throw e;
        } catch (IOException e) {
            // The client or the server has closed early. The other one notices it when its connection ends.
            peer.cut();
        }
    }

    /** {@return whether the client can send another request} */
    private boolean serve(Peer peer, RecordedRequest request) throws Exception {
        Answer refused =
                authorization == null || request.headers("Proxy-Authorization").contains(authorization)
                        ? refusal.apply(request)
                        : LOGIN;
        if (refused != null) {
            return peer.send(refused, request.method()) && !refused.closes();
        }
        if (request.method().equals("CONNECT")) {
            connect(peer, request);
            return false;
        }
        URI target = target(request);
        SocketChannel server;
        try {
            server = upstream.connect(host(target), target.getPort() < 0 ? 80 : target.getPort());
        } catch (IOException e) {
            return peer.send(unreachable(request, e), request.method());
        }
        try (server) {
            Channels.newOutputStream(server).write(forwarded(request, target));
            return new ResponseRelay(Channels.newInputStream(server), peer.out()).relay(request.method());
        }
    }

    private void connect(Peer peer, RecordedRequest request) throws Exception {
        String authority = request.target();
        int colon = authority.lastIndexOf(':');
        if (colon < 1 || !authority.substring(colon + 1).matches("[0-9]{1,5}")) {
            throw new AssertionError("CONNECT needs a host and a port, not \"" + Text.quote(authority) + "\"");
        }
        String host = authority.substring(0, colon);
        boolean literal = host.startsWith("[") && host.endsWith("]");
        SocketChannel server;
        try {
            server = upstream.connect(
                    literal ? host.substring(1, host.length() - 1) : host,
                    Integer.parseInt(authority.substring(colon + 1)));
        } catch (IOException e) {
            peer.send(unreachable(request, e));
            return;
        }
        try (server) {
            peer.send("HTTP/1.1 200 Connection established\r\n\r\n");
            Upstream.tunnel(peer, server);
        }
    }

    private static Answer unreachable(RecordedRequest request, IOException e) {
        return Answer.of(502, "cannot reach " + request.target() + ": " + e);
    }

    private static URI target(RecordedRequest request) {
        try {
            URI target = new URI(request.target());
            if ("http".equalsIgnoreCase(target.getScheme()) && target.getHost() != null) {
                return target;
            }
        } catch (URISyntaxException e) {
            throw new AssertionError("a proxy needs an absolute http URI: " + request, e);
        }
        throw new AssertionError("a proxy needs an absolute http URI: " + request + "\n" + request.conversation());
    }

    private static String host(URI target) {
        String host = target.getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** {@return the request in origin form, without the fields for the proxy, and with {@code Connection: close}} */
    private static byte[] forwarded(RecordedRequest request, URI target) {
        String path = target.getRawPath().isEmpty() ? "/" : target.getRawPath();
        String query = target.getRawQuery() == null ? "" : "?" + target.getRawQuery();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(Text.latin(request.method() + " " + path + query + " HTTP/1.1\r\n"));
        for (Header header : request.headers()) {
            boolean own = header.is("Proxy-Authorization")
                    || header.is("Proxy-Connection")
                    || header.is("Connection")
                    || header.is("Keep-Alive")
                    || header.is("Expect");
            if (!own) {
                out.writeBytes(Text.latin(header + "\r\n"));
            }
        }
        out.writeBytes(Text.latin("Connection: close\r\n\r\n"));
        byte[] all = request.bytes();
        int head = request.head().length();
        out.write(all, head, all.length - head);
        return out.toByteArray();
    }
}
