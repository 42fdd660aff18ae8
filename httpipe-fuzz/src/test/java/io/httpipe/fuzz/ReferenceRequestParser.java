package io.httpipe.fuzz;

import io.httpipe.fuzz.ReferenceChunkParser.Ending;
import io.httpipe.fuzz.ReferenceChunkParser.ParsedBody;
import io.httpipe.internal.wire.WireLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Parses requests like a strict server (RFC 9112, sections 3, 5 and 6). It is lenient only in chunked bodies. */
final class ReferenceRequestParser {
    private static final Pattern REQUEST_LINE = Pattern.compile("([!-~]+) ([!-~\\x80-\\xff]+) HTTP/1\\.([01])\\r\\n");
    private static final Pattern FIELD =
            Pattern.compile("(" + ReferenceHeadParser.TOKEN + "): ((?:[!-~\\x80-\\xff][\\t -~\\x80-\\xff]*)?)\\r\\n");
    private static final int UNLIMITED = 1 << 30;
    private static final WireLimits NO_LIMITS = new WireLimits(UNLIMITED, UNLIMITED, UNLIMITED, UNLIMITED, UNLIMITED);

    private ReferenceRequestParser() {}

    /**
     * A request that was received.
     *
     * @param fields the fields as {@code Name: value}, in order
     */
    record ParsedRequest(
            String method, String target, int minorVersion, List<String> fields, String body, List<String> trailers) {}

    static ParseResult<ParsedRequest> parse(String input) {
        int headEnd = input.indexOf("\r\n\r\n") + 4;
        if (headEnd < 4) {
            return new ParseResult.Incomplete<>();
        }
        Matcher line = REQUEST_LINE.matcher(input);
        if (!line.lookingAt()) {
            return new ParseResult.Malformed<>();
        }
        List<String> fields = new ArrayList<>();
        Matcher field = FIELD.matcher(input);
        int at = line.end();
        long length = 0;
        boolean chunked = false;
        while (field.region(at, headEnd - 2).lookingAt()) {
            fields.add(field.group(1) + ": " + field.group(2));
            if (field.group(1).equalsIgnoreCase("Content-Length")) {
                length = Long.parseLong(field.group(2));
            }
            chunked |= field.group(1).equalsIgnoreCase("Transfer-Encoding")
                    && field.group(2).equals("chunked");
            at = field.end();
        }
        if (at != headEnd - 2) {
            return new ParseResult.Malformed<>();
        }
        String rest = input.substring(headEnd);
        String body;
        List<String> trailers = List.of();
        if (chunked) {
            ParsedBody chunks = ReferenceChunkParser.parse(rest, NO_LIMITS);
            if (chunks.ending() != Ending.COMPLETE) {
                return chunks.ending() == Ending.MALFORMED
                        ? new ParseResult.Malformed<>()
                        : new ParseResult.Incomplete<>();
            }
            body = chunks.data();
            trailers = chunks.trailers().stream()
                    .map(t -> t.line().substring(0, t.line().indexOf(':')) + ": " + t.value())
                    .toList();
            headEnd += chunks.length();
        } else if (rest.length() < length) {
            return new ParseResult.Incomplete<>();
        } else {
            body = rest.substring(0, (int) length);
            headEnd += body.length();
        }
        return new ParseResult.Complete<>(
                new ParsedRequest(
                        line.group(1), line.group(2), Integer.parseInt(line.group(3)), fields, body, trailers),
                headEnd);
    }
}
