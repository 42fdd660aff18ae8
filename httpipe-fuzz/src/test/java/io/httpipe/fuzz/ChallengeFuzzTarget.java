package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.fuzz.ReferenceChallengeParser.ParsedChallenge;
import io.httpipe.internal.policy.PolicyInternals;
import io.httpipe.internal.wire.Challenge;
import io.httpipe.internal.wire.ChallengeParser;
import io.httpipe.internal.wire.FieldLines;
import io.httpipe.internal.wire.ResponseHead;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/** Fuzzes challenges and the answers to them. The input is the values of WWW-Authenticate, one on each line. */
public final class ChallengeFuzzTarget {
    private static final String USER = "us\"er";
    private static final String PASSWORD = "pass, word";
    private static final String CLIENT_NONCE = "c\u00fc";

    private static final Pattern FIELD_VALUE = Pattern.compile("[\\t\\x20-\\x7e\\x80-\\xff]*");

    private ChallengeFuzzTarget() {}

    public static void fuzzerTestOneInput(byte[] data) throws IOException {
        List<String> values = Arrays.stream(Bytes.latin1(data).split("\n", -1))
                .map(line -> line.replaceAll("[\\r\\x00]", "?").replaceAll("^[ \\t]+|[ \\t]+$", ""))
                .toList();
        List<ParsedChallenge> expected = ReferenceChallengeParser.challenges(values);
        assertEquals(expected, challenges(values));
        assertEquals(
                ReferenceChallengeParser.parameters(values),
                List.copyOf(ChallengeParser.parameters(fields(values), "WWW-Authenticate")
                        .entrySet()));
        assertAnswer(expected, values);
    }

    static List<ParsedChallenge> challenges(List<String> values) {
        return ChallengeParser.parse(fields(values), "www-authenticate").stream()
                .map(ChallengeFuzzTarget::parsed)
                .toList();
    }

    private static ParsedChallenge parsed(Challenge challenge) {
        return new ParsedChallenge(
                challenge.scheme(),
                challenge.token68(),
                List.copyOf(challenge.parameters().entrySet()));
    }

    private static FieldLines fields(List<String> values) {
        List<String> lines = new ArrayList<>();
        values.forEach(value -> lines.addAll(List.of("WWW-Authenticate", "WWW-Authenticate", value)));
        return FieldLines.of(lines);
    }

    private static void assertAnswer(List<ParsedChallenge> challenges, List<String> values) throws IOException {
        String answer =
                PolicyInternals.answer(new ResponseHead(1, 401, "", fields(values)), USER, PASSWORD, CLIENT_NONCE);
        ParsedChallenge strongest = challenges.stream()
                .filter(challenge -> ReferenceDigest.strength(challenge) > 0)
                // Of several equally strong challenges, the client answers the first.
                .max(Comparator.comparingInt(ReferenceDigest::strength)
                        .thenComparing(challenges::indexOf, Comparator.reverseOrder()))
                .orElse(null);
        if (strongest == null) {
            assertNull(answer);
            return;
        }
        assertNotNull(answer);
        assertTrue(FIELD_VALUE.matcher(answer).matches(), "one line");
        if (strongest.scheme().equals("basic")) {
            assertEquals("Basic " + Base64.getEncoder().encodeToString(Bytes.of(USER + ":" + PASSWORD)), answer);
        } else {
            assertDigest(strongest, answer);
        }
    }

    private static void assertDigest(ParsedChallenge challenge, String answer) {
        // Credentials have the grammar of a challenge.
        ParsedChallenge sent =
                ReferenceChallengeParser.challenges(List.of(answer)).getFirst();
        assertEquals("digest", sent.scheme());
        for (String name : List.of("realm", "nonce", "opaque", "algorithm")) {
            assertEquals(challenge.parameter(name), sent.parameter(name), name);
        }
        boolean hashed = "true".equalsIgnoreCase(challenge.parameter("userhash"));
        String user = hashed ? ReferenceDigest.hash(challenge, USER, challenge.parameter("realm")) : USER;
        assertEquals(user, sent.parameter("username"));
        assertEquals(hashed ? "true" : null, sent.parameter("userhash"));
        String target = "/path?query";
        assertEquals(target, sent.parameter("uri"));
        assertEquals(ReferenceDigest.qop(challenge), sent.parameter("qop"));
        assertEquals(
                ReferenceDigest.response(challenge, USER, PASSWORD, CLIENT_NONCE, "GET", target),
                sent.parameter("response"));
    }
}
