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

/** Parses whole responses, including heads of status 1xx before them, according to RFC 9112, section 6.3. */
final class ReferenceResponseParser {
    private static final BigInteger LARGEST = BigInteger.valueOf(Long.MAX_VALUE);

    private ReferenceResponseParser() {}

    /** The result of a call. */
    enum End {
        RESPONSE,
        /** The response needs more bytes. */
        INCOMPLETE,
        MALFORMED,
        /** The response needs more bytes, but is malformed whatever follows. The client may report either error. */
        INCOMPLETE_OR_MALFORMED,
        TOO_LARGE
    }

    /** Whether the client must reuse a connection. */
    enum ExpectedReuse {
        YES,
        NO,
        /** The client may do either, because the Keep-Alive field is not well-formed or its timeout is short. */
        EITHER
    }

    /**
     * The result that the client must have.
     *
     * @param informationalCount the number of heads of status 1xx before the final head
     * @param head               the head of the response, or null if there is none
     * @param body               the part of the body that arrives
     * @param length             the number of bytes that the response takes: the whole input if the close ends it, 0 if
     *                           it is not complete
     * @param reuse              whether the connection is reused if no bytes follow the response
     */
    record ExpectedOutcome(
            End end,
            int informationalCount,
            @Nullable ParsedHead head,
            String body,
            List<FieldLine> trailers,
            int length,
            ExpectedReuse reuse) {
        /** Whether the connection is reused if this many bytes arrived on it in all. */
        ExpectedReuse reuse(int arrived) {
            return end == End.RESPONSE ? reuseAfterDiscard(arrived) : ExpectedReuse.NO;
        }

        /** Like {@link #reuse(int)} for a caller that drops the body, so that its size is not limited. */
        ExpectedReuse reuseAfterDiscard(int arrived) {
            return length == arrived ? reuse : ExpectedReuse.NO;
        }

        private ExpectedOutcome withoutReuse() {
            return new ExpectedOutcome(end, informationalCount, head, body, trailers, length, ExpectedReuse.NO);
        }

        private static ExpectedOutcome of(End end, int informationalCount) {
            return new ExpectedOutcome(end, informationalCount, null, "", List.of(), 0, ExpectedReuse.NO);
        }
    }

    /** How the end of a body is found. */
    sealed interface Delimiter {
        record Length(BigInteger bytes) implements Delimiter {}

        record Chunks() implements Delimiter {}

        record Close() implements Delimiter {}
    }

    /**
     * Parses the response to a request.
     *
     * @param closes whether the server closes the connection after the input; otherwise it keeps silent
     */
    static ExpectedOutcome parse(String method, String input, boolean closes, Limits limits) {
        WireLimits wire = new WireLimits(
                limits.headBytes(),
                limits.fieldCount(),
                limits.informational(),
                limits.chunkLine(),
                limits.trailerBytes());
        int at = 0;
        int informationalCount = 0;
        boolean keepsAlive = true;
        while (true) {
            switch (ReferenceHeadParser.parseHead(input.substring(at), wire)) {
                case ParseResult.Malformed<ParsedHead> malformed -> {
                    return ExpectedOutcome.of(End.MALFORMED, informationalCount);
                }
                case ParseResult.Incomplete<ParsedHead> incomplete -> {
                    return ExpectedOutcome.of(End.INCOMPLETE, informationalCount);
                }
                case ParseResult.Complete<ParsedHead>(ParsedHead head, int length) -> {
                    at += length;
                    boolean tooMany = head.informational() && informationalCount == limits.informational();
                    if (tooMany || at > limits.headBytes()) {
                        return ExpectedOutcome.of(End.MALFORMED, informationalCount);
                    }
                    keepsAlive &= keepsAlive(head);
                    if (!head.informational()) {
                        ExpectedOutcome outcome = parseBody(
                                method, head, input, at, informationalCount, closes, limits.maxBodySize(), wire);
                        return keepsAlive ? outcome : outcome.withoutReuse();
                    }
                    informationalCount++;
                }
            }
        }
    }

    private static ExpectedOutcome parseBody(
            String method,
            ParsedHead head,
            String input,
            int at,
            int informationalCount,
            boolean closes,
            long limit,
            WireLimits limits) {
        Delimiter delimiter = delimiter(method, head);
        if (delimiter == null) {
            return ExpectedOutcome.of(End.MALFORMED, informationalCount);
        }
        String rest = input.substring(at);
        Ending ending;
        String body;
        List<FieldLine> trailers = List.of();
        int length = at;
        switch (delimiter) {
            case Delimiter.Length(BigInteger announced) -> {
                if (announced.compareTo(BigInteger.valueOf(limit)) > 0) {
                    return ExpectedOutcome.of(End.TOO_LARGE, informationalCount);
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
                length = input.length();
            }
        }
        End end = switch (ending) {
            case COMPLETE -> End.RESPONSE;
            case INCOMPLETE -> End.INCOMPLETE;
            case INCOMPLETE_AND_MALFORMED -> End.INCOMPLETE_OR_MALFORMED;
            case MALFORMED -> End.MALFORMED;
        };
        return new ExpectedOutcome(
                body.length() > limit ? End.TOO_LARGE : end,
                informationalCount,
                head,
                body,
                trailers,
                end == End.RESPONSE ? length : 0,
                end == End.RESPONSE && !(delimiter instanceof Delimiter.Close)
                        ? expectedReuse(head)
                        : ExpectedReuse.NO);
    }

    /** Returns how the body ends, or null if two recipients could see two different bodies. */
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
        Set<BigInteger> lengthsGiven = new HashSet<>();
        for (String length : lengths.split(",", -1)) {
            if (!length.matches("[ \\t]*[0-9]+[ \\t]*")) {
                return null;
            }
            lengthsGiven.add(new BigInteger(length.strip()));
        }
        BigInteger length = lengthsGiven.iterator().next();
        return lengthsGiven.size() == 1 && length.compareTo(LARGEST) <= 0 ? new Delimiter.Length(length) : null;
    }

    private static ExpectedReuse expectedReuse(ParsedHead head) {
        Integer seconds = ReferenceFieldParser.timeout(head.values("Keep-Alive"));
        if (seconds != null && (seconds == 0 || seconds == 1)) {
            return ExpectedReuse.NO;
        }
        return seconds == null || seconds >= 0 && seconds < 60 ? ExpectedReuse.EITHER : ExpectedReuse.YES;
    }

    /** RFC 9112, section 9.3. Also false for status 101, and if the head announces a body that its status forbids. */
    static boolean keepsAlive(ParsedHead head) {
        String connection = head.joined("Connection");
        Set<String> options = new HashSet<>();
        for (String option : (connection == null ? "" : connection).split(",", -1)) {
            options.add(option.replaceAll("^[ \\t]+|[ \\t]+$", "").toLowerCase(Locale.ROOT));
        }
        boolean bodiless = head.status() < 200 || head.status() == 204;
        String lengths = head.joined("Content-Length");
        boolean announcesBody = head.joined("Transfer-Encoding") != null
                || lengths != null && !lengths.matches("[ \\t]*0+[ \\t]*(?:,[ \\t]*0+[ \\t]*)*");
        return head.status() != 101
                && !(bodiless && announcesBody)
                && !options.contains("close")
                && (head.minorVersion() > 0 || options.contains("keep-alive"));
    }
}
