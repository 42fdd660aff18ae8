package io.httpipe;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.connect.CallStep;
import io.httpipe.internal.connect.ExpiredException;
import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.Ascii;
import io.httpipe.internal.wire.HttpDate;
import io.httpipe.internal.wire.MalformedException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Downloads one file with as many requests as needed. After a lost connection, a range request gets the rest (RFC 9110,
 * sections 13.1.5 and 14). One deadline limits all requests. For one thread.
 */
final class Download {
    /**
     * The download fails after this many attempts in a row without new bytes. It also fails if it would have to start
     * again at byte 0 more often than this.
     */
    private static final int MAX_FAILURES = 5;

    private static final long FIRST_BACKOFF = 100_000_000;

    /** {@code Last-Modified} counts as a strong validator if {@code Date} is at least this many seconds later. */
    private static final long STRONG_AGE = 60;

    private static final List<String> DIGESTS = List.of(FileTarget.OF_RESPONSE, FileTarget.OF_FILE);

    private static final Pattern CONTENT_RANGE =
            Pattern.compile("(?i)bytes +(\\d{1,18})-(\\d{1,18})/(?:(\\d{1,18})|\\*)");

    private final Request request;
    private final RequestSeries series;
    private final FileTarget file;

    /** The largest size of the whole file. */
    private final long maxSize;

    /** Whether a response has begun. */
    private boolean begun;

    /** The validator of the bytes in the file, for {@code If-Range}; null if a range request cannot continue them. */
    private @Nullable String validator;

    /** The {@code Content-Encoding} of the bytes in the file; null for none. */
    private @Nullable String coding;

    /** The size of the whole file; -1 if it is unknown. */
    private long total = -1;

    /** The last value of {@link #validator} that was not null; null if there was none. */
    private @Nullable String version;

    /** The most bytes of this version that have been in the file. */
    private long best;

    /** Chooses a random wait up to the given one, in nanoseconds. */
    private final LongUnaryOperator jitter;

    /** How many attempts in a row have brought no more bytes. */
    private int failures;

    private int restarts;

    private Download(Httpipe client, Request request, FileTarget file, LongUnaryOperator jitter) {
        this.file = file;
        this.jitter = jitter;
        Outgoing outgoing = client.outgoing(request);
        this.maxSize = outgoing.maxBodySize() < 0 ? Long.MAX_VALUE : outgoing.maxBodySize();
        this.series = new RequestSeries(client, outgoing);
        Request limited = request.with(outgoing.withDeadline(series.deadline()));
        // A part of a compressed file is of no use without the rest, and ranges count encoded bytes.
        boolean coded = outgoing.fields().contains("Accept-Encoding")
                || outgoing.requestFields().suppressed().contains("Accept-Encoding");
        // A default header of the client must not ask for a part.
        Request whole = limited.decoding(Decoding.OFF).withoutHeader("Range").withoutHeader("If-Range");
        this.request = coded ? whole : whole.header("Accept-Encoding", "identity");
    }

    static Response run(Httpipe client, Request request, Path target, Progress.@Nullable Listener listener)
            throws IOException {
        LongUnaryOperator jitter =
                longest -> (long) (ThreadLocalRandom.current().nextDouble() * longest);
        return run(client, request, target, listener, jitter);
    }

    static Response run(
            Httpipe client,
            Request request,
            Path target,
            Progress.@Nullable Listener listener,
            LongUnaryOperator jitter)
            throws IOException {
        Outgoing outgoing = Arguments.notNull("request", request).outgoing();
        if (!outgoing.method().equals("GET") || outgoing.fields().contains("Range")) {
            throw new IllegalArgumentException(
                    "request: a download needs a GET without Range; use saveTo(..) for others");
        }
        try (FileTarget file = new FileTarget(target, listener)) {
            return new Download(client, request, file, jitter).run();
        }
    }

    /** Saves one response, without further requests. Returns the number of bytes. */
    static long save(StreamedResponse response, Path target, Progress.@Nullable Listener listener) throws IOException {
        try (response;
                FileTarget file = new FileTarget(target, listener)) {
            file.restart(response.body().remaining());
            file.append(response, -1, Long.MAX_VALUE, digests(response));
            file.finish(response, () -> {
                if (Thread.currentThread().isInterrupted()) {
                    throw response.interrupted();
                }
            });
            return file.size();
        }
    }

