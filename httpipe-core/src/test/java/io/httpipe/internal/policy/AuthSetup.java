package io.httpipe.internal.policy;

import io.httpipe.internal.call.Outgoing;
import io.httpipe.internal.connect.CallTimeouts;
import io.httpipe.internal.connect.NanoClock;
import io.httpipe.internal.wire.Challenge;
import io.httpipe.internal.wire.ChallengeParser;
import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.Origin;
import io.httpipe.internal.wire.ResponseHead;
import io.httpipe.internal.wire.UriParser;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Requests, responses and limits for tests of authentication. */
final class AuthSetup {
    static final CallTimeouts.Limits NO_LIMITS =
            new CallTimeouts.Limits(NanoClock.NEVER, NanoClock.NEVER, NanoClock.NEVER, NanoClock.NEVER);

    private AuthSetup() {}

    static Set<Origin> origin(String uri) {
        return Set.of(Origin.parse("uri", uri));
    }

    static Outgoing get(String uri) {
        return Outgoing.to("GET", UriParser.parse(uri));
    }

    /** A response head with field lines such as {@code Name: value}. */
    static ResponseHead head(int status, String... lines) {
        List<String> fields = new ArrayList<>();
        for (String line : lines) {
            String name = line.substring(0, line.indexOf(':'));
            fields.addAll(List.of(name, name, line.substring(name.length() + 1).strip()));
        }
        return new ResponseHead(1, status, "", FieldLines.of(fields));
    }

    /** A response with status 401 and a challenge. */
    static ResponseHead asking(String challenge) {
        return head(401, "WWW-Authenticate: " + challenge);
    }

    static Challenge challenge(String text) {
        return ChallengeParser.parse(asking(text).fields(), "WWW-Authenticate").getFirst();
    }

    static @Nullable String authorization(Outgoing request) {
        return request.fields().first("Authorization");
    }

    /** The parameters of a Digest answer. Credentials have the same grammar as challenges. */
    static Map<String, String> parameters(Outgoing request) {
        Challenge credentials =
                ChallengeParser.parse(request.fields(), "Authorization").getFirst();
        return credentials.scheme().equals("digest") ? credentials.parameters() : Map.of();
    }

    static CallTimeouts timeouts() {
        return timeouts(NanoClock.NEVER);
    }

    static CallTimeouts timeouts(long deadline) {
        return new CallTimeouts(NO_LIMITS, NanoClock.now(), deadline);
    }

    static Authentication journey(Authenticator... authenticators) {
        return new Authentication(List.of(authenticators), timeouts(), new Waits());
    }
}
