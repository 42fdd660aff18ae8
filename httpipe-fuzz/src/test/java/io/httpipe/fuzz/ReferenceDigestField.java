package io.httpipe.fuzz;

import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads {@code Content-Digest} and {@code Repr-Digest} with regular expressions (RFC 8941, section 3.2). */
final class ReferenceDigestField {
    private static final String KEY = "[a-z*][a-z0-9_.*-]*";
    private static final String NUMBER = "-?(?:[0-9]{1,12}\\.[0-9]{1,3}|[0-9]{1,15}(?![0-9.]))";
    private static final String STRING = "\"(?:[ !#-\\[\\]-~]|\\\\[\"\\\\])*+\"";
    private static final String TOKEN = "[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*";
    private static final String BYTES = ":[A-Za-z0-9+/=]*:";
    private static final String ITEM = "(?:" + NUMBER + "|" + STRING + "|" + TOKEN + "|" + BYTES + "|\\?[01])";
    private static final String PARAMETERS = "(?:; *" + KEY + "(?:=" + ITEM + ")?)*";
    private static final Pattern MEMBER = Pattern.compile("(" + KEY + ")(?:=(" + ITEM + "))?(" + PARAMETERS + ")");
    private static final Pattern COMMA = Pattern.compile("[ \\t]*,[ \\t]*");
    private static final Pattern IN_PARAMETERS = Pattern.compile("=(" + BYTES + ")|" + STRING);

    private ReferenceDigestField() {}

    /** Returns the algorithms and values in hex; empty if the field is malformed. */
    static List<String> parse(String field) {
        String rest = field.length() > 4096 ? "?" : field.replaceFirst("^ +", "");
        Map<String, String> values = new TreeMap<>();
        while (!rest.isEmpty()) {
            Matcher member = MEMBER.matcher(rest);
            if (!member.lookingAt() || !parametersAreValid(member.group(3))) {
                return List.of();
            }
            String item = member.group(2);
            String hex = item != null && item.startsWith(":") ? hex(item) : "";
            if (hex == null) {
                return List.of();
            }
            values.put(member.group(1), hex);
            rest = rest.substring(member.end());
            Matcher comma = COMMA.matcher(rest);
            if (comma.lookingAt()) {
                rest = rest.substring(comma.end());
                if (rest.isEmpty()) {
                    return List.of();
                }
            } else if (rest.matches("[ \\t]*")) {
                break;
            } else {
                return List.of();
            }
        }
        List<String> digests = new ArrayList<>();
        for (String algorithm : List.of("sha-256", "sha-512")) {
            String hex = values.get(algorithm);
            boolean bytes = hex != null && !hex.isEmpty();
            if (bytes) {
                digests.add(algorithm.toUpperCase(java.util.Locale.ROOT) + " " + hex.substring(1));
            }
        }
        return digests;
    }

    private static boolean parametersAreValid(String parameters) {
        Matcher bytes = IN_PARAMETERS.matcher(parameters);
        while (bytes.find()) {
            if (bytes.group(1) != null && hex(bytes.group(1)) == null) {
                return false;
            }
        }
        return true;
    }

    /** Returns a marker and the bytes in hex; null if the item is not Base64. */
    private static String hex(String item) {
        try {
            return "x" + HexFormat.of().formatHex(Base64.getDecoder().decode(item.substring(1, item.length() - 1)));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
