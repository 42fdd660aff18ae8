package io.httpipe;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.wire.Arguments;
import io.httpipe.internal.wire.Ascii;
import io.httpipe.internal.wire.MalformedException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Opens one connection after the other for {@link ServerSentEvents}, and waits before each connection except the first.
 * One deadline limits all connections and waits. For one thread.
 */
final class EventSource {
    private static final RandomGenerator SYSTEM_RANDOM =
            () -> ThreadLocalRandom.current().nextLong();

    /** The longest random part of the first wait, in nanoseconds. */
    private static final long FIRST_BACKOFF = 1_000_000_000;

    private static final long MAX_BACKOFF = 30_000_000_000L;

    private final Httpipe client;
    private final Request request;
    private final RequestSeries series;
    private final RandomGenerator random;
    private boolean opened;

    /** How many connections in a row have ended without an event. */
    private int failures;

    EventSource(Httpipe client, Request request, Duration idle) {
        this(client, request, idle, SYSTEM_RANDOM);
    }

    EventSource(Httpipe client, Request request, Duration idle, RandomGenerator random) {
        this.client = client;
        this.random = random;
        long idleNanos = NanoClock.nanos(Arguments.positive("idle", idle));
        Outgoing outgoing = client.outgoing(request);
        this.series = new RequestSeries(client, outgoing);
        CallTimeouts.Limits own = outgoing.limits();
        CallTimeouts.Limits limits = own == null ? client.options().timeouts.limits() : own;
        Outgoing limited = outgoing.withDeadline(series.deadline())
                .withLimits(new CallTimeouts.Limits(limits.acquire(), limits.connect(), limits.send(), idleNanos));
        this.request = request.with(withDefault(
                withDefault(limited, request, "Accept", "text/event-stream"), request, "Cache-Control", "no-store"));
    }

    /** Adds a header unless the caller has set or removed it. A default header of the client does not count. */
    private static Outgoing withDefault(Outgoing outgoing, Request own, String name, String value) {
        boolean set = own.outgoing().fields().contains(name)
                || own.outgoing().requestFields().suppressed().contains(name);
        return set ? outgoing : outgoing.withHeader(name, false, value);
    }

    int maxEventSize() {
        return client.options().limits.eventBytes();
    }

    /** Called for each event. */
    void succeeded() {
        failures = 0;
    }

    /** Whether the client may connect again after a response has ended. */
    boolean mayGoOn() {
        return request.isRepeatable();
    }

    /** Whether the client may connect again after this failure. */
    boolean mayGoOnAfter(HttpipeException failure) {
        // The response may end well although the compressed data in it does not, for example behind a proxy.
        boolean cut =
                failure instanceof DecodingException coded && coded.reason() == DecodingException.Reason.TRUNCATED;
        return mayGoOn() && (cut || series.mayContinueAfter(failure));
    }

    /**
     * Returns the next response with events; null if the server answers with 204, or if the events have been closed.
     * Throws if the first connection fails, or if the client must not connect again after a failure.
     *
     * @param lastId      the last ID that the server sent, which may be empty; null if the server has sent none
     * @param retryMillis the wait that the server asked for with {@code retry}; -1 if it did not ask for one
     */
    @Nullable
    StreamedResponse open(@Nullable String lastId, long retryMillis, BooleanSupplier closed) throws HttpipeException {
        while (true) {
            if (opened) {
                pause(retryMillis, closed);
            }
            if (closed.getAsBoolean()) {
                return null;
            }
            try {
                StreamedResponse response = series.send(opened ? withLastId(lastId) : request);
                opened = true;
                return accepted(response);
            } catch (HttpipeException e) {
                if (!opened || !mayGoOnAfter(e)) {
                    throw e;
                }
            }
        }
    }

    private void pause(long retryMillis, BooleanSupplier closed) throws HttpipeException {
        long longest = Math.min(MAX_BACKOFF, FIRST_BACKOFF << Math.min(failures, 10));
        failures++;
        long nanos = Math.max(0, retryMillis) * 1_000_000 + (long) (random.nextDouble() * longest);
        series.pause(nanos, closed);
    }

    /**
     * Returns the request with the ID in {@code Last-Event-ID}, encoded as UTF-8 (HTML standard, section 9.2.3). An ID
     * that is empty or not a valid header value is not sent. Until the server has sent an ID, the caller's own header
     * stays.
     */
    private Request withLastId(@Nullable String lastId) {
        if (lastId == null) {
            return request;
        }
        String value = new String(lastId.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        return !value.isEmpty() && Ascii.indexOfBadFieldValue(value) < 0
                ? request.header("Last-Event-ID", value)
                : request.withoutHeader("Last-Event-ID");
    }

    private static @Nullable StreamedResponse accepted(StreamedResponse response) throws HttpipeException {
        if (response.status() == 204) {
            response.close();
            return null;
        }
        if (response.status() != 200) {
            throw response.asFailure();
        }
        String type = response.headers().first("Content-Type");
        if (type == null || !type.split(";", 2)[0].strip().equalsIgnoreCase("text/event-stream")) {
            throw response.malformed(new MalformedException("the Content-Type is %s, not text/event-stream"
                    .formatted(type == null ? "missing" : Ascii.quote(type))));
        }
        try {
            response.requireDecoded("events()");
        } catch (IllegalStateException e) {
            response.abort();
            throw e;
        }
        return response;
    }

    /** Returns the exception for a thread that was waiting when another thread closed the events. */
    CancelledException closed() {
        HttpipeException.Facts facts = new HttpipeException.Facts(
                Phase.PAUSE, Endpoint.of(request.outgoing().address()), 0, 0, 0, false);
        return new CancelledException(
                CancelledException.Reason.RESPONSE_CLOSED, "the events were closed by another thread", facts, null);
    }
}
