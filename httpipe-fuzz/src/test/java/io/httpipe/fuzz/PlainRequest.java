package io.httpipe.fuzz;

import io.httpipe.fuzz.PlainChunks.Ending;
import io.httpipe.fuzz.PlainChunks.PlainBody;
import io.httpipe.internal.wire.WireLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads requests as a strict server would: RFC 9112, sections 3, 5 and 6, with nothing optional used. */
final class PlainRequest {
    private static final Pattern LINE = Pattern.compile("([!-~]+) ([!-~\\x80-\\xff]+) HTTP/1\\.([01])\\r\\n");
    private static final Pattern FIELD =
            Pattern.compile("(" + PlainSection.TOKEN + "): ((?:[!-~\\x80-\\xff][\\t -~\\x80-\\xff]*)?)\\r\\n");
    private static final int MANY = 1 << 30;
    private static final WireLimits ANY = new WireLimits(MANY, MANY, MANY, MANY, MANY);

    private PlainRequest() {}

    /**
     * A request.
     *
     * @param fields as {@code Name: value}, in order
     */
    record PlainMessage(
            String method, String target, int minorVersion, List<String> fields, String body, List<String> trailers) {}

    static Reading<PlainMessage> read(String octets) {
        int headEnd = octets.indexOf("\r\n\r\n") + 4;
        if (headEnd < 4) {
            return new Reading.Unfinished<>();
        }
        Matcher line = LINE.matcher(octets);
        if (!line.lookingAt()) {
            return new Reading.Refused<>();
        }
        List<String> fields = new ArrayList<>();
        Matcher field = FIELD.matcher(octets);
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
            return new Reading.Refused<>();
        }
        String rest = octets.substring(headEnd);
        String body;
        List<String> trailers = List.of();
        if (chunked) {
            PlainBody chunks = PlainChunks.body(rest, ANY);
            if (chunks.ending() != Ending.WHOLE) {
                return chunks.ending() == Ending.REFUSED ? new Reading.Refused<>() : new Reading.Unfinished<>();
            }
            body = chunks.data();
            trailers = chunks.trailers().stream()
                    .map(t -> t.line().substring(0, t.line().indexOf(':')) + ": " + t.value())
                    .toList();
            headEnd += chunks.length();
        } else if (rest.length() < length) {
            return new Reading.Unfinished<>();
        } else {
            body = rest.substring(0, (int) length);
            headEnd += body.length();
        }
        return new Reading.Whole<>(
                new PlainMessage(line.group(1), line.group(2), Integer.parseInt(line.group(3)), fields, body, trailers),
                headEnd);
    }
}
