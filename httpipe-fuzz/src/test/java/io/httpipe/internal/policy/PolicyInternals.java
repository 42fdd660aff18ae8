package io.httpipe.internal.policy;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.wire.Origin;
import io.httpipe.internal.wire.ResponseHead;
import io.httpipe.internal.wire.UriParser;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Gives the fuzz targets access to package-private parts of the policies. */
public final class PolicyInternals {
    private static final String URI = "http://h/path?query";

    private PolicyInternals() {}

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
