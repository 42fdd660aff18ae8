package io.httpipe.fuzz;

import io.httpipe.Proxy;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the URI of a proxy and the list of no_proxy with regular expressions and large numbers. */
final class ReferenceProxyRules {
    private static final Pattern PROXY =
            Pattern.compile("(?is)(?<scheme>https?|socks5h?)://(?:(?<userinfo>[^/?#]*)@)?(?<authority>[^@/?#]+)/?");
    private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(?:\\.[0-9]{1,3}){3}");
    private static final Pattern PORT = Pattern.compile("[1-9][0-9]{0,4}");
    private static final Pattern BITS = Pattern.compile("0|[1-9][0-9]{0,2}");
    private static final BigInteger MAPPED = BigInteger.valueOf(0xffff).shiftLeft(32);

    private ReferenceProxyRules() {}

    /** An address as a number of 32 or 128 bits. */
    record Address(BigInteger value, int length) {}

    /** Returns the proxy with this URI; null if it must be refused. */
    static @Nullable Proxy proxy(String uri) {
        Matcher parts = PROXY.matcher(uri);
        if (!parts.matches() || !ReferenceUriParser.isAuthority(parts.group("authority"))) {
            return null;
        }
        String authority = parts.group("authority");
        int colon = authority.lastIndexOf(':');
        boolean hasPort = colon > authority.lastIndexOf(']');
        String host = (hasPort ? authority.substring(0, colon) : authority).replaceAll("[\\[\\]]", "");
        int port = hasPort ? Integer.parseInt(authority.substring(colon + 1)) : 0;
        try {
            Proxy proxy = switch (parts.group("scheme").toLowerCase(Locale.ROOT)) {
                case "http" -> Proxy.http(host, port == 0 ? 80 : port);
                case "https" -> Proxy.https(host, port == 0 ? 443 : port);
                default -> Proxy.socks5(host, port == 0 ? 1080 : port);
            };
            String userinfo = parts.group("userinfo");
            if (userinfo == null) {
                return proxy;
            }
            String[] both = userinfo.split(":", 2);
            return proxy.credentials(decoded(both[0]), both.length == 1 ? "" : decoded(both[1]));
        } catch (IllegalArgumentException | CharacterCodingException e) {
            return null;
        }
    }

