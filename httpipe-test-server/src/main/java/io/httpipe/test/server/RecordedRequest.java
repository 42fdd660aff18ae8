package io.httpipe.test.server;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * A request that a {@link ScriptedServer} has received. Immutable. An assertion that holds returns the request. An
 * assertion that fails throws an {@link AssertionError} that shows the conversation.
 *
 * {@snippet :
 * server.takeRequest(Duration.ofSeconds(2))
 *         .assertMethod("POST")
 *         .assertTarget("/users?page=2")
 *         .assertHeader("Content-Type", "application/json")
 *         .assertBody("{}");
 * }
 */
public final class RecordedRequest {
    private final int number;
    private final int connection;
    private final RequestReader.Head head;
    private final byte[] rawBody;
    private final byte[] body;
    private final List<Header> trailers;
    private final boolean complete;
    private final @Nullable SSLSession tlsSession;
    private final Supplier<String> conversation;

    RecordedRequest(
            int number,
            int connection,
            RequestReader.Head head,
            RequestReader.@Nullable BodyReader reader,
            @Nullable SSLSession tlsSession,
            Supplier<String> conversation) {
        this.number = number;
        this.connection = connection;
        this.head = head;
        this.rawBody = reader == null ? new byte[0] : reader.raw.toByteArray();
        this.body = reader == null ? new byte[0] : reader.content.toByteArray();
        this.trailers = reader == null ? List.of() : List.copyOf(reader.trailers);
        this.complete = reader == null ? !head.hasBody() : reader.ended;
        this.tlsSession = tlsSession;
        this.conversation = conversation;
    }

    /** {@return the number of the request, from 1, in the order in which the heads arrived at the server} */
    public int number() {
        return number;
    }

    /** {@return the number of the connection, from 1, in the order in which the server accepted them} */
    public int connection() {
        return connection;
    }

    /** {@return the method} */
    public String method() {
        return head.method();
    }

    /** {@return the request target as received} */
    public String target() {
        return head.target();
    }

    /** {@return the target without the query} */
    public String path() {
        int query = target().indexOf('?');
        return query < 0 ? target() : target().substring(0, query);
    }

    /** {@return the query as received, without the question mark; null if there is none} */
    public @Nullable String rawQuery() {
        int query = target().indexOf('?');
        return query < 0 ? null : target().substring(query + 1);
    }

    /** {@return {@code HTTP/1.1} or {@code HTTP/1.0}} */
    public String version() {
        return head.version();
    }

    /** {@return the headers in the order in which they arrived} */
    public List<Header> headers() {
        return head.headers();
    }

    /**
     * Returns all values of a header.
     *
     * @param name the name, in upper or lower case
     * @return the values in order; empty if there is none
     */
    public List<String> headers(String name) {
        return headers().stream()
                .filter(header -> header.is(name))
                .map(Header::value)
                .toList();
    }

    /**
     * Returns the first value of a header.
     *
     * @param name the name, in upper or lower case
     * @return the value, or null if there is none
     */
    public @Nullable String header(String name) {
        return head.header(name);
    }

    /** {@return the trailers of a chunked body} */
    public List<Header> trailers() {
        return trailers;
    }

    /** {@return a copy of the body, without its chunk framing} */
    public byte[] body() {
        return body.clone();
    }

    /** {@return the body as UTF-8} */
    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    /** {@return whether another request may follow on its connection} */
    boolean keepsAlive() {
        return head.keepsAlive();
    }

    /** {@return whether the whole body has arrived} */
    public boolean isComplete() {
        return complete;
    }

    /** {@return the head in ISO 8859-1 as received, with its empty line} */
    public String head() {
        return Text.latin(head.bytes());
    }

    /** {@return all bytes as received, with the framing of the body} */
    public byte[] bytes() {
        byte[] all = new byte[head.bytes().length + rawBody.length];
        System.arraycopy(head.bytes(), 0, all, 0, head.bytes().length);
        System.arraycopy(rawBody, 0, all, head.bytes().length, rawBody.length);
        return all;
    }

    /** {@return the TLS session, with the certificates of the client if it sent any; null without TLS} */
    public @Nullable SSLSession tlsSession() {
        return tlsSession;
    }

    /** {@return the bytes on the connection of this request so far, for messages} */
    public String conversation() {
        return conversation.get();
    }

    /**
     * Checks the method.
     *
     * @param expected the method
     * @return this request
     */
    public RecordedRequest assertMethod(String expected) {
        return check(method().equals(expected), "the method", expected, method());
    }

    /**
     * Checks the request target.
     *
     * @param expected the path with the query
     * @return this request
     */
    public RecordedRequest assertTarget(String expected) {
        return check(target().equals(expected), "the target", expected, target());
    }

    /**
     * Checks that a header has these values and no others.
     *
     * @param name the name, in upper or lower case
     * @param expected the values in order; without values, the header must be absent
     * @return this request
     */
    public RecordedRequest assertHeader(String name, String... expected) {
        List<String> values = headers(name);
        return check(values.equals(List.of(expected)), "the header " + name, List.of(expected), values);
    }

    /**
     * Checks the body.
     *
     * @param expected the text, compared in UTF-8
     * @return this request
     */
    public RecordedRequest assertBody(String expected) {
        return check(
                complete && text().equals(expected), "the body", expected, complete ? text() : text() + " (cut off)");
    }

    private RecordedRequest check(boolean right, String what, Object expected, Object actual) {
        if (!right) {
            throw new AssertionError(what + " of request " + number + " is <" + Objects.toString(actual)
                    + ">, expected <" + expected + ">\n" + conversation());
        }
        return this;
    }

    /** {@return the method and target, and the size of a body, for messages} */
    @Override
    public String toString() {
        return method() + " " + target() + (body.length == 0 ? "" : " (" + body.length + " bytes)");
    }
}
