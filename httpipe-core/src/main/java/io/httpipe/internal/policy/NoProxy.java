package io.httpipe.internal.policy;

import io.httpipe.internal.connect.Resolver;
import io.httpipe.internal.wire.Ascii;
import io.httpipe.internal.wire.ProxyUri;
import io.httpipe.internal.wire.UriParser;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.StringTokenizer;
import org.jspecify.annotations.Nullable;

/** The origins that need no proxy: the list in the environment variable {@code no_proxy}. Immutable. */
public final class NoProxy {
    public static final NoProxy NONE = new NoProxy(false, List.of());

    private static final int MAX_LENGTH = 64 << 10;
    private static final int MAX_ENTRIES = 1_000;

    private final boolean all;
    private final List<Entry> entries;

    /** An entry of the list. */
    private static final class Entry {
        /** A host name, which includes all names below it; empty for an address or a network. */
        private final String name;

        /** An address, or an address of a network. */
        private final byte[] network;

        /** How many bits at the start of {@link #network} are compared. */
        private final int bits;

        /** 0 for all ports. */
        private final int port;

        Entry(String name, byte[] network, int bits, int port) {
            this.name = name;
            this.network = network;
            this.bits = bits;
            this.port = port;
        }

        boolean covers(String host, byte @Nullable [] address, int hostPort) {
            if (port != 0 && port != hostPort) {
                return false;
            }
            return address == null ? coversName(host) : name.isEmpty() && coversAddress(address);
        }

        private boolean coversName(String host) {
            return !name.isEmpty()
                    && host.endsWith(name)
                    && (host.length() == name.length() || host.charAt(host.length() - name.length() - 1) == '.');
        }

        private boolean coversAddress(byte[] address) {
            if (address.length != network.length) {
                return false;
            }
            int whole = bits / 8;
            for (int i = 0; i < whole; i++) {
                if (address[i] != network[i]) {
                    return false;
                }
            }
            int rest = 8 - bits % 8;
            return rest == 8 || (address[whole] ^ network[whole]) >> rest == 0;
        }
    }

    private NoProxy(boolean all, List<Entry> entries) {
        this.all = all;
        this.entries = entries;
    }

    /**
     * Parses a list.
     *
     * @param variable the name of the list in errors
     */
    public static NoProxy parse(String variable, String list) {
        if (list.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("%s: it is longer than %d characters".formatted(variable, MAX_LENGTH));
        }
        boolean all = false;
        List<Entry> entries = new ArrayList<>();
        StringTokenizer members = new StringTokenizer(list, ", \t\r\n");
        while (members.hasMoreTokens()) {
            String member = members.nextToken();
            if (entries.size() == MAX_ENTRIES) {
                throw new IllegalArgumentException("%s: more than %d entries".formatted(variable, MAX_ENTRIES));
            }
            if (member.equals("*")) {
                all = true;
            } else {
                entries.add(entry(variable, member));
            }
        }
        return new NoProxy(all, List.copyOf(entries));
    }

    private static Entry entry(String variable, String member) {
        int slash = member.indexOf('/');
        if (slash >= 0) {
            return network(variable, member, member.substring(0, slash), member.substring(slash + 1));
        }
        int colon = member.lastIndexOf(':');
        boolean brackets = member.startsWith("[");
        boolean hasPort = brackets ? colon > member.indexOf(']') : colon >= 0 && colon == member.indexOf(':');
        int port = hasPort ? number(member.substring(colon + 1), 65_535) : 0;
        String host = hasPort ? member.substring(0, colon) : member;
        if (brackets && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
            if (host.indexOf(':') < 0) {
                throw bad(variable, member);
            }
        }
        if (hasPort && port < 1) {
            throw bad(variable, member);
        }
        if (isAddress(host)) {
            byte[] address = address(variable, member, host);
            return new Entry("", address, address.length * 8, port);
        }
        String name = host.startsWith("*.") ? host.substring(2) : host.startsWith(".") ? host.substring(1) : host;
        return new Entry(name(variable, member, name), new byte[0], 0, port);
    }

    private static String name(String variable, String member, String name) {
        if (isAddress(name)) {
            throw bad(variable, member);
        }
        try {
            return withoutLastDot(UriParser.host(variable, name).toLowerCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw bad(variable, member);
        }
    }

    private static Entry network(String variable, String member, String first, String length) {
        if (!isAddress(first)) {
            throw bad(variable, member);
        }
        byte[] address = address(variable, member, first);
        // The JDK reads ::ffff:10.0.0.0 as 10.0.0.0.
        int mapped = first.indexOf(':') >= 0 && address.length == 4 ? 96 : 0;
        int bits = number(length, address.length * 8 + mapped) - mapped;
        if (bits < 0) {
            throw bad(variable, member);
        }
        return new Entry("", address, bits, 0);
    }

    private static boolean isAddress(String host) {
        return !host.isEmpty() && Resolver.isLiteral(host);
    }

    private static byte[] address(String variable, String member, String host) {
        try {
            return InetAddress.getByName(UriParser.host(variable, host)).getAddress();
        } catch (IllegalArgumentException | UnknownHostException e) {
            throw bad(variable, member);
        }
    }

    /** Parses a decimal number without leading zeros. Returns -1 if the text is no such number or exceeds the limit. */
    private static int number(String digits, int limit) {
        int number = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = digits.charAt(i) - '0';
            if (digit < 0 || digit > 9 || i > 0 && number == 0) {
                return -1;
            }
            number = number * 10 + digit;
            if (number > limit) {
                return -1;
            }
        }
        return digits.isEmpty() ? -1 : number;
    }

    private static IllegalArgumentException bad(String variable, String member) {
        // The user may have set the URI of a proxy, with a password, in place of the list.
        boolean secret = member.indexOf('@') >= 0 || member.contains("://");
        return new IllegalArgumentException(
                "%s: %s is neither a name such as example.com, an address, a network such as 10.0.0.0/8, nor *"
                        .formatted(variable, Ascii.quote(secret ? ProxyUri.masked(member) : member)));
    }

    private static String withoutLastDot(String name) {
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }

    /**
     * Whether an origin needs no proxy. Names are not looked up.
     *
     * @param host a name or IP literal without brackets
     */
    public boolean covers(String host, int port) {
        if (all || entries.isEmpty()) {
            return all;
        }
        String lower = withoutLastDot(host.toLowerCase(Locale.ROOT));
        byte[] address = null;
        if (isAddress(lower)) {
            try {
                address = InetAddress.getByName(UriParser.host("host", lower)).getAddress();
            } catch (IllegalArgumentException | UnknownHostException e) {
                return false;
            }
        }
        for (Entry entry : entries) {
            if (entry.covers(lower, address, port)) {
                return true;
            }
        }
        return false;
    }

    /** Returns the number of entries, or {@code *}. */
    @Override
    public String toString() {
        return all ? "*" : entries.size() + " entries";
    }
}
