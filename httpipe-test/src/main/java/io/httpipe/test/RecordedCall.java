package io.httpipe.test;

import io.httpipe.Body;
import io.httpipe.Hop;
import io.httpipe.HttpipeException;
import io.httpipe.Request;
import io.httpipe.StreamedResponse;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Collects the request, response and failure of one call, and writes the transcript when the call ends. */
final class RecordedCall {
    /** The size in bytes of the largest form whose fields are masked. */
    private static final int MAX_FORM = 1 << 16;

    private final Path file;
    private final Path requestBody;
    private final Path responseBody;
    private final Secrets secrets;
    private final Request request;
    private final AtomicBoolean written = new AtomicBoolean();
    private volatile boolean requestOpened;
    private @Nullable StreamedResponse response;
    private boolean hasResponseBody;

    RecordedCall(Path directory, String name, Secrets secrets, Request request) {
        this.file = directory.resolve(name + Transcript.SUFFIX);
        this.requestBody = directory.resolve(name + ".request");
        this.responseBody = directory.resolve(name + ".response");
        this.secrets = secrets;
        this.request = request;
    }

    /** Returns the request with a body that is recorded while it is sent. */
    Request request() {
        Body body = request.body();
        return body == null ? request : request.body(body.tee(this::openRequestBody));
    }

    private OutputStream openRequestBody() {
        try {
            // A retry of the call writes the request body again.
            OutputStream out = Files.newOutputStream(
                    requestBody, requestOpened ? StandardOpenOption.TRUNCATE_EXISTING : StandardOpenOption.CREATE_NEW);
            requestOpened = true;
            return new FormMask(new BufferedOutputStream(out));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot record: " + e.getMessage(), e);
        }
    }

    /** Called when the head of the response has arrived. */
    void responded(StreamedResponse arrived) {
        response = arrived;
    }

    OutputStream openResponseBody() throws IOException {
        OutputStream out = Files.newOutputStream(responseBody, StandardOpenOption.CREATE_NEW);
        hasResponseBody = true;
        return new BufferedOutputStream(out);
    }

    /** Called when the call has failed. A failure to write the transcript must not hide that failure. */
    void failed(Exception failure) {
        try {
            write(description(failure), hops(failure));
        } catch (IOException | RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    /** Describes a failure without its message, because the message may contain data of the server. */
    private static String description(Exception failure) {
        String name = failure.getClass().getSimpleName();
        return failure instanceof HttpipeException known
                ? "%s: while %s (%s)".formatted(name, known.phase(), known.endpoint())
                : name.isEmpty() ? failure.getClass().getName() : name;
    }

    private String line(Hop hop) {
        HttpipeException failure = hop.failure();
        return Secrets.oneLine("%s %s: %s%s"
                .formatted(
                        hop.method(),
                        secrets.uri(hop.uri()).replaceAll("[?#].*", ""),
                        failure == null ? String.valueOf(hop.status()) : description(failure),
                        hop.reason().isEmpty() ? "" : " (" + secrets.uri(hop.reason()) + ")"));
    }

    private static List<Hop> hops(Exception failure) {
        return failure instanceof HttpipeException known ? known.hops() : List.of();
    }

    /** Called when the whole response has been read. */
    void ended() throws IOException {
        write(null, response == null ? List.of() : response.hops());
    }

    /** Called when the response was closed before its body had been read to its end. */
    void closedEarly() throws IOException {
        write(Transcript.CLOSED_EARLY, response == null ? List.of() : response.hops());
    }

    /** Whether a response with this status has no body. */
    boolean isBodiless(int status) {
        return request.method().equals("HEAD") || status == 204 || status == 304;
    }

    private void write(@Nullable String failure, List<Hop> hops) throws IOException {
        if (!written.compareAndSet(false, true)) {
            return;
        }
        StreamedResponse arrived = response;
        Transcript transcript = new Transcript(
                file,
                request.method(),
                secrets.uri(RequestPattern.ascii(
                        (request.uri().startsWith("/") ? "http://localhost" : "") + request.uri())),
                secrets.masked(requestHeaders()),
                requestOpened ? requestBody : null,
                request.body() != null && (arrived == null || !arrived.requestSentWhole()),
                hops.size() < 2 ? List.of() : hops.stream().map(this::line).toList(),
                arrived == null ? 0 : arrived.status(),
                arrived == null ? List.of() : secrets.masked(arrived.headers()),
                hasResponseBody ? responseBody : null,
                arrived == null ? List.of() : secrets.masked(arrived.trailers()),
                failure);
        try {
            transcript.write(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (IllegalArgumentException e) {
            throw new IOException("cannot record: " + e.getMessage(), e);
        }
    }

    /** Returns the headers of the request, with those that its body adds. */
    private List<Map.Entry<String, String>> requestHeaders() {
        return Stream.concat(request.headers().stream(), request.bodyHeaders().stream())
                .toList();
    }

    /** Whether the request has a form in its body. */
    private boolean isForm() {
        String own = request.headers().first("Content-Type");
        String type = own == null ? request.bodyHeaders().first("Content-Type") : own;
        boolean encoded = Stream.of(request.headers(), request.bodyHeaders())
                .flatMap(headers -> headers.all("Content-Encoding").stream())
                .anyMatch(coding -> !coding.isEmpty() && !coding.equalsIgnoreCase("identity"));
        return type != null
                && !encoded
                && type.toLowerCase(Locale.ROOT).startsWith("application/x-www-form-urlencoded");
    }

    /** Masks the secrets of a form. A body that is no form, or is larger than the limit, is written unchanged. */
    private final class FormMask extends OutputStream {
        private final OutputStream out;

        /** The form so far; null if the body is written unchanged. */
        private @Nullable ByteArrayOutputStream form = isForm() ? new ByteArrayOutputStream() : null;

        FormMask(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int oneByte) throws IOException {
            write(new byte[] {(byte) oneByte}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int count) throws IOException {
            if (form != null && form.size() + count > MAX_FORM) {
                form.writeTo(out);
                form = null;
            }
            (form == null ? out : form).write(bytes, offset, count);
        }

        @Override
        public void close() throws IOException {
            try (out) {
                if (form != null) {
                    out.write(secrets.pairs(form.toString(StandardCharsets.ISO_8859_1))
                            .getBytes(StandardCharsets.ISO_8859_1));
                }
            }
        }
    }
}
