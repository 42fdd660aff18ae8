package io.httpipe.test.server;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * An answer as bytes, with its effects in order.
 *
 * @param bytes the bytes that are sent if no effect ends the answer early
 * @param steps the effects by their offset in the bytes
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Encoded(byte[] bytes, List<Step> steps) {
    /** An effect before a byte. */
    record Step(int offset, Effect effect) {}

    /**
     * Encodes an answer.
     *
     * @param method the method of the request. An answer to HEAD has no body.
     * @throws IllegalArgumentException if the answer cannot be sent as described
     */
    static Encoded of(Answer answer, String method) {
        if (answer.raw != null) {
            byte[] raw = answer.raw.clone();
            int end = Text.latin(raw).indexOf("\r\n\r\n");
            return new Encoded(raw, steps(answer, raw.length, end < 0 ? raw.length : end + 4, method));
        }
        boolean withoutBody = method.equals("HEAD") || bodiless(answer.status);
        checkFraming(answer, withoutBody);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(answer.informational);
        out.writeBytes(Answer.head(answer.status, answer.reason, headers(answer)));
        int body = out.size();
        if (!withoutBody) {
            if (answer.chunkSizes == null) {
                out.writeBytes(answer.body);
            } else {
                chunks(answer, answer.chunkSizes, out);
            }
        }
        return new Encoded(out.toByteArray(), steps(answer, out.size(), body, method));
    }

    /** {@return whether an effect ends the connection} */
    boolean endsConnection() {
        return !steps.isEmpty() && steps.getLast().effect() instanceof Effect.End;
    }

    private static boolean bodiless(int status) {
        return status == 101 || status == 204 || status == 304;
    }

    private static void checkFraming(Answer answer, boolean withoutBody) {
        if (bodiless(answer.status) && (answer.body.length > 0 || answer.chunkSizes != null)) {
            throw new IllegalArgumentException("a " + answer.status + " can have neither a body nor chunks: " + answer);
        }
        if (answer.chunkSizes == null && !answer.trailers.isEmpty()) {
            throw new IllegalArgumentException("trailers need a chunked answer: " + answer.trailers);
        }
        if (answer.chunkSizes != null && answer.untilClose) {
            throw new IllegalArgumentException("an answer is chunked or ends with the connection, not both");
        }
        for (Header header : answer.headers) {
            if (header.is("Transfer-Encoding")) {
                throw new IllegalArgumentException(
                        "chunked(..) sets Transfer-Encoding; use raw(..) to send another one: " + header);
            }
            if (!header.is("Content-Length")) {
                continue;
            }
            if (answer.chunkSizes != null || answer.untilClose) {
                throw new IllegalArgumentException(
                        "an answer that is chunked or ends with the connection cannot have " + header);
            }
            boolean announcesOnly = withoutBody && answer.body.length == 0;
            if (!announcesOnly && !header.value().equals(Integer.toString(answer.body.length))) {
                throw new IllegalArgumentException("the body has " + answer.body.length + " bytes, but the answer says "
                        + header + "; use raw(..) to send a wrong length");
            }
        }
    }

    private static List<Header> headers(Answer answer) {
        List<Header> headers = new ArrayList<>(answer.headers);
        if (answer.chunkSizes != null) {
            headers.add(new Header("Transfer-Encoding", "chunked"));
        } else if (!answer.untilClose
                && !bodiless(answer.status)
                && headers.stream().noneMatch(header -> header.is("Content-Length"))) {
            headers.add(new Header("Content-Length", Integer.toString(answer.body.length)));
        }
        return headers;
    }

    private static void chunks(Answer answer, int[] sizes, ByteArrayOutputStream out) {
        byte[] body = answer.body;
        int at = 0;
        for (int i = 0; at < body.length; i++) {
            int size = sizes.length == 0 ? body.length : sizes[Math.min(i, sizes.length - 1)];
            size = Math.min(size, body.length - at);
            out.writeBytes(Text.latin(Integer.toHexString(size) + "\r\n"));
            out.write(body, at, size);
            out.writeBytes(Text.latin("\r\n"));
            at += size;
        }
        out.writeBytes(Text.latin("0\r\n"));
        answer.trailers.forEach(trailer -> out.writeBytes(Text.latin(trailer + "\r\n")));
        out.writeBytes(Text.latin("\r\n"));
    }

    private static List<Step> steps(Answer answer, int length, int body, String method) {
        List<Step> steps = new ArrayList<>();
        for (Answer.Placed placed : answer.effects) {
            long at = placed.offset()
                    + switch (placed.anchor()) {
                        case START -> 0;
                        case BODY -> body;
                        case END -> length;
                    };
            if (at > length) {
                throw new IllegalArgumentException("nothing can happen at byte " + at + ", because the answer to "
                        + method + " has " + length + " bytes, " + body + " of them before the body: " + answer
                        + " with "
                        + placed.effect());
            }
            steps.add(new Step((int) at, placed.effect()));
        }
        steps.sort(Comparator.comparingInt(Step::offset));
        for (int i = 0; i < steps.size() - 1; i++) {
            if (steps.get(i).effect() instanceof Effect.End) {
                throw new IllegalArgumentException("after " + steps.get(i).effect() + " at byte "
                        + steps.get(i).offset() + " nothing more can happen, not "
                        + steps.get(i + 1).effect()
                        + " at byte " + steps.get(i + 1).offset());
            }
        }
        return steps;
    }
}
