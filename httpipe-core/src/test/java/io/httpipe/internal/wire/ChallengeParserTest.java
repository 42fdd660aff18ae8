package io.httpipe.internal.wire;

import static io.httpipe.internal.wire.ParserHarness.parseFields;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Challenges in the field WWW-Authenticate, and parameters in the field Authentication-Info. */
class ChallengeParserTest {
    /** Field values, and the challenges in them as {@link #written} writes them. */
    private static final String WELL_FORMED = """
            Basic realm="a"                             -> basic realm:a
            BASIC Realm=a                               -> basic realm:a
            Basic                                       -> basic
            Basic realm="a", charset="UTF-8"            -> basic realm:a charset:UTF-8
            Basic realm="a",charset=UTF-8               -> basic realm:a charset:UTF-8
            Basic realm = "a" ,  charset  =UTF-8        -> basic realm:a charset:UTF-8
            Basic    realm="a"                          -> basic realm:a
            Basic realm=""                              -> basic realm:
            Basic realm="a, Digest b=\\"c\\""           -> basic realm:a, Digest b="c"
            Basic realm="\\a\\\\\\""                    -> basic realm:a\\"
            Basic realm="=,;"                           -> basic realm:=,;
            Negotiate                                   -> negotiate
            Negotiate YWJj                              -> negotiate YWJj
            Negotiate YWJj==                            -> negotiate YWJj==
            Negotiate a-._~+/09Z=                       -> negotiate a-._~+/09Z=
            Negotiate a=                                -> negotiate a=
            Newauth realm="a", type=1, Basic realm="b"  -> newauth realm:a type:1 & basic realm:b
            Negotiate, Basic realm="b"                  -> negotiate & basic realm:b
            Negotiate YWJj=, NTLM, Basic                -> negotiate YWJj= & ntlm & basic
            Basic a=b, Basic a=c                        -> basic a:b & basic a:c
            Basic a =b, Basic                           -> basic a:b & basic
            ,, ,Basic a=b,, ,c=d, ,Digest , e=f,        -> basic a:b c:d & digest e:f
            Basic, realm=a                              -> basic realm:a
            Basic realm=a, Digest=b, c                  -> basic realm:a digest:b & c
            Dig!#$%&'*+-.^_`|~est a=b                   -> dig!#$%&'*+-.^_`|~est a:b
            """;

    static Stream<Arguments> wellFormed() {
        return WELL_FORMED.lines().map(row -> {
            String[] sides = row.split(" +-> ", -1);
            return Arguments.of(sides[0], sides[1]);
        });
    }

