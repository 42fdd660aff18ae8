package io.httpipe.soak;

import io.httpipe.Headers;
import io.httpipe.Response;
import io.httpipe.StreamedResponse;
import java.io.IOException;
import java.util.zip.CRC32C;

/** Checks that a response is the one to its request: its id, status, every byte of its body, and its checksum. */
final class ResponseCheck {
    private final RequestSpec spec;
    private final ResponseSpec responseSpec;
    private final SoakCounters counters;
    private final CRC32C sum = new CRC32C();
    private long offset;
    private String announcedSum;

    ResponseCheck(RequestSpec spec, SoakCounters counters) {
        this.spec = spec;
        this.responseSpec = spec.response();
        this.counters = counters;
    }

    /** Checks a whole response to a request with a body of {@code sent} bytes; -1 if the response may come early. */
    void whole(String method, Response response, long sent) {
        if (spec.behaviour() == ServerBehaviour.SWITCH) {
            must(response.status() == 101 && response.body().length == 0, "101 with an empty body", response);
            counters.answers.increment();
            return;
        }
        head(response.status(), response.headers(), sent);
        if (method.equals("HEAD")) {
            must(response.body().length == 0, "no body", response);
            counters.answers.increment();
            return;
        }
        body(response.body(), response.body().length);
        end(response.trailers());
    }

    void head(int status, Headers headers, long sent) {
        must(Long.toString(spec.id()).equals(headers.first("X-Id")), "its id", headers);
        must(status == responseSpec.status(), "status " + responseSpec.status(), status);
        must(Long.toString(sent).equals(headers.first("X-Received")), sent + " bytes received", headers);
        must(
                !responseSpec.folded() || "one two three".equals(singleSpaces(headers.first("X-Folded"))),
                "a folded field",
                headers);
        announcedSum = headers.first("X-Sum");
        counters.uploaded.add(Math.max(0, sent));
    }

    /** Checks the next bytes of the body. */
    void body(byte[] bytes, int count) {
        must(
                GeneratedBytes.matches(spec.seed(), offset, bytes, 0, count),
                "its body at " + offset,
                count + " other bytes");
        sum.update(bytes, 0, count);
        offset += count;
    }

    void end(Headers trailers) {
        must(offset == responseSpec.length(), responseSpec.length() + " bytes", offset);
        must(ResponseSpec.sum(sum).equals(announcedSum), "checksum " + announcedSum, ResponseSpec.sum(sum));
        must(
                !responseSpec.hasTrailers() || announcedSum.equals(trailers.first("X-Trailing-Sum")),
                "the trailer",
                trailers);
        counters.bytes.add(offset);
        counters.answers.increment();
    }

    /** Reads a streamed response in pieces of at most this size, and checks it. */
    void stream(StreamedResponse response, int size) throws IOException {
        head(response.status(), response.headers(), 0);
        for (byte[] piece = response.body().readChunk(size);
                piece != null;
                piece = response.body().readChunk(size)) {
            body(piece, piece.length);
        }
        end(response.trailers());
    }

    private static String singleSpaces(String value) {
        return value == null ? null : value.replaceAll("[ \t]+", " ");
    }

    private void must(boolean holds, String expected, Object found) {
        if (!holds) {
            throw new AssertionError("%s %s: expected %s, but found %s".formatted(spec, responseSpec, expected, found));
        }
    }
}
