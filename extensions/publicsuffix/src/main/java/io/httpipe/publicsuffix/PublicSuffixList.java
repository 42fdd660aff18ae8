package io.httpipe.publicsuffix;

import io.httpipe.PublicSuffixes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.IDN;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Finds public suffixes with the list of <a href="https://publicsuffix.org">publicsuffix.org</a>, or another list.
 *
 * {@snippet :
 * CookieStore cookies = CookieStore.inMemory(PublicSuffixList.bundled());
 * Httpipe hp = Httpipe.builder().cookies(cookies).build();
 * }
 *
 * <p>A rule such as {@code *.kawasaki.jp} makes {@code kawasaki.jp} a public suffix too. Otherwise a cookie for
 * {@code kawasaki.jp} would be sent to all sites below it. Immutable and thread-safe.
 */
public final class PublicSuffixList implements PublicSuffixes {
    private static final int MAX_BYTES = 4 << 20;

    private static final Pattern RULE = Pattern.compile("(?:!|\\*\\.)?[a-z0-9_-]{1,63}(?:\\.[a-z0-9_-]{1,63})*");

    private final Set<String> suffixes = new HashSet<>();

    /** The domains whose direct subdomains are all suffixes, except those in {@link #exceptions}. */
    private final Set<String> wildcards = new HashSet<>();

    private final Set<String> exceptions = new HashSet<>();

    /** Loads the list of this module at its first use. */
    private static final class Bundled {
        private static final PublicSuffixList LIST = read();

        private static PublicSuffixList read() {
            String name = "public_suffix_list.dat";
            try (InputStream in = Objects.requireNonNull(PublicSuffixList.class.getResourceAsStream(name), name)) {
                return new PublicSuffixList(name, in);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private PublicSuffixList(String source, InputStream in) throws IOException {
        byte[] bytes = in.readNBytes(MAX_BYTES + 1);
        if (bytes.length > MAX_BYTES) {
            throw new IOException("%s: it has more than %d bytes".formatted(source, MAX_BYTES));
        }
        List<String> lines = new String(bytes, StandardCharsets.UTF_8).lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            // A rule ends at the first white space in its line (publicsuffix.org/list, "Specification").
            String rule = lines.get(i).strip().split("\\s", 2)[0];
            if (!rule.isEmpty() && !rule.startsWith("//")) {
                add(rule, "%s, line %d: ".formatted(source, i + 1));
            }
        }
        if (suffixes.isEmpty()) {
            throw new IOException(source + ": it has no rules");
        }
    }

    private void add(String rule, String place) throws IOException {
        String ascii = ascii(rule);
        if (!RULE.matcher(ascii).matches()) {
            String start = rule.substring(0, Math.min(60, rule.length()));
            throw new IOException("%s%s is not a rule".formatted(place, start));
        }
        if (ascii.startsWith("!")) {
            exceptions.add(ascii.substring(1));
        } else if (ascii.startsWith("*.")) {
            wildcards.add(ascii.substring(2));
        } else {
            suffixes.add(ascii);
        }
    }

    /** Encodes the labels that are not ASCII. */
    private static String ascii(String rule) {
        try {
            return rule.chars().allMatch(c -> c < 128)
                    ? rule.toLowerCase(Locale.ROOT)
                    : IDN.toASCII(rule, IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    /** {@return the list that is part of this module} It is as old as the release of this module. */
    public static PublicSuffixList bundled() {
        return Bundled.LIST;
    }

    /**
     * Reads a list, in the format of publicsuffix.org.
     *
     * @param file at most 4 MiB of UTF-8
     * @return the list
     * @throws IOException if the file cannot be read, a line is malformed, or there are no rules
     */
    public static PublicSuffixList load(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return new PublicSuffixList(file.toString(), in);
        }
    }

    @Override
    public boolean isPublicSuffix(String domain) {
        int dot = domain.indexOf('.');
        return dot < 0
                || suffixes.contains(domain)
                || wildcards.contains(domain)
                || wildcards.contains(domain.substring(dot + 1)) && !exceptions.contains(domain);
    }

    /** Returns the number of rules. */
    @Override
    public String toString() {
        return "PublicSuffixList[%d rules]".formatted(suffixes.size() + wildcards.size() + exceptions.size());
    }
}