    @ParameterizedTest
    @MethodSource
    void wellFormed(String value, String expected) throws Exception {
        assertEquals(expected, written(parse(value)));
        assertEquals(expected, written(parse(",\t" + value + "\t,")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "realm=a b",
                "realm=a b=c",
                "realm=\"a\"b",
                "realm=a, realm=b",
                "realm=a, REALM=a",
                "YWJj=, realm=a",
                "YWJj YWJj",
                "a==b",
                "a=, b=c",
                "@",
                "a=b, @",
                "a=b, \"c\"",
                "a=b, c\"d\"",
                "a=b, c@, d=e",
                "a=\u00e4",
                "a=b; c=d",
                "a=\"\u0001\"",
                "a=\"\\\u007f\""
            })
    void leavesOutAMalformedChallengeAndReadsTheOthers(String malformed) throws Exception {
        assertEquals(
                "basic realm:a & digest nonce:b",
                written(parse("Basic realm=a, Bad " + malformed + ", Digest nonce=b")));
    }

    @Test
    void anUnterminatedQuoteDropsTheRestOfItsLine() throws Exception {
        assertEquals("basic realm:a", written(parse("Basic realm=a, Digest nonce=\"b, Bearer realm=c")));
        assertEquals("basic realm:a", written(parse("Basic realm=a, Digest nonce=\"b\\\", Bearer realm=c")));
        assertEquals("basic realm:a", written(parse("Basic realm=a, Digest nonce=\"b\\")));
        assertEquals("basic realm:a", written(parse("Basic realm=a, Digest nonce=b c\", Bearer realm=c")));
        assertEquals("", written(parse("Basic realm=\"a")));
        assertEquals("", written(parse("Basic realm=\"")));
        assertEquals("bearer realm:c", written(parse("Digest nonce=\"b", "realm=b", "Bearer realm=c")));
    }

    @Test
    void readsSeveralLinesLikeOneList() throws Exception {
        assertEquals("basic realm:a & digest nonce:b", written(parse("Basic realm=a", "Digest nonce=b")));
        assertEquals("digest nonce:b realm:a", written(parse("Digest nonce=b", "realm=a")));
        assertEquals("basic & digest nonce:b", written(parse("Basic,", "", ",Digest nonce=b")));
    }

    @Test
    void parametersBeforeTheFirstSchemeAreDropped() throws Exception {
        assertEquals("basic realm:a", written(parse("nonce=b, Basic realm=a")));
        assertEquals("", written(parse("nonce=b")));
        assertEquals("", written(parse("", ",", " \t")));
    }

    @Test
    void readsOnlyTheNamedField() throws Exception {
        FieldLines fields = parseFields("WWW-Authenticate: Basic", "Proxy-Authenticate: Digest nonce=a");
        assertEquals("basic", written(ChallengeParser.parse(fields, "WWW-Authenticate")));
        assertEquals("digest nonce:a", written(ChallengeParser.parse(fields, "Proxy-Authenticate")));
        assertEquals(List.of(), ChallengeParser.parse(fields, "Authenticate"));
    }

    @Test
    void keepsBytesThatAreNotAscii() throws Exception {
        assertEquals("basic realm:\u00c3\u00a4", written(parse("Basic realm=\"\u00c3\u00a4\"")));
    }

    @Test
    void readsAtMost32Challenges() throws Exception {
        assertEquals(32, parse("Basic,".repeat(32)).size());
        assertEquals(32, parse("Basic a=b,".repeat(33)).size());
        assertEquals(32, parse("Basic,".repeat(20), "Basic,".repeat(20)).size());
        assertEquals(0, parse("Basic @,".repeat(32) + "Basic").size());
    }

    @Test
    void aChallengeWithMoreThan64ParametersIsUnusable() throws Exception {
        assertEquals(
                64, parse("Basic " + parameters(64)).getFirst().parameters().size());
        assertEquals("digest", written(parse("Basic " + parameters(65) + ", Digest")));
    }

    private static String parameters(int count) {
        StringBuilder list = new StringBuilder();
        for (int i = 0; i < count; i++) {
            list.append(i == 0 ? "" : ", ").append('p').append(i).append("=v");
        }
        return list.toString();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a", "a=", "a ", "\"", "\"\\", "\",", "Basic ", "x=\"y\",", ",", "a = b ", "@", "=", "a=b,"})
    void takesLinearTime(String repeated) {
        FieldLines fields =
                FieldLines.of(List.of("WWW-Authenticate", "WWW-Authenticate", "Basic " + repeated.repeat(300_000)));
        assertTimeout(Duration.ofSeconds(20), () -> ChallengeParser.parse(fields, "WWW-Authenticate"));
    }

    @Test
    void readsTheParametersOfAnInfoField() throws Exception {
        assertEquals(
                Map.of("nextnonce", "a,b", "qop", "auth"), info("NextNonce=\"a,b\", qop=auth"), "names in lower case");
        assertEquals(Map.of("a", "1", "b", "2"), info("a=1", ", b=2"));
        assertEquals(Map.of(), info());
        assertEquals(Map.of(), info(""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a=1, b", "Digest a=1", "a=1, a=2", "a=\"1", "a=1 b=2", "@"})
    void readsNothingFromAMalformedInfoField(String value) throws Exception {
        assertEquals(Map.of(), info(value));
    }

    @Test
    void aChallengeFindsItsParameters() throws Exception {
        Challenge challenge = parse("Digest Stale=TRUE, qop=\"auth\"").getFirst();
        assertEquals("digest", challenge.scheme());
        assertNull(challenge.token68());
        assertEquals("auth", challenge.parameter("qop"));
        assertNull(challenge.parameter("nonce"));
        assertTrue(challenge.has("stale", "true"));
        assertFalse(challenge.has("stale", "false"));
        assertFalse(challenge.has("nonce", "true"));
    }

    private static List<Challenge> parse(String... values) throws MalformedException {
        return ChallengeParser.parse(fields("WWW-Authenticate", values), "www-authenticate");
    }

    private static Map<String, String> info(String... values) throws MalformedException {
        return ChallengeParser.parameters(fields("Authentication-Info", values), "Authentication-Info");
    }

    private static FieldLines fields(String name, String... values) throws MalformedException {
        return parseFields(
                Arrays.stream(values).map(value -> name + ": " + value).toArray(String[]::new));
    }

    private static String written(List<Challenge> challenges) {
        return challenges.stream()
                .map(challenge -> challenge.scheme()
                        + (challenge.token68() == null ? "" : " " + challenge.token68())
                        + challenge.parameters().entrySet().stream()
                                .map(p -> " " + p.getKey() + ":" + p.getValue())
                                .collect(Collectors.joining()))
                .collect(Collectors.joining(" & "));
    }
}
