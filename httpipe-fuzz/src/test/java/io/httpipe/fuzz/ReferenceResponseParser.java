package io.httpipe.fuzz;

import io.httpipe.Limits;
import io.httpipe.fuzz.ReferenceChunkParser.Ending;
import io.httpipe.fuzz.ReferenceChunkParser.ParsedBody;
import io.httpipe.fuzz.ReferenceHeadParser.ParsedHead;
import io.httpipe.internal.wire.WireLimits;
import java.math.BigInteger;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads whole responses, heads of status 1xx before them included, after RFC 9112, section 6.3. */
final class ReferenceResponseParser {
    private static final BigInteger LARGEST = BigInteger.valueOf(Long.MAX_VALUE);

    private ReferenceResponseParser() {}

    /** How a call ends. */
    enum End {
        RESPONSE,
        /** More octets would have to come. */
        INCOMPLETE,
        MALFORMED,
        /** Breaks off, and is malformed if you look closely. */
        INCOMPLETE_OR_MALFORMED,
        TOO_LARGE
    }

    /** Whether a connection is used again. */
    enum ExpectedReuse {
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
    record ExpectedOutcome(
            End end,
            int early,
            @Nullable ParsedHead head,
            String body,
            List<FieldLine> trailers,
            int length,
            ExpectedReuse reuse) {
        /** Whether the connection is used again once so many octets have come over it and the call has ended. */
        ExpectedReuse reuse(int arrived) {
            return end == End.RESPONSE ? drained(arrived) : ExpectedReuse.NO;
        }

        /** The same where the body is not wanted, so that it may be larger than it should. */
        ExpectedReuse drained(int arrived) {
            return length == arrived ? reuse : ExpectedReuse.NO;
        }

        private ExpectedOutcome withoutReuse() {
            return new ExpectedOutcome(end, early, head, body, trailers, length, ExpectedReuse.NO);
        }

        private static ExpectedOutcome of(End end, int early) {
            return new ExpectedOutcome(end, early, null, "", List.of(), 0, ExpectedReuse.NO);
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
    static ExpectedOutcome read(String method, String octets, boolean closes, Limits limits) {
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
            switch (ReferenceHeadParser.parseHead(octets.substring(at), wire)) {
                case ParseResult.Malformed<ParsedHead> refused -> {
                    return ExpectedOutcome.of(End.MALFORMED, early);
                }
                case ParseResult.Incomplete<ParsedHead> unfinished -> {
                    return ExpectedOutcome.of(End.INCOMPLETE, early);
                }
                case ParseResult.Complete<ParsedHead>(ParsedHead head, int length) -> {
                    at += length;
                    boolean tooMany = head.informational() && early == limits.informational();
                    if (tooMany || at > limits.headBytes()) {
                        return ExpectedOutcome.of(End.MALFORMED, early);
                    }
                    kept &= keepsAlive(head);
                    if (!head.informational()) {
                        ExpectedOutcome outcome = body(method, head, octets, at, early, closes, limits.bodyBytes(), wire);
                        return kept ? outcome : outcome.withoutReuse();
                    }
                    early++;
                }
            }
        }
    }

    private static ExpectedOutcome body(
            String method,
            ParsedHead head,
            String octets,
            int at,
            int early,
            boolean closes,
            long limit,
            WireLimits limits) {
        Delimiter delimiter = delimiter(method, head);
        if (delimiter == null) {
            return ExpectedOutcome.of(End.MALFORMED, early);
        }
        String rest = octets.substring(at);
        Ending ending;
        String body;
        List<FieldLine> trailers = List.of();
        int length = at;
        switch (delimiter) {
            case Delimiter.Length(BigInteger announced) -> {
                if (announced.compareTo(BigInteger.valueOf(limit)) > 0) {
                    return ExpectedOutcome.of(End.TOO_LARGE, early);
                }
                ending = announced.intValueExact() <= rest.length() ? Ending.COMPLETE : Ending.INCOMPLETE;
                body = rest.substring(0, Math.min(rest.length(), announced.intValueExact()));
                length += body.length();
            }
            case Delimiter.Chunks() -> {
                ParsedBody chunks = ReferenceChunkParser.parse(rest, limits);
                ending = chunks.ending();
                body = chunks.data();
                trailers = chunks.trailers();
                length += chunks.length();
            }
            case Delimiter.Close() -> {
                ending = closes ? Ending.COMPLETE : Ending.INCOMPLETE;
                body = rest;
                length = octets.length();
            }
        }
        End end = switch (ending) {
            case WHOLE -> End.RESPONSE;
            case UNFINISHED -> End.INCOMPLETE;
            case INCOMPLETE_AND_MALFORMED -> End.INCOMPLETE_OR_MALFORMED;
            case REFUSED -> End.MALFORMED;
        };
        return new ExpectedOutcome(
                body.length() > limit ? End.TOO_LARGE : end,
                early,
                head,
                body,
                trailers,
                end == End.RESPONSE ? length : 0,
                end == End.RESPONSE && !(delimiter instanceof Delimiter.Close) ? reuse(head) : ExpectedReuse.NO);
    }

    /** What delimits the body; null if two recipients could see two different bodies. */
    static @Nullable Delimiter delimiter(String method, ParsedHead head) {
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

    private static ExpectedReuse reuse(ParsedHead head) {
        Integer seconds = ReferenceFieldParser.timeout(head.values("Keep-Alive"));
        if (seconds != null && (seconds == 0 || seconds == 1)) {
            return ExpectedReuse.NO;
        }
        return seconds == null || seconds >= 0 && seconds < 60 ? ExpectedReuse.EITHER : ExpectedReuse.YES;
    }

    /** RFC 9112, section 9.3; nor is a connection trusted whose server speaks of a body where there can be none. */
    static boolean keepsAlive(ParsedHead head) {
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
