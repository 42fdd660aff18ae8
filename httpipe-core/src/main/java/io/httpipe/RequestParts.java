package io.httpipe;

import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.wire.FieldLines;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** All that a {@link Request} says, and what follows from it; changed only before the request that it belongs to is there. */
final class RequestParts implements Cloneable {
    /** RFC 9110, section 9.2.2. */
    private static final Set<String> IDEMPOTENT = Set.of("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE");

    String method = "GET";

    @Nullable
    UriParts origin;

    String path = "/";

    @Nullable
    String query;

    Headers headers = Headers.EMPTY;
    Set<String> suppressed = Set.of();

    /** Whether all names are sent as they were given, and those of the response told as they are received. */
    boolean exactNames;

    @Nullable
    Body body;

    @Nullable
    Endpoint endpoint;

    Version version = Version.HTTP_1_1;

    @Nullable
    Timeouts timeouts;

    /** The timeouts as a call counts them; null where the client's hold. */
    CallTimeouts.@Nullable Limits limits;

    @Nullable
    Tls tls;

    @Nullable
    String pool;

    /** Nanoseconds that a call may take. */
    long callTimeout = NanoClock.NEVER;

    Deadline deadline = Deadline.NONE;
    boolean secure;
    /** -1 where the client's limit holds. */
    long maxSize = -1;

    @Nullable
    Supplier<Headers> trailers;

    @Nullable
    Duration continueWait;

    @Override
    public RequestParts clone() {
        try {
            return (RequestParts) super.clone();
        } catch (CloneNotSupportedException e) {
            throw new AssertionError(e);
        }
    }

    /** Replaces a header, spelled exactly so or as usual: one line for each value, none and no default for no value. */
    void replaceHeader(String name, boolean exactly, String... values) {
        ManagedHeaders.checkName(name);
        Arguments.notNull("values", values);
        if (name.equalsIgnoreCase("Host") && values.length != 1) {
            throw new IllegalArgumentException("values: a request has exactly one Host");
        }
        Headers others = headers.without(name);
        List<String> lines = Arrays.asList(values);
        headers = exactly ? others.withExactly(name, lines) : others.with(name, lines);
        for (String value : values) {
            ManagedHeaders.checkValue(name, value.strip());
        }
        Set<String> left = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        left.addAll(suppressed);
        if (values.length == 0) {
            left.add(name);
        } else {
            left.remove(name);
        }
        suppressed = left;
    }

    /** Adds a line to a header; of {@code Host} there is only one. */
    void addHeader(String name, String value) {
        ManagedHeaders.checkName(name);
        if (name.equalsIgnoreCase("Host")) {
            replaceHeader(name, false, value);
            return;
        }
        headers = headers.with(name, Collections.singletonList(value));
        ManagedHeaders.checkValue(name, value.strip());
    }

    /** Adds a pair or flag to the query. */
    void addQuery(String encoded) {
        setQuery(query == null || query.isEmpty() ? encoded : query + "&" + encoded);
    }

    void setQuery(String text) {
        query = text.isEmpty() ? null : text;
    }

    /** The headers of the caller's, each name as it is to be sent. */
    FieldLines fields() {
        return spelled(headers.fields());
    }

    private FieldLines spelled(FieldLines fields) {
        return exactNames ? fields.withNamesAsGiven() : fields;
    }

    /** Where to connect to. */
    Endpoint connectTo() {
        if (endpoint != null) {
            return endpoint;
        }
        if (origin == null) {
            throw new IllegalArgumentException("request: a path alone does not say where to; give a URI, or use at()");
        }
        return Endpoint.of(origin.host(), origin.port());
    }

    /** When a call that starts now must be over, as far as the request says. */
    long deadline(long now) {
        return Math.min(NanoClock.plus(now, callTimeout), deadline.ticks());
    }

    /** Whether it can be sent twice, and doing so does no more than sending it once. */
    boolean repeatable() {
        boolean idempotent = IDEMPOTENT.contains(method) || headers.contains("Idempotency-Key");
        return idempotent && (body == null || body.replayable());
    }

    /** Fails if the body can be sent only once, and has been. */
    void requireUnsentBody() {
        if (body != null) {
            body.requireUnsent(false);
        }
    }

    /** How many octets of body are to be announced; -1 for chunks. */
    long bodyLength() throws IOException {
        if (body == null) {
            return 0;
        }
        return trailers == null ? body.length() : -1;
    }

    /** How long to wait for 100 Continue; null to send the body at once. */
    @Nullable
    Duration continueWait() {
        return body == null || version == Version.HTTP_1_0 ? null : continueWait;
    }

    /** The trailer fields; to be asked for when the body has been sent. */
    FieldLines trailerFields() {
        Headers told = trailers == null ? Headers.EMPTY : Arguments.notNull("trailers", trailers.get());
        if (ManagedHeaders.passableTrailers(told).size() < told.size()) {
            throw new IllegalArgumentException(
                    "trailers: none of %s may stand there".formatted(ManagedHeaders.NOT_IN_TRAILERS));
        }
        return spelled(told.fields());
    }

    /** The host to name in Host and to verify in TLS: the URI's, else that of the endpoint. */
    String host() {
        if (origin != null) {
            return origin.host();
        }
        return connectTo() instanceof Endpoint.Tcp tcp ? tcp.host() : "localhost";
    }

    /** The port to name in Host: the URI's, else that of the endpoint; 0 for a Unix socket's. */
    int port() {
        if (origin != null) {
            return origin.port();
        }
        return connectTo() instanceof Endpoint.Tcp tcp ? tcp.port() : 0;
    }

    /** Whether the caller wants no such field at all, not even a default. */
    boolean suppresses(String name) {
        return suppressed.contains(name);
    }
}
