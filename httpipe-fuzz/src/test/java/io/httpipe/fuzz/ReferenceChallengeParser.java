package io.httpipe.fuzz;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Parses challenges and authentication parameters with regular expressions, according to RFC 9110, section 11. It cuts
 * each line into the members of its list first.
 */
final class ReferenceChallengeParser {
    private static final String QUOTED =
            "\"(?:[\\t\\x20\\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*+\"";

    /** A list member. A quoted string without a closing quote extends to the end of the line. */
    private static final Pattern MEMBER = Pattern.compile("(?s)(?:[^\",]|\"(?:[^\"\\\\]|\\\\.)*+(?:\"|\\\\?$))++");

    private static final String PARAMETER = "(T)[ \\t]*=[ \\t]*(T|Q)";
    private static final Pattern ONLY_PARAMETER = pattern(PARAMETER);
    private static final Pattern WITH_PARAMETER = pattern("(T)[ \\t]+" + PARAMETER);
    private static final Pattern WITH_TOKEN68 = pattern("(T)[ \\t]+([A-Za-z0-9._~+/-]+=*)");
    private static final Pattern ONLY_SCHEME = pattern("(T)");

    /** A member that starts a challenge with more than the scheme, even if the rest is malformed. */
    private static final Pattern BEGINS = pattern("(?s)T[ \\t]+[^= \\t].*");

    private final List<ParsedChallenge> all = new ArrayList<>();

    /** The challenge that is being read. Before the first one, it takes the parameters that belong to no challenge. */
    private ParsedChallenge current = new ParsedChallenge("", null, new ArrayList<>());

    private boolean usable;

    /** A challenge. The parameters are in their order, with names in lower case and values unquoted. */
    record ParsedChallenge(String scheme, @Nullable String token68, List<Map.Entry<String, String>> parameters) {
        @Nullable
        String parameter(String name) {
            return parameters.stream()
                    .filter(p -> p.getKey().equals(name))
                    .map(Map.Entry::getValue)
                    .findFirst()
                    .orElse(null);
        }
    }

    private ReferenceChallengeParser() {}

    private static Pattern pattern(String text) {
        return Pattern.compile(text.replace("Q", QUOTED).replace("T", ReferenceHeadParser.TOKEN));
    }

    static List<ParsedChallenge> challenges(List<String> lines) {
        ReferenceChallengeParser parser = new ReferenceChallengeParser();
        parser.parse(lines);
        return parser.all;
    }

    /** The parameters of a field without schemes; empty if it is malformed. */
    static List<Map.Entry<String, String>> parameters(List<String> lines) {
        ReferenceChallengeParser parser = new ReferenceChallengeParser();
        parser.usable = true;
        int schemes = parser.parse(lines);
        return schemes == 0 && parser.all.size() == 1 ? parser.all.getFirst().parameters : List.of();
    }

    /** Returns how many challenges have begun. */
    private int parse(List<String> lines) {
        int begun = 0;
        for (String line : lines) {
            Matcher members = MEMBER.matcher(line);
            while (members.find()) {
                String member = members.group().replaceAll("^[ \\t]+|[ \\t]+$", "");
                Matcher parameter = ONLY_PARAMETER.matcher(member);
                if (member.isEmpty()) {
                    continue;
                }
                if (parameter.matches()) {
                    add(parameter.group(1), parameter.group(2));
                } else if (begins(member)) {
                    end();
                    begun++;
                    if (begun > 32) {
                        return begun;
                    }
                    begin(member);
                } else {
                    usable = false;
                }
            }
        }
        end();
        return begun;
    }

    private static boolean begins(String member) {
        return ONLY_SCHEME.matcher(member).matches() || BEGINS.matcher(member).matches();
    }

    private void begin(String member) {
        String scheme = member.split("[ \\t]", 2)[0].toLowerCase(Locale.ROOT);
        Matcher token68 = WITH_TOKEN68.matcher(member);
        boolean hasToken68 = token68.matches();
        current = new ParsedChallenge(scheme, hasToken68 ? token68.group(2) : null, new ArrayList<>());
        Matcher parameter = WITH_PARAMETER.matcher(member);
        usable = hasToken68 || ONLY_SCHEME.matcher(member).matches() || parameter.matches();
        if (!hasToken68 && parameter.matches()) {
            add(parameter.group(2), parameter.group(3));
        }
    }

    private void add(String name, String value) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (current.token68 != null || current.parameter(lower) != null || current.parameters.size() == 64) {
            usable = false;
        }
        current.parameters.add(Map.entry(lower, value.startsWith("\"") ? unquoted(value) : value));
    }

    private static String unquoted(String quoted) {
        return Pattern.compile("(?s)\\\\(.)")
                .matcher(quoted.substring(1, quoted.length() - 1))
                .replaceAll((MatchResult pair) -> Matcher.quoteReplacement(pair.group(1)));
    }

    private void end() {
        if (usable) {
            all.add(current);
        }
        usable = false;
    }
}