    /** Returns the fields with hash values of the file that is saved from a response (RFC 9530, sections 2 and 3). */
    private static List<String> digests(StreamedResponse response) {
        Outgoing request = response.request();
        if (request != null && request.method().equals("HEAD")) {
            return List.of();
        }
        return switch (response.status()) {
            case 204, 304 -> List.of();
            case 206 -> List.of(FileTarget.OF_RESPONSE);
            default -> DIGESTS;
        };
    }

    private Response run() throws IOException {
        while (true) {
            HttpipeException failure = null;
            boolean resumes = file.size() > 0 && validator != null;
            Request next = resumes
                    ? request.header("Range", "bytes=" + file.size() + "-")
                            .header("If-Range", String.valueOf(validator))
                    : request;
            try (StreamedResponse response = series.send(next)) {
                if (receive(response, resumes)) {
                    file.finish(response, this::requireTime);
                    return response.withoutBody();
                }
            } catch (HttpipeException e) {
                if (!begun || !series.mayContinueAfter(e)) {
                    throw e;
                }
                failure = e;
            }
            failures++;
            if (file.size() > best) {
                best = file.size();
                failures = 0;
            }
            if (failure != null && failures >= MAX_FAILURES) {
                throw failure;
            }
            pause();
        }
    }

    private void pause() throws HttpipeException {
        long nanos = failures == 0 ? 0 : jitter.applyAsLong(FIRST_BACKOFF << Math.min(failures, MAX_FAILURES));
        series.pause(nanos, () -> false);
    }

    /** Throws after an interrupt or the deadline. */
    private void requireTime() throws HttpipeException {
        IOException end = Thread.currentThread().isInterrupted()
                ? new ClosedByInterruptException()
                : series.isExpired() ? new ExpiredException() : null;
        if (end != null) {
            throw series.failure(end, CallStep.BODY);
        }
    }

    /** Writes a response to the file. Returns whether the file is complete. */
    private boolean receive(StreamedResponse response, boolean resumes) throws IOException {
        int status = response.status();
        boolean whole = status == 200 || status == 203;
        if (resumes && (status == 416 || status == 206 && !continues(response) || whole && isPart(response))) {
            // The server has another file now, or its answer is not to be trusted. The next request asks for all of it.
            response.abort();
            validator = null;
            return false;
        }
        long to = -1;
        if (resumes && status == 206) {
            to = rangeEnd(response);
        } else if (whole) {
            if (begun) {
                countRestart(response);
            }
            begun = true;
            total = response.body().length();
            coding = coding(response);
            // The server cannot send the rest of a body that an interceptor has replaced.
            validator = isReplaced(response) ? null : validator(response);
            if (validator != null && !validator.equals(version)) {
                version = validator;
                best = 0;
            }
            file.restart(total);
        } else {
            throw response.asFailure();
        }
        long most = to >= 0 ? to : total >= 0 ? total : Long.MAX_VALUE;
        file.append(response, to, Math.min(most, maxSize), DIGESTS);
        if (file.size() > maxSize) {
            response.abort();
            throw response.tooLarge("the file has more than the %d bytes of Request.maxBodySize", maxSize);
        }
        if (file.size() > most) {
            throw response.malformed(
                    new MalformedException("the file has %d bytes, more than the %d that this response announced"
                            .formatted(file.size(), most)));
        }
        boolean complete = total < 0 || file.size() == total;
        if (!complete && file.size() <= best && failures + 1 >= MAX_FAILURES) {
            // The response ended as its framing says, so there is no other failure.
            throw response.malformed(
                    new MalformedException("%d attempts in a row brought no new bytes: %d of %d bytes were received"
                            .formatted(MAX_FAILURES, best, total)));
        }
        return complete;
    }

    private void countRestart(StreamedResponse response) throws HttpipeException {
        restarts++;
        if (restarts > MAX_FAILURES) {
            throw response.malformed(new MalformedException(
                    "the download had to start again at byte 0 more than %d times".formatted(MAX_FAILURES)));
        }
    }

