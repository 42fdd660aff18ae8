package io.httpipe;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.connect.CallStep;
import io.httpipe.internal.connect.ExpiredException;
import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.MalformedException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongUnaryOperator;
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

    private static final List<String> DIGESTS = List.of(FileTarget.OF_RESPONSE, FileTarget.OF_FILE);

    private final Request request;
    private final RequestSeries series;
    private final FileTarget file;

    /** The largest size of the whole file. */
    private final long maxSize;

    /** Whether a response has begun. */
    private boolean begun;

    /** The version of the bytes in the file; null if a range request cannot continue them. */
    private @Nullable FileVersion version;

    /** The validator of the last version that had one; null if there was none. */
    private @Nullable String lastValidator;

    /** The most bytes with this validator that have been in the file. */
    private long best;

    /** Chooses a random wait up to the given one, in nanoseconds. */
    private final LongUnaryOperator jitter;

    /** How many attempts in a row have brought no new bytes. */
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
            FileVersion resumed = file.size() > 0 ? version : null;
            Request next = resumed == null
                    ? request
                    : request.header("Range", "bytes=" + file.size() + "-")
                            .header("If-Range", String.valueOf(resumed.validator()));
            try (StreamedResponse response = series.send(next)) {
                if (receive(response, resumed)) {
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

    /**
     * Writes a response to the file. Returns whether the file is complete.
     *
     * @param resumed the version whose rest was asked for; null if the whole file was
     */
    private boolean receive(StreamedResponse response, @Nullable FileVersion resumed) throws IOException {
        int status = response.status();
        boolean whole = status == 200 || status == 203;
        FileVersion.Part part = resumed != null && status == 206 ? resumed.continued(response, file.size()) : null;
        if (resumed != null && (status == 416 || status == 206 && part == null || whole && resumed.isPart(response))) {
            // The server has another file now, or its answer is not to be trusted. The next request is for all bytes.
            response.abort();
            version = null;
            return false;
        }
        long end;
        long total;
        if (part != null) {
            version = part.version();
            total = part.version().total();
            end = part.end();
        } else if (whole) {
            total = restart(response);
            end = -1;
        } else {
            throw response.asFailure();
        }
        long most = end >= 0 ? end : total >= 0 ? total : Long.MAX_VALUE;
        file.append(response, end, Math.min(most, maxSize), DIGESTS);
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

    /** Begins the file with a response that has all of it. Returns the size of the file; -1 if it is unknown. */
    private long restart(StreamedResponse response) throws IOException {
        if (begun) {
            countRestart(response);
        }
        begun = true;
        FileVersion next = FileVersion.of(response);
        version = next.validator() == null ? null : next;
        if (next.validator() != null && !next.validator().equals(lastValidator)) {
            lastValidator = next.validator();
            best = 0;
        }
        file.restart(next.total());
        return next.total();
    }

    private void countRestart(StreamedResponse response) throws HttpipeException {
        restarts++;
        if (restarts > MAX_FAILURES) {
            throw response.malformed(new MalformedException(
                    "the download had to start again at byte 0 more than %d times".formatted(MAX_FAILURES)));
        }
    }
}
