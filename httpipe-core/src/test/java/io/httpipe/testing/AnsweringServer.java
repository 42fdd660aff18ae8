package io.httpipe.testing;

import io.httpipe.test.server.Peer;
import io.httpipe.test.server.RequestBodyReader;
import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** A server that reads each request completely, computes the response from it, and keeps all requests. */
public final class AnsweringServer implements AutoCloseable {
    private final List<Received> requests = Collections.synchronizedList(new ArrayList<>());
    private final ScriptedServer server;

    /** One received request. */
    public record Received(String head, String body) {
        public String method() {
            return head.substring(0, head.indexOf(' '));
        }

        public String target() {
            return head.split(" ", 3)[1];
        }

        /** The value of the only field with this name; null if there is none. */
        public @Nullable String field(String name) {
            String start = "\r\n" + name.toLowerCase(Locale.ROOT) + ": ";
            int index = head.toLowerCase(Locale.ROOT).indexOf(start);
            return index < 0 ? null : head.substring(index + start.length(), head.indexOf("\r\n", index + 2));
        }
    }

    /** Computes a response. */
    @FunctionalInterface
    public interface Answer {
        /** Returns the whole response; null to close the connection instead. */
        @Nullable
        String to(Received request);
    }

    public AnsweringServer(Answer answer) throws IOException {
        server = ScriptedServer.of(script(answer));
    }

    public AnsweringServer(SSLContext context, Answer answer) throws IOException {
        server = ScriptedServer.tls(context, script(answer));
    }

    /** A server that the test opens itself, for example on another kind of socket. */
    public AnsweringServer(Opener opener, Answer answer) throws IOException {
        server = opener.open(script(answer));
    }

    /** Opens a server for a script. */
    @FunctionalInterface
    public interface Opener {
        ScriptedServer open(Script script) throws IOException;
    }

    private Script script(Answer answer) {
        return peer -> {
            for (String head = peer.nextHead(); head != null; head = peer.nextHead()) {
                Received request = new Received(head, body(peer, head));
                requests.add(request);
                String response = answer.to(request);
                if (response == null) {
                    return;
                }
                peer.send(response);
            }
        };
    }

    private static String body(Peer peer, String head) throws IOException {
        if (!head.contains("\r\nContent-Length: ") && !head.contains("\r\nTransfer-Encoding: ")) {
            return "";
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        RequestBodyReader reader = peer.bodyOf(head);
        while (reader.next(body)) {
            continue;
        }
        return body.toString(StandardCharsets.ISO_8859_1);
    }

    /** Returns a response without a body. */
    public static String empty(int status, String... fields) {
        return "HTTP/1.1 %d x\r\n%sContent-Length: 0\r\n\r\n"
                .formatted(status, fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n");
    }

    /** Returns a 200 with this body. */
    public static String ok(String body) {
        return "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s".formatted(body.length(), body);
    }

    /** Returns a redirect with a body that the client does not need. */
    public static String redirect(int status, String location) {
        return "HTTP/1.1 %d x\r\nLocation: %s\r\nContent-Length: 4\r\n\r\ngone".formatted(status, location);
    }

    /** Returns the requests so far. */
    public List<Received> requests() {
        return List.copyOf(requests);
    }

    /** Forgets all requests. */
    public void forget() {
        requests.clear();
    }

    public List<String> targets() {
        return requests().stream().map(Received::target).toList();
    }

    public Received last() {
        return requests.getLast();
    }

    public String uri(String path) {
        return server.uri(path);
    }

    public String origin() {
        return server.uri("");
    }

    public ScriptedServer server() {
        return server;
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
