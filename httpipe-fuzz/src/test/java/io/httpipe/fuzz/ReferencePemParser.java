package io.httpipe.fuzz;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Parses PEM with regular expressions, and converts keys to PKCS#8. Holds bytes as texts of hexadecimal digits. */
final class ReferencePemParser {
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    private static final String TEXT = "(?:(?!-----(?:BEGIN|END) )[^\n]*\n)*+";
    private static final String BLOCK = "-----BEGIN ([A-Z0-9 ]{1,64})-----\n(" + TEXT + ")-----END \\1-----\n";
    private static final Pattern PARTS = Pattern.compile("\\G" + TEXT + "(?:" + BLOCK + "|\\z)");
    private static final Pattern ENCRYPTED = Pattern.compile("(?dm)^Proc-Type:[^\n]*ENCRYPTED$");
    private static final Pattern BASE64 =
            Pattern.compile("(?:B{4})*+(?:BB(?:==)?|BBB=?)?".replace("B", "[A-Za-z0-9+/]"));

    /** A block. The content is in hexadecimal digits. */
    record ParsedBlock(String label, int line, boolean encrypted, String content) {}

    private ReferencePemParser() {}

    /** Returns the blocks of a text; null if the text must be refused. */
    static @Nullable List<ParsedBlock> parse(String text) {
        String lines = Arrays.stream(text.split("\r\n|\r|\n", -1))
                .map(line -> line.replaceAll("\\A[\\x00-\\x20]+|[\\x00-\\x20]+\\z", "") + "\n")
                .collect(Collectors.joining());
        List<ParsedBlock> blocks = new ArrayList<>();
        Matcher parts = PARTS.matcher(lines);
        int end = 0;
        while (end < lines.length()) {
            if (!parts.find(end) || parts.start() != end) {
                return null;
            }
            if (parts.group(1) != null) {
                ParsedBlock block = block(lines, parts);
                if (block == null) {
                    return null;
                }
                blocks.add(block);
            }
            end = parts.end();
        }
        return blocks;
    }

    private static @Nullable ParsedBlock block(String lines, Matcher block) {
        String content = block.group(2);
        String headers = headers(content);
        String base64 = content.substring(headers.length()).replace("\n", "");
        if (base64.isEmpty() || !BASE64.matcher(base64).matches()) {
            return null;
        }
        int begin = lines.lastIndexOf("-----BEGIN ", block.start(1));
        int line =
                (int) lines.substring(0, begin).chars().filter(c -> c == '\n').count() + 1;
        return new ParsedBlock(
                block.group(1), line, ENCRYPTED.matcher(headers).find(), decode(base64.replace("=", "")));
    }

    /** The lines up to the first empty line, if the first line has a colon. */
    private static String headers(String content) {
        int firstEnd = content.indexOf('\n');
        if (firstEnd < 0 || content.substring(0, firstEnd).indexOf(':') < 0) {
            return "";
        }
        int empty = content.indexOf("\n\n");
        return empty < 0 ? content : content.substring(0, empty + 2);
    }

    private static String decode(String base64) {
        BigInteger bits = BigInteger.ONE;
        for (char c : base64.toCharArray()) {
            bits = bits.shiftLeft(6).add(BigInteger.valueOf(ALPHABET.indexOf(c)));
        }
        int spare = base64.length() * 6 % 8;
        return bits.shiftRight(spare).toString(16).substring(1);
    }

    /** Returns the key in PKCS#8; null if it must be refused. */
    static @Nullable String pkcs8(ParsedBlock block) {
        if (block.encrypted) {
            return null;
        }
        return switch (block.label) {
            case "PRIVATE KEY" -> block.content;
            case "RSA PRIVATE KEY" -> pkcs8("300d06092a864886f70d0101010500", block.content);
            case "EC PRIVATE KEY" -> {
                String curve = curve(block.content);
                yield curve == null ? null : pkcs8(element("30", "06072a8648ce3d0201" + curve), block.content);
            }
            default -> null;
        };
    }

    private static String pkcs8(String algorithm, String key) {
        return element("30", "020100" + algorithm + element("04", key));
    }

    private static String element(String tag, String content) {
        int length = content.length() / 2;
        String form = length < 128 ? "%02x" : length < 256 ? "81%02x" : "82%04x";
        return tag + form.formatted(length) + content;
    }

    /** The identifier of the curve in an ECPrivateKey (RFC 5915, section 3). */
    private static @Nullable String curve(String key) {
        String fields = content(key, "30");
        for (String tag : List.of("02", "04")) {
            fields = fields == null ? null : rest(fields, tag);
        }
        String curve = fields == null ? null : content(fields, "a0");
        return curve == null || !"".equals(rest(curve, "06")) ? null : curve;
    }

    /** The content of the first element; null if the element is incomplete, or has another tag. */
    private static @Nullable String content(String der, String tag) {
        int start = start(der, tag);
        return start < 0 ? null : der.substring(start, start + length(der));
    }

    /** The digits after the first element; null if the element is incomplete, or has another tag. */
    private static @Nullable String rest(String der, String tag) {
        int start = start(der, tag);
        return start < 0 ? null : der.substring(start + length(der));
    }

    private static int start(String der, String tag) {
        if (!der.matches(tag + "(?:[0-7].|81..|82....).*")) {
            return -1;
        }
        int start = der.startsWith("81", 2) ? 6 : der.startsWith("82", 2) ? 8 : 4;
        return start + length(der) > der.length() ? -1 : start;
    }

    /** The number of digits of the content. */
    private static int length(String der) {
        String length = der.startsWith("81", 2)
                ? der.substring(4, 6)
                : der.startsWith("82", 2) ? der.substring(4, 8) : der.substring(2, 4);
        return 2 * Integer.parseInt(length, 16);
    }
}
