package io.httpipe.test.server;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The response that a {@link ScriptedServer} sends to one request. Immutable: each method returns a changed copy.
 *
 * {@snippet :
 * Answer.of(200, "hello");
 * Answer.of(404, Map.of("Content-Type", "application/json"), "{}");
 * Answer.of(200, page).chunked(1000, 7).trailer("Digest", "...");
 * Answer.of(200, "hello").informational(103, new Header("Link", "</a.css>; rel=preload"));
 * Answer.of(200, "hello").atBody(2, Effect.RESET);
 * Answer.raw("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort").atEnd(Effect.CLOSE);
 * }
 *
 * <p>A text is sent in UTF-8. {@code Content-Length} is added if the test has not set it, but not for the status 101,
 * 204 or 304, and not for an answer that is {@linkplain #chunked chunked} or ends {@linkplain #untilClose with the
 * connection}. A chunked answer gets {@code Transfer-Encoding: chunked}. No other header is added. {@link #raw} sends
 * exactly the given bytes.
 *
 * <p>{@code route} and {@code enqueue} throw an {@link IllegalArgumentException} for an answer that cannot be sent. For
 * example, it has an effect at a byte that does not exist, a {@code Content-Length} that differs from the body, or a
 * body with the status 204.
 */
public final class Answer {
    private static final byte[] EMPTY = {};

    /** The place from which an offset counts. */
    enum Anchor {
        START,
        BODY,
        END
    }

    /** An effect and its place. */
    record Placed(Anchor anchor, long offset, Effect effect) {}

    final int status;
    final String reason;
    final List<Header> headers;
    final byte[] body;
    final int @Nullable [] chunkSizes;
    final boolean untilClose;
    final List<Header> trailers;
    final byte[] informational;
    final byte @Nullable [] raw;
    final List<Placed> effects;
    final long earlyAfter;

    private Answer(Draft draft) {
        status = draft.status;
        reason = draft.reason;
        headers = List.copyOf(draft.headers);
        body = draft.body;
        chunkSizes = draft.chunkSizes;
        untilClose = draft.untilClose;
        trailers = List.copyOf(draft.trailers);
        informational = draft.informational;
        raw = draft.raw;
        effects = List.copyOf(draft.effects);
        earlyAfter = draft.earlyAfter;
    }

    /** The mutable fields of the next copy. */
    private static final class Draft {
        int status;
        String reason;
        List<Header> headers = new ArrayList<>();
        byte[] body = EMPTY;
        int @Nullable [] chunkSizes;
        boolean untilClose;
        List<Header> trailers = new ArrayList<>();
        byte[] informational = EMPTY;
        byte @Nullable [] raw;
        List<Placed> effects = new ArrayList<>();
        long earlyAfter = -1;

        Draft(int status) {
            this.status = status;
            this.reason = Reasons.of(status);
        }
    }

    private Draft draft() {
        Draft draft = new Draft(status);
        draft.reason = reason;
        draft.headers.addAll(headers);
        draft.body = body;
        draft.chunkSizes = chunkSizes;
        draft.untilClose = untilClose;
        draft.trailers.addAll(trailers);
        draft.informational = informational;
        draft.raw = raw;
        draft.effects.addAll(effects);
        draft.earlyAfter = earlyAfter;
        return draft;
    }

    /**
     * Returns an answer without a body.
     *
     * @param status from 200 to 599, or 101
     * @return the answer
     * @throws IllegalArgumentException if the status is another number. {@link #informational} adds a 1xx before the
     *     answer, and {@link #raw(String)} sends any bytes.
     */
    public static Answer of(int status) {
        if (status != 101 && (status < 200 || status > 599)) {
            throw new IllegalArgumentException("the status of an answer is 101 or from 200 to 599, not " + status
                    + ": informational(..) adds a 1xx, raw(..) sends any bytes");
        }
        return new Answer(new Draft(status));
    }

    /**
     * Returns an answer with a text in UTF-8.
     *
     * @param status as for {@link #of(int)}
     * @param body the text
     * @return the answer
     */
    public static Answer of(int status, String body) {
        return of(status).body(body);
    }

    /**
     * Returns an answer with headers and a text in UTF-8.
     *
     * @param status as for {@link #of(int)}
     * @param headers names and values, sent in the order of the map
     * @param body the text
     * @return the answer
     */
    public static Answer of(int status, Map<String, String> headers, String body) {
        return of(status, headers, body.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Returns an answer with headers and a body.
     *
     * @param status as for {@link #of(int)}
     * @param headers names and values, sent in the order of the map
     * @param body the bytes
     * @return the answer
     */
    public static Answer of(int status, Map<String, String> headers, byte[] body) {
        Draft draft = of(status).draft();
        headers.forEach((name, value) -> draft.headers.add(new Header(name, value)));
        draft.body = body.clone();
        return new Answer(draft);
    }

    /**
     * Returns an answer with exactly these bytes, which need not be HTTP. The connection stays open after them, unless
     * the request asked to close it or {@code atEnd(Effect.CLOSE)} closes it.
     *
     * @param bytes the bytes that the client receives
     * @return the answer
     */
    public static Answer raw(byte[] bytes) {
        Draft draft = new Draft(0);
        draft.raw = bytes.clone();
        return new Answer(draft);
    }

    /**
     * Returns an answer with exactly these bytes.
     *
     * @param text the bytes that the client receives, as a text in ISO 8859-1 that contains all line ends
     * @return the answer
     */
    public static Answer raw(String text) {
        return raw(Text.latin(text));
    }

    /**
     * Replaces the reason phrase.
     *
     * @param text the phrase, which may be empty
     * @return the copy
     */
    public Answer reason(String text) {
        new Header("reason", text);
        Draft draft = structured("reason");
        draft.reason = text;
        return new Answer(draft);
    }

    /**
     * Sets a header. Other values of this name are removed.
     *
     * @param name the name
     * @param value the value
     * @return the copy
     */
    public Answer header(String name, String value) {
        return withoutHeader(name).addHeader(name, value);
    }

    /**
     * Adds a header after all others.
     *
     * @param name the name
     * @param value the value
     * @return the copy
     */
    public Answer addHeader(String name, String value) {
        Draft draft = structured("headers");
        draft.headers.add(new Header(name, value));
        return new Answer(draft);
    }

    /**
     * Removes all values of a header.
     *
     * @param name the name, in upper or lower case
     * @return the copy
     */
    public Answer withoutHeader(String name) {
        Draft draft = structured("headers");
        draft.headers.removeIf(header -> header.is(name));
        return new Answer(draft);
    }

    /**
     * Replaces the body.
     *
     * @param text the text, sent in UTF-8
     * @return the copy
     */
    public Answer body(String text) {
        return body(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Replaces the body.
     *
     * @param bytes the bytes
     * @return the copy
     */
    public Answer body(byte[] bytes) {
        Draft draft = structured("a body");
        draft.body = bytes.clone();
        return new Answer(draft);
    }

    /**
     * Sends the body chunked (RFC 9112, section 7.1).
     *
     * @param sizes the sizes of the chunks. The last one is repeated until the body ends. Without sizes, the body is
     *     one chunk.
     * @return the copy
     * @throws IllegalArgumentException if a size is not positive
     */
    public Answer chunked(int... sizes) {
        for (int size : sizes) {
            if (size < 1) {
                throw new IllegalArgumentException("a chunk has at least 1 byte, not " + size);
            }
        }
        Draft draft = structured("chunks");
        draft.chunkSizes = sizes.clone();
        return new Answer(draft);
    }

    /**
     * Ends the body by closing the connection, without {@code Content-Length}.
     *
     * @return the copy
     */
    public Answer untilClose() {
        Draft draft = structured("untilClose");
        draft.untilClose = true;
        return new Answer(draft);
    }

    /**
     * Adds a trailer. The answer must be {@linkplain #chunked chunked}.
     *
     * @param name the name
     * @param value the value
     * @return the copy
     */
    public Answer trailer(String name, String value) {
        Draft draft = structured("trailers");
        draft.trailers.add(new Header(name, value));
        return new Answer(draft);
    }

    /**
     * Sends a 1xx response before the answer, after the 1xx responses of earlier calls of this method.
     *
     * @param code from 100 to 199, except 101
     * @param fields its headers
     * @return the copy
     */
    public Answer informational(int code, Header... fields) {
        if (code < 100 || code > 199 || code == 101) {
            throw new IllegalArgumentException("an informational status is from 100 to 199, except 101, not " + code);
        }
        Draft draft = structured("a 1xx");
        byte[] head = head(code, Reasons.of(code), List.of(fields));
        draft.informational = Arrays.copyOf(informational, informational.length + head.length);
        System.arraycopy(head, 0, draft.informational, informational.length, head.length);
        return new Answer(draft);
    }

    /**
     * Adds an effect before a byte of the answer. The offset counts from the first byte, including 1xx responses.
     *
     * @param offset the number of bytes sent before the effect, from 0 to the length of the answer
     * @param effect what happens
     * @return the copy
     * @throws IllegalArgumentException if the offset is negative
     */
    public Answer at(long offset, Effect effect) {
        return placed(Anchor.START, offset, effect);
    }

    /**
     * Adds an effect within or after the body. The offset counts from the end of the head, and includes chunk sizes and
     * trailers.
     *
     * @param offset the number of bytes sent between the head and the effect
     * @param effect what happens
     * @return the copy
     * @throws IllegalArgumentException if the offset is negative
     */
    public Answer atBody(long offset, Effect effect) {
        return placed(Anchor.BODY, offset, effect);
    }

    /**
     * Adds an effect after the last byte.
     *
     * @param effect what happens
     * @return the copy
     */
    public Answer atEnd(Effect effect) {
        return placed(Anchor.END, 0, effect);
    }

    private Answer placed(Anchor anchor, long offset, Effect effect) {
        if (offset < 0) {
            throw new IllegalArgumentException("an effect cannot happen at byte " + offset);
        }
        Draft draft = draft();
        draft.effects.add(new Placed(anchor, offset, effect));
        return new Answer(draft);
    }

    /**
     * Sends the answer as soon as the head of the request has arrived. The server reads the body afterwards, unless an
     * effect has ended the connection. A {@link Responder} returns such an answer from {@link Responder#answerEarly}.
     *
     * @return the copy
     */
    public Answer early() {
        return earlyAfter(0);
    }

    /**
     * Sends the answer when this many bytes of the request body, or its end, have arrived.
     *
     * @param bodyBytes the number of bytes, at least 0
     * @return the copy
     * @throws IllegalArgumentException if the number is negative
     */
    public Answer earlyAfter(long bodyBytes) {
        if (bodyBytes < 0) {
            throw new IllegalArgumentException("an answer cannot be sent after " + bodyBytes + " bytes of a body");
        }
        Draft draft = draft();
        draft.earlyAfter = bodyBytes;
        return new Answer(draft);
    }

    private Draft structured(String what) {
        if (raw != null) {
            throw new IllegalArgumentException("an answer of raw bytes is sent unchanged: it cannot get " + what);
        }
        return draft();
    }

    /**
     * Returns the bytes that the client receives in answer to a GET, if no effect ends the answer early.
     *
     * @return a copy of the bytes
     * @throws IllegalArgumentException if the answer cannot be sent as described
     */
    public byte[] bytes() {
        return Encoded.of(this, "GET").bytes();
    }

    /** {@return the status; 0 for raw bytes} */
    public int status() {
        return status;
    }

    /** {@return the headers that were set, in order} */
    public List<Header> headers() {
        return headers;
    }

    /** {@return whether this answer makes the server close the connection afterwards} */
    boolean closes() {
        return untilClose
                || headers.stream()
                        .anyMatch(header -> header.is("Connection")
                                && header.value()
                                        .toLowerCase(java.util.Locale.ROOT)
                                        .contains("close"));
    }

    static byte[] head(int status, String reason, List<Header> headers) {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        head.writeBytes(Text.latin("HTTP/1.1 " + status + " " + reason + "\r\n"));
        headers.forEach(header -> head.writeBytes(Text.latin(header + "\r\n")));
        head.writeBytes(Text.latin("\r\n"));
        return head.toByteArray();
    }

    /** {@return the status and the size, for messages} */
    @Override
    public String toString() {
        return raw != null ? "raw (" + raw.length + " bytes)" : status + " (" + body.length + " bytes)";
    }
}
