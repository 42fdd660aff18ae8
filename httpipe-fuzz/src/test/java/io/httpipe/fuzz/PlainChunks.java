package io.httpipe.fuzz;

import io.httpipe.internal.wire.WireLimits;
import java.math.BigInteger;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads chunked bodies with regular expressions, after RFC 9112, section 7.1. */
final class PlainChunks {
    private static final String QUOTED =
            "\"(?:[\\t\\x20\\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*+\"";
    private static final String EXTENSION = "[ \\t]*;[ \\t]*T(?:[ \\t]*=[ \\t]*(?:T|Q))?"
            .replace("T", PlainSection.TOKEN)
            .replace("Q", QUOTED);

    /** With spaces or tabs behind a size alone (docs/strictness.md, S-CH-05). */
    private static final Pattern SIZE_LINE = Pattern.compile("([0-9A-Fa-f]+)(?:[ \\t]*|(?:" + EXTENSION + ")+)\\r\\n");

    private static final Pattern SIZE = Pattern.compile("[0-9A-Fa-f]+");
    private static final Pattern LINE_END = Pattern.compile("\\r\\n");

    private static final BigInteger LARGEST = BigInteger.valueOf(Long.MAX_VALUE);

    private final String octets;
    private final WireLimits limits;
    private final StringBuilder data = new StringBuilder();
    private int at;

    /** What the size lines so far have beyond the digits that they need. */
    private int padding;

    private PlainChunks(String octets, WireLimits limits) {
        this.octets = octets;
        this.limits = limits;
    }

    enum Ending {
        WHOLE,
        UNFINISHED,
        /** Unfinished, and no octet that may come can save it: may be refused at once or when its line has come. */
        DOOMED,
        REFUSED
    }

    /**
     * A body as far as it could be read.
     *
     * @param length how many octets of the wire it took, if it is whole
     */
    record PlainBody(Ending ending, String data, List<Line> trailers, int length) {}

    static PlainBody body(String octets, WireLimits limits) {
        return new PlainChunks(octets, limits).read();
    }

    private PlainBody read() {
        while (true) {
            Matcher line = SIZE_LINE.matcher(octets).region(at, Math.min(octets.length(), at + limits.chunkLine()));
            if (!line.lookingAt()) {
                return ended(badSizeLine(line));
            }
            BigInteger size = new BigInteger(line.group(1), 16);
            if (size.compareTo(LARGEST) > 0) {
                return ended(Ending.REFUSED);
            }
            // S-CH-19.
            padding += line.end() - at - size.toString(16).length() - 2;
            if (padding > 4L * limits.chunkLine() + data.length()) {
                return ended(Ending.REFUSED);
            }
            at = line.end();
            if (size.signum() == 0) {
                return trailers();
            }
            int there = size.min(BigInteger.valueOf(octets.length() - at)).intValueExact();
            data.append(octets, at, at + there);
            at += there;
            if (at == octets.length()) {
                return ended(Ending.UNFINISHED);
            }
            Matcher end = LINE_END.matcher(octets).region(at, octets.length());
            if (!end.lookingAt()) {
                return ended(end.hitEnd() ? Ending.UNFINISHED : Ending.REFUSED);
            }
            at = end.end();
        }
    }

    private Ending badSizeLine(Matcher line) {
        String arrived = octets.substring(line.regionStart(), line.regionEnd());
        if (arrived.contains("\n") || arrived.length() == limits.chunkLine()) {
            return Ending.REFUSED;
        }
        Matcher size = SIZE.matcher(arrived);
        boolean tooLarge = size.lookingAt() && new BigInteger(size.group(), 16).compareTo(LARGEST) > 0;
        return line.hitEnd() && !tooLarge ? Ending.UNFINISHED : Ending.DOOMED;
    }

    private PlainBody trailers() {
        return switch (PlainSection.trailers(octets.substring(at), limits)) {
            case Reading.Whole<List<Line>>(List<Line> trailers, int length) ->
                new PlainBody(Ending.WHOLE, data.toString(), trailers, at + length);
            case Reading.Unfinished<List<Line>> unfinished -> ended(Ending.UNFINISHED);
            case Reading.Refused<List<Line>> refused -> ended(Ending.REFUSED);
        };
    }

    private PlainBody ended(Ending ending) {
        return new PlainBody(ending, data.toString(), List.of(), 0);
    }
}
