package io.httpipe.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.httpipe.fuzz.ReferenceChallengeParser.ParsedChallenge;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Generated challenges are parsed correctly in many of the forms that the grammar allows. */
class ChallengePropertiesTest {
    @Property(seed = "9", tries = 2000)
    void parsedChallengesEqualTheGeneratedOnes(
            @ForAll("challenges") List<ParsedChallenge> challenges, @ForAll Random random) {
        List<String> lines = written(challenges, random);
        assertEquals(challenges, ChallengeFuzzTarget.challenges(lines));
        assertEquals(challenges, ReferenceChallengeParser.challenges(lines));
    }

    @Provide
    Arbitrary<List<ParsedChallenge>> challenges() {
        Arbitrary<String> schemes = MessageArbitraries.tokens().map(token -> token.toLowerCase(Locale.ROOT));
        Arbitrary<String> token68 = Combinators.combine(
                        Arbitraries.strings()
                                .alpha()
                                .numeric()
                                .withChars("-._~+/")
                                .ofMinLength(1)
                                .ofMaxLength(12),
                        Arbitraries.strings().withChars('=').ofMaxLength(2))
                .as(String::concat);
        Arbitrary<List<Map.Entry<String, String>>> parameters = Combinators.combine(
                        schemes, MessageArbitraries.values())
                .as(Map::entry)
                .list()
                .ofMaxSize(6)
                .uniqueElements(Map.Entry::getKey);
        return Arbitraries.oneOf(
                        Combinators.combine(schemes, token68).as((s, t) -> new ParsedChallenge(s, t, List.of())),
                        Combinators.combine(schemes, parameters).as((s, p) -> new ParsedChallenge(s, null, p)))
                .list()
                .ofMaxSize(6);
    }

    /** Writes challenges with random spaces, quotes, empty list members and line breaks. */
    private static List<String> written(List<ParsedChallenge> challenges, Random random) {
        List<String> members = new ArrayList<>();
        for (ParsedChallenge challenge : challenges) {
            String start = randomCase(challenge.scheme(), random);
            if (challenge.token68() != null) {
                members.add(start + " ".repeat(1 + random.nextInt(3)) + challenge.token68());
                continue;
            }
            boolean alone = challenge.parameters().isEmpty() || random.nextInt(5) == 0;
            if (alone) {
                members.add(start);
            }
            for (Map.Entry<String, String> parameter : challenge.parameters()) {
                boolean first = members.isEmpty() || !alone;
                members.add((first ? start + " " : "") + written(parameter, random));
                alone = true;
            }
        }
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String member : members) {
            if (random.nextInt(4) == 0) {
                lines.add(line.toString().strip());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : ",").append(", ".repeat(random.nextInt(3) / 2));
            line.append(blanks(random)).append(member).append(blanks(random));
        }
        lines.add(line.toString().strip());
        return lines;
    }

    private static String written(Map.Entry<String, String> parameter, Random random) {
        String value = parameter.getValue();
        boolean quoted = random.nextBoolean() || !value.matches(ReferenceHeadParser.TOKEN);
        return randomCase(parameter.getKey(), random)
                + blanks(random)
                + "="
                + blanks(random)
                + (quoted ? quoted(value, random) : value);
    }

    private static String quoted(String value, Random random) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : value.toCharArray()) {
            if (c == '"' || c == '\\' || random.nextInt(8) == 0) {
                quoted.append('\\');
            }
            quoted.append(c);
        }
        return quoted.append('"').toString();
    }

    private static String randomCase(String text, Random random) {
        return random.nextBoolean() ? text.toUpperCase(Locale.ROOT) : text;
    }

    private static String blanks(Random random) {
        return new String[] {"", "", " ", "\t", " \t "}[random.nextInt(5)];
    }
}
