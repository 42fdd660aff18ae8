package io.httpipe.internal.policy;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.wire.Origin;
import io.httpipe.internal.wire.ResponseHead;
import io.httpipe.internal.wire.UriParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Gives the fuzz targets access to package-private parts of the policies. */
public final class PolicyInternals {
    private static final String URI = "http://h/path?query";

    private PolicyInternals() {}

    /** The names of the content codings of a response, in the order in which they were applied. */
    public static List<String> codings(ResponseHead head) {
        return DecodingRules.names(head.fields());
    }

    /** The ways in which decoding ends. */
    public enum End {
        COMPLETE,
        TRUNCATED,
        MALFORMED,
        TRAILING_DATA
    }

    /** The decoded bytes, and how the decoding ended. */
    public record Decoded(byte[] bytes, End end) {}

    /** Decodes gzip with buffers of these sizes. */
    public static Decoded gunzip(byte[] data, int inputSize, int outputSize) {
        ByteArrayOutputStream decoded = new ByteArrayOutputStream();
        Codec codec = new BuiltInCoding(true).open();
        try {
            ByteBuffer out = ByteBuffer.allocate(outputSize);
            boolean complete = data.length == 0;
            for (int from = 0; from < data.length; from += inputSize) {
                ByteBuffer in = ByteBuffer.wrap(data, from, Math.min(inputSize, data.length - from));
                boolean full = true;
                while (full || in.hasRemaining()) {
                    int before = in.remaining();
                    complete = codec.decode(in, out.clear());
                    decoded.write(out.array(), 0, out.position());
                    full = !out.hasRemaining();
                    if (in.hasRemaining() && in.remaining() == before && out.position() == 0) {
                        return new Decoded(decoded.toByteArray(), complete ? End.TRAILING_DATA : End.MALFORMED);
                    }
                }
            }
            return new Decoded(decoded.toByteArray(), complete ? End.COMPLETE : End.TRUNCATED);
        } catch (IOException e) {
            return new Decoded(decoded.toByteArray(), End.MALFORMED);
        } finally {
            codec.close();
        }
    }

    /** The Authorization of {@code GET /path?query} after a response, with a user name and password; null for none. */
    public static @Nullable String answer(ResponseHead challenges, String user, String password, String clientNonce)
            throws IOException {
        Set<Origin> origin = Set.of(Origin.parse("origin", "http://h"));
        CallTimeouts.Limits limits =
                new CallTimeouts.Limits(NanoClock.NEVER, NanoClock.NEVER, NanoClock.NEVER, NanoClock.NEVER);
        Authentication journey = new Authentication(
                List.of(
                        BasicAuthenticator.of(origin, user, password),
                        DigestAuthenticator.of(origin, user, password, () -> clientNonce)),
                new CallTimeouts(limits, 0, NanoClock.NEVER),
                new Waits());
        Outgoing request = Outgoing.to("GET", UriParser.parse(URI));
        journey.dress(request);
        return journey.after(challenges) == null
                ? null
                : journey.dress(request).fields().first("Authorization");
    }

    /** Parses a line of a cookie file and writes it again. */
    public static String rewriteCookie(String line) {
        return CookieFile.format(CookieFile.parse(line, Long.MAX_VALUE / 2));
    }
}
