package io.httpipe.test;

import io.httpipe.BodyReader;
import io.httpipe.Interceptor;
import io.httpipe.Request;
import io.httpipe.StreamedResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * An interceptor that writes each call of a client into a directory, as a {@link Transcript}.
 *
 * {@snippet :
 * Path recorded = Path.of("src/test/recordings/orders");
 * Httpipe hp = Httpipe.builder().intercept(Recording.to(recorded)).build(); // against the real server, once
 * try (Replay replay = Recording.replay(recorded)) { // in each test, without the real server
 *     assertEquals(7, new Orders(Httpipe.create(), replay.uri("/")).count());
 * }
 * }
 *
 * <p>Each call gets a text file, such as {@code 000001-GET-orders.http}, and a file for each body. The files are
 * complete when the response body has been read to its end or the response has been closed. A failure is recorded too.
 * A response that is closed before its end counts as a failure. Bodies are written to the files while the client sends
 * or reads them, so they may be of any size. The recording does not change the lengths of bodies, nor the sizes of
 * reads and writes.
 *
 * <p>Secrets are replaced by {@code ***}. A value is a secret if its name is {@code Authorization}, {@code Cookie} or
 * {@code Set-Cookie}, begins with {@code Proxy-}, is one of some more names such as {@code X-Api-Key} and
 * {@code access_token}, or was given to {@link #secret}. The recording masks the secrets in headers, in the query
 * parameters of the request's URI, {@code Location}, {@code Content-Location} and {@code Referer}, and in the form of a
 * request, if the form has at most 64 KiB and no content coding. <b>Other bodies are written unchanged</b>, multipart
 * forms too. The message of an exception is not written. Read a transcript before you share it.
 *
 * <p>The interceptor surrounds the redirects and retries of the client. The transcript has the first request and the
 * last response. If there were several attempts, it also has one line for each attempt. Cookies and credentials that
 * the client adds to an attempt are not recorded.
 *
 * <p>Thread-safe. If a file cannot be written, or exists already, the call fails. But {@link StreamedResponse#close}
 * never throws: if it cannot write the transcript, the transcript is missing.
 */
public final class Recording implements Interceptor {
    private static final int NAME_LENGTH = 40;

    /** The endings of the file names. */
    private static final List<String> ENDINGS = List.of(Transcript.SUFFIX, ".request", ".response");

    private final Path directory;
    private final Secrets secrets;
    private final AtomicInteger calls;

    private Recording(Path directory, Secrets secrets, AtomicInteger calls) {
        this.directory = directory;
        this.secrets = secrets;
        this.calls = calls;
    }

    /**
     * Starts a recording.
     *
     * @param directory created if it is missing; must not contain transcripts or their bodies
     * @return an interceptor for {@code Httpipe.Builder.intercept}
     * @throws IOException              if the directory cannot be created or read
     * @throws IllegalArgumentException if it contains a transcript or a body
     */
    public static Recording to(Path directory) throws IOException {
        Files.createDirectories(directory);
        try (Stream<Path> files = Files.list(directory)) {
            if (files.map(Path::toString).anyMatch(file -> ENDINGS.stream().anyMatch(file::endsWith))) {
                throw new IllegalArgumentException(
                        directory + ": there are transcripts or bodies already; delete them to record again");
            }
        }
        return new Recording(directory, Secrets.DEFAULT, new AtomicInteger());
    }

    /**
     * {@return a server with the recorded responses, for any HTTP client} It is strict, as {@link Replay} describes.
     *
     * @param directory with transcripts
     * @throws IOException              if it cannot be read, or if the server cannot start
     * @throws IllegalArgumentException if it has no transcript, or one that is malformed
     */
    public static Replay replay(Path directory) throws IOException {
        return Replay.of(directory);
    }

    /**
     * Adds names of secrets.
     *
     * @param names of headers, query parameters and form fields, in upper or lower case
     * @return a changed copy, which continues the numbering of the calls
     */
    public Recording secret(String... names) {
        return new Recording(directory, secrets.and(names), calls);
    }

    @Override
    public StreamedResponse intercept(Request request, Next next) throws IOException {
        RecordedCall call = new RecordedCall(directory, name(request), secrets, request);
        StreamedResponse response;
        try {
            response = next.proceed(call.request());
        } catch (IOException | RuntimeException e) {
            call.failed(e);
            throw e;
        }
        call.responded(response);
        RecordedBody body = new RecordedBody(response, call);
        long length = response.body().length();
        return response.withBody(length < 0 ? body : BodyReader.of(body, length));
    }

    /** Returns the start of the file names, such as {@code 000001-GET-orders}. */
    private String name(Request request) {
        String path = request.target();
        int query = path.indexOf('?');
        String name = String.format(
                        Locale.ROOT,
                        "%06d-%s%s",
                        calls.incrementAndGet(),
                        request.method(),
                        query < 0 ? path : path.substring(0, query))
                .replaceAll("[^A-Za-z0-9._-]+", "-");
        name = name.length() > NAME_LENGTH ? name.substring(0, NAME_LENGTH) : name;
        return name.replaceAll("-+$", "");
    }

    /** Returns the directory and the number of calls. */
    @Override
    public String toString() {
        return "Recording to %s, calls: %d".formatted(directory, calls.get());
    }
}
