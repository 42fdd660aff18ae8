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
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Collects what happens in one call, and writes the transcript when it ends. */
final class RecordedCall {
    /** The largest form whose fields are masked. */
    private static final int MAX_FORM = 1 << 16;

    private final Path file;
    private final Path requestBody;
    private final Path responseBody;
    private final Secrets secrets;
    private final Request request;
    private final AtomicBoolean written = new AtomicBoolean();
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
            OutputStream out = Files.newOutputStream(requestBody);
            return new FormMask(new BufferedOutputStream(out));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot record: " + e.getMessage(), e);
        }
    }

    /** The head of the response has arrived. */
    void responded(StreamedResponse arrived) {
        response = arrived;
    }

    OutputStream openResponseBody() throws IOException {
        hasResponseBody = true;
        return new BufferedOutputStream(Files.newOutputStream(responseBody));
    }

    /** The call has failed. A failure to write the transcript must not hide the failure. */
    void failed(Exception failure) {
        try {
            write(failure.getClass().getSimpleName() + ": " + failure.getMessage(), hops(failure));
        } catch (IOException | RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    private static List<Hop> hops(Exception failure) {
        return failure instanceof HttpipeException known ? known.hops() : List.of();
    }

    /** The response has been read, or closed. */
    void ended() throws IOException {
        write(null, response == null ? List.of() : response.hops());
    }

    private void write(@Nullable String failure, List<Hop> hops) throws IOException {
        if (!written.compareAndSet(false, true)) {
            return;
        }
        StreamedResponse arrived = response;
        new Transcript(
                        file,
                        request.method(),
                        secrets.uri((request.uri().startsWith("/") ? "http://localhost" : "") + request.uri()),
                        secrets.masked(request.headers()),
                        Files.exists(requestBody) ? requestBody : null,
                        hops.size() < 2
                                ? List.of()
                                : hops.stream()
                                        .map(hop -> Secrets.oneLine(hop.toString()))
                                        .toList(),
                        arrived == null ? 0 : arrived.status(),
                        arrived == null ? List.of() : secrets.masked(arrived.headers()),
                        hasResponseBody ? responseBody : null,
                        arrived == null ? List.of() : secrets.masked(arrived.trailers()),
                        failure == null ? null : Secrets.oneLine(failure))
                .write();
    }

    /** Whether the request has a form in its body. */
    private boolean isForm() {
        String type = request.headers().first("Content-Type");
        if (type == null) {
            return String.valueOf(request.body()).startsWith("Body[form of");
        }
        return type.toLowerCase(Locale.ROOT).startsWith("application/x-www-form-urlencoded");
    }

    /** Masks the secrets of a form. A body that is no form, or is larger than the limit, passes as it is. */
    private final class FormMask extends OutputStream {
        private final OutputStream out;

        /** The form so far; null if the body passes as it is. */
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
