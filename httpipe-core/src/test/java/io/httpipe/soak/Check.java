package io.httpipe.soak;

import io.httpipe.Headers;
import io.httpipe.Response;
import io.httpipe.StreamedResponse;
import java.io.IOException;
import java.util.zip.CRC32C;

/** Whether an answer is the one to its question: its id, its status, each octet of its body, and the checksum of it. */
final class Check {
    private final Question question;
    private final Plan plan;
    private final Tally tally;
    private final CRC32C sum = new CRC32C();
    private long place;
    private String announcedSum;

    Check(Question question, Tally tally) {
        this.question = question;
        this.plan = question.plan();
        this.tally = tally;
    }

    /** A whole answer to a request with a body of this length, -1 if it may have been answered early. */
    void whole(String method, Response response, long sent) {
        if (question.kind() == Kind.SWITCH) {
            must(response.status() == 101 && response.body().length == 0, "101 with an empty body", response);
            tally.answers.increment();
            return;
        }
        head(response.status(), response.headers(), sent);
        if (method.equals("HEAD")) {
            must(response.body().length == 0, "no body", response);
            tally.answers.increment();
            return;
        }
        body(response.body(), response.body().length);
        end(response.trailers());
    }

    void head(int status, Headers headers, long sent) {
        must(Long.toString(question.id()).equals(headers.first("X-Id")), "its id", headers);
        must(status == plan.status(), "status " + plan.status(), status);
        must(Long.toString(sent).equals(headers.first("X-Received")), sent + " octets received", headers);
        must(!plan.folded() || "one two three".equals(blanks(headers.first("X-Folded"))), "a folded field", headers);
        announcedSum = headers.first("X-Sum");
        tally.uploaded.add(Math.max(0, sent));
    }

    /** The next octets of the body. */
    void body(byte[] octets, int count) {
        must(Content.matches(question.seed(), place, octets, 0, count), "its body at " + place, count + " others");
        sum.update(octets, 0, count);
        place += count;
    }

    void end(Headers trailers) {
        must(place == plan.length(), plan.length() + " octets", place);
        must(Plan.sum(sum).equals(announcedSum), "checksum " + announcedSum, Plan.sum(sum));
        must(!plan.hasTrailers() || announcedSum.equals(trailers.first("X-Trailing-Sum")), "the trailer", trailers);
        tally.octets.add(place);
        tally.answers.increment();
    }

    /** A streamed answer, read in pieces of at most this size. */
    void stream(StreamedResponse response, int size) throws IOException {
        head(response.status(), response.headers(), 0);
        for (byte[] piece = response.body().readChunk(size);
                piece != null;
                piece = response.body().readChunk(size)) {
            body(piece, piece.length);
        }
        end(response.trailers());
    }

    private static String blanks(String value) {
        return value == null ? null : value.replaceAll("[ \t]+", " ");
    }

    private void must(boolean holds, String expected, Object found) {
        if (!holds) {
            throw new AssertionError("%s %s: expected %s, but found %s".formatted(question, plan, expected, found));
        }
    }
}
