package io.httpipe.fuzz;

import io.httpipe.internal.wire.WireLimits;
import java.math.BigInteger;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Parses chunked bodies with regular expressions, according to RFC 9112, section 7.1. */
final class ReferenceChunkParser {
    private static final String QUOTED =
            "\"(?:[\\t\\x20\\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*+\"";
    private static final String EXTENSION = "[ \\t]*;[ \\t]*T(?:[ \\t]*=[ \\t]*(?:T|Q))?"
            .replace("T", ReferenceHeadParser.TOKEN)
            .replace("Q", QUOTED);

    /** Spaces and tabs may follow a size without extensions (docs/strictness.md, S-CH-05). */
    private static final Pattern SIZE_LINE = Pattern.compile("([0-9A-Fa-f]+)(?:[ \\t]*|(?:" + EXTENSION + ")+)\\r\\n");

    private static final Pattern SIZE = Pattern.compile("[0-9A-Fa-f]+");
    private static final Pattern LINE_END = Pattern.compile("\\r\\n");

    private static final BigInteger LARGEST = BigInteger.valueOf(Long.MAX_VALUE);

    private final String input;
    private final WireLimits limits;
    private final StringBuilder data = new StringBuilder();
    private int at;

    /** The number of bytes in the size lines so far, without their ends and the digits that the sizes need. */
    private int padding;

    private ReferenceChunkParser(String input, WireLimits limits) {
        this.input = input;
        this.limits = limits;
    }

    enum Ending {
        COMPLETE,
        INCOMPLETE,
        /** Incomplete, but malformed whatever follows. A decoder may refuse it now or at the end of the line. */
        INCOMPLETE_AND_MALFORMED,
        MALFORMED
    }

    /**
     * The part of a body that could be parsed.
     *
     * @param length the number of bytes that the body took, if it is complete
     */
    record ParsedBody(Ending ending, String data, List<FieldLine> trailers, int length) {}

    static ParsedBody parse(String input, WireLimits limits) {
        return new ReferenceChunkParser(input, limits).parse();
    }

    private ParsedBody parse() {
        while (true) {
            Matcher line = SIZE_LINE.matcher(input).region(at, Math.min(input.length(), at + limits.chunkLine()));
            if (!line.lookingAt()) {
                return ended(badSizeLine(line));
            }
            BigInteger size = new BigInteger(line.group(1), 16);
            if (size.compareTo(LARGEST) > 0) {
                return ended(Ending.MALFORMED);
            }
            // S-CH-19 limits the padding.
            padding += line.end() - at - size.toString(16).length() - 2;
            if (padding > 4L * limits.chunkLine() + data.length()) {
                return ended(Ending.MALFORMED);
            }
            at = line.end();
            if (size.signum() == 0) {
                return parseTrailers();
            }
            int count = size.min(BigInteger.valueOf(input.length() - at)).intValueExact();
            data.append(input, at, at + count);
            at += count;
            if (at == input.length()) {
                return ended(Ending.INCOMPLETE);
            }
            Matcher end = LINE_END.matcher(input).region(at, input.length());
            if (!end.lookingAt()) {
                return ended(end.hitEnd() ? Ending.INCOMPLETE : Ending.MALFORMED);
            }
            at = end.end();
        }
    }

    private Ending badSizeLine(Matcher line) {
        String arrived = input.substring(line.regionStart(), line.regionEnd());
        if (arrived.contains("\n") || arrived.length() == limits.chunkLine()) {
            return Ending.MALFORMED;
        }
        Matcher size = SIZE.matcher(arrived);
        boolean tooLarge = size.lookingAt() && new BigInteger(size.group(), 16).compareTo(LARGEST) > 0;
        return line.hitEnd() && !tooLarge ? Ending.INCOMPLETE : Ending.INCOMPLETE_AND_MALFORMED;
    }

    private ParsedBody parseTrailers() {
        return switch (ReferenceHeadParser.parseTrailers(input.substring(at), limits)) {
            case ParseResult.Complete<List<FieldLine>>(List<FieldLine> trailers, int length) ->
                new ParsedBody(Ending.COMPLETE, data.toString(), trailers, at + length);
            case ParseResult.Incomplete<List<FieldLine>> incomplete -> ended(Ending.INCOMPLETE);
            case ParseResult.Malformed<List<FieldLine>> malformed -> ended(Ending.MALFORMED);
        };
    }

    private ParsedBody ended(Ending ending) {
        return new ParsedBody(ending, data.toString(), List.of(), 0);
    }
}