    private static @Nullable Matcher range(StreamedResponse response) {
        String field = response.headers().first("Content-Range");
        Matcher range = CONTENT_RANGE.matcher(field == null ? "" : field);
        return range.matches() ? range : null;
    }

    /** The first byte after the range of a response that {@link #continues} has accepted. */
    private static long rangeEnd(StreamedResponse response) {
        Matcher range = range(response);
        return range == null ? -1 : Long.parseLong(range.group(2)) + 1;
    }

    /** Whether a 206 has the bytes that follow those in the file. If so, also stores the total size. */
    private boolean continues(StreamedResponse response) {
        Matcher range = range(response);
        if (range == null || Long.parseLong(range.group(1)) != file.size()) {
            return false;
        }
        long last = Long.parseLong(range.group(2));
        long all = range.group(3) == null ? total : Long.parseLong(range.group(3));
        // Without the total, nobody knows whether this part is the last one.
        if (last < file.size() || last >= all || total >= 0 && all != total) {
            return false;
        }
        long length = response.body().length();
        if (isReplaced(response)
                || hasOtherValidator(response)
                || hasOtherCoding(response)
                || length >= 0 && length != last + 1 - file.size()) {
            return false;
        }
        total = all;
        return true;
    }

    /** Whether the fields of a 200 or 203 show that it has only a part of the file. */
    private boolean isPart(StreamedResponse response) {
        long length = response.body().length();
        return response.headers().contains("Content-Range")
                || length >= 0 && length < total && String.valueOf(validator).equals(validator(response));
    }

    /**
     * Whether the body may have other bytes than the server sent, because an interceptor has replaced or read it. A
     * replaced body of the announced length counts as the server's, because an interceptor that only records the body
     * replaces it too.
     */
    private static boolean isReplaced(StreamedResponse response) {
        BodyReader body = response.body();
        return !body.isAsReceived()
                && !String.valueOf(body.remaining()).equals(response.headers().first("Content-Length"));
    }

    /**
     * Whether a 206 has a part of the file in another coding. Some servers use one validator for all codings of a file.
     * A 206 may lack {@code Content-Encoding} (RFC 9110, section 15.3.7). If the size of the file was known, the equal
     * size in the 206 then shows that the coding is the same.
     */
    private boolean hasOtherCoding(StreamedResponse response) {
        String other = coding(response);
        return !Objects.equals(coding, other) && !(other == null && total >= 0);
    }

    /** Returns the {@code Content-Encoding}; null for none. */
    private static @Nullable String coding(StreamedResponse response) {
        String codings = String.join(",", response.headers().all("Content-Encoding"));
        return codings.isEmpty() || codings.equalsIgnoreCase("identity") ? null : codings.toLowerCase(Locale.ROOT);
    }

    /** Whether a 206 belongs to another file, although the server should have compared {@code If-Range}. */
    private boolean hasOtherValidator(StreamedResponse response) {
        if (validator != null && validator.startsWith("\"")) {
            return !validator.equals(response.headers().first("ETag"));
        }
        // RFC 9110, section 15.3.7: this field may be missing.
        String modified = response.headers().first("Last-Modified");
        return modified != null && !modified.equals(validator);
    }

    /** RFC 9110, section 13.1.5: only a strong validator can be used. */
    private static @Nullable String validator(StreamedResponse response) {
        String tag = response.headers().first("ETag");
        if (tag != null && tag.length() >= 2 && tag.startsWith("\"") && tag.endsWith("\"")) {
            // Responses may have control characters in their fields, but requests may not.
            return Ascii.indexOfBadFieldValue(tag) < 0 ? tag : null;
        }
        String modified = response.headers().first("Last-Modified");
        String date = response.headers().first("Date");
        if (tag != null || modified == null || date == null) {
            return null;
        }
        long now = System.currentTimeMillis() / 1000;
        long modifiedAt = HttpDate.parse(modified, now);
        return modifiedAt >= 0 && HttpDate.parse(date, now) >= modifiedAt + STRONG_AGE ? modified : null;
    }
}