    private static String decoded(String text) throws CharacterCodingException {
        if (!text.matches("(?s)(?:[^%]|%[0-9A-Fa-f]{2})*")) {
            throw new IllegalArgumentException("bad escape");
        }
        ByteBuffer utf8 = StandardCharsets.UTF_8.newEncoder().encode(java.nio.CharBuffer.wrap(text));
        String escaped = new String(utf8.array(), 0, utf8.limit(), StandardCharsets.ISO_8859_1);
        StringBuilder bytes = new StringBuilder();
        Matcher unit = Pattern.compile("(?s)%(..)|.").matcher(escaped);
        while (unit.find()) {
            bytes.append(unit.group(1) == null ? unit.group() : (char) Integer.parseInt(unit.group(1), 16) + "");
        }
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(Bytes.of(bytes.toString())))
                .toString();
    }

    /** Whether a list covers an origin; null if the list must be refused. */
    static @Nullable Boolean covers(String list, String host, int port) {
        boolean covered = false;
        for (String member : list.split("[, \\t\\r\\n]+")) {
            if (!member.isEmpty()) {
                Boolean one = memberCovers(member, host, port);
                if (one == null) {
                    return null;
                }
                covered |= one;
            }
        }
        return covered;
    }

    private static @Nullable Boolean memberCovers(String member, String host, int port) {
        if (member.equals("*")) {
            return true;
        }
        String lowerHost = host.toLowerCase(Locale.ROOT).replaceFirst("\\.$", "");
        Address hostAddress = address(lowerHost);
        int slash = member.indexOf('/');
        if (slash >= 0) {
            return networkCovers(member.substring(0, slash), member.substring(slash + 1), hostAddress);
        }
        Matcher withPort = Pattern.compile("(?s)(\\[[^\\]]*\\]|[^:\\[]*):(.*)").matcher(member);
        boolean hasPort =
                withPort.matches() && (member.startsWith("[") || member.indexOf(':') == member.lastIndexOf(':'));
        String name = hasPort ? withPort.group(1) : member;
        if (hasPort && !(PORT.matcher(withPort.group(2)).matches() && Integer.parseInt(withPort.group(2)) < 65_536)) {
            return null;
        }
        boolean rightPort = !hasPort || Integer.parseInt(withPort.group(2)) == port;
        Address own = name.startsWith("[") && name.endsWith("]") ? literal6(name) : address(name);
        if (own != null) {
            return rightPort && own.equals(hostAddress);
        }
        String suffix = name.startsWith("*.") ? name.substring(2) : name.startsWith(".") ? name.substring(1) : name;
        if (suffix.contains(":")
                || suffix.contains("[")
                || IPV4.matcher(suffix).matches()
                || !ReferenceUriParser.isAuthority(suffix)) {
            return null;
        }
        String lower = suffix.toLowerCase(Locale.ROOT).replaceFirst("\\.$", "");
        return rightPort && hostAddress == null && ("." + lowerHost).endsWith("." + lower);
    }

    private static @Nullable Boolean networkCovers(String first, String bits, @Nullable Address host) {
        Address network = first.startsWith("[") ? null : address(first);
        if (network == null || !BITS.matcher(bits).matches()) {
            return null;
        }
        int mapped = first.contains(":") && network.length() == 32 ? 96 : 0;
        int length = Integer.parseInt(bits) - mapped;
        if (length < 0 || length > network.length()) {
            return null;
        }
        int dropped = network.length() - length;
        return host != null
                && host.length() == network.length()
                && host.value().shiftRight(dropped).equals(network.value().shiftRight(dropped));
    }

    private static @Nullable Address literal6(String brackets) {
        return brackets.contains(":") ? address(brackets.substring(1, brackets.length() - 1)) : null;
    }

    /** Returns the number of an IP literal without brackets; null for anything else. */
    private static @Nullable Address address(String text) {
        boolean six = text.contains(":");
        if (!ReferenceUriParser.isAuthority(six ? "[" + text + "]" : text)) {
            return null;
        }
        if (!six) {
            return IPV4.matcher(text).matches() ? new Address(number4(text), 32) : null;
        }
        String hex = text;
        Matcher tail = Pattern.compile("(.*:)([0-9.]*\\.[0-9.]*)").matcher(text);
        if (tail.matches()) {
            long low = number4(tail.group(2)).longValueExact();
            hex = tail.group(1) + Long.toHexString(low >> 16) + ":" + Long.toHexString(low & 0xffff);
        }
        String[] halves = hex.split("::", -1);
        BigInteger left = groups(halves[0]);
        int leftCount = halves[0].isEmpty() ? 0 : halves[0].split(":").length;
        BigInteger value = left.shiftLeft(16 * (8 - leftCount));
        if (halves.length > 1) {
            value = value.add(groups(halves[1]));
        }
        // The JDK reads an IPv4-mapped IPv6 address as an IPv4 address.
        return value.shiftRight(32).equals(MAPPED.shiftRight(32))
                ? new Address(value.subtract(MAPPED), 32)
                : new Address(value, 128);
    }

    private static BigInteger groups(String text) {
        BigInteger value = BigInteger.ZERO;
        for (String group : text.isEmpty() ? new String[0] : text.split(":")) {
            value = value.shiftLeft(16).add(new BigInteger(group, 16));
        }
        return value;
    }

    private static BigInteger number4(String text) {
        BigInteger value = BigInteger.ZERO;
        for (String part : text.split("\\.")) {
            value = value.shiftLeft(8).add(new BigInteger(part));
        }
        return value;
    }
}
