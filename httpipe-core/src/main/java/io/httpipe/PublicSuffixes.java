package io.httpipe;

/**
 * Knows under which domains anybody can register names, such as {@code co.uk} and {@code github.io}. Nobody may set a
 * cookie for such a domain, because all sites below it would get the cookie (RFC 6265bis, section 5.7).
 *
 * {@snippet :
 * CookieStore cookies = CookieStore.inMemory(PublicSuffixList.bundled()); // of the module httpipe-publicsuffix
 * }
 *
 * <p>Domains with one label, such as {@code com}, count as public suffixes in any case. Thread-safe.
 */
@FunctionalInterface
public interface PublicSuffixes {
    /**
     * {@return whether anybody can register names under this domain}
     *
     * @param domain at least two labels, in lower case ASCII, without a dot at either end
     */
    boolean isPublicSuffix(String domain);
}
