package io.httpipe;

/**
 * Tells which domains are public suffixes: anybody can register names under them. Examples are {@code co.uk} and
 * {@code github.io}. No server may set a cookie for such a domain, because all sites below the domain would get the
 * cookie (RFC 6265bis, section 5.7).
 *
 * {@snippet :
 * CookieStore cookies = CookieStore.inMemory(PublicSuffixList.bundled()); // of the module httpipe-publicsuffix
 * }
 *
 * <p>Domains with one label, such as {@code com}, always count as public suffixes. Implementations must be
 * thread-safe.
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
