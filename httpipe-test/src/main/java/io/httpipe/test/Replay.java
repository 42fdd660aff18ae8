package io.httpipe.test;

import io.httpipe.test.server.Answer;
import io.httpipe.test.server.Effect;
import io.httpipe.test.server.Header;
import io.httpipe.test.server.RecordedRequest;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.test.server.ScriptedServerBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A server that sends recorded responses to any HTTP client.
 *
 * {@snippet :
 * try (Replay replay = Recording.replay(Path.of("src/test/recordings/orders")).requireAll()) {
 *     assertEquals(7, new Orders(replay.uri("/")).count());
 * }
 * }
 *
 * <p>A request must match a transcript in its method, path, query and body; its headers and its host may differ. Each
 * transcript is served one time. If several match, they are served in the order of the recording. {@code ***} in a
 * query or form matches any value. The boundary of a multipart body may differ. A request for which no transcript is
 * left gets a 500, and {@link #close} fails. The 500 shows the transcript that differs least from the request, or says
 * that the request came more often than recorded.
 *
 * <p>A recorded failure is repeated after the part of the response that had arrived: for a timeout the server stays
 * silent, for a {@code BodyTooLargeException} it announces a body that is too large, and for any other failure it
 * closes the connection. It also closes the connection if the client had closed the response before its end. A request
 * that failed without a response may arrive more than once, because clients retry some requests. Masked response
 * headers and trailers are not sent; a masked cookie has the value {@code ***}. A {@code Location} or
 * {@code Content-Location} at the origin of the recorded URI is changed to this server.
 *
 * <p>Thread-safe.
 */
public final class Replay implements AutoCloseable {
    /** The response headers that depend on the connection. The server sets those that it needs. */
    private static final Set<String> FRAMING =
            Set.of("content-length", "transfer-encoding", "connection", "keep-alive", "trailer");

    /** The value of Content-Length for a body that is too large for any limit. */
    private static final String TOO_LARGE = String.valueOf(Long.MAX_VALUE);

    /** The highest status that {@link Answer#of(int)} accepts. Higher ones are sent as raw bytes. */
    private static final int LAST_STATUS = 599;

    private final List<Entry> entries;
    private final ScriptedServer server;
    private volatile boolean all;

    /** A transcript, and whether it has been served. */
    private record Entry(Transcript transcript, RequestPattern pattern, AtomicBoolean served) {}

    private Replay(List<Entry> entries, ScriptedServerBuilder builder) throws IOException {
        this.entries = entries;
        this.server = builder.start();
        server.answer(this::answer);
    }

    /**
     * Starts a server on a free port of 127.0.0.1.
     *
     * @param directory with transcripts
     * @return the server
     * @throws IOException              if the directory or a transcript cannot be read, or if the server cannot start
     * @throws IllegalArgumentException if there is no transcript, or if one is malformed or a file of its bodies is
     *                                  missing or cannot be read; the message says where
     */
    public static Replay of(Path directory) throws IOException {
        return of(directory, ScriptedServer.builder());
    }

    /**
     * Starts a server with other settings, such as TLS or a Unix socket.
     *
     * @param directory with transcripts
     * @param server    the settings
     * @return the server
     * @throws IOException              as for {@link #of(Path)}
     * @throws IllegalArgumentException as for {@link #of(Path)}
     */
    public static Replay of(Path directory, ScriptedServerBuilder server) throws IOException {
        List<Entry> entries = Transcript.readAll(directory).stream()
                .map(transcript -> new Entry(transcript, new RequestPattern(transcript), new AtomicBoolean()))
                .toList();
        for (Entry entry : entries) {
            checkBody(entry.transcript, entry.transcript.requestBody());
            checkBody(entry.transcript, entry.transcript.responseBody());
        }
        return new Replay(entries, server);
    }

    private static void checkBody(Transcript transcript, @Nullable Path body) {
        if (body != null && !Files.isReadable(body)) {
            throw new IllegalArgumentException(
                    "%s: its body %s is missing or cannot be read".formatted(transcript.file(), body.getFileName()));
        }
    }

    /**
     * Makes {@link #close} fail if a transcript has not been requested.
     *
     * @return this replay
     */
    public Replay requireAll() {
        all = true;
        return this;
    }

    /**
     * {@return a URI of this server}
     *
     * @param path the path and query, such as those of the recorded URI
     */
    public String uri(String path) {
        return server.uri(path);
    }

    /** {@return the server, which keeps the requests} */
    public ScriptedServer server() {
        return server;
    }

    /** {@return the transcripts that have not been requested} */
    public List<Transcript> unserved() {
        return entries.stream()
                .filter(entry -> !entry.served.get())
                .map(Entry::transcript)
                .toList();
    }

    private Answer answer(RecordedRequest request) throws IOException {
        int matching = 0;
        Transcript lost = null;
        for (Entry entry : entries) {
            if (entry.pattern.differences(request).isEmpty()) {
                matching++;
                if (entry.served.compareAndSet(false, true)) {
                    return answer(entry.transcript);
                }
                lost = entry.transcript.status() == 0 ? entry.transcript : lost;
            }
        }
        if (lost != null) {
            // The client sends an idempotent request again if a reused connection is lost.
            return answer(lost);
        }
        throw new AssertionError(matching > 0 ? tooOften(request, matching) : unknown(request));
    }

    private static String tooOften(RecordedRequest request, int recorded) {
        return "%s %s was recorded %s, but the client sent it again"
                .formatted(request.method(), request.target(), recorded == 1 ? "once" : recorded + " times");
    }

    private String unknown(RecordedRequest request) throws IOException {
        String nearest = "";
        int least = Integer.MAX_VALUE;
        for (Entry entry : entries) {
            RequestPattern.Differences differences = entry.pattern.differences(request);
            if (differences.distance() < least) {
                least = differences.distance();
                nearest = entry.transcript + ", but " + differences;
            }
        }
        return "%s %s was not recorded; the nearest is %s".formatted(request.method(), request.target(), nearest);
    }

    private Answer answer(Transcript transcript) throws IOException {
        String failure = transcript.failure();
        boolean tooLarge = failure != null && failure.startsWith("BodyTooLargeException");
        if (transcript.status() == 0 && tooLarge) {
            return raw(200, List.of(new Header("Content-Length", TOO_LARGE)), new byte[0])
                    .atEnd(Effect.CLOSE);
        }
        if (transcript.status() == 0) {
            return Answer.of(200).at(0, effect(failure));
        }
        boolean bodiless =
                transcript.method().equals("HEAD") || Set.of(204, 304).contains(transcript.status());
        long length = tooLarge ? length(TOO_LARGE) : -1;
        List<Header> headers = new ArrayList<>();
        for (Map.Entry<String, String> field : transcript.responseHeaders()) {
            String name = field.getKey().toLowerCase(Locale.ROOT);
            boolean isLength = name.equals("content-length");
            length = isLength ? Math.max(length, length(field.getValue())) : length;
            if ((isLength && bodiless || !FRAMING.contains(name)) && !isMasked(field)) {
                boolean isUri = name.equals("location") || name.equals("content-location");
                headers.add(new Header(
                        field.getKey(), isUri ? moved(field.getValue(), transcript.uri()) : field.getValue()));
            }
        }
        Path file = bodiless ? null : transcript.responseBody();
        byte[] body = file == null ? new byte[0] : Files.readAllBytes(file);
        boolean cut = failure != null && !bodiless;
        if (transcript.status() > LAST_STATUS || cut && length > body.length) {
            if (!bodiless) {
                long announced = cut ? Math.max(length, body.length + 1L) : body.length;
                headers.add(new Header("Content-Length", Long.toString(announced)));
            }
            Answer answer = raw(transcript.status(), headers, body);
            return failure == null ? answer : answer.atEnd(effect(failure));
        }
        Answer answer = Answer.of(transcript.status());
        for (Header header : headers) {
            answer = answer.addHeader(header.name(), header.value());
        }
        if (bodiless) {
            return failure == null ? answer : answer.atEnd(effect(failure));
        }
        answer = answer.body(body);
        if (failure != null) {
            // One chunk has all recorded bytes. The answer ends right after them, before the rest of the framing.
            int end = body.length == 0 ? 0 : Integer.toHexString(body.length).length() + 2 + body.length;
            return answer.chunked().atBody(end, effect(failure));
        }
        for (Map.Entry<String, String> field : transcript.trailers()) {
            if (!isMasked(field)) {
                answer = answer.chunked().trailer(field.getKey(), field.getValue());
            }
        }
        return answer;
    }

    /** Returns an answer that may have any status, and a body that is shorter than its Content-Length. */
    private static Answer raw(int status, List<Header> headers, byte[] body) {
        StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " \r\n");
        headers.forEach(header -> head.append(header).append("\r\n"));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        bytes.writeBytes(body);
        return Answer.raw(bytes.toByteArray());
    }

    private static boolean isMasked(Map.Entry<String, String> field) {
        return field.getValue().equals(Transcript.MASK);
    }

    private static long length(String value) {
        try {
            return Long.parseLong(value);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /** Changes a URI of the recorded server to this server. Returns any other URI unchanged. */
    private String moved(String location, String recorded) {
        int end = recorded.indexOf("://") + 3;
        while (end < recorded.length() && "/?#".indexOf(recorded.charAt(end)) < 0) {
            end++;
        }
        String rest = location.startsWith(recorded.substring(0, end)) ? location.substring(end) : null;
        if (rest == null || !rest.isEmpty() && "/?#".indexOf(rest.charAt(0)) < 0) {
            return location;
        }
        String root = server.uri("/");
        return root.substring(0, root.length() - 1) + rest;
    }

    private static Effect effect(@Nullable String failure) {
        return failure != null && failure.startsWith("TimedOutException") ? Effect.STALL : Effect.CLOSE;
    }

    /**
     * Stops the server.
     *
     * @throws AssertionError if a request was not recorded or came more often than recorded, or with
     *                        {@link #requireAll} if a transcript has not been requested
     */
    @Override
    public void close() throws IOException {
        server.close();
        if (all && !unserved().isEmpty()) {
            throw new AssertionError("recorded, but not requested:\n  "
                    + String.join(
                            "\n  ",
                            unserved().stream().map(Transcript::toString).toList()));
        }
    }

    /** Returns the address, and how many transcripts have not been requested. */
    @Override
    public String toString() {
        return "Replay at %s, not requested: %d of %d"
                .formatted(uri("/"), unserved().size(), entries.size());
    }
}
