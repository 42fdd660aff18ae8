package io.httpipe.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One recorded call: a request, and its response or failure.
 *
 * {@snippet :
 * for (Transcript transcript : Transcript.readAll(Path.of("src/test/recordings/orders"))) {
 *     System.out.println(transcript.curl());
 * }
 * }
 *
 * <p>A transcript is a text file. Bodies are in files of their own in the same directory:
 *
 * <pre>{@code
 * # httpipe transcript 1
 * > POST https://api.test/orders?token=***
 * > Content-Type: application/json
 * > @body 000001-POST-orders.request
 *
 * < 201
 * < Location: /orders/7
 * < @body 000001-POST-orders.response
 * }</pre>
 *
 * <p>A line that begins with {@code #} is a comment. {@code < @trailer Name: value} is a trailer field.
 * {@code > @partial} says that the client perhaps did not send the whole request. The recorded bytes may then be only
 * the start of its body. A line that begins with {@code *} is an attempt of the call, such as a redirect that was
 * followed. A line that begins with {@code !} says why the call failed. {@code ***} replaces a secret.
 *
 * @param file            the text file
 * @param method          the method of the request
 * @param uri             the URI of the request, percent-encoded
 * @param requestHeaders  the headers of the request, in their order
 * @param requestBody     the file with the request body; null for none
 * @param partial         whether the client perhaps did not send the whole request; its body may then have more bytes
 *                        than the file
 * @param attempts        the attempts of the call, one line each; empty if there was only one
 * @param status          the status of the response; 0 if there was no response
 * @param responseHeaders the headers of the response, in their order
 * @param responseBody    the file with the received bytes of the response body; null for none
 * @param trailers        the trailer fields of the response, in their order
 * @param failure         why the call failed; null if it did not
 */
public record Transcript(
        Path file,
        String method,
        String uri,
        List<Map.Entry<String, String>> requestHeaders,
        @Nullable Path requestBody,
        boolean partial,
        List<String> attempts,
        int status,
        List<Map.Entry<String, String>> responseHeaders,
        @Nullable Path responseBody,
        List<Map.Entry<String, String>> trailers,
        @Nullable String failure) {
    /** The text that replaces a secret. */
    public static final String MASK = "***";

    /** The ending of the names of transcript files. */
    public static final String SUFFIX = ".http";

    /** The failure of a call whose response was closed before its end. */
    static final String CLOSED_EARLY = "closed before its end";

    /** The largest text file, in bytes. Bodies may be larger. */
    static final int MAX_SIZE = 1 << 20;

    /** Copies the lists. */
    public Transcript {
        requestHeaders = List.copyOf(requestHeaders);
        attempts = List.copyOf(attempts);
        responseHeaders = List.copyOf(responseHeaders);
        trailers = List.copyOf(trailers);
    }

    /**
     * Reads a transcript.
     *
     * @param file a text file of at most 1 MiB
     * @return the transcript
     * @throws IOException              if the file cannot be read
     * @throws IllegalArgumentException if it is not a transcript; the message has the line number, unless the file is
     *                                  too large
     */
    public static Transcript read(Path file) throws IOException {
        if (Files.size(file) > MAX_SIZE) {
            throw new IllegalArgumentException(file + ": more than 1 MiB, so it is no transcript");
        }
        return parse(Files.readString(file), file);
    }

    /**
     * Parses the text of a transcript.
     *
     * @param text a text of at most 1 MiB
     * @param file the file that it comes from, for messages and the names of the bodies
     * @return the transcript
     * @throws IllegalArgumentException if it is not a transcript; the message has the line number, unless the text is
     *                                  too large
     */
    public static Transcript parse(String text, Path file) {
        return TranscriptParser.parse(text, file);
    }

    /**
     * Reads all transcripts of a directory.
     *
     * @param directory the directory, whose files that end with {@code .http} are read
     * @return the transcripts by file name, which is the order of the calls
     * @throws IOException              if the directory or a file cannot be read
     * @throws IllegalArgumentException if a file is not a transcript, or if there is no transcript
     */
    public static List<Transcript> readAll(Path directory) throws IOException {
        List<Transcript> all = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file :
                    files.filter(f -> f.toString().endsWith(SUFFIX)).sorted().toList()) {
                all.add(read(file));
            }
        }
        if (all.isEmpty()) {
            throw new IllegalArgumentException(directory + ": there is no transcript; record some first");
        }
        return all;
    }

    /**
     * Writes the text file, without the files of the bodies.
     *
     * @throws IOException              if the file cannot be written
     * @throws IllegalArgumentException if {@link #read} could not read the text, for example because a header contains
     *                                  a line end
     */
    public void write() throws IOException {
        write(StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
    }

    void write(OpenOption... options) throws IOException {
        String text = text();
        TranscriptParser.parse(text, file);
        Files.writeString(file, text, options);
    }

    /** {@return the text of the file} */
    public String text() {
        StringBuilder text = new StringBuilder(TranscriptParser.FIRST_LINE).append('\n');
        text.append("> ").append(method).append(' ').append(uri).append('\n');
        lines(text, "> ", requestHeaders);
        body(text, "> ", requestBody);
        text.append(partial ? "> @partial\n" : "");
        attempts.forEach(attempt -> text.append("* ").append(attempt).append('\n'));
        if (status > 0) {
            text.append("\n< ").append(status).append('\n');
            lines(text, "< ", responseHeaders);
            body(text, "< ", responseBody);
            lines(text, "< @trailer ", trailers);
        }
        if (failure != null) {
            text.append("\n! ").append(failure).append('\n');
        }
        return text.toString();
    }

    private static void lines(StringBuilder text, String prefix, List<Map.Entry<String, String>> fields) {
        for (Map.Entry<String, String> field : fields) {
            String value = field.getValue().isEmpty() ? "" : " " + field.getValue();
            text.append(prefix).append(field.getKey()).append(':').append(value).append('\n');
        }
    }

    private static void body(StringBuilder text, String prefix, @Nullable Path body) {
        if (body != null) {
            text.append(prefix).append("@body ").append(body.getFileName()).append('\n');
        }
    }

    /** {@return the path and query of the URI, as in a request line} */
    public String target() {
        int path = uri.indexOf('/', uri.indexOf("://") + 3);
        int query = uri.indexOf('?');
        if (path >= 0 && (query < 0 || path < query)) {
            return uri.substring(path);
        }
        return "/" + (query < 0 ? "" : uri.substring(query));
    }

    /**
     * {@return the request as a command for a shell} Secrets are masked there too. Replace each {@code ***} before you
     * run it.
     */
    public String curl() {
        return TranscriptPrinter.curl(this);
    }

    /**
     * {@return the request as Java code for httpipe, with a client {@code hp}} Secrets are masked there too.
     */
    public String java() {
        return TranscriptPrinter.java(this);
    }

    /** Returns the file name, the method, the URI without its query, and the status or failure. */
    @Override
    public String toString() {
        int query = uri.indexOf('?');
        return "%s: %s %s: %s"
                .formatted(
                        file.getFileName(),
                        method,
                        query < 0 ? uri : uri.substring(0, query),
                        failure == null ? String.valueOf(status) : failure);
    }
}
