package io.httpipe.fuzz;

import io.httpipe.Limits;
import io.httpipe.fuzz.PlainChunks.Ending;
import io.httpipe.fuzz.PlainChunks.PlainBody;
import io.httpipe.fuzz.PlainSection.PlainHead;
import io.httpipe.internal.wire.WireLimits;
import java.math.BigInteger;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads whole responses, heads of status 1xx before them included, after RFC 9112, section 6.3. */
final class PlainResponse {
    private static final BigInteger LARGEST = BigInteger.valueOf(Long.MAX_VALUE);

    private PlainResponse() {}

    /** How a call ends. */
    enum End {
        RESPONSE,
        /** More octets would have to come. */
        BREAKS_OFF,
        MALFORMED,
        /** Breaks off, and is malformed if you look closely. */
        BREAKS_OFF_OR_MALFORMED,
        TOO_LARGE
    }

    /** Whether a connection is used again. */
    enum ReusePolicy {
        YES,
        NO,
        /** The server says how long it keeps it, in a way that nobody needs to understand, or so short that it may be. */
        EITHER
    }

    /**
     * What a client has to make of octets.
     *
     * @param early    heads of status 1xx that are let pass
     * @param head     of the response; null where there is none
     * @param body     as far as it comes
     * @param length   how many octets of the wire the response takes; all if the close ends it, 0 if it does not end
     * @param reuse    whether the connection then carries another request, if there is nothing behind the response
     */
    record PlainOutcome(
            End end,
            int early,
            @Nullable PlainHead head,
            String body,
            List<Line> trailers,
            int length,
            ReusePolicy reuse) {
        /** Whether the connection is used again once so many octets have come over it and the call has ended. */
        ReusePolicy reuse(int arrived) {
            return end == End.RESPONSE ? drained(arrived) : ReusePolicy.NO;
        }

        /** The same where the body is not wanted, so that it may be larger than it should. */
        ReusePolicy drained(int arrived) {
            return length == arrived ? reuse : ReusePolicy.NO;
        }

        private PlainOutcome withoutReuse() {
            return new PlainOutcome(end, early, head, body, trailers, length, ReusePolicy.NO);
        }

        private static PlainOutcome of(End end, int early) {
            return new PlainOutcome(end, early, null, "", List.of(), 0, ReusePolicy.NO);
        }
    }

    /** How the body of a response is delimited. */
    sealed interface Delimiter {
        record Length(BigInteger octets) implements Delimiter {}

        record Chunks() implements Delimiter {}

        record Close() implements Delimiter {}
    }

    /**
     * Reads the response to a request.
     *
     * @param closes whether the server closes the connection behind these octets, or else keeps silent
     */
    static PlainOutcome read(String method, String octets, boolean closes, Limits limits) {
        WireLimits wire = new WireLimits(
                limits.headBytes(),
                limits.fieldCount(),
                limits.informational(),
                limits.chunkLine(),
                limits.trailerBytes());
        int at = 0;
        int early = 0;
        boolean kept = true;
        while (true) {
            switch (PlainSection.head(octets.substring(at), wire)) {
                case Reading.Refused<PlainHead> refused -> {
                    return PlainOutcome.of(End.MALFORMED, early);
                }
                case Reading.Unfinished<PlainHead> unfinished -> {
                    return PlainOutcome.of(End.BREAKS_OFF, early);
                }
                case Reading.Whole<PlainHead>(PlainHead head, int length) -> {
                    at += length;
                    boolean tooMany = head.informational() && early == limits.informational();
                    if (tooMany || at > limits.headBytes()) {
                        return PlainOutcome.of(End.MALFORMED, early);
                    }
                    kept &= keepsAlive(head);
                    if (!head.informational()) {
                        PlainOutcome outcome = body(method, head, octets, at, early, closes, limits.bodyBytes(), wire);
                        return kept ? outcome : outcome.withoutReuse();
                    }
                    early++;
                }
            }
        }
    }

