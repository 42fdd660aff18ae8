package io.httpipe.fuzz;

import io.httpipe.internal.wire.WireLimits;
import java.math.BigInteger;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads chunked bodies with regular expressions, after RFC 9112, section 7.1. */
final class ReferenceChunkParser {
    private static final String QUOTED =
            "\"(?:[\\t\\x20\\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*+\"";
    private static final String EXTENSION = "[ \\t]*;[ \\t]*T(?:[ \\t]*=[ \\t]*(?:T|Q))?"
            .replace("T", ReferenceHeadParser.TOKEN)
            .replace("Q", QUOTED);

    /** With spaces or tabs behind a size alone (docs/strictness.md, S-CH-05). */
    private static final Pattern SIZE_LINE = Pattern.compile("([0-9A-Fa-f]+)(?:[ \\t]*|(?:" + EXTENSION + ")+)\\r\\n");

    private static final Pattern SIZE = Pattern.compile("[0-9A-Fa-f]+");
    private static final Pattern LINE_END = Pattern.compile("\\r\\n");

    private static final BigInteger LARGEST = BigInteger.valueOf(Long.MAX_VALUE);

    private final String input;
    private final WireLimits limits;
    private final StringBuilder data = new StringBuilder();
    private int at;

    /** What the size lines so far have beyond the digits that they need. */
    private int padding;

    private ReferenceChunkParser(String input, WireLimits limits) {
        this.input = input;
        this.limits = limits;
    }

    enum Ending {
        WHOLE,
        UNFINISHED,
        /** Unfinished, and no octet that may come can save it: may be refused at once or when its line has come. */
        INCOMPLETE_AND_MALFORMED,
        REFUSED
    }

    /**
     * A body as far as it could be read.
     *
     * @param length how many input of the wire it took, if it is whole
     */
    record ParsedBody(Ending ending, String data, List<FieldLine> trailers, int length) {}

    static ParsedBody body(String input, WireLimits limits) {
        return new ReferenceChunkParser(input, limits).read();
    }

    private ParsedBody read() {
        while (true) {
            Matcher line = SIZE_LINE.matcher(input).region(at, Math.min(input.length(), at + limits.chunkLine()));
            if (!line.lookingAt()) {
                return ended(badSizeLine(line));
            }
            BigInteger size = new BigInteger(line.group(1), 16);
            if (size.compareTo(LARGEST) > 0) {
                return ended(Ending.MALFORMED);
            }
            // S-CH-19.
            padding += line.end() - at - size.toString(16).length() - 2;
            if (padding > 4L * limits.chunkLine() + data.length()) {
                return ended(Ending.MALFORMED);
            }
            at = line.end();
            if (size.signum() == 0) {
                return trailers();
            }
            int there = size.min(BigInteger.valueOf(input.length() - at)).intValueExact();
            data.append(input, at, at + there);
            at += there;
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

    private ParsedBody trailers() {
        return switch (ReferenceHeadParser.parseTrailers(input.substring(at), limits)) {
            case ParseResult.Complete<List<FieldLine>>(List<FieldLine> trailers, int length) ->
                new ParsedBody(Ending.COMPLETE, data.toString(), trailers, at + length);
            case ParseResult.Incomplete<List<FieldLine>> unfinished -> ended(Ending.INCOMPLETE);
            case ParseResult.Malformed<List<FieldLine>> refused -> ended(Ending.MALFORMED);
        };
    }

    private ParsedBody ended(Ending ending) {
        return new ParsedBody(ending, data.toString(), List.of(), 0);
    }
}
