package io.httpipe.internal.wire;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Parses challenges and authentication parameters (RFC 9110, section 11). A field line is a list whose members are
 * separated by commas. A member starts a challenge, or is one more parameter of the challenge before it.
 *
 * <p>A malformed member makes its challenge unusable, and so does a 65th parameter. Unusable challenges are left out.
 * Challenges after the first 32 are ignored. The parser never throws. Not thread-safe.
 */
public final class ChallengeParser {
    private static final int MAX_CHALLENGES = 32;
    private static final int MAX_PARAMETERS = 64;

    private final List<Challenge> challenges = new ArrayList<>();

    /** The number of challenges that have begun, usable or not. */
    private int begun;

    /** The challenge that is being read; null before the first one. */
    private @Nullable String scheme;

    private @Nullable String token68;
    private LinkedHashMap<String, String> parameters = new LinkedHashMap<>();
    private boolean usable;

    /** The field line that is being read. */
    private String text = "";

    private int at;

    private ChallengeParser() {}

    /** Returns the usable challenges in all lines of a field such as WWW-Authenticate. */
    public static List<Challenge> parse(FieldLines fields, String fieldName) {
        ChallengeParser parser = new ChallengeParser();
        parser.lines(fields, fieldName);
        return List.copyOf(parser.challenges);
    }

    /**
     * Returns the parameters in a field that has only parameters, such as Authentication-Info (RFC 9110, section
     * 11.6.3). Their names are in lower case. Empty if the field is missing or malformed.
     */
    public static Map<String, String> parameters(FieldLines fields, String fieldName) {
        ChallengeParser parser = new ChallengeParser();
        parser.begin("");
        parser.lines(fields, fieldName);
        return parser.begun == 1 && parser.usable ? parser.challenges.getFirst().parameters() : Map.of();
    }

    private void lines(FieldLines fields, String name) {
        for (int i = fields.indexOf(name, 0); i >= 0; i = fields.indexOf(name, i + 1)) {
            text = fields.value(i);
            at = 0;
            while (begun <= MAX_CHALLENGES && at < text.length()) {
                skipSpacesAndTabs();
                if (!skip(',') && at < text.length()) {
                    member();
                }
            }
        }
        end();
    }

    private void member() {
        String word = token();
        int afterWord = at;
        skipSpacesAndTabs();
        if (word.isEmpty()) {
            usable = false;
        } else if (skip('=')) {
            parameter(word);
        } else if (at > afterWord || atEndOfMember()) {
            begin(word);
            if (!atEndOfMember() && !token68()) {
                firstParameter();
            }
        } else {
            usable = false;
        }
        skipRestOfMember();
    }

    private void begin(String newScheme) {
        end();
        begun++;
        scheme = newScheme.toLowerCase(Locale.ROOT);
        token68 = null;
        parameters = new LinkedHashMap<>();
        usable = begun <= MAX_CHALLENGES;
    }

    private void end() {
        if (scheme != null && usable) {
            challenges.add(new Challenge(scheme, token68, parameters));
        }
    }

    /** Reads the unnamed parameter that is the rest of a member. If the rest is something else, reads nothing. */
    private boolean token68() {
        int from = at;
        while (at < text.length() && isToken68(text.charAt(at))) {
            at++;
        }
        int afterLetters = at;
        while (skip('=')) {}
        int to = at;
        skipSpacesAndTabs();
        if (afterLetters == from || !atEndOfMember()) {
            at = from;
            return false;
        }
        token68 = text.substring(from, to);
        return true;
    }

    private static boolean isToken68(char c) {
        return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || "-._~+/".indexOf(c) >= 0;
    }

    private void firstParameter() {
        String name = token();
        skipSpacesAndTabs();
        if (name.isEmpty() || !skip('=')) {
            usable = false;
        } else {
            parameter(name);
        }
    }

    private void parameter(String name) {
        skipSpacesAndTabs();
        boolean quoted = at < text.length() && text.charAt(at) == '"';
        String value = quoted ? quotedString() : token();
        boolean wellFormed = quoted || !value.isEmpty();
        boolean fits = token68 == null && parameters.size() < MAX_PARAMETERS;
        if (!wellFormed || !fits || parameters.putIfAbsent(name.toLowerCase(Locale.ROOT), value) != null) {
            usable = false;
        }
    }

    /**
     * Moves to the comma after this member, or to the end of the line. If there is other text than spaces and tabs in
     * between, the challenge is unusable.
     */
    private void skipRestOfMember() {
        skipSpacesAndTabs();
        while (!atEndOfMember()) {
            usable = false;
            if (text.charAt(at) == '"') {
                quotedString();
            } else {
                at++;
            }
        }
    }

    /**
     * Reads a quoted string (RFC 9110, section 5.6.4) and returns its content. If the closing quote is missing, the
     * string takes up the rest of the line.
     */
    private String quotedString() {
        StringBuilder content = new StringBuilder();
        at++;
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == '"') {
                return content.toString();
            }
            if (c == '\\' && at < text.length()) {
                c = text.charAt(at++);
            }
            if (!isFieldValue(c)) {
                usable = false;
            }
            content.append(c);
        }
        usable = false;
        return "";
    }

    private static boolean isFieldValue(char c) {
        return c < 256 && Ascii.isFieldValue(c);
    }

    private String token() {
        int from = at;
        while (at < text.length() && text.charAt(at) < 128 && Ascii.isToken(text.charAt(at))) {
            at++;
        }
        return text.substring(from, at);
    }

    private boolean atEndOfMember() {
        return at == text.length() || text.charAt(at) == ',';
    }

    private boolean skip(char c) {
        if (at < text.length() && text.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private void skipSpacesAndTabs() {
        while (at < text.length() && Ascii.isSpaceOrTab(text.charAt(at))) {
            at++;
        }
    }
}