    private static PlainOutcome body(
            String method,
            PlainHead head,
            String octets,
            int at,
            int early,
            boolean closes,
            long most,
            WireLimits limits) {
        Delimiter delimiter = delimiter(method, head);
        if (delimiter == null) {
            return PlainOutcome.of(End.MALFORMED, early);
        }
        String rest = octets.substring(at);
        Ending ending;
        String body;
        List<Line> trailers = List.of();
        int length = at;
        switch (delimiter) {
            case Delimiter.Length(BigInteger announced) -> {
                if (announced.compareTo(BigInteger.valueOf(most)) > 0) {
                    return PlainOutcome.of(End.TOO_LARGE, early);
                }
                ending = announced.intValueExact() <= rest.length() ? Ending.WHOLE : Ending.UNFINISHED;
                body = rest.substring(0, Math.min(rest.length(), announced.intValueExact()));
                length += body.length();
            }
            case Delimiter.Chunks() -> {
                PlainBody chunks = PlainChunks.body(rest, limits);
                ending = chunks.ending();
                body = chunks.data();
                trailers = chunks.trailers();
                length += chunks.length();
            }
            case Delimiter.Close() -> {
                ending = closes ? Ending.WHOLE : Ending.UNFINISHED;
                body = rest;
                length = octets.length();
            }
        }
        End end = switch (ending) {
            case WHOLE -> End.RESPONSE;
            case UNFINISHED -> End.BREAKS_OFF;
            case DOOMED -> End.BREAKS_OFF_OR_MALFORMED;
            case REFUSED -> End.MALFORMED;
        };
        return new PlainOutcome(
                body.length() > most ? End.TOO_LARGE : end,
                early,
                head,
                body,
                trailers,
                end == End.RESPONSE ? length : 0,
                end == End.RESPONSE && !(delimiter instanceof Delimiter.Close) ? reuse(head) : ReusePolicy.NO);
    }

    /** What delimits the body; null if two recipients could see two different bodies. */
    static @Nullable Delimiter delimiter(String method, PlainHead head) {
        int status = head.status();
        if (method.equals("HEAD") || status < 200 || status == 204 || status == 304) {
            return new Delimiter.Length(BigInteger.ZERO);
        }
        String codings = head.joined("Transfer-Encoding");
        String lengths = head.joined("Content-Length");
        if (codings != null) {
            boolean chunked = codings.equalsIgnoreCase("chunked") && lengths == null && head.minorVersion() > 0;
            return chunked ? new Delimiter.Chunks() : null;
        }
        if (lengths == null) {
            return new Delimiter.Close();
        }
        Set<BigInteger> different = new HashSet<>();
        for (String length : lengths.split(",", -1)) {
            if (!length.matches("[ \\t]*[0-9]+[ \\t]*")) {
                return null;
            }
            different.add(new BigInteger(length.strip()));
        }
        BigInteger length = different.iterator().next();
        return different.size() == 1 && length.compareTo(LARGEST) <= 0 ? new Delimiter.Length(length) : null;
    }

    private static ReusePolicy reuse(PlainHead head) {
        Integer seconds = PlainFields.timeout(head.values("Keep-Alive"));
        if (seconds != null && (seconds == 0 || seconds == 1)) {
            return ReusePolicy.NO;
        }
        return seconds == null || seconds >= 0 && seconds < 60 ? ReusePolicy.EITHER : ReusePolicy.YES;
    }

    /** RFC 9112, section 9.3; nor is a connection trusted whose server speaks of a body where there can be none. */
    static boolean keepsAlive(PlainHead head) {
        String connection = head.joined("Connection");
        Set<String> options = new HashSet<>();
        for (String option : (connection == null ? "" : connection).split(",", -1)) {
            options.add(option.replaceAll("^[ \\t]+|[ \\t]+$", "").toLowerCase(Locale.ROOT));
        }
        boolean bodiless = head.status() < 200 || head.status() == 204;
        String lengths = head.joined("Content-Length");
        boolean body = head.joined("Transfer-Encoding") != null
                || lengths != null && !lengths.matches("[ \\t]*0+[ \\t]*(?:,[ \\t]*0+[ \\t]*)*");
        return head.status() != 101
                && !(bodiless && body)
                && !options.contains("close")
                && (head.minorVersion() > 0 || options.contains("keep-alive"));
    }
}
